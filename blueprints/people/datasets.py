"""What can be exported of people: learners, their parents and guardians, and who is whose."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Date, and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from app import clock
from app.access.permissions import Permission
from app.domain.classes import has_place
from app.domain.families import RELATIONS
from app.domain.people import HERE
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import a_choice
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.classes import ClassGroup, Enrolment
from app.models.learner import Guardianship, Learner
from app.models.person import Kind as PersonKind
from app.models.person import Person
from blueprints.people.words import CONSENTS, STATUSES

LANGUAGES = {"en": N_("English"), "af": N_("Afrikaans"), "zu": N_("isiZulu"), "": N_("The language of the school")}
YES_NO = {"yes": N_("Yes"), "no": N_("No")}


class _Learner(NamedTuple):
    number: str | None
    first_name: str
    last_name: str
    known_as: str | None
    birth_date: str | None
    class_name: str | None
    status: str
    photo_consent: str
    email: str | None
    phone: str | None
    left_on: str | None


class _Guardian(NamedTuple):
    name: str
    email: str | None
    phone: str | None
    language: str
    learners: int


class _Tie(NamedTuple):
    number: str | None
    learner: str
    guardian: str
    relation: str
    may_collect: str
    no_contact: str
    hears_attendance: str
    hears_notices: str
    hears_billing: str
    email: str | None
    phone: str | None


def _yes(column: Any) -> Any:
    return case((column, "yes"), else_="no")


def _day(column: Any) -> Any:
    """A day in ISO 8601, as imports take it."""
    return func.to_char(column, "YYYY-MM-DD")


def _today() -> dict[str, dt.date]:
    """The day on the wall of the school."""
    return {"day": clock.now().astimezone(ZoneInfo(speech().timezone)).date()}


_CLASS_NAME = (
    select(ClassGroup.name)
    .join(Enrolment, and_(Enrolment.school_id == ClassGroup.school_id, Enrolment.class_id == ClassGroup.id))
    .where(
        ClassGroup.school_id == Learner.school_id, Enrolment.learner_id == Learner.id, has_place(bindparam("day", type_=Date))
    )
    .order_by(ClassGroup.is_register.desc(), ClassGroup.sort_key)
    .limit(1)
    .correlate(Learner)
    .scalar_subquery()
)
_LEARNERS = (
    select(
        Learner.number, Learner.first_name, Learner.last_name, Learner.known_as,
        _day(Learner.birth_date).label("birth_date"), _CLASS_NAME.label("class_name"), Learner.status, Learner.photo_consent,
        Person.email, Person.phone, _day(Learner.left_on).label("left_on"),
    )
    .join(Person, and_(Person.school_id == Learner.school_id, Person.id == Learner.id))
    .where(Person.merged_into.is_(None))
    .order_by(Person.sort_key, Person.id)
)  # fmt: skip
_GUARDIANS = (
    select(
        Person.name, Person.email, Person.phone, func.coalesce(Person.language, "").label("language"),
        select(func.count())
        .select_from(Guardianship)
        .where(Guardianship.school_id == Person.school_id, Guardianship.guardian_id == Person.id)
        .correlate(Person).scalar_subquery().label("learners"),
    )
    .where(HERE, Person.kind == PersonKind.GUARDIAN.value)
    .order_by(Person.sort_key, Person.id)
)  # fmt: skip
_Of = aliased(Person)
_TIES = (
    select(
        Learner.number, Person.name.label("learner"), _Of.name.label("guardian"), Guardianship.relation,
        _yes(Guardianship.may_collect).label("may_collect"), _yes(Guardianship.no_contact).label("no_contact"),
        _yes(Guardianship.hears_attendance).label("hears_attendance"),
        _yes(Guardianship.hears_notices).label("hears_notices"), _yes(Guardianship.hears_billing).label("hears_billing"),
        _Of.email, _Of.phone,
    )
    .select_from(Guardianship)
    .join(Learner, and_(Learner.school_id == Guardianship.school_id, Learner.id == Guardianship.learner_id))
    .join(Person, and_(Person.school_id == Guardianship.school_id, Person.id == Guardianship.learner_id))
    .join(_Of, and_(_Of.school_id == Guardianship.school_id, _Of.id == Guardianship.guardian_id))
    .where(HERE, _Of.ended_at.is_(None))
    .order_by(Person.sort_key, Person.id, Guardianship.created_at, Guardianship.id)
)  # fmt: skip


LEARNERS = Dataset(
    "learners", N_("Learners"), Permission.PEOPLE_MANAGE,
    (
        Column("learner_number", N_("Learner number")),
        Column("first_name", N_("First names")),
        Column("last_name", N_("Surname")),
        Column("known_as", N_("Known as")),
        Column("birth_date", N_("Date of birth")),
        Column("class", N_("Class")),
        Column("status", N_("Status"), Kind.WORD, STATUSES),
        Column("photo_consent", N_("Photo consent"), Kind.WORD, CONSENTS),
        Column("email", N_("Email address")),
        Column("phone", N_("Phone number")),
        Column("left_on", N_("Left on")),
    ),
    selected(_LEARNERS, _Learner, {"status": Learner.status == bindparam("status")}, _today),
    {"status": a_choice(N_("Status"), STATUSES)}, is_guarded=True,
)  # fmt: skip
GUARDIANS = Dataset(
    "guardians", N_("Parents and guardians"), Permission.PEOPLE_MANAGE,
    (
        Column("name", N_("Name")),
        Column("email", N_("Email address")),
        Column("phone", N_("Phone number")),
        Column("language", N_("Language"), Kind.WORD, LANGUAGES),
        Column("learners", N_("Learners"), Kind.INTEGER),
    ),
    selected(_GUARDIANS, _Guardian), is_guarded=True,
)  # fmt: skip
GUARDIANSHIPS = Dataset(
    "guardianships", N_("Who is whose parent or guardian"), Permission.PEOPLE_MANAGE,
    (
        Column("learner_number", N_("Learner number")),
        Column("learner", N_("Learner")),
        Column("guardian", N_("Parent or guardian")),
        Column("relation", N_("Relationship to learner"), Kind.WORD, RELATIONS),
        Column("may_collect", N_("May collect"), Kind.WORD, YES_NO),
        Column("no_contact", N_("No contact"), Kind.WORD, YES_NO),
        Column("hears_attendance", N_("Hears when the learner is absent"), Kind.WORD, YES_NO),
        Column("hears_notices", N_("Gets notices about the learner’s class"), Kind.WORD, YES_NO),
        Column("hears_billing", N_("Gets invoices for the learner"), Kind.WORD, YES_NO),
        Column("email", N_("Email address")),
        Column("phone", N_("Phone number")),
    ),
    selected(_TIES, _Tie), is_guarded=True,
)  # fmt: skip
DATASETS = (LEARNERS, GUARDIANS, GUARDIANSHIPS)
