"""Classes as other areas pick them: all of them, or those that somebody teaches."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Uuid, and_, bindparam, extract, func, or_, select

from app import clock
from app.domain.names import plain
from app.i18n.speech import speech
from app.models.classes import ClassGroup, ClassTeacher, Enrolment, EnrolmentState
from app.models.learner import Learner
from app.models.person import Person
from app.models.user import Role
from app.tenancy.reading import Prepared, reading

#: the grades in their order
GRADES = ("R", *(str(number) for number in range(1, 13)))
_NUMBER = re.compile(r"\d+")
_RECEPTION = re.compile(r"\br([a-h]?)\b")  # grade R and its letter: RA, R B


def class_key(name: str) -> str:
    """The name of a class as it is sorted and compared: numbers by their value, grade R before grade 1, no accents or signs.

    'Graad 10B' gives 'graad 0010b', 'Grade RA' gives 'grade 0000a'. Two classes that go on in one year never share a key.
    """
    words = _RECEPTION.sub(lambda found: f"0000{found[1]}", " ".join(plain(name).split()))
    return _NUMBER.sub(lambda found: f"{int(found[0]):04}", words)


class ClassRow(NamedTuple):
    """A class that goes on; `learners` have a place in it today."""

    id: UUID
    name: str
    grade: str | None
    year: int
    is_register: bool
    capacity: int | None
    learners: int


class InClass(NamedTuple):
    """A learner with a place in a class on a day."""

    id: UUID
    name: str
    known_as: str | None
    number: str | None


def has_place(day: ColumnElement[dt.date]) -> ColumnElement[bool]:
    """Whether an enrolment gives a place on a day."""
    return and_(
        Enrolment.state == EnrolmentState.ACTIVE.value, Enrolment.starts_on <= day,
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= day),
    )  # fmt: skip


_DAY = bindparam("day", type_=Date)
_TEACHER = bindparam("teacher", type_=Uuid)
_LEARNERS = (
    select(func.count())
    .select_from(Enrolment)
    .where(Enrolment.class_id == ClassGroup.id, has_place(_DAY))
    .correlate(ClassGroup)
    .scalar_subquery()
)
_CLASSES = Prepared(
    select(
        ClassGroup.id, ClassGroup.name, ClassGroup.grade, ClassGroup.year, ClassGroup.is_register, ClassGroup.capacity,
        _LEARNERS.label("learners"),
    )
    .where(
        ClassGroup.ended_at.is_(None),
        or_(
            _TEACHER.is_(None),
            ClassGroup.id.in_(select(ClassTeacher.class_id).where(ClassTeacher.person_id == _TEACHER)),
        ),
    )
    .order_by(ClassGroup.year > extract("year", _DAY), ClassGroup.year.desc(), ClassGroup.sort_key, ClassGroup.id),
    ClassRow,
)  # fmt: skip
_IN_CLASS = Prepared(
    select(Learner.id, Person.name, Learner.known_as, Learner.number)
    .join(Enrolment, Enrolment.learner_id == Learner.id)
    .join(Person, Person.id == Learner.id)
    .where(Enrolment.class_id == bindparam("class_id"), has_place(_DAY))
    .order_by(Person.sort_key, Person.id),
    InClass,
)


def today_here() -> dt.date:
    """The date at the school for which somebody speaks."""
    return clock.now().astimezone(ZoneInfo(speech().timezone)).date()


def classes_for(role: str | None, person_id: UUID | None, day: dt.date) -> list[ClassRow]:
    """The classes whose registers somebody keeps: a teacher's own, all for those who run the school.

    Those of the year of `day` come first, then of earlier years, at last those that are made already for later ones.
    """
    with reading() as cursor:
        return _CLASSES.all(cursor, day=day, teacher=person_id if role == Role.TEACHER else None)


def learners_in(class_id: UUID, day: dt.date) -> Iterator[InClass]:
    """The learners with a place in a class on a day, by name."""
    with reading() as cursor:
        yield from _IN_CLASS.all(cursor, class_id=class_id, day=day)
