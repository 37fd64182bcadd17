"""Reads of the absences that families report: for the school that decides, and for the family."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, DateTime, Text, Uuid, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.domain.classes import has_place
from app.domain.families import Child, children_of
from app.models.attendance import AbsenceReport, ReportState
from app.models.classes import ClassGroup, ClassTeacher, Enrolment
from app.models.learner import Guardianship
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut


class Reported(NamedTuple):
    """An absence that was reported, by whom, and what the school said to it; `class_name` is that of the daily register."""

    id: UUID
    learner_id: UUID
    learner: str
    class_name: str | None
    reporter: str
    from_on: dt.date
    until_on: dt.date
    reason: str
    note: str | None
    state: str
    created_at: dt.datetime
    decided_at: dt.datetime | None
    decided_by: str | None
    answer: str | None


class _Owner(NamedTuple):
    person_id: UUID
    learner_id: UUID


_TODAY = bindparam("today", type_=Date)
_TEACHER = bindparam("teacher", type_=Uuid)
_REPORTER = aliased(Person)
_CLASS_NAME = (
    select(func.min(ClassGroup.name))
    .join(Enrolment, Enrolment.class_id == ClassGroup.id)
    .where(Enrolment.learner_id == AbsenceReport.learner_id, has_place(_TODAY), ClassGroup.is_register)
    .correlate(AbsenceReport)
    .scalar_subquery()
)
#: the learners of a teacher's classes on a day
TAUGHT = (
    select(Enrolment.learner_id)
    .join(ClassTeacher, ClassTeacher.class_id == Enrolment.class_id)
    .where(ClassTeacher.person_id == _TEACHER, has_place(_TODAY))
)
_COLUMNS = (
    AbsenceReport.id, AbsenceReport.learner_id, Person.name.label("learner"), _CLASS_NAME.label("class_name"),
    _REPORTER.name.label("reporter"), AbsenceReport.from_on, AbsenceReport.until_on, AbsenceReport.reason, AbsenceReport.note,
    AbsenceReport.state, AbsenceReport.created_at, AbsenceReport.decided_at, AbsenceReport.decided_by, AbsenceReport.answer,
)  # fmt: skip
#: of guardians with whom there is contact (again): whoever lost it neither reads nor touches what they once reported
IS_TIED = AbsenceReport.person_id.in_(
    select(Guardianship.guardian_id)
    .where(Guardianship.learner_id == AbsenceReport.learner_id, Guardianship.no_contact.is_(False))
    .correlate(AbsenceReport)
)
_PEOPLE = Person.id == AbsenceReport.learner_id, _REPORTER.id == AbsenceReport.person_id
_OF_PERSON = Prepared(
    select(*_COLUMNS)
    .join(Person, _PEOPLE[0])
    .join(_REPORTER, _PEOPLE[1])
    .where(AbsenceReport.person_id == bindparam("person", type_=Uuid), IS_TIED)
    .order_by(AbsenceReport.created_at.desc(), AbsenceReport.id.desc())
    .limit(PAGE),
    Reported,
)
_OWNER = Prepared(
    select(AbsenceReport.person_id, AbsenceReport.learner_id).where(
        AbsenceReport.id == bindparam("report", type_=Uuid),
        or_(_TEACHER.is_(None), AbsenceReport.learner_id.in_(TAUGHT)),
    ),
    _Owner,
)

_MINE = Prepared(
    select(AbsenceReport.person_id, AbsenceReport.learner_id).where(
        AbsenceReport.id == bindparam("report", type_=Uuid), AbsenceReport.person_id == bindparam("person", type_=Uuid), IS_TIED
    ),
    _Owner,
)


def reported(*, teacher: UUID | None, today: dt.date, state: str = "", after: Key | None = None) -> Page[Reported]:
    """The absences reported to the school, the newest first: of a teacher's learners, or (None) of all."""
    values: dict[str, object] = {"teacher": teacher, "today": today}
    if state:
        values["state"] = state
    if after:
        values["after_at"], values["after_id"] = after
    with reading() as cursor:
        rows = _reported(bool(state), bool(after)).all(cursor, **values)
    return cut(rows, lambda row: (row.created_at, row.id))


@cache
def _reported(by_state: bool, older: bool) -> Prepared[Reported]:
    statement = (
        select(*_COLUMNS)
        .join(Person, _PEOPLE[0])
        .join(_REPORTER, _PEOPLE[1])
        .where(or_(_TEACHER.is_(None), AbsenceReport.learner_id.in_(TAUGHT)))
        .order_by(AbsenceReport.created_at.desc(), AbsenceReport.id.desc())
        .limit(PAGE + 1)
    )
    if by_state:
        statement = statement.where(AbsenceReport.state == bindparam("state", type_=Text))
    if older:
        key = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid))
        statement = statement.where(tuple_(AbsenceReport.created_at, AbsenceReport.id) < key)
    return Prepared(statement, Reported)


def reported_by(person_id: UUID, today: dt.date) -> list[Reported]:
    """What a guardian has reported, the newest first."""
    with reading() as cursor:
        return _OF_PERSON.all(cursor, person=person_id, today=today)


def may_decide(report_id: UUID, *, teacher: UUID | None, today: dt.date) -> bool:
    """Whether a report is there, and about a learner of this teacher (None: of anybody)."""
    with reading() as cursor:
        return bool(_OWNER.all(cursor, report=report_id, teacher=teacher, today=today))


def is_by(report_id: UUID, person_id: UUID) -> bool:
    """Whether a report is there, this person's own, and about a learner whose guardian with contact they still are."""
    with reading() as cursor:
        return bool(_MINE.all(cursor, report=report_id, person=person_id))


def own_children(person_id: UUID) -> list[Child]:
    """The learners about whom a guardian may report: their own, but for those with whom there is no contact."""
    return [child for child in children_of(person_id) if not child.no_contact]


#: the states of a report, in the order of a page
STATES = tuple(state.value for state in ReportState)
