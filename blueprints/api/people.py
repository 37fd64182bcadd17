"""The people of a school, as programs read them. Medical notes are not among what they read."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from marshmallow import fields
from sqlalchemy import Boolean, Date, DateTime, Select, Text, Uuid, and_, bindparam, func, select

from app import clock
from app.access.api_tokens import Scope
from app.access.who import Who
from app.domain.classes import has_place
from app.models.classes import ClassGroup, Enrolment
from app.models.learner import Guardianship, Learner, LearnerStatus, Relation
from app.models.person import Kind, Person
from app.models.user import Membership, Role
from app.web.api.asking import Moment, Words, one_of
from blueprints.api.listing import Filter, Key, Listing

GROUP = "People"


class LearnerRow(NamedTuple):
    """A learner. `class_id` is the class that keeps their daily register today; `name` is first and last name together."""

    id: UUID
    number: str | None
    name: str
    first_name: str
    last_name: str
    known_as: str | None
    birth_date: dt.date | None
    status: Literal["applied", "enrolled", "left"]
    left_on: dt.date | None
    class_id: UUID | None
    photo_consent: Literal["unknown", "given", "refused"]
    language: Literal["en", "af", "zu"] | None
    email: str | None
    phone: str | None
    created_at: dt.datetime


class PersonRow(NamedTuple):
    """A parent or guardian. `ended_at` is when the school put them aside."""

    id: UUID
    name: str
    language: Literal["en", "af", "zu"] | None
    email: str | None
    phone: str | None
    created_at: dt.datetime
    ended_at: dt.datetime | None


class StaffRow(NamedTuple):
    """A member of staff; `role` is that of their account, null without one."""

    id: UUID
    name: str
    role: Literal["owner", "admin", "teacher", "officer", "guardian", "student"] | None
    language: Literal["en", "af", "zu"] | None
    email: str | None
    phone: str | None
    created_at: dt.datetime
    ended_at: dt.datetime | None


class GuardianshipRow(NamedTuple):
    """Who is a guardian of whom. With `no_contact` they are never written to about the learner, and never collect them."""

    id: UUID
    guardian_id: UUID
    learner_id: UUID
    relation: Literal["mother", "father", "grandparent", "guardian", "foster", "sibling", "other"]
    may_collect: bool
    no_contact: bool
    hears_attendance: bool
    hears_notices: bool
    hears_billing: bool
    created_at: dt.datetime


def today(who: Who) -> dict[str, object]:
    """The school's day."""
    return {"today": clock.now().astimezone(ZoneInfo(who.timezone or "Africa/Johannesburg")).date()}


_CLASS = (
    select(ClassGroup.id)
    .join(Enrolment, and_(Enrolment.school_id == ClassGroup.school_id, Enrolment.class_id == ClassGroup.id))
    .where(Enrolment.learner_id == Learner.id, has_place(bindparam("today", type_=Date)), ClassGroup.is_register)
    .order_by(Enrolment.starts_on.desc(), Enrolment.id)
    .limit(1)
    .correlate(Learner)
    .scalar_subquery()
)
_CREATED = Filter(
    Moment(metadata={"description": "Made then or later."}), lambda given: Person.created_at >= given, DateTime(timezone=True)
)
_EMAIL = Filter(Words(254), lambda given: func.lower(Person.email) == func.lower(given), Text)
_IS_ONE = Person.merged_into.is_(None)  # whoever was the same person twice is told once
_BY_PERSON = (Key("id", Person.id, UUID),)
_HERE = Filter(
    fields.Boolean(metadata={"description": "true: of the school now; false: put aside."}),
    lambda given: Person.ended_at.is_(None).is_(given),
    Boolean,
)


def _people(kind: Kind, *more: Any) -> Select[*tuple[Any, ...]]:
    """The columns that people of every kind have, in the order of their rows; `more` come after the name."""
    return select(
        Person.id, Person.name, *more, Person.language, Person.email, Person.phone, Person.created_at, Person.ended_at
    ).where(Person.kind == kind.value, _IS_ONE)  # fmt: skip


LEARNERS = Listing(
    "learners", "learners", GROUP, Scope.LEARNERS_READ, LearnerRow,
    select(
        Learner.id, Learner.number, Person.name, Learner.first_name, Learner.last_name, Learner.known_as, Learner.birth_date,
        Learner.status, Learner.left_on, _CLASS.label("class_id"), Learner.photo_consent, Person.language, Person.email,
        Person.phone, Person.created_at,
    )
    .join(Person, and_(Person.school_id == Learner.school_id, Person.id == Learner.id))
    .where(_IS_ONE),
    (Key("id", Learner.id, UUID),),
    {
        "status": Filter(one_of(*LearnerStatus), lambda given: Learner.status == given, Text),
        "number": Filter(Words(), lambda given: Learner.number == given, Text),
        "class_id": Filter(
            fields.UUID(metadata={"description": "Those with a place in this class today."}),
            lambda given: Learner.id.in_(
                select(Enrolment.learner_id).where(Enrolment.class_id == given, has_place(bindparam("today", type_=Date)))
            ),
            Uuid,
        ),
        "created_since": _CREATED,
    },
    one="learner_id", thing="a learner", values=today,
)  # fmt: skip
GUARDIANS = Listing(
    "guardians", "parents and guardians", GROUP, Scope.GUARDIANS_READ, PersonRow, _people(Kind.GUARDIAN), _BY_PERSON,
    {"email": _EMAIL, "here": _HERE, "created_since": _CREATED}, one="person_id", thing="a parent or guardian",
)  # fmt: skip
GUARDIANSHIPS = Listing(
    "guardianships", "who is a guardian of whom", GROUP, Scope.GUARDIANS_READ, GuardianshipRow,
    select(
        Guardianship.id, Guardianship.guardian_id, Guardianship.learner_id, Guardianship.relation, Guardianship.may_collect,
        Guardianship.no_contact, Guardianship.hears_attendance, Guardianship.hears_notices, Guardianship.hears_billing,
        Guardianship.created_at,
    ),
    (Key("id", Guardianship.id, UUID),),
    {
        "learner_id": Filter(fields.UUID(), lambda given: Guardianship.learner_id == given, Uuid),
        "guardian_id": Filter(fields.UUID(), lambda given: Guardianship.guardian_id == given, Uuid),
        "relation": Filter(one_of(*Relation), lambda given: Guardianship.relation == given, Text),
        "created_since": Filter(Moment(), lambda given: Guardianship.created_at >= given, DateTime(timezone=True)),
    },
)  # fmt: skip
_ROLE = (
    select(Membership.role)
    .where(Membership.person_id == Person.id, Membership.ended_at.is_(None))
    .order_by(Membership.id)
    .limit(1)
    .correlate(Person)
    .scalar_subquery()
)
STAFF = Listing(
    "staff", "staff", GROUP, Scope.STAFF_READ, StaffRow, _people(Kind.STAFF, _ROLE.label("role")), _BY_PERSON,
    {
        "email": _EMAIL, "here": _HERE, "created_since": _CREATED,
        "role": Filter(one_of(*Role), lambda given: given == _ROLE, Text),
    },
    one="person_id", thing="a member of staff",
)  # fmt: skip
LISTINGS = (LEARNERS, GUARDIANS, GUARDIANSHIPS, STAFF)
