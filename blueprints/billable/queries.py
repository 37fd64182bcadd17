"""What operators read of billable learners: a month of all schools, and the learners behind the number of one. Inside
`across_schools`.

A month that is closed is read from what was frozen alone. Of one that is open a school has the number that was frozen, else
the one that workers count until today; None where nobody has counted it yet.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, and_, case, exists, false, func, or_, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from app.domain import billable, metrics
from app.domain.billable import LEARNERS, Line
from app.models.billable import BillableLearner, BillableMonth, BillableReport, Billed
from app.models.metric import Metric
from app.models.school import School, SchoolState, name_key
from app.web.paging import PAGE, Key, Page, cut

#: what a list of learners can be narrowed to
COUNTED, ADJUSTED = Billed.COUNTED.value, "adjusted"
#: the numbers of schools that are in some state, which are all of them
ALL_SCHOOLS = tuple(f"schools.{state.value}" for state in SchoolState)
PLACE = (BillableMonth.name_key, BillableMonth.school_id)
Matching = list[ColumnElement[bool]]
LINE_PLACE = (int, dt.date.fromisoformat, str, UUID)


class Closed(NamedTuple):
    """The report of a month that is closed; `sha256` is of its file."""

    schools: int
    learners: int
    adjustment: int
    sha256: str
    closed_at: dt.datetime


class Standing(NamedTuple):
    """How a month stands: whether a school has frozen it (`is_begun`), and its report, None while it is open."""

    is_begun: bool
    report: Closed | None

    @property
    def is_closed(self) -> bool:
        return self.report is not None


class Total(NamedTuple):
    """Some schools of a month together: how many have frozen it, and of how many the number is not known."""

    schools: int
    learners: int
    adjustment: int
    frozen: int
    unknown: int

    @property
    def together(self) -> int:
        return self.learners + self.adjustment


class SchoolRow(NamedTuple):
    """A school in a month: `name` as it was then, `called_now` as it is. `frozen_at` None: so far; `learners` None: unknown."""

    school_id: int
    key: str
    name: str
    called_now: str
    state: str
    learners: int | None
    adjustment: int
    frozen_at: dt.datetime | None

    @property
    def together(self) -> int | None:
        return None if self.learners is None else self.learners + self.adjustment


class OneSchool(NamedTuple):
    """A school and its month; `frozen_at` None: not frozen."""

    name: str
    called_now: str
    timezone: str
    created_at: dt.datetime
    learners: int | None
    adjustment: int | None
    frozen_at: dt.datetime | None


class Behind(NamedTuple):
    """The number of a school in a month, and a page of the learners behind it."""

    learners: int
    adjustment: int
    page: Page[Line]

    @property
    def together(self) -> int:
        return self.learners + self.adjustment


def standing(session: Session, month: dt.date) -> Standing:
    """How a month stands: with its report, once it is closed."""
    begun = exists().where(BillableMonth.month == month)
    report = [BillableReport.schools, BillableReport.learners, BillableReport.adjustment, BillableReport.sha256]
    nothing = select(begun.label("begun")).subquery()
    found = select(nothing.c.begun, *report, BillableReport.closed_at)
    row = session.execute(found.select_from(nothing).outerjoin(BillableReport, BillableReport.month == month)).one()
    return Standing(row.begun, Closed(*row[1:]) if row.closed_at else None)


def file_of(session: Session, month: dt.date) -> bytes | None:
    """The file of a month as it was when it was closed, None while it is open."""
    return session.scalar(select(BillableReport.csv).where(BillableReport.month == month))


def total(session: Session, month: dt.date, how: Standing, *, state: str = "", search: str = "") -> Total:
    """These schools together: of one state, and with every word of `search` in their names."""
    found = _rows(month, is_closed=how.is_closed).where(*_matching(state, search)).subquery()
    columns = found.c
    row = session.execute(
        select(
            func.count(), func.coalesce(func.sum(columns.learners), 0), func.coalesce(func.sum(columns.adjustment), 0),
            func.count(columns.frozen_at), func.count().filter(columns.learners.is_(None)),
        ).select_from(found)
    ).one()  # fmt: skip
    return Total(*row)


def whole(session: Session, month: dt.date, how: Standing) -> Total:
    """All schools together. Of a closed month it stands in its report; of one that goes on, and that nobody has frozen yet,
    workers have added it up; else it is added up now.
    """
    if report := how.report:
        return Total(report.schools, report.learners, report.adjustment, report.schools, 0)
    sums = {} if how.is_begun else metrics.of_platform(session, LEARNERS, *ALL_SCHOOLS)
    if len(sums) <= len(ALL_SCHOOLS) or sums[LEARNERS].moment != _named(month):  # of which an earlier month would be the oldest
        return total(session, month, how)
    return Total(sum(sums[name].number for name in ALL_SCHOOLS), sums[LEARNERS].number, 0, 0, 0)


def page(
    session: Session, month: dt.date, how: Standing, *, state: str = "", search: str = "", after: Key | None = None
) -> Page[SchoolRow]:  # fmt: skip
    """A page of these schools by name."""
    matching = _matching(state, search)
    if how.is_closed:
        return _frozen_page(session, month, matching, after)
    return _open_page(session, month, matching, after, is_begun=how.is_begun)


def _frozen_page(session: Session, month: dt.date, matching: Matching, after: Key | None) -> Page[SchoolRow]:
    statement = _rows(month, is_closed=True).where(*matching)
    if after:
        statement = statement.where(tuple_(*PLACE) > after)
    found = session.execute(statement.order_by(*PLACE).limit(PAGE + 1))
    return cut([SchoolRow(*row) for row in found], _place)


def _open_page(
    session: Session, month: dt.date, matching: Matching, after: Key | None, *, is_begun: bool
) -> Page[SchoolRow]:  # fmt: skip
    """First the schools and then their numbers: joined, PostgreSQL would read those of every school."""
    statement = select(School.id, School.name_key, School.name, School.state).where(*matching, *_was_there(month))
    if after:
        statement = statement.where(School.name_key > after[0])
    if matching:
        statement = statement.outerjoin(BillableMonth, _of_month(month))
    schools = session.execute(statement.order_by(School.name_key).limit(PAGE + 1)).all()
    ids = [school.id for school in schools]
    counted = metrics.of_schools(session, ids, LEARNERS)
    months = select(BillableMonth).where(BillableMonth.school_id.in_(ids), BillableMonth.month == month)
    frozen = {row.school_id: row for row in session.scalars(months)} if is_begun else {}
    rows = []
    for one in schools:
        number = counted[one.id].get(LEARNERS)
        so_far = number.number if number and number.moment == _named(month) else None
        row = SchoolRow(one.id, one.name_key, one.name, one.name, one.state, so_far, 0, None)
        if kept := frozen.get(one.id):
            row = row._replace(
                name=kept.name, learners=kept.learners, adjustment=kept.adjustment, frozen_at=kept.frozen_at
            )  # fmt: skip
        rows.append(row)
    return cut(rows, _place)


def every(session: Session, month: dt.date, *, is_closed: bool) -> list[SchoolRow]:
    """All schools of a month, by what they were called then: in the same order for ever."""
    place = PLACE if is_closed else (School.name_key,)
    return [SchoolRow(*row) for row in session.execute(_rows(month, is_closed).order_by(*place))]


def frozen(session: Session, month: dt.date) -> list[SchoolRow]:
    """The schools that have frozen a month, in the order of its report."""
    return every(session, month, is_closed=True)


def school(session: Session, school_id: int, month: dt.date) -> OneSchool | None:
    """A school with what it has frozen of a month; None where there is no such school."""
    if school_id >= 2**31:
        return None
    found = session.execute(
        select(
            func.coalesce(BillableMonth.name, School.name), School.name, type_coerce(School.timezone, Text), School.created_at,
            BillableMonth.learners, BillableMonth.adjustment, BillableMonth.frozen_at,
        )
        .outerjoin(BillableMonth, _of_month(month))
        .where(School.id == school_id)
    ).one_or_none()  # fmt: skip
    return OneSchool(*found) if found else None


def behind(
    session: Session, school_id: int, school: OneSchool, month: dt.date, today: dt.date, *,
    kind: str = "", search: str = "", after: Key | None = None,
) -> Behind:  # fmt: skip
    """The learners behind a school's number: adjustments first, then by learner number. Of a month that is not frozen as it
    would be if it ended `today`.

    `kind` is COUNTED or ADJUSTED, `search` the beginning of a learner number.
    """
    if school.learners is not None and school.adjustment is not None:
        page = _frozen_lines(session, school_id, month, kind, search, after)
        return Behind(school.learners, school.adjustment, page)
    found = _lines_so_far(session, school_id, school, month, today)
    chosen = [
        line
        for line in sorted(found, key=_line_place)
        if (not kind or (line.kind == COUNTED) == (kind == COUNTED))
        and (line.number or "").startswith(search)
        and (after is None or _line_place(line) > after)
    ]
    learners, added = (sum(line.kind == wanted for line in found) for wanted in (Billed.COUNTED, Billed.ADDED))
    return Behind(learners, 2 * added - (len(found) - learners), cut(chosen[: PAGE + 1], _line_place))


def _frozen_lines(
    session: Session, school_id: int, month: dt.date, kind: str, search: str, after: Key | None
) -> Page[Line]:  # fmt: skip
    number = func.coalesce(BillableLearner.number, "")
    rank = case((BillableLearner.kind == COUNTED, 1), else_=0)
    place = (rank, BillableLearner.about, number.collate("C"), BillableLearner.learner_id)
    statement = select(
        BillableLearner.school_id, BillableLearner.learner_id, BillableLearner.number, BillableLearner.kind,
        BillableLearner.about, BillableLearner.days, BillableLearner.first_on, BillableLearner.last_on,
    ).where(BillableLearner.school_id == school_id, BillableLearner.month == month)  # fmt: skip
    if kind:
        statement = statement.where((BillableLearner.kind == COUNTED) == (kind == COUNTED))
    if search:
        statement = statement.where(number.startswith(search, autoescape=True))
    if after:
        statement = statement.where(tuple_(*place) > after)
    found = session.execute(statement.order_by(*place).limit(PAGE + 1))
    return cut([Line(*row) for row in found], _line_place)


def _lines_so_far(session: Session, school_id: int, school: OneSchool, month: dt.date, today: dt.date) -> list[Line]:
    """None of a month in which the school was not on Umthi yet, or that has not begun there."""
    began = billable.month_of(school.created_at.astimezone(ZoneInfo(school.timezone)).date())
    if not began <= month <= billable.month_of(today):
        return []
    until = min(today, billable.last_day(month))
    return billable.adjusted(session, [school_id], month) + billable.counted(session, [school_id], month, until=until)


def _line_place(line: Line) -> Key:
    """Where a learner stands in the list."""
    return int(line.kind == COUNTED), line.about, line.number or "", line.learner_id


def _rows(month: dt.date, is_closed: bool) -> Select[*tuple[Any, ...]]:
    """The schools of a month as rows of SchoolRow."""
    if is_closed:
        return (
            select(
                BillableMonth.school_id, BillableMonth.name_key, BillableMonth.name, School.name.label("called_now"),
                School.state, BillableMonth.learners, BillableMonth.adjustment, BillableMonth.frozen_at,
            )
            .join(School, School.id == BillableMonth.school_id)
            .where(BillableMonth.month == month)
        )  # fmt: skip
    counted = and_(Metric.school_id == School.id, Metric.name == LEARNERS, Metric.moment == _named(month))
    return (
        select(
            School.id.label("school_id"), School.name_key, func.coalesce(BillableMonth.name, School.name).label("name"),
            School.name.label("called_now"), School.state,
            func.coalesce(BillableMonth.learners, Metric.number).label("learners"),
            func.coalesce(BillableMonth.adjustment, 0).label("adjustment"), BillableMonth.frozen_at,
        )
        .outerjoin(BillableMonth, _of_month(month))
        .outerjoin(Metric, counted)
        .where(*_was_there(month))
    )  # fmt: skip


def _named(month: dt.date) -> dt.datetime:
    """The moment by which a number of the month that is going on names it."""
    return dt.datetime.combine(month, dt.time(), dt.UTC)


def _of_month(month: dt.date) -> ColumnElement[bool]:
    return and_(BillableMonth.school_id == School.id, BillableMonth.month == month)


def _was_there(month: dt.date) -> Matching:
    """Whether a school was on Umthi by the end of a month; none was in one that was left out before one that is closed."""
    came = func.timezone(type_coerce(School.timezone, Text), School.created_at)
    return [came < billable.shifted(month, 1), ~exists().where(BillableReport.month >= month)]


def _place(row: SchoolRow) -> Key:
    """Where a school stands in the list."""
    return row.key, row.school_id


def _matching(state: str, search: str) -> Matching:
    """The conditions of the filter: names of then and of now; what has neither letters nor digits is in none."""
    keys = [key for word in search.split() if (key := name_key(word))]
    if search and not keys:
        return [false()]
    named = [or_(School.name_key.contains(key), BillableMonth.name_key.contains(key)) for key in keys]
    return [*named, School.state == state] if state else list(named)
