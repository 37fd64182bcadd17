"""The lessons that a weekly pattern makes: on school days only, by the clock of the school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.calendar import DAY, Calendar

AHEAD = dt.timedelta(weeks=6)  # how far lessons are made from today


class Pattern(NamedTuple):
    """A meeting time: on `weekdays` (ISO, Monday is 1) of every `every_weeks`-th week, counted from the week of `from_on`."""

    id: UUID
    class_id: UUID
    weekdays: Sequence[int]
    every_weeks: int
    starts_at: dt.time
    ends_at: dt.time
    from_on: dt.date
    until_on: dt.date | None
    room: str | None


class Lesson(NamedTuple):
    """A lesson that a pattern asks for; its moments are aware, in UTC."""

    class_id: UUID
    meeting_id: UUID
    on_date: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str | None


def meets_on(pattern: Pattern, day: dt.date) -> bool:
    """Whether a pattern asks for a lesson on a day, school day or not."""
    if day.isoweekday() not in pattern.weekdays or day < pattern.from_on:
        return False
    weeks = (_monday(day) - _monday(pattern.from_on)).days // 7
    return weeks % pattern.every_weeks == 0 and (pattern.until_on is None or day <= pattern.until_on)


def lessons(pattern: Pattern, calendar: Calendar) -> Iterator[Lesson]:
    """The lessons of a pattern on the school days of the calendar's period, the first one first."""
    day = max(calendar.since, pattern.from_on)
    while day <= calendar.until:
        if meets_on(pattern, day) and calendar.is_school_day(day):
            starts_at, ends_at = moments(day, pattern.starts_at, pattern.ends_at, ZoneInfo(calendar.timezone))
            yield Lesson(pattern.class_id, pattern.id, day, starts_at, ends_at, pattern.room)
        day += DAY


def moments(
    day: dt.date, starts: dt.time, ends: dt.time, zone: ZoneInfo
) -> tuple[dt.datetime, dt.datetime]:  # fmt: skip
    """When a lesson begins and ends that stands from `starts` to `ends` on the wall of a day.

    A time that the clock skips as summer begins is the one an hour later; the lesson keeps its length then.
    """
    first, last = (dt.datetime.combine(day, time, zone) for time in (starts, ends))
    starts_at, ends_at = first.astimezone(dt.UTC), last.astimezone(dt.UTC)
    if ends_at <= starts_at:
        ends_at = starts_at + (last.replace(tzinfo=None) - first.replace(tzinfo=None))
    return starts_at, ends_at


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
