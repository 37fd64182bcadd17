"""Reads of classes: the list, and one class with its people."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, ScalarSelect, Text, and_, bindparam, func, literal_column, or_, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.models.classes import ClassGroup, ClassTeacher, Enrolment, EnrolmentState
from app.models.learner import Learner
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

STATES = ("open", "ended")


class ClassLine(NamedTuple):
    """A line of the list. `learners` have a place today or will have one, `waiting` wait for one."""

    id: UUID
    name: str
    sort_key: str
    grade: str | None
    year: int
    is_register: bool
    capacity: int | None
    learners: int
    waiting: int
    teachers: str | None
    ended_at: dt.datetime | None

    @property
    def free(self) -> int | None:
        """Places that are left; None without a limit."""
        return None if self.capacity is None else max(0, self.capacity - self.learners)

    @property
    def has_place_to_offer(self) -> bool:
        """Whether somebody waits though there is a place."""
        return self.waiting > 0 and self.free != 0 and self.ended_at is None


class Former(NamedTuple):
    """The class of the year before that was promoted into this one."""

    id: UUID
    name: str
    year: int


class Teacher(NamedTuple):
    """Who teaches a class; `email` is shown to those who run the school."""

    id: UUID
    name: str
    email: str | None


class Place(NamedTuple):
    """A learner of a class: since when, and until when if that is known."""

    id: UUID
    learner_id: UUID
    name: str
    known_as: str | None
    number: str | None
    state: str
    starts_on: dt.date
    ends_on: dt.date | None
    created_at: dt.datetime


class _Year(NamedTuple):
    year: int


_DAY = bindparam("day", type_=Date)
#: whoever has a place on a day or later
_EXPECTED = and_(
    Enrolment.state == EnrolmentState.ACTIVE.value, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _DAY)
)  # fmt: skip
_WAITS = and_(Enrolment.state == EnrolmentState.WAITING.value, Enrolment.ends_on.is_(None))
_TEACHER = aliased(Person)
#: the names of those who teach a class
TEACHERS = (
    select(func.string_agg(_TEACHER.name, aggregate_order_by(literal_column("', '"), _TEACHER.sort_key)))
    .select_from(ClassTeacher)
    .join(_TEACHER, _TEACHER.id == ClassTeacher.person_id)
    .where(ClassTeacher.class_id == ClassGroup.id)
    .correlate(ClassGroup)
    .scalar_subquery()
)


def _count(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    counted = select(func.count()).select_from(Enrolment).where(Enrolment.class_id == ClassGroup.id, condition)
    return counted.correlate(ClassGroup).scalar_subquery()


_LINE = select(
    ClassGroup.id, ClassGroup.name, ClassGroup.sort_key, ClassGroup.grade, ClassGroup.year, ClassGroup.is_register,
    ClassGroup.capacity, _count(_EXPECTED).label("learners"), _count(_WAITS).label("waiting"), TEACHERS.label("teachers"),
    ClassGroup.ended_at,
)  # fmt: skip
_ONE = Prepared(_LINE.where(ClassGroup.id == bindparam("id", type_=PG_UUID)), ClassLine)
_OLD = aliased(ClassGroup)
_FORMER = Prepared(
    select(_OLD.id, _OLD.name, _OLD.year)
    .join(ClassGroup, ClassGroup.came_from == _OLD.id)
    .where(ClassGroup.id == bindparam("id", type_=PG_UUID)),
    Former,
)
_TEACHES = Prepared(
    select(Person.id, Person.name, Person.email)
    .join(ClassTeacher, ClassTeacher.person_id == Person.id)
    .where(ClassTeacher.class_id == bindparam("id", type_=PG_UUID))
    .order_by(Person.sort_key, Person.id),
    Teacher,
)
_PLACE = (
    select(
        Enrolment.id, Learner.id.label("learner_id"), Person.name, Learner.known_as, Learner.number, Enrolment.state,
        Enrolment.starts_on, Enrolment.ends_on, Enrolment.created_at,
    )
    .join(Learner, Learner.id == Enrolment.learner_id)
    .join(Person, Person.id == Learner.id)
    .where(Enrolment.class_id == bindparam("id", type_=PG_UUID))
)  # fmt: skip
_LEARNERS = Prepared(_PLACE.where(_EXPECTED).order_by(Person.sort_key, Person.id), Place)
_WAITING = Prepared(_PLACE.where(_WAITS).order_by(Enrolment.created_at, Enrolment.id), Place)
_YEARS = Prepared(select(ClassGroup.year).distinct().order_by(ClassGroup.year.desc()), _Year)


def years() -> list[int]:
    """The years of which there are classes, the last one first."""
    with reading() as cursor:
        return [row.year for row in _YEARS.all(cursor)]


def classes(
    day: dt.date, *, state: str = "", year: str = "", grade: str = "", pattern: str = "", teacher: UUID | None = None,
    after: Key | None = None,
) -> Page[ClassLine]:  # fmt: skip
    """The classes that go on (or, `state` "ended", those that do not), by name; only those of somebody who teaches them."""
    values: dict[str, object] = {"day": day}
    if year:
        values["year"] = int(year)
    if grade:
        values["grade"] = grade
    if pattern:
        values["pattern"] = pattern
    if teacher:
        values["teacher"] = teacher
    asked = frozenset(values) - {"day"} | ({"ended"} if state == "ended" else set())
    if after:
        values["after_key"], values["after_id"] = after
        asked |= {"after"}
    with reading() as cursor:
        rows = _list(asked).all(cursor, **values)
    return cut(rows, lambda row: (row.sort_key, row.id))


@cache
def _list(asked: frozenset[str]) -> Prepared[ClassLine]:
    statement = _LINE.order_by(ClassGroup.sort_key, ClassGroup.id).limit(PAGE + 1)
    ended = ClassGroup.ended_at
    statement = statement.where(ended.is_not(None) if "ended" in asked else ended.is_(None))
    if "year" in asked:
        statement = statement.where(ClassGroup.year == bindparam("year"))
    if "grade" in asked:
        statement = statement.where(ClassGroup.grade == bindparam("grade"))
    if "teacher" in asked:
        taught = select(ClassTeacher.class_id).where(ClassTeacher.person_id == bindparam("teacher", type_=PG_UUID))
        statement = statement.where(ClassGroup.id.in_(taught))
    if "pattern" in asked:
        pattern = bindparam("pattern", type_=Text)
        named = (ClassGroup.name.ilike(pattern, escape="\\"), TEACHERS.ilike(pattern, escape="\\"))
        statement = statement.where(or_(*named))
    if "after" in asked:
        key = tuple_(bindparam("after_key", type_=Text), bindparam("after_id", type_=PG_UUID))
        statement = statement.where(tuple_(ClassGroup.sort_key, ClassGroup.id) > key)
    return Prepared(statement, ClassLine)


def one(class_id: UUID, day: dt.date) -> ClassLine | None:
    """A class of the school; None if there is no such."""
    with reading() as cursor:
        found = _ONE.all(cursor, id=class_id, day=day)
    return found[0] if found else None


def teachers(class_id: UUID) -> list[Teacher]:
    """Who teaches a class, by name."""
    with reading() as cursor:
        return _TEACHES.all(cursor, id=class_id)


class People(NamedTuple):
    """Everybody of a class: `learners` by name, `waiting` in the order in which they came."""

    teachers: list[Teacher]
    learners: list[Place]
    waiting: list[Place]
    former: Former | None


def people_of(class_id: UUID, day: dt.date) -> People:
    """Who teaches a class, who has a place in it on a day or later, who waits for one, and where it came from."""
    with reading() as cursor:
        former = _FORMER.all(cursor, id=class_id)
        return People(
            _TEACHES.all(cursor, id=class_id), _LEARNERS.all(cursor, id=class_id, day=day), _WAITING.all(cursor, id=class_id),
            former[0] if former else None,
        )  # fmt: skip
