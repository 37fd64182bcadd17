"""The calendar of the school as its page shows it: a month, day by day, and what was entered for a year."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from app.domain.calendar import DAY, SATURDAY, Calendar, public_holidays
from app.models.calendar import DayOff, Term
from app.tenancy.reading import Prepared, reading

WEEK = 7


class Day(NamedTuple):
    """A day of a month. `kind` is school, weekend, holiday, off, open or break.

    `name` says why: in the school's own words (`is_own`), or a message to be translated.
    """

    date: dt.date
    in_month: bool
    kind: str
    name: str
    is_own: bool


class TermLine(NamedTuple):
    """A term, first and last day included."""

    id: UUID
    name: str
    starts_on: dt.date
    ends_on: dt.date


class DayLine(NamedTuple):
    """A day that the school entered."""

    id: UUID
    on_date: dt.date
    name: str
    is_open: bool


class Holiday(NamedTuple):
    """A public holiday; `name` is a message of `app.domain.calendar.NAMES`."""

    on_date: dt.date
    name: str


class Month(NamedTuple):
    """A month in whole weeks from Monday on, and how many school days it has."""

    first: dt.date
    weeks: list[list[Day]]
    school_days: int

    @property
    def before(self) -> str:
        """The month before, as it stands in an address."""
        return f"{self.first - DAY:%Y-%m}"

    @property
    def after(self) -> str:
        """The next month, as it stands in an address."""
        return f"{self.first + dt.timedelta(days=31):%Y-%m}"

    @property
    def named(self) -> list[Day]:
        """The days of the month that have a name, in order."""
        return [day for week in self.weeks for day in week if day.in_month and day.name]


_TERMS = Prepared(
    select(Term.id, Term.name, Term.starts_on, Term.ends_on)
    .where(Term.ends_on >= bindparam("since"), Term.starts_on <= bindparam("until"))
    .order_by(Term.starts_on),
    TermLine,
)
_DAYS = Prepared(
    select(DayOff.id, DayOff.on_date, DayOff.name, DayOff.is_open)
    .where(DayOff.on_date >= bindparam("since"), DayOff.on_date <= bindparam("until"))
    .order_by(DayOff.on_date),
    DayLine,
)


def month(timezone: str, first: dt.date) -> Month:
    """The month that begins on `first`."""
    last = (first + dt.timedelta(days=31)).replace(day=1) - DAY
    since, until = first - dt.timedelta(days=first.weekday()), last + dt.timedelta(days=WEEK - 1 - last.weekday())
    calendar = Calendar(timezone, since, until)
    days = [_day(calendar, since + dt.timedelta(days=n), first) for n in range((until - since).days + 1)]
    school_days = sum(day.in_month and day.kind in ("school", "open") for day in days)
    return Month(first, [days[n : n + WEEK] for n in range(0, len(days), WEEK)], school_days)


def entered(year: int) -> tuple[list[TermLine], list[DayLine]]:
    """The terms and the days that the school has entered for a year."""
    period = {"since": dt.date(year, 1, 1), "until": dt.date(year, 12, 31)}
    with reading() as cursor:
        return _TERMS.all(cursor, **period), _DAYS.all(cursor, **period)


def holidays(timezone: str, year: int) -> list[Holiday]:
    """The public holidays of a year, by day."""
    return [Holiday(day, name) for day, name in sorted(public_holidays(timezone, year).items())]


def _day(calendar: Calendar, day: dt.date, first: dt.date) -> Day:
    in_month = (day.year, day.month) == (first.year, first.month)
    if decided := calendar.days_off.get(day):
        return Day(day, in_month, "open" if decided.is_open else "off", decided.name, is_own=True)
    if name := calendar.why_closed(day):
        return Day(day, in_month, "holiday", name, is_own=False)
    if day.weekday() >= SATURDAY:
        return Day(day, in_month, "weekend", "", is_own=False)
    return Day(day, in_month, "school" if calendar.is_school_day(day) else "break", "", is_own=False)
