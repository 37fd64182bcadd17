"""Those who ask for a place at Thaba Nkulu: in every stage and language, due, overdue, entered twice, unsubscribed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from app.audit.record import Target, record
from app.models.lead import Happening, Lead, LeadEvent, Source, Stage
from app.models.learner import Guardianship
from app.models.person import Person
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.seed.thaba import THABA
from app.tenancy.database import db

OPEN_DAY = {"source": "newsletter", "medium": "email", "campaign": "open-day"}
BY_FORM = (Source.FORM, Source.SITE, Source.REFERRAL)  # those who wrote themselves
_RANDOM = (1 << 80) - 1  # the bits of an id that are not its moment


@dataclass(frozen=True, kw_only=True)
class LeadPlan:
    """A lead by its days before the seed. `due` is in how many days something is to be done; `story` what happened after it
    came: days ago, kind and details, the oldest first."""

    key: str
    name: str
    language: str
    source: Source
    days: int
    hour: int = 9
    email: str | None = None
    phone: str | None = None
    child: str = ""
    grade: str = ""
    message: str = ""
    stage: Stage = Stage.NEW
    before: Stage | None = None
    step: str = ""
    due: int | None = None
    keeper: Role | None = None
    agreed: bool = True
    utm: Mapping[str, str] = field(default_factory=dict)
    story: tuple[tuple[int, Happening, dict[str, Any]], ...] = ()


def _moved(before: Stage, after: Stage, why: str = "") -> dict[str, Any]:
    return {"before": before.value, "after": after.value, **({"why": why} if why else {})}


NEW, CONTACTED, APPOINTMENT, TRIAL, ENROLLED, ARCHIVED = Stage
REPLY, STAGE, NOTE, STEP = Happening.REPLY, Happening.STAGE, Happening.NOTE, Happening.STEP
PLANS = (
    LeadPlan(
        key="radebe", name="Palesa Radebe", language="en", source=Source.FORM, days=0, hour=6, utm=OPEN_DAY,
        email="palesa.radebe@example.org", child="Karabo Radebe", grade="Grade 2",
        message="We move to Bergville in January. Is there a place in Grade 2, and may we visit the school?",
    ),
    LeadPlan(
        key="mthembu", name="Sibusiso Mthembu", language="zu", source=Source.SITE, days=1, email="sibusiso.mthembu@example.org",
        phone="+27825550911", child="Ayanda Mthembu", grade="Grade R", step="Call back", due=0,
        message="Ngicela ukwazi ukuthi zikhona yini izikhala zeBanga R ngonyaka ozayo.",
    ),
    LeadPlan(
        key="ebrahim", name="Fatima Ebrahim", language="en", source=Source.WALK_IN, days=2, phone="+27825550912",
        child="Zayd Ebrahim", grade="Grade 1", agreed=False,
    ),
    LeadPlan(
        key="pretorius", name="Annelie Pretorius", language="af", source=Source.PHONE, days=5, phone="+27825550913",
        email="annelie.pretorius@example.org", child="Jaco Pretorius", grade="Grade 3", stage=CONTACTED, keeper=Role.OWNER,
        message="Is daar volgende jaar plek in Graad 3?", step="Send the list of fees", due=0,
        story=((4, REPLY, {"how": "phone", "text": "She asks for the fees and the bus."}), (4, STAGE, _moved(NEW, CONTACTED))),
    ),
    LeadPlan(
        key="nhlapo", name="Thabo Nhlapo", language="en", source=Source.EVENT, days=12, email="thabo.nhlapo@example.org",
        child="Lwazi Nhlapo", grade="Grade 4", stage=CONTACTED, keeper=Role.OWNER, step="Invite them to the open day", due=-3,
        story=(
            (11, REPLY, {"how": "email"}), (11, STAGE, _moved(NEW, CONTACTED)), (8, NOTE, {"text": "Met us at the market."}),
        ),
    ),
    LeadPlan(
        key="sithole", name="Nokuthula Sithole", language="zu", source=Source.REFERRAL, days=9, phone="+27825550914",
        child="Minenhle Sithole", grade="Grade 1", stage=APPOINTMENT, keeper=Role.ADMIN, step="Show them the school", due=2,
        story=(
            (8, REPLY, {"how": "phone"}), (8, STAGE, _moved(NEW, CONTACTED)), (6, STAGE, _moved(CONTACTED, APPOINTMENT)),
            (6, STEP, {"text": "Show them the school", "due": None}),
        ),
    ),
    LeadPlan(
        key="pillay", name="James Pillay", language="en", source=Source.FORM, days=20, email="james.pillay@example.org",
        child="Maya Pillay", grade="Grade 5", stage=TRIAL, keeper=Role.ADMIN, due=4, utm=OPEN_DAY,
        step="Ask how the trial week went",
        story=(
            (19, REPLY, {"how": "email"}), (19, STAGE, _moved(NEW, CONTACTED)), (10, STAGE, _moved(CONTACTED, TRIAL)),
            (3, NOTE, {"text": "Maya likes the choir."}),
        ),
    ),
    LeadPlan(
        key="tau", name="Lebohang Tau", language="en", source=Source.FORM, days=30, email="lebohang.tau@example.org",
        child="Neo Tau", grade="Grade 2", stage=CONTACTED,
        story=(
            (29, REPLY, {"how": "email"}), (29, STAGE, _moved(NEW, CONTACTED)), (14, Happening.UNSUBSCRIBED, {"how": "link"}),
        ),
    ),
    LeadPlan(
        key="cele", name="Zinhle Cele", language="zu", source=Source.FORM, days=8, email="zinhle.cele@example.org",
        phone="+27825550915", child="Anele Cele", grade="Grade R",
        message="Ngabe isikole sinayo i-aftercare?", stage=CONTACTED,
        story=((7, REPLY, {"how": "message"}), (7, STAGE, _moved(NEW, CONTACTED))),
    ),
    LeadPlan(
        key="cele-again", name="Z. Cele", language="zu", source=Source.PHONE, days=3, phone="+27825550915", child="Anele",
        grade="Grade R", agreed=False,
    ),
    LeadPlan(
        key="enrolled", name="", language="zu", source=Source.REFERRAL, days=75, stage=ENROLLED, keeper=Role.ADMIN,
        story=(
            (74, REPLY, {"how": "person"}), (74, STAGE, _moved(NEW, CONTACTED)), (68, STAGE, _moved(CONTACTED, TRIAL)),
            (60, STAGE, _moved(TRIAL, ENROLLED)),
        ),
    ),
    LeadPlan(
        key="fourie", name="Marlene Fourie", language="af", source=Source.SITE, days=60, email="marlene.fourie@example.org",
        child="Elzet Fourie", grade="Grade 6", message="Kan my dogter in die middel van die jaar begin?", stage=ARCHIVED,
        before=CONTACTED,
        story=(
            (59, REPLY, {"how": "phone"}), (59, STAGE, _moved(NEW, CONTACTED)),
            (40, STAGE, _moved(CONTACTED, ARCHIVED, "Chose a school nearer to their home")),
        ),
    ),
    LeadPlan(
        key="modise", name="Kagiso Modise", language="en", source=Source.OTHER, days=90, phone="+27825550916", stage=ARCHIVED,
        before=NEW, agreed=False, story=((45, STAGE, _moved(NEW, ARCHIVED, "Nobody answers under this number")),),
    ),
)  # fmt: skip


class _Family(NamedTuple):
    """A learner of the school and somebody who has an address and looks after them."""

    learner: UUID
    child: str
    guardian: UUID
    name: str
    email: str


def add_leads(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the leads of the current school where it has none at all; returns how many. Needs its people and its `accounts`."""
    if plan.slug != THABA.slug or db.session.scalar(select(Lead.id).limit(1)):
        return 0
    family = _family()
    planned = [each for each in PLANS if each.name or family]
    rows = [_row(plan, each, accounts, family, now) for each in planned]
    names = {f"{role.value}@{plan.host}": role for role in Role}
    known = {role: accounts[email] for email, role in names.items() if email in accounts}
    people = select(Person.id, Person.name).where(Person.id.in_(known.values()))
    called = {row.id: row.name for row in db.session.execute(people)}
    keepers = {role: called[person] for role, person in known.items() if person in called}
    db.session.add_all(Lead(**row) for row in rows)
    db.session.flush()
    told = (_history(plan, each, row, keepers, now) for each, row in zip(planned, rows, strict=True))
    fill(LeadEvent, [event for history in told for event in history])
    for row in sorted(rows, key=lambda row: row["created_at"]):
        record("leads.add", Target("lead", row["id"]), label=row["name"], after={"source": row["source"]})
    return len(rows)


def _row(
    plan: SchoolPlan, lead: LeadPlan, accounts: Mapping[str, UUID], family: _Family | None, now: dt.datetime
) -> dict[str, Any]:
    came = _at(lead.days, lead.hour, now)
    first = {kind: _at(days, lead.hour + 1, now) for days, kind, _ in reversed(lead.story)}
    moments = {kind: _at(days, lead.hour + 1, now) for days, kind, _ in lead.story}
    own = family if not lead.name else None
    last = max([came, *moments.values()])
    return {
        "id": _id(plan, lead, came), "name": own.name if own else lead.name, "email": own.email if own else lead.email,
        "phone": lead.phone, "language": lead.language, "child_name": own.child if own else lead.child,
        "child_grade": lead.grade, "message": lead.message, "stage": lead.stage.value, "stage_at": moments.get(STAGE, came),
        "owner_id": accounts.get(f"{lead.keeper.value}@{plan.host}") if lead.keeper else None, "source": lead.source.value,
        "origin": plan.host if lead.source in (Source.FORM, Source.SITE) else "", "utm": dict(lead.utm),
        "consent_at": came if lead.agreed else None, "replied_at": first.get(REPLY), "next_step": lead.step,
        "next_due_on": None if lead.due is None else today_at_school(now) + dt.timedelta(lead.due),
        "unsubscribed_at": moments.get(Happening.UNSUBSCRIBED),
        "archived_why": next((told["why"] for _, _, told in lead.story if "why" in told), None),
        "archived_from": lead.before.value if lead.before else None, "learner_id": own.learner if own else None,
        "guardian_id": own.guardian if own else None, "submission_key": f"baseline/{lead.key}", "created_at": came,
        "touched_at": last,
    }  # fmt: skip


def _history(
    plan: SchoolPlan, lead: LeadPlan, row: dict[str, Any], keepers: Mapping[Role, str], now: dt.datetime
) -> Iterator[dict[str, Any]]:
    story = [(lead.days, Happening.CREATED, {"source": row["source"], "origin": row["origin"]}), *lead.story]
    by = keepers.get(lead.keeper or Role.OWNER, "")
    for number, (days, kind, details) in enumerate(story):
        of_family = kind is Happening.UNSUBSCRIBED or (kind is Happening.CREATED and lead.source in BY_FORM)
        at = row["created_at"] if kind is Happening.CREATED else _at(days, lead.hour + 1, now)
        yield {
            "id": _of_moment(known_id(plan.slug, "lead event", lead.key, number), at), "lead_id": row["id"], "at": at,
            "kind": kind.value, "by_id": None, "by_name": "" if of_family else by, "details": details,
        }  # fmt: skip


def _family() -> _Family | None:
    """The first family of the school with an address: theirs is the lead that was enrolled."""
    guardian, learner = aliased(Person), aliased(Person)
    found = (
        select(learner.id, learner.name, guardian.id, guardian.name, guardian.email)
        .select_from(Guardianship)
        .join(guardian, and_(guardian.school_id == Guardianship.school_id, guardian.id == Guardianship.guardian_id))
        .join(learner, and_(learner.school_id == Guardianship.school_id, learner.id == Guardianship.learner_id))
        .where(guardian.email.is_not(None), guardian.ended_at.is_(None), learner.ended_at.is_(None))
        .order_by(guardian.sort_key, guardian.id)
        .limit(1)
    )
    row = db.session.execute(found).one_or_none()
    return _Family(row[0], row[1], row[2], row[3], str(row[4])) if row else None


def _at(days: int, hour: int, now: dt.datetime) -> dt.datetime:
    """An hour of the school's clock so many days ago; never later than now."""
    moment = dt.datetime.combine(today_at_school(now) - dt.timedelta(days), dt.time(hour, 12), ZONE)
    return min(moment, now)


def _id(plan: SchoolPlan, lead: LeadPlan, came: dt.datetime) -> UUID:
    return _of_moment(known_id(plan.slug, "lead", lead.key), came)


def _of_moment(known: UUID, moment: dt.datetime) -> UUID:
    """The id with the moment in its place, so that rows stand in the order in which they came."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | known.int & _RANDOM)
