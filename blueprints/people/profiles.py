"""One person as their page shows them: facts, family, classes, and what was done about them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, and_, any_, bindparam, cast, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import aliased

from app.domain.on_site import day_of
from app.models.audit import AuditEvent, AuditValue
from app.models.classes import ClassGroup, ClassTeacher, Enrolment
from app.models.gate import GateState
from app.models.learner import Guardianship, Learner
from app.models.person import Person
from app.models.school import School
from app.models.user import Membership
from app.tenancy.reading import Prepared, reading

HISTORY = 20  # events of a person that their page shows


class Profile(NamedTuple):
    """Somebody of the school; what only learners have is None for others. `role` is that of their account, None without one."""

    id: UUID
    kind: str
    name: str
    email: str | None
    flagged_at: dt.datetime | None
    phone: str | None
    language: str | None
    created_at: dt.datetime
    ended_at: dt.datetime | None
    merged_into: UUID | None
    merged_name: str | None
    number: str | None
    known_as: str | None
    birth_date: dt.date | None
    photo_consent: str | None
    photo_consent_at: dt.datetime | None
    status: str | None
    left_on: dt.date | None
    card_code: str | None
    on_site: bool | None
    since: dt.datetime | None
    gate_day: dt.date | None
    role: str | None

    @property
    def state(self) -> str:
        """The badge of where they stand: applied, enrolled or left; active for whoever is no learner."""
        return "left" if self.ended_at else self.status or "active"

    def is_on_site(self, school: School, now: dt.datetime) -> bool:
        """Whether the gate has a learner on the grounds."""
        return bool(self.on_site) and self.gate_day == day_of(school, now)


class Tie(NamedTuple):
    """A guardianship, and the one of its two who is not on the page."""

    id: UUID
    person_id: UUID
    name: str
    relation: str
    may_collect: bool
    no_contact: bool
    hears_attendance: bool
    hears_notices: bool
    hears_billing: bool
    email: str | None
    phone: str | None
    number: str | None
    ended_at: dt.datetime | None


class Place(NamedTuple):
    """A learner in a class; `ends_on` None: still."""

    class_id: UUID
    name: str
    year: int
    state: str
    starts_on: dt.date
    ends_on: dt.date | None


class Taught(NamedTuple):
    """A class that somebody teaches."""

    class_id: UUID
    name: str
    year: int


class Deed(NamedTuple):
    """Something that was done about a person: `actor` "" where the name was erased; `before` and `after` by field."""

    action: str
    at: dt.datetime
    actor: str
    before: dict[str, Any]
    after: dict[str, Any]


class _Event(NamedTuple):
    id: UUID
    action: str
    at: dt.datetime


class _Value(NamedTuple):
    event: UUID
    field: str
    value: str | None


_ID = bindparam("id", type_=PG_UUID)
_Kept = aliased(Person)
_PROFILE = Prepared(
    select(
        Person.id, Person.kind, Person.name, Person.email, Person.email_flagged_at.label("flagged_at"), Person.phone,
        Person.language, Person.created_at, Person.ended_at, Person.merged_into, _Kept.name.label("merged_name"),
        Learner.number, Learner.known_as, Learner.birth_date, Learner.photo_consent, Learner.photo_consent_at, Learner.status,
        Learner.left_on, Learner.card_code, GateState.on_site, GateState.since, GateState.on_date.label("gate_day"),
        select(Membership.role)
        .where(
            Membership.school_id == Person.school_id, Membership.person_id == Person.id, Membership.ended_at.is_(None)
        )
        .limit(1).correlate(Person).scalar_subquery().label("role"),
    )
    .select_from(Person)
    .outerjoin(_Kept, and_(_Kept.school_id == Person.school_id, _Kept.id == Person.merged_into))
    .outerjoin(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
    .outerjoin(GateState, and_(GateState.school_id == Person.school_id, GateState.id == Person.id))
    .where(Person.id == _ID),
    Profile,
)  # fmt: skip
_TIE = (
    Guardianship.relation, Guardianship.may_collect, Guardianship.no_contact, Guardianship.hears_attendance,
    Guardianship.hears_notices, Guardianship.hears_billing, Person.email, Person.phone,
)  # fmt: skip
_GUARDIANS = Prepared(
    select(
        Guardianship.id, Person.id.label("person_id"), Person.name, *_TIE, literal(None, Text).label("number"), Person.ended_at
    )
    .join(Person, and_(Person.school_id == Guardianship.school_id, Person.id == Guardianship.guardian_id))
    .where(Guardianship.learner_id == _ID)
    .order_by(Guardianship.created_at, Guardianship.id),
    Tie,
)
_LEARNERS = Prepared(
    select(Guardianship.id, Person.id.label("person_id"), Person.name, *_TIE, Learner.number, Person.ended_at)
    .join(Person, and_(Person.school_id == Guardianship.school_id, Person.id == Guardianship.learner_id))
    .join(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
    .where(Guardianship.guardian_id == _ID)
    .order_by(Person.ended_at.is_not(None), Person.sort_key, Person.id),
    Tie,
)
_PLACES = Prepared(
    select(
        ClassGroup.id.label("class_id"), ClassGroup.name, ClassGroup.year, Enrolment.state, Enrolment.starts_on,
        Enrolment.ends_on,
    )
    .join(Enrolment, and_(Enrolment.school_id == ClassGroup.school_id, Enrolment.class_id == ClassGroup.id))
    .where(Enrolment.learner_id == _ID)
    .order_by(Enrolment.ends_on.desc().nulls_first(), Enrolment.starts_on.desc(), ClassGroup.sort_key),
    Place,
)  # fmt: skip
_TAUGHT = Prepared(
    select(ClassGroup.id.label("class_id"), ClassGroup.name, ClassGroup.year)
    .join(ClassTeacher, and_(ClassTeacher.school_id == ClassGroup.school_id, ClassTeacher.class_id == ClassGroup.id))
    .where(ClassTeacher.person_id == _ID, ClassGroup.ended_at.is_(None))
    .order_by(ClassGroup.year.desc(), ClassGroup.sort_key),
    Taught,
)
_EVENTS = Prepared(
    select(AuditEvent.id, AuditEvent.action, AuditEvent.at)
    .where(AuditEvent.target_kind == "person", AuditEvent.target_id == cast(_ID, Text))
    .order_by(AuditEvent.seq.desc())
    .limit(HISTORY),
    _Event,
)
_VALUES = Prepared(
    select(AuditValue.event_id.label("event"), AuditValue.field, AuditValue.value).where(
        AuditValue.event_id == any_(bindparam("events", type_=ARRAY(PG_UUID)))
    ),
    _Value,
)


def profile(person_id: UUID) -> Profile | None:
    """Somebody of the school, archived or not; None if there is no such."""
    with reading() as cursor:
        found = _PROFILE.all(cursor, id=person_id)
    return found[0] if found else None


def guardians(learner_id: UUID) -> list[Tie]:
    """The guardians of a learner, whoever was entered first first."""
    with reading() as cursor:
        return _GUARDIANS.all(cursor, id=learner_id)


def learners(guardian_id: UUID) -> list[Tie]:
    """The learners of a guardian, by name; those who left last."""
    with reading() as cursor:
        return _LEARNERS.all(cursor, id=guardian_id)


def places(learner_id: UUID) -> list[Place]:
    """The classes of a learner, those of now first."""
    with reading() as cursor:
        return _PLACES.all(cursor, id=learner_id)


def taught(person_id: UUID) -> list[Taught]:
    """The classes that somebody teaches, the newest year first."""
    with reading() as cursor:
        return _TAUGHT.all(cursor, id=person_id)


def history(person_id: UUID) -> list[Deed]:
    """What was done about a person, the newest first."""
    with reading() as cursor:
        events = _EVENTS.all(cursor, id=person_id)
        values = _VALUES.all(cursor, events=[event.id for event in events]) if events else []
    return [_deed(event, [value for value in values if value.event == event.id]) for event in events]


def _deed(event: _Event, values: Iterable[_Value]) -> Deed:
    actor = ""
    sides: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    for value in values:
        name, _, side = value.field.partition(":")
        if name == "actor":
            actor = value.value or ""
        elif side in sides and value.value is not None:
            sides[side][name] = json.loads(value.value)
    return Deed(event.action, event.at, actor, sides["before"], sides["after"])
