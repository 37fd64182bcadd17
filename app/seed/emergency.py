"""An emergency that is over in each school: an early closing because of the weather, with what became of everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record
from app.domain.calendar import public_holidays
from app.domain.emergencies import ALL_CLEAR
from app.extensions import current_settings
from app.models.emergency import Emergency, EmergencyPerson
from app.models.learner import Guardianship
from app.models.notice import Audience, Notice
from app.models.person import Kind, Person
from app.models.user import Role
from app.seed.classes import DAYS_OFF, TERMS
from app.seed.filling import fill
from app.seed.history import store_as_sent
from app.seed.known import known_id
from app.seed.plans import SATURDAY, ZONE, SchoolPlan, today_at_school
from app.tenancy.database import db

DAY = dt.timedelta(days=1)
AGO = 8 * DAY  # at least
BEGAN, LASTED = dt.time(10, 40), dt.timedelta(minutes=95)
AWAY = 0.06  # of the learners were not at school that day
ANSWERED, PHONED = 0.68, 0.04  # of the adults said so themselves; were asked by somebody
MINUTES = 70  # in which the answers came


class _Plan(NamedTuple):
    """What a school said: in its languages, at the beginning and at the end."""

    title: dict[str, str]
    message: dict[str, str]
    end_title: dict[str, str]
    end_message: dict[str, str]


_OVER = {
    "en": "The emergency is over", "af": "Die noodgeval is verby", "zu": "Isimo esiphuthumayo sesiphelile",
}  # fmt: skip
PLANS = {
    "thaba": _Plan(
        {
            "zu": "Isikole sivala ngo-11:00 namuhla ngenxa yesichotho",
            "en": "School closes at 11:00 today because of hail",
            "af": "Skool sluit vandag om 11:00 weens hael",
        },
        {
            "zu": "Kuza isichotho esinamandla sivela ezintabeni. Abafundi balinda ehholo nasemakilasini baze balandwe, futhi "
            "akekho ozothunyelwa ekhaya yedwa.\n\nSicela nize esangweni elikhulu uma isichotho sesidlulile kuphela, futhi "
            "nishayele ngokucophelela.",
            "en": "Heavy hail is coming from the mountains. The learners wait in the hall and in the classrooms until they are "
            "fetched, and nobody is sent home alone.\n\nPlease come to the main gate only when the hail has passed, and drive "
            "carefully.",
            "af": "Swaar hael is op pad van die berge af. Die leerders wag in die saal en in die klaskamers totdat hulle "
            "gehaal word, en niemand word alleen huis toe gestuur nie.\n\nKom asseblief eers na die hoofhek wanneer die hael "
            "verby is, en ry versigtig.",
        },
        _OVER,
        {
            "zu": "Isichotho sesidlulile, futhi bonke abafundi balandiwe. Siyabonga ngosizo lwenu. Isikole sivuliwe kusasa "
            "njengokujwayelekile.",
            "en": "The hail has passed, and every learner has been fetched. Thank you for your help. School is open as usual "
            "tomorrow.",
            "af": "Die hael is verby, en elke leerder is gehaal. Dankie vir u hulp. Die skool is môre soos gewoonlik oop.",
        },
    ),
    "karoo": _Plan(
        {
            "af": "Skool sluit vandag om 11:00 weens die hitte",
            "en": "School closes at 11:00 today because of the heat",
            "zu": "Isikole sivala ngo-11:00 namuhla ngenxa yokushisa",
        },
        {
            "af": "Dit is te warm in die klaskamers, en die skool sluit om 11:00. Daar is water en skaduwee vir almal wat "
            "wag.\n\nHaal u kind asseblief by die hoofhek, of laat weet die kantoor wie dit sal doen.",
            "en": "It is too hot in the classrooms, and school closes at 11:00. There is water and shade for everybody who "
            "waits.\n\nPlease fetch your child at the main gate, or tell the office who will.",
            "zu": "Kushisa kakhulu emakilasini, ngakho isikole sivala ngo-11:00. Akhona amanzi nomthunzi kubo bonke "
            "abalindile.\n\nSicela nilande umntwana wenu esangweni elikhulu, noma nazise ihhovisi ukuthi ubani ozomlanda.",
        },
        _OVER,
        {
            "af": "Al die leerders is gehaal. Dankie dat u so gou gekom het. Môre begin die skool om 07:00, en sluit om 12:00.",
            "en": "Every learner has been fetched. Thank you for coming so quickly. Tomorrow school begins at 07:00 and closes "
            "at 12:00.",
            "zu": "Bonke abafundi balandiwe. Siyabonga ukuthi nifike ngokushesha. Kusasa isikole siqala ngo-07:00 sivale "
            "ngo-12:00.",
        },
    ),
}  # fmt: skip


def add_emergency(plan: SchoolPlan, people: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the school's one emergency, which is over, unless it is there; returns how many were added.

    `people` are who the accounts are in the school, by address. It went to everybody whom an emergency is for.
    """
    emergency_id = known_id(plan.slug, "emergency", "weather")
    said = PLANS.get(plan.slug)
    if said is None or db.session.scalar(select(Emergency.id).where(Emergency.id == emergency_id)):
        return 0
    random = Random(f"{plan.slug} emergency")  # noqa: S311  not a secret
    began = dt.datetime.combine(_school_day(now), BEGAN, ZONE)
    sender, ender = (f"{role.value}@{plan.host}" for role in (Role.OFFICER, Role.ADMIN))
    names = plan.accounts[Role.OFFICER], plan.accounts[Role.ADMIN]
    rows = list(_people(plan, emergency_id, began, random, sorted(people.values())))
    whom = {row["person_id"] for row in rows}
    sent = _sent(said.title, said.message, began, people[sender], emergency_id, plan, whom, now, letter="emergency")
    ended = began + LASTED
    over = _sent(said.end_title, said.end_message, ended, people[ender], emergency_id, plan, whom, now, letter="emergency_over")
    emergency = Emergency(
        id=emergency_id, title=said.title, message=said.message, audience="everyone", message_id=sent, by_id=people[sender],
        by_name=names[0], created_at=began, ended_at=ended, ended_how=ALL_CLEAR, ended_by=names[1], end_message_id=over,
    )  # fmt: skip
    db.session.add(emergency)
    db.session.flush()
    fill(EmergencyPerson, rows)
    label = said.title[plan.language]
    record("emergency.send", emergency, label=label, after={"audience": "everyone", "people": len(rows)})
    record("emergency.all_clear", emergency, label=label)
    return 1


def _people(
    plan: SchoolPlan, emergency_id: UUID, began: dt.datetime, random: Random, accounts: list[UUID]
) -> Iterator[dict[str, Any]]:
    """Everybody whom it was for, as rows: learners by the roll that the teachers called, adults by their answers."""
    barred = _without_contact()
    teacher, office = plan.accounts[Role.TEACHER], plan.accounts[Role.ADMIN]
    found = db.session.execute(
        select(Person.id, Person.kind).where(Person.ended_at.is_(None), Person.created_at <= began).order_by(Person.id)
    )
    for person, kind in found:
        if person in barred:
            continue
        is_learner = kind == Kind.LEARNER
        if is_learner and random.random() < AWAY:
            continue
        chance, minute = random.random(), dt.timedelta(minutes=random.uniform(2, MINUTES))
        marked_by = teacher if is_learner else office if ANSWERED <= chance < ANSWERED + PHONED else None
        has_answered = is_learner or person in accounts or chance < ANSWERED + PHONED
        yield {
            "id": known_id(plan.slug, "emergency", person), "emergency_id": emergency_id, "person_id": person,
            "was_on_site": is_learner, "acknowledged_at": began + minute if has_answered else None,
            "acknowledged_by": marked_by if has_answered else None,
        }  # fmt: skip


def _without_contact() -> set[UUID]:
    """The guardians who are to have no contact with any of their learners."""
    ties = db.session.execute(select(Guardianship.guardian_id, Guardianship.no_contact)).all()
    return {row.guardian_id for row in ties if row.no_contact} - {row.guardian_id for row in ties if not row.no_contact}


def _sent(
    title: dict[str, str], message: dict[str, str], begun: dt.datetime, author: UUID, emergency: UUID, plan: SchoolPlan,
    whom: set[UUID], now: dt.datetime, *, letter: str,
) -> UUID:  # fmt: skip
    """A message of the emergency as it went out by all channels, and what became of it; its id. No notice is stored."""
    notice = Notice(
        id=known_id(plan.slug, "emergency", letter), title=title, message=message, audience=Audience.EVERYONE.value,
        urgent=True, starts_at=begun, author_id=author,
    )  # fmt: skip
    url = f"{current_settings().public_url}/emergency/{emergency}/message"
    stored = store_as_sent(
        notice, url=url, label=title[plan.language], story=(), why=plan.gave_up, spared=[author], now=now, only=whom,
        letter=letter,
    )  # fmt: skip
    return stored.id


def _school_day(now: dt.datetime) -> dt.date:
    """A day of school, a little more than a week ago or, in holidays, the last one before them."""
    day = today_at_school(now) - AGO
    for _ in range(120):
        parts = (day.year, day.month, day.day)
        in_term = any(first <= parts <= last for first, last in TERMS)
        if in_term and day.weekday() < SATURDAY and parts not in DAYS_OFF and day not in public_holidays(str(ZONE), day.year):
            break
        day -= DAY
    return day
