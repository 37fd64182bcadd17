"""Who may stand in the school's lists twice, and what two records of one person say differently."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Text, and_, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import aliased

from app.domain.names import sort_key
from app.domain.people import HERE
from app.i18n.catalogue import N_
from app.models.attendance import AbsenceReport, AttendanceMark
from app.models.classes import ClassTeacher, Enrolment
from app.models.delivery import Delivery
from app.models.gate import GateScan
from app.models.learner import Guardianship, Learner, MedicalNote
from app.models.person import Kind, Person
from app.models.user import Membership
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE

#: why two records are likely to be one person
WHYS = {
    "number": N_("The same learner number, written otherwise"),
    "birth": N_("The same name and date of birth"),
    "email": N_("The same email address"),
    "phone": N_("The same phone number"),
}


class Pair(NamedTuple):
    """Two records that look like one person, the older one first; `why` is a key of WHYS."""

    why: str
    kind: str
    one: UUID
    one_name: str
    one_detail: str | None
    other: UUID
    other_name: str
    other_detail: str | None


class Alike(NamedTuple):
    """Somebody who is in the lists already and looks like the one who is being added."""

    id: UUID
    name: str
    number: str | None
    why: str


class Side(NamedTuple):
    """One of the two records of a merge: what it says, and how much there is that would move with it."""

    id: UUID
    kind: str
    name: str
    first_name: str | None
    last_name: str | None
    known_as: str | None
    birth_date: dt.date | None
    number: str | None
    photo_consent: str | None
    email: str | None
    phone: str | None
    language: str | None
    created_at: dt.datetime
    family: int
    enrolments: int
    marks: int
    scans: int
    absences: int
    classes: int
    accounts: int
    deliveries: int
    has_note: bool


_Other = aliased(Person)
_OtherLearner = aliased(Learner)
_PAIR = and_(_Other.school_id == Person.school_id, _Other.kind == Person.kind, Person.id < _Other.id, _Other.ended_at.is_(None))
_IS_ADULT: ColumnElement[bool] = Person.kind != Kind.LEARNER.value


def _pairs(why: str, detail: Any, other_detail: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            bindparam("why", why, Text, unique=True).label("why"), Person.kind, Person.id.label("one"),
            Person.name.label("one_name"), detail.label("one_detail"), _Other.id.label("other"),
            _Other.name.label("other_name"), other_detail.label("other_detail"),
        )
        .select_from(Person)
        .where(HERE)
        .order_by(Person.sort_key, Person.id, _Other.id)
        .limit(PAGE)
    )  # fmt: skip


def _of_learners(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        statement.join(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
        .join(_Other, _PAIR)
        .join(_OtherLearner, and_(_OtherLearner.school_id == _Other.school_id, _OtherLearner.id == _Other.id))
    )


def _plain_number(number: Any) -> Any:
    """A number without its signs and leading noughts: '00-123' and '123' are one."""
    return func.ltrim(func.regexp_replace(func.upper(number), "[^0-9A-Z]", "", "g"), "0")


_SAME_NUMBER = Prepared(
    _of_learners(_pairs("number", Learner.number, _OtherLearner.number)).where(
        _plain_number(Learner.number) == _plain_number(_OtherLearner.number)
    ),
    Pair,
)
_SAME_BIRTH = Prepared(
    _of_learners(_pairs("birth", Learner.number, _OtherLearner.number)).where(
        Person.sort_key == _Other.sort_key, Learner.birth_date == _OtherLearner.birth_date
    ),
    Pair,
)
# Brothers and sisters have their parents' address: of learners an address proves nothing.
_SAME_EMAIL = Prepared(
    _pairs("email", Person.email, _Other.email).join(_Other, _PAIR).where(_IS_ADULT, Person.email == _Other.email), Pair
)
_SAME_PHONE = Prepared(
    _pairs("phone", Person.phone, _Other.phone).join(_Other, _PAIR).where(_IS_ADULT, Person.phone == _Other.phone), Pair
)


def pairs() -> list[Pair]:
    """Records that are likely to be one person, the surest first; each pair once, at most PAGE for each reason."""
    found: dict[tuple[UUID, UUID], Pair] = {}
    with reading() as cursor:
        for prepared in (_SAME_NUMBER, _SAME_BIRTH, _SAME_EMAIL, _SAME_PHONE):
            for pair in prepared.all(cursor):
                found.setdefault((pair.one, pair.other), pair)
    return list(found.values())


def pairs_of(person_id: UUID) -> list[Pair]:
    """Those of `pairs` that a person is one of."""
    return [pair for pair in pairs() if person_id in (pair.one, pair.other)]


def alike(kind: str, *, name: str, birth_date: dt.date | None, email: str | None, phone: str | None) -> list[Alike]:
    """Who of a kind is here already with the same name and date of birth or, of adults, the same address or phone number."""
    with reading() as cursor:
        if kind == Kind.LEARNER:
            return _ALIKE_LEARNERS.all(cursor, sort_key=sort_key(name), birth_date=birth_date) if birth_date else []
        return _ALIKE_ADULTS.all(cursor, kind=kind, email=email or "", phone=phone or "") if email or phone else []


_ALIKE_LEARNERS = Prepared(
    select(Person.id, Person.name, Learner.number, bindparam("why", "birth", Text, unique=True).label("why"))
    .join(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
    .where(
        HERE, Person.sort_key == bindparam("sort_key", type_=Text), Learner.birth_date == bindparam("birth_date", type_=Date)
    )
    .limit(PAGE),
    Alike,
)
_EMAIL = bindparam("email", type_=Text)
_ALIKE_ADULTS = Prepared(
    select(Person.id, Person.name, Learner.number, case((Person.email == _EMAIL, "email"), else_="phone").label("why"))
    .outerjoin(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
    .where(
        HERE, Person.kind == bindparam("kind", type_=Text),
        or_(Person.email == _EMAIL, Person.phone == bindparam("phone", type_=Text)),
    )
    .order_by(Person.sort_key, Person.id)
    .limit(PAGE),
    Alike,
)  # fmt: skip


def _number_of(model: Any, column: Any) -> Any:
    mine = select(func.count()).select_from(model).where(model.school_id == Person.school_id, column == Person.id)
    return mine.correlate(Person).scalar_subquery()


@cache
def _sides() -> Prepared[Side]:
    family = select(func.count()).select_from(Guardianship).where(
        Guardianship.school_id == Person.school_id,
        or_(Guardianship.learner_id == Person.id, Guardianship.guardian_id == Person.id),
    )  # fmt: skip
    accounts = select(func.count()).select_from(Membership).where(
        Membership.school_id == Person.school_id, Membership.person_id == Person.id, Membership.ended_at.is_(None)
    )  # fmt: skip
    return Prepared(
        select(
            Person.id, Person.kind, Person.name, Learner.first_name, Learner.last_name, Learner.known_as, Learner.birth_date,
            Learner.number, Learner.photo_consent, Person.email, Person.phone, Person.language, Person.created_at,
            family.correlate(Person).scalar_subquery().label("family"),
            _number_of(Enrolment, Enrolment.learner_id).label("enrolments"),
            _number_of(AttendanceMark, AttendanceMark.learner_id).label("marks"),
            _number_of(GateScan, GateScan.learner_id).label("scans"),
            func.greatest(
                _number_of(AbsenceReport, AbsenceReport.learner_id), _number_of(AbsenceReport, AbsenceReport.person_id)
            ).label("absences"),
            _number_of(ClassTeacher, ClassTeacher.person_id).label("classes"),
            accounts.correlate(Person).scalar_subquery().label("accounts"),
            _number_of(Delivery, Delivery.person_id).label("deliveries"),
            select(MedicalNote.id)
            .where(MedicalNote.school_id == Person.school_id, MedicalNote.learner_id == Person.id)
            .correlate(Person).exists().label("has_note"),
        )
        .outerjoin(Learner, and_(Learner.school_id == Person.school_id, Learner.id == Person.id))
        .where(
            Person.merged_into.is_(None),
            or_(Person.id == bindparam("one", type_=PG_UUID), Person.id == bindparam("other", type_=PG_UUID)),
        ),
        Side,
    )  # fmt: skip


def sides(one: UUID, other: UUID) -> tuple[Side, Side] | None:
    """Two records of the same kind, in this order; None if the school has no two such records."""
    with reading() as cursor:
        found = {side.id: side for side in _sides().all(cursor, one=one, other=other)}
    if one == other or one not in found or other not in found or found[one].kind != found[other].kind:
        return None
    return found[one], found[other]
