"""Whom and what a form of a class offers: learners to enrol, staff to teach, classes to go over to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, Text, Uuid, and_, any_, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.domain.people import HERE
from app.domain.person_search import binds, is_called
from app.models.classes import ClassGroup, ClassTeacher, Enrolment, EnrolmentState
from app.models.learner import Learner, LearnerStatus
from app.models.person import Kind, Person
from app.tenancy.reading import Prepared, reading
from blueprints.classes.queries import ClassLine

OFFERED = 60  # people on a page of the picker; a search finds the others


class Candidate(NamedTuple):
    """A learner who may be enrolled; `classes` are the register classes of that year in which they have a place."""

    id: UUID
    name: str
    known_as: str | None
    number: str | None
    classes: str | None


class Colleague(NamedTuple):
    """A member of staff who may teach; `classes` counts those that they teach now."""

    id: UUID
    name: str
    classes: int


class Target(NamedTuple):
    """A class to go over to, and how many places it has left (None: no limit)."""

    id: UUID
    name: str
    capacity: int | None
    learners: int

    @property
    def free(self) -> int | None:
        """Places that are left."""
        return None if self.capacity is None else max(0, self.capacity - self.learners)


_DAY = bindparam("day", type_=Date)
_CLASS, _YEAR = bindparam("class_id", type_=Uuid), bindparam("year", type_=Integer)
_OPEN = or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _DAY)
_GROUP = aliased(ClassGroup)
_IN_REGISTERS = (
    Enrolment.learner_id == Learner.id, Enrolment.state == EnrolmentState.ACTIVE.value, _OPEN, _GROUP.is_register,
    _GROUP.year == _YEAR, _GROUP.ended_at.is_(None),
)  # fmt: skip
_REGISTERS = (
    select(func.string_agg(_GROUP.name, aggregate_order_by(literal_column("', '"), _GROUP.sort_key)))
    .select_from(Enrolment)
    .join(_GROUP, _GROUP.id == Enrolment.class_id)
    .where(*_IN_REGISTERS)
    .correlate(Learner)
    .scalar_subquery()
)
_HERE_ALREADY = exists().where(Enrolment.learner_id == Learner.id, Enrolment.class_id == _CLASS, _OPEN)
_CANDIDATE = (
    select(Learner.id, Person.name, Learner.known_as, Learner.number, _REGISTERS.label("classes"))
    .join(Person, Person.id == Learner.id)
    .where(HERE, Learner.status != LearnerStatus.LEFT.value, ~_HERE_ALREADY)
)
_STAFF = Prepared(
    select(
        Person.id, Person.name,
        select(func.count()).select_from(ClassTeacher)
        .join(ClassGroup, and_(ClassGroup.id == ClassTeacher.class_id, ClassGroup.ended_at.is_(None)))
        .where(ClassTeacher.person_id == Person.id).correlate(Person).scalar_subquery().label("classes"),
    )
    .where(
        HERE, Person.kind == Kind.STAFF.value, is_called(),
        ~exists().where(ClassTeacher.person_id == Person.id, ClassTeacher.class_id == _CLASS),
    )
    .order_by(Person.sort_key, Person.id)
    .limit(bindparam("limit")),
    Colleague,
)  # fmt: skip
_TARGETS = Prepared(
    select(
        ClassGroup.id, ClassGroup.name, ClassGroup.capacity,
        select(func.count()).select_from(Enrolment)
        .where(Enrolment.class_id == ClassGroup.id, Enrolment.state == EnrolmentState.ACTIVE.value, _OPEN)
        .correlate(ClassGroup).scalar_subquery().label("learners"),
    )
    .where(
        ClassGroup.ended_at.is_(None), ClassGroup.year == _YEAR, ClassGroup.is_register == bindparam("is_register"),
        ClassGroup.id != _CLASS,
    )
    .order_by(ClassGroup.sort_key, ClassGroup.id),
    Target,
)  # fmt: skip


def candidates(group: ClassLine, day: dt.date, text: str, also: Sequence[UUID] = ()) -> list[Candidate]:
    """Learners for a class, by name: who is called like that or, without a word, who is likely; and those in `also`.

    Likely are learners without a register class for a register class, and otherwise the learners of its grade.
    """
    values = {"class_id": group.id, "year": group.year, "day": day, "limit": OFFERED, "also": list(also)}
    kind = "text" if text else "register" if group.is_register else "grade" if group.grade else "anybody"
    if kind == "text":
        values |= binds(text)
    if kind == "grade":
        values["grade"] = group.grade
    with reading() as cursor:
        return _candidates(kind).all(cursor, **values)


def colleagues(class_id: UUID, text: str) -> list[Colleague]:
    """Members of staff who do not teach a class yet, by name."""
    with reading() as cursor:
        return _STAFF.all(cursor, class_id=class_id, limit=OFFERED, **binds(text))


def targets(group: ClassLine, day: dt.date) -> list[Target]:
    """The classes of the same kind and year to which a learner may go over, by name."""
    with reading() as cursor:
        return _TARGETS.all(cursor, class_id=group.id, year=group.year, is_register=group.is_register, day=day)


@cache
def _candidates(kind: str) -> Prepared[Candidate]:
    wanted = {
        "text": is_called(),
        "register": ~exists().where(Enrolment.class_id == _GROUP.id, *_IN_REGISTERS),
        "grade": exists().where(
            Enrolment.class_id == _GROUP.id, _GROUP.grade == bindparam("grade", type_=Text), *_IN_REGISTERS
        ),
        "anybody": Person.id.is_not(None),
    }[kind]  # fmt: skip
    also = Learner.id == any_(bindparam("also", type_=ARRAY(Uuid)))
    statement = _CANDIDATE.where(or_(wanted, also)).order_by(also.desc(), Person.sort_key, Person.id).limit(bindparam("limit"))
    return Prepared(statement, Candidate)
