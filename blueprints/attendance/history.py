"""How a learner attended: a year as a calendar, what it adds up to, and everything that registers ever said."""

from __future__ import annotations

import datetime as dt
from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, DateTime, Uuid, bindparam, or_, select, tuple_

from app.domain.attendance import Mark, by_day, marks_of
from app.domain.calendar import Calendar
from app.domain.classes import has_place
from app.models.attendance import AttendanceEvent, Register, Status
from app.models.classes import ClassGroup, Enrolment
from app.models.learner import Learner
from app.models.person import Person
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut
from blueprints.attendance.absences import TAUGHT

#: what a day of the calendar can be: how the learner stood, or that there was no school
KINDS = ("present", "late", "excused", "unexplained", "closed", "")


class Who(NamedTuple):
    """The learner whose history it is; `class_name` is that of their daily register today."""

    id: UUID
    name: str
    number: str | None
    class_name: str | None


class Day(NamedTuple):
    """A day of the calendar; `kind` is one of KINDS, "" for a school day of which no register says anything."""

    day: dt.date
    kind: str


class Month(NamedTuple):
    """A month: its first day, and its weeks from Monday on; None stands outside of it."""

    first: dt.date
    weeks: list[list[Day | None]]


class Year(NamedTuple):
    """The school year up to today: its months, and how many days were what; `reasons` by their letters."""

    months: list[Month]
    counts: Mapping[str, int]
    reasons: Mapping[str, int]


class Event(NamedTuple):
    """Something that a register said of the learner, for ever."""

    id: UUID
    on_date: dt.date
    class_name: str
    session_id: UUID | None
    status: str
    reason: str | None
    minutes: int | None
    note: str | None
    why: str | None
    at: dt.datetime
    by_name: str


_TODAY = bindparam("today", type_=Date)
_TEACHER = bindparam("teacher", type_=Uuid)
_CLASS_NAME = (
    select(ClassGroup.name)
    .join(Enrolment, Enrolment.class_id == ClassGroup.id)
    .where(Enrolment.learner_id == Learner.id, has_place(_TODAY), ClassGroup.is_register)
    .order_by(ClassGroup.sort_key)
    .limit(1)
    .correlate(Learner)
    .scalar_subquery()
)
_WHO = Prepared(
    select(Learner.id, Person.name, Learner.number, _CLASS_NAME.label("class_name"))
    .join(Person, Person.id == Learner.id)
    .where(Learner.id == bindparam("learner", type_=Uuid), or_(_TEACHER.is_(None), Learner.id.in_(TAUGHT))),
    Who,
)


def learner(learner_id: UUID, *, teacher: UUID | None, today: dt.date) -> Who | None:
    """The learner, if they are of this teacher's classes (None: of anybody's)."""
    with reading() as cursor:
        found = _WHO.all(cursor, learner=learner_id, teacher=teacher, today=today)
    return found[0] if found else None


def year_of(learner_id: UUID, year: int, *, today: dt.date, timezone: str) -> Year:
    """A learner's year as far as it has come."""
    since, until = dt.date(year, 1, 1), min(dt.date(year, 12, 31), today)
    marks = by_day(marks_of([learner_id], since, until))
    calendar = Calendar(timezone, since, dt.date(year, 12, 31))
    months = [_month(dt.date(year, number, 1), marks, calendar) for number in range(1, until.month + 1)]
    kinds = Counter(kind_of(mark) for mark in marks.values())
    reasons = Counter(mark.reason for mark in marks.values() if mark.reason)
    return Year(months, {kind: kinds[kind] for kind in KINDS[:4]}, dict(sorted(reasons.items())))


def kind_of(mark: Mark) -> str:
    """What a mark makes of a day: present, late, or an absence with or without a reason."""
    if mark.status == Status.ABSENT:
        return "excused" if mark.reason else "unexplained"
    return mark.status


def events(learner_id: UUID, after: Key | None = None) -> Page[Event]:
    """What registers said of a learner, the newest first."""
    values: dict[str, object] = {"learner": learner_id}
    if after:
        values["after_at"], values["after_id"] = after
    with reading() as cursor:
        rows = (_OLDER if after else _EVENTS).all(cursor, **values)
    return cut(rows, lambda row: (row.at, row.id))


def _month(first: dt.date, marks: Mapping[dt.date, Mark], calendar: Calendar) -> Month:
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    return Month(first, [[_day(day, marks, calendar) if day.month == first.month else None for day in week] for week in weeks])


def _day(day: dt.date, marks: Mapping[dt.date, Mark], calendar: Calendar) -> Day:
    if mark := marks.get(day):
        return Day(day, kind_of(mark))
    return Day(day, "" if calendar.is_school_day(day) else "closed")


_ALL = (
    select(
        AttendanceEvent.id, Register.on_date, ClassGroup.name.label("class_name"), Register.session_id, AttendanceEvent.status,
        AttendanceEvent.reason, AttendanceEvent.minutes, AttendanceEvent.note, AttendanceEvent.why, AttendanceEvent.at,
        AttendanceEvent.by_name,
    )
    .join(Register, Register.id == AttendanceEvent.register_id)
    .join(ClassGroup, ClassGroup.id == Register.class_id)
    .where(AttendanceEvent.learner_id == bindparam("learner", type_=Uuid))
    .order_by(AttendanceEvent.at.desc(), AttendanceEvent.id.desc())
    .limit(PAGE + 1)
)  # fmt: skip
_EVENTS = Prepared(_ALL, Event)
_OLDER = Prepared(
    _ALL.where(
        tuple_(AttendanceEvent.at, AttendanceEvent.id)
        < tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid))
    ),
    Event,
)
