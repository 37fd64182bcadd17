"""Personal data in the demo schools: consents with history, a correction, a hold, a breach, and somebody who was erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.audit.record import Target, add_event
from app.domain.names import sort_key
from app.domain.personal_data.erasing import erase
from app.domain.personal_data.purposes import PURPOSES, beginning
from app.models.learner import Guardianship, Learner
from app.models.person import Person
from app.models.personal_data import (
    Answer,
    Breach,
    BreachPerson,
    Consent,
    ConsentText,
    DataRequest,
    LegalHold,
    RequestState,
    Way,
)
from app.models.user import Role
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.seed.thaba import THABA
from app.tenancy.database import db
from app.tenancy.doors import across_schools

#: by the school's own language: who was erased, what a guardian asks, why there is a hold, what was lost
WORDS = {
    "zu": {
        "leaver": ("Mandisa", "Radebe"), "wish": "UNtando", "why": "Igama alipelwe kahle.",
        "hold": "Icala lasenkantolo liyaqhubeka.", "left": "Umndeni uthuthile futhi ucele ukuba kusulwe.",
        "breach": "Ifoni elahlekile", "notes": "Iphasiwedi ishintshiwe ngosuku olufanayo.",
    },
    "af": {
        "leaver": ("Ruhan", "Badenhorst"), "wish": "Ruan", "why": "Die naam is verkeerd gespel.",
        "hold": "’n Hofsaak is aan die gang.", "left": "Die gesin het getrek en gevra dat dit uitgevee word.",
        "breach": "’n Verlore foon", "notes": "Die wagwoord is dieselfde dag verander.",
    },
}  # fmt: skip
LEARNERS = 14  # with consents
BY = Actor("command", None, "seed baseline")


def add_personal_data(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add what is missing of a school's consents, requests, holds and workbooks; returns how many rows were.

    `accounts` are the persons of the school's accounts by address. Its learners have to be there.
    """
    if db.session.scalar(select(ConsentText.id).limit(1)) is not None:
        return 0
    words, today = WORDS[plan.language], today_at_school(now)
    learners = list(
        db.session.scalars(
            select(Learner)
            .join(Person, Person.id == Learner.id)
            .where(Person.ended_at.is_(None), Learner.number.is_not(None))
            .order_by(Learner.number)
            .limit(LEARNERS)
        )
    )
    guardian = accounts[f"{Role.GUARDIAN.value}@{plan.host}"]
    child = db.session.scalar(
        select(Guardianship.learner_id).where(Guardianship.guardian_id == guardian, Guardianship.no_contact.is_(False)).limit(1)
    )
    admin = plan.accounts[Role.ADMIN]
    added = _consents(plan, learners, child, guardian, now)
    rows: list[DataRequest | LegalHold | Breach | BreachPerson] = []
    if child is not None:
        rows.append(
            DataRequest(
                id=known_id(plan.slug, "data request", "correction"), kind="correction", person_id=child, asked_by_id=guardian,
                asked_by=plan.accounts[Role.GUARDIAN], way=Way.PORTAL.value, field="known_as", wanted=words["wish"],
                reason=words["why"], created_at=now - dt.timedelta(days=2), due_on=today + dt.timedelta(days=28),
            )
        )  # fmt: skip
    if learners:
        rows.append(
            LegalHold(
                id=known_id(plan.slug, "hold"), person_id=learners[-1].id, reason=words["hold"], set_by=admin,
                set_at=now - dt.timedelta(days=40),
            )
        )  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    return added + len(rows) + _breach(plan, learners, accounts, now)


def add_erasure(plan: SchoolPlan, school_id: int, now: dt.datetime) -> int:
    """Have a leaver whom nobody knew erased, with a certificate, unless that was done before; returns how many were: 0 or 1.

    Needs to be outside of every school, and comes before exports are made, which an erasure ends.
    """
    request_id, person_id = known_id(plan.slug, "data request", "erasure"), known_id(plan.slug, "leaver")
    with across_schools("baseline seed") as session:
        if session.get(DataRequest, (school_id, request_id)) is not None:
            return 0
        _leaver(session, plan, school_id, person_id, now)
        asked_at = now - dt.timedelta(days=30)
        session.add(
            DataRequest(
                school_id=school_id, id=request_id, kind="erasure", person_id=person_id, asked_by=" ".join(_named(plan)),
                way=Way.PAPER.value, reason=str(WORDS[plan.language]["left"]), law="popia_24", state=RequestState.RUNNING.value,
                created_at=asked_at, due_on=(asked_at + dt.timedelta(days=30)).date(), confirmed_at=asked_at,
                confirmed_by=plan.accounts[Role.ADMIN], decided_at=asked_at, decided_by=plan.accounts[Role.OWNER],
            )
        )  # fmt: skip
        session.flush()
        certificate = erase(session, school_id, request_id)
        assert certificate is not None
        person = session.get_one(Person, (school_id, person_id))
        add_event(
            session, "personal_data.erase", Target("person", person_id), label=person.name, by=BY, school_id=school_id,
            after={"certificate": certificate.number},
        )  # fmt: skip
        session.commit()
    return 1


def _leaver(session: Session, plan: SchoolPlan, school_id: int, person_id: UUID, now: dt.datetime) -> None:
    """A learner who left last year, with what the log has of them."""
    first, last = _named(plan)
    name, ended = f"{first} {last}", now - dt.timedelta(days=200)
    session.add(
        Person(
            school_id=school_id, id=person_id, kind="learner", name=name, sort_key=sort_key(name), ended_at=ended,
            created_at=now - plan.age + dt.timedelta(days=1),
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Learner(
            school_id=school_id, id=person_id, first_name=first, last_name=last, status="left", left_on=ended.date()
        )
    )  # fmt: skip
    session.flush()
    told: dict[str, Any] = {"label": name, "by": BY, "school_id": school_id}
    add_event(session, "people.add", Target("person", person_id), after={"name": name}, **told)
    add_event(session, "people.archive", Target("person", person_id), after={"left_on": ended.date().isoformat()}, **told)


def _consents(plan: SchoolPlan, learners: list[Learner], child: UUID | None, guardian: UUID, now: dt.datetime) -> int:
    """What was said about the first learners, in the portal and on paper; one was taken back."""
    texts = {}
    for purpose in PURPOSES:
        texts[purpose] = ConsentText(
            id=known_id(plan.slug, "consent text", purpose), purpose=purpose, version=1, texts=beginning(purpose),
            by_name=plan.accounts[Role.OWNER], published_at=now - dt.timedelta(days=180),
        )  # fmt: skip
    db.session.add_all(texts.values())
    db.session.flush()
    said: list[Consent] = []

    def say(key: str, learner: UUID, purpose: str, answer: Answer, days: int, **how: object) -> None:
        at = now - dt.timedelta(days=days, hours=len(said) % 5)
        given = {"way": Way.PAPER.value, "by_name": plan.accounts[Role.GUARDIAN], "signed_on": at.date()} | how
        said.append(
            Consent(
                id=known_id(plan.slug, "consent", key, purpose), person_id=learner, purpose=purpose,
                text_id=texts[purpose].id, answer=answer.value, at=at, **given,
            )
        )  # fmt: skip

    for number, learner in enumerate(learners):
        if learner.photo_consent == "unknown":
            continue
        answer = Answer.GIVEN if learner.photo_consent == "given" else Answer.REFUSED
        say(f"photo {number}", learner.id, "photo", answer, 150)
        if number % 3 == 0:
            say(f"online {number}", learner.id, "online", Answer.GIVEN, 149)
    if child is not None:
        portal = {"way": Way.PORTAL.value, "by_id": guardian, "signed_on": None}
        say("child", child, "sharing", Answer.GIVEN, 90, **portal)
        say("child back", child, "sharing", Answer.WITHDRAWN, 12, **portal)
        say("child", child, "online", Answer.GIVEN, 90, **portal)
    db.session.add_all(said)
    db.session.flush()
    return len(said) + len(texts)


def _breach(plan: SchoolPlan, learners: list[Learner], accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """A phone that was lost and found: the work on it is nearly done."""
    words, since = WORDS[plan.language], dt.datetime.combine(today_at_school(now) - dt.timedelta(days=21), dt.time(0), ZONE)
    officer, by = plan.accounts[Role.OFFICER], plan.accounts[Role.OWNER]
    ticked = [(since + dt.timedelta(days=1)).isoformat(), by]
    made = Breach(
        id=known_id(plan.slug, "breach"), title=str(words["breach"]), state="reported" if plan.slug == THABA.slug else "open",
        since=since, until=since + dt.timedelta(days=2), sought={"users": {}, "request": "", "dataset": "", "names": [officer]},
        notes=str(words["notes"]), steps={"contain": ticked, "keep": ticked, "officer": ticked}, by_name=by,
        created_at=since + dt.timedelta(days=1), looked_at=since + dt.timedelta(days=1),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    seen = {"people.edit": {"count": 1, "fields": ["phone"]}}
    people = [
        BreachPerson(
            id=known_id(plan.slug, "breach", number), breach_id=made.id, person_id=learner.id, events=1,
            first_at=since + dt.timedelta(hours=9 + number), last_at=since + dt.timedelta(hours=9 + number), seen=seen,
        )
        for number, learner in enumerate(learners[:3])
    ]  # fmt: skip
    db.session.add_all(people)
    db.session.flush()
    return 1 + len(people)


def _named(plan: SchoolPlan) -> tuple[str, str]:
    first, last = WORDS[plan.language]["leaver"]
    return first, last
