"""Reports that people build: what may be chosen, the days that it comes to, and the table that grows while it is counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.calendar import Calendar, TermRow
from app.i18n.catalogue import N_

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
BACK = dt.timedelta(days=400)  # terms that 'this' and 'last' can mean
LONGEST = dt.timedelta(days=2 * 366)  # of a period


class Kind(StrEnum):
    """What a report counts."""

    ATTENDANCE = "attendance"
    GATE = "gate"
    ENROLMENT = "enrolment"
    DELIVERY = "delivery"


class Group(StrEnum):
    """What a row of its table is about."""

    CLASS = "class"
    LEARNER = "learner"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    REASON = "reason"
    CHANNEL = "channel"


class Period(StrEnum):
    """Which days: all but the last are relative to the day on which the report is made."""

    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_TERM = "this_term"
    LAST_TERM = "last_term"
    THIS_YEAR = "this_year"
    OWN = "own"


class Registers(StrEnum):
    """Which registers a report on attendance reads."""

    DAILY = "daily"
    LESSONS = "lessons"


BY_TIME = (Group.DAY, Group.WEEK, Group.MONTH)
#: the groupings of each kind, the usual one first
GROUPS: dict[Kind, tuple[Group, ...]] = {
    Kind.ATTENDANCE: (Group.CLASS, Group.LEARNER, *BY_TIME, Group.REASON),
    Kind.GATE: (Group.DAY, Group.WEEK, Group.MONTH, Group.CLASS, Group.LEARNER),
    Kind.ENROLMENT: (Group.CLASS, Group.LEARNER, *BY_TIME),
    Kind.DELIVERY: (Group.CHANNEL, *BY_TIME, Group.CLASS, Group.REASON),
}
#: what the totals of a kind count
TOTALS: dict[Kind, tuple[str, ...]] = {
    Kind.ATTENDANCE: (
        "marks", "present", "late", "explained", "unexplained", "days", "left_out", "school_days", "absences",
    ),
    Kind.GATE: ("in", "out", "repeat", "offline", "days", "stayed", "unknown"),
    Kind.ENROLMENT: ("start", "joined", "left", "end", "waiting", "learners"),
    Kind.DELIVERY: ("all", "sent", "dead", "discarded", "another", "open", "failures"),
}  # fmt: skip
_BY_TIME = dict.fromkeys(BY_TIME, ("joined", "left", "end"))
#: what a row counts, where that is not what the totals of its kind begin with
_COUNTS: dict[tuple[Kind, Group], tuple[str, ...]] = {
    (Kind.ATTENDANCE, Group.REASON): ("absences",),
    (Kind.DELIVERY, Group.REASON): ("failures",),
    (Kind.ENROLMENT, Group.CLASS): ("start", "joined", "left", "end", "waiting", "capacity"),
    (Kind.ENROLMENT, Group.LEARNER): ("class", "starts_on", "ends_on"),
    **{(Kind.ENROLMENT, group): counts for group, counts in _BY_TIME.items()},
}
_WIDTHS = {Kind.ATTENDANCE: 5, Kind.GATE: 7, Kind.DELIVERY: 6}
HEAD = 4  # what stands before the counts of a row: key, label, more, sort


class NoTerm(ValueError):
    """The school has entered no term that the period can mean."""

    message = N_("Your school has not entered this term yet. Choose another period, or two days.")


class Choice(NamedTuple):
    """What somebody chose. `classes` empty: all that they may see; `since` and `until` only with Period.OWN."""

    kind: Kind
    group: Group
    period: Period
    since: dt.date | None = None
    until: dt.date | None = None
    classes: tuple[UUID, ...] = ()
    registers: Registers = Registers.DAILY

    def written(self) -> dict[str, Any]:
        """What a row keeps of it; its kind has a column of its own."""
        return {
            "group": self.group.value, "period": self.period.value, "since": _iso(self.since), "until": _iso(self.until),
            "classes": [str(id) for id in self.classes], "registers": self.registers.value,
        }  # fmt: skip

    @classmethod
    def read(cls, kind: str, kept: Mapping[str, Any]) -> Choice:
        """What `written` kept."""
        return cls(
            Kind(kind), Group(kept["group"]), Period(kept["period"]), _day(kept["since"]), _day(kept["until"]),
            tuple(map(UUID, kept["classes"])), Registers(kept["registers"]),
        )  # fmt: skip


class Scope(NamedTuple):
    """What a choice came to on a day: both days included. `classes` None: the whole school, whoever is in no class too.

    `through` is the last day that is counted already. `names` are those of the classes that were picked one by one.
    """

    since: dt.date
    until: dt.date
    timezone: str
    classes: tuple[UUID, ...] | None
    names: tuple[str, ...] = ()
    through: dt.date | None = None

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.until - self.since).days + 1

    @property
    def done(self) -> int:
        """How many of them are counted."""
        return 0 if self.through is None else (self.through - self.since).days + 1

    def written(self) -> dict[str, Any]:
        """What a row keeps of it, beside the choice."""
        return {
            "since": _iso(self.since), "until": _iso(self.until), "timezone": self.timezone, "names": list(self.names),
            "classes": None if self.classes is None else [str(id) for id in self.classes], "through": _iso(self.through),
        }  # fmt: skip

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Scope:
        """What `written` kept."""
        classes = kept["classes"]
        return cls(
            dt.date.fromisoformat(kept["since"]), dt.date.fromisoformat(kept["until"]), kept["timezone"],
            None if classes is None else tuple(map(UUID, classes)), tuple(kept["names"]), _day(kept["through"]),
        )  # fmt: skip


class Table:
    """Rows under their keys, each [key, label, more, sort, *counts], and the totals of the kind.

    Counts of days add up, so that a report can be counted a few days at a time.
    """

    def __init__(self, kind: Kind, kept: Sequence[Sequence[Any]] | None = None) -> None:
        """Empty, or what `written` kept."""
        *rows, totals = kept or [[0] * len(TOTALS[kind])]
        self.kind, self.totals = kind, list(totals)
        self.rows: dict[str, list[Any]] = {row[0]: list(row) for row in rows}

    def add(self, key: str, label: str, more: str, sort: str, counts: Sequence[Any]) -> None:
        """Add counts to the row with this key."""
        row = self.rows.setdefault(key, [key, label, more, sort, *([0] * len(counts))])
        for place, count in enumerate(counts, HEAD):
            row[place] = row[place] + count

    def put(self, key: str, label: str, more: str, sort: str, values: Sequence[Any]) -> None:
        """A row that is known at once."""
        self.rows[key] = [key, label, more, sort, *values]

    def count(self, **more: int) -> None:
        """Add to the totals by their names."""
        for name, number in more.items():
            self.totals[TOTALS[self.kind].index(name)] += number

    def written(self) -> list[list[Any]]:
        """What a row of `report` keeps: the rows in their order, the totals last."""
        return [*sorted(self.rows.values(), key=lambda row: (row[3], row[0])), self.totals]


def counts_of(kind: Kind, group: Group) -> tuple[str, ...]:
    """What stands in a row of a table behind its HEAD, by name."""
    return _COUNTS.get((kind, group)) or TOTALS[kind][: _WIDTHS[kind]]


def bucket(day: dt.date, group: Group) -> dt.date:
    """The first day of the week or the month that a day is in; of a day itself."""
    if group is Group.WEEK:
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if group is Group.MONTH else day


def days_of(choice: Choice, today: dt.date, timezone: str) -> tuple[dt.date, dt.date]:
    """The first and the last day that a choice means on a day: what is going on ends today. Raises NoTerm."""
    match choice.period:
        case Period.THIS_WEEK:
            return bucket(today, Group.WEEK), today
        case Period.LAST_WEEK:
            monday = bucket(today, Group.WEEK) - WEEK
            return monday, monday + WEEK - DAY
        case Period.THIS_MONTH:
            return today.replace(day=1), today
        case Period.LAST_MONTH:
            last = today.replace(day=1) - DAY
            return last.replace(day=1), last
        case Period.THIS_TERM | Period.LAST_TERM:
            return term_days(Calendar(timezone, today - BACK, today).terms, choice.period, today)
        case Period.THIS_YEAR:
            return today.replace(month=1, day=1), today
        case Period.OWN:
            assert choice.since
            assert choice.until
            return choice.since, choice.until


def term_days(terms: Sequence[TermRow], period: Period, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days of this or the last of `terms`, in their order: in a break 'this' is the one that ended last. Raises NoTerm."""
    begun = [term for term in terms if term.starts_on <= today]
    place = -1 if period is Period.THIS_TERM else -2
    if len(begun) < -place:
        raise NoTerm
    return begun[place].starts_on, min(begun[place].ends_on, today)


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
