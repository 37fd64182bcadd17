"""Reads for reports: what there is to choose, the reports that somebody may see, and the school's last days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, func, or_, select
from sqlalchemy.types import Boolean, Text

from app.models.attendance import AttendanceMark, Register, Status
from app.models.classes import ClassGroup, ClassTeacher
from app.models.report import Report
from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut

SAVED = 200  # of a list
DAYS = 5  # of the panel
LAST = (1 << 128) - 1


class ClassRow(NamedTuple):
    """A class to pick, over or not."""

    id: UUID
    name: str
    year: int
    is_register: bool


class ReportRow(NamedTuple):
    """A report, with its table."""

    id: UUID
    kind: str
    name: str
    choice: dict[str, Any]
    state: str
    is_saved: bool
    rows: list[list[Any]] | None
    error: str | None
    by_id: UUID | None
    by_name: str
    created_at: dt.datetime
    ended_at: dt.datetime | None


class ListedRow(NamedTuple):
    """A report in a list, without its table."""

    id: UUID
    kind: str
    name: str
    choice: dict[str, Any]
    state: str
    by_name: str
    created_at: dt.datetime


class DayRow(NamedTuple):
    """What the daily registers of a day say."""

    day: dt.date
    marks: int
    came: int


class _School(NamedTuple):
    slug: str


_TEACHER = bindparam("teacher", type_=Uuid)
_CLASSES = Prepared(
    select(ClassGroup.id, ClassGroup.name, ClassGroup.year, ClassGroup.is_register)
    .where(or_(_TEACHER.is_(None), ClassGroup.id.in_(select(ClassTeacher.class_id).where(ClassTeacher.person_id == _TEACHER))))
    .order_by(ClassGroup.year.desc(), ClassGroup.is_register.desc(), ClassGroup.sort_key, ClassGroup.id),
    ClassRow,
)
_BY = bindparam("by", type_=Uuid)
_MINE = or_(_BY.is_(None), Report.by_id == _BY)
_REPORT = Prepared(
    select(
        Report.id, Report.kind, Report.name, Report.choice, Report.state, Report.is_saved, Report.rows, Report.error,
        Report.by_id, Report.by_name, Report.created_at, Report.ended_at,
    ).where(Report.id == bindparam("report")),
    ReportRow,
)  # fmt: skip
_LISTED = select(
    Report.id, Report.kind, Report.name, Report.choice, Report.state, Report.by_name, Report.created_at
).where(_MINE, Report.is_saved == bindparam("saved", type_=Boolean))  # fmt: skip
_KIND = bindparam("kind", type_=Text)
_SAVED = Prepared(_LISTED.order_by(func.lower(Report.name), Report.id).limit(SAVED), ListedRow)
_RUNS = Prepared(
    _LISTED.where(or_(_KIND == "", Report.kind == _KIND), Report.id < bindparam("before", type_=Uuid))
    .order_by(Report.id.desc())
    .limit(PAGE + 1),
    ListedRow,
)
_DAYS = Prepared(
    select(
        AttendanceMark.on_date.label("day"), func.count().label("marks"),
        func.count().filter(AttendanceMark.status != Status.ABSENT.value).label("came"),
    )
    .join(Register, Register.id == AttendanceMark.register_id)
    .where(AttendanceMark.on_date.between(bindparam("since", type_=Date), bindparam("until", type_=Date)))
    .where(Register.session_id.is_(None))
    .group_by(AttendanceMark.on_date)
    .order_by(AttendanceMark.on_date.desc())
    .limit(DAYS),
    DayRow,
)  # fmt: skip
_SLUG = Prepared(select(School.slug).where(School.id == bindparam("school")), _School)


def classes(teacher: UUID | None) -> list[ClassRow]:
    """The classes to pick from, the newest year first: those of a teacher, or all."""
    with reading() as cursor:
        return _CLASSES.all(cursor, teacher=teacher)


def report(report_id: UUID) -> ReportRow | None:
    """A report of the current school."""
    with reading() as cursor:
        return next(iter(_REPORT.all(cursor, report=report_id)), None)


def saved(by: UUID | None) -> list[ListedRow]:
    """The saved reports by name: those of a person, or all."""
    with reading() as cursor:
        return _SAVED.all(cursor, by=by, saved=True)


def runs(by: UUID | None, kind: str, after: Key | None) -> Page[ListedRow]:
    """The reports that nobody saved, the newest first: those of a person, or all."""
    before = after[0] if after else UUID(int=LAST)
    with reading() as cursor:
        found = _RUNS.all(cursor, by=by, saved=False, kind=kind, before=before)
    return cut(found, lambda row: (row.id,))


def last_days(today: dt.date) -> Sequence[DayRow]:
    """The last days of the past fortnight on which a daily register was saved, the oldest first."""
    with reading() as cursor:
        found = _DAYS.all(cursor, since=today - dt.timedelta(days=14), until=today)
    return found[::-1]


def slug() -> str:
    """What the current school is called in the names of files."""
    with reading() as cursor:
        return _SLUG.all(cursor, school=current_school_id())[0].slug
