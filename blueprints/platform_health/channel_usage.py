"""What schools send, by month and channel: read from what workers have counted. Inside `across_schools`.

A month is one of each school's own clock, so the buckets of one month begin at different moments.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app import clock
from app.models.delivery import Channel, State
from app.models.metric import MetricBucket, PlatformBucket
from app.models.school import School, name_key
from app.web.paging import PAGE, Key, Page, cut

MONTHS = 13
CHANNELS = tuple(channel.value for channel in Channel)
RESULTS = (State.SENT.value, State.DEAD.value, State.DISCARDED.value, State.DEMOTED.value)
NAMES = {f"usage.{channel}.{result}": (channel, result) for channel in CHANNELS for result in RESULTS}
#: the first clocks of the world are ahead of UTC by so much, and the last ones behind
AHEAD, BEHIND = dt.timedelta(hours=14), dt.timedelta(hours=12)


class Usage(NamedTuple):
    """Deliveries by their result: a message to 400 people is 400 of them."""

    channel: str
    sent: int
    dead: int
    discarded: int
    demoted: int

    @property
    def total(self) -> int:
        return self.sent + self.dead + self.discarded + self.demoted


class SchoolUsage(NamedTuple):
    """What one school sent on one channel in a month."""

    school_id: int
    school: str
    usage: Usage


def months(zone: ZoneInfo) -> list[str]:
    """The months that are kept, as 2026-11, the newest first; the first is the one that a clock in `zone` shows now."""
    today = clock.now().astimezone(zone)
    back = [today.year * 12 + today.month - 1 - number for number in range(MONTHS)]
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in back]


def totals(session: Session, month: str, *, search: str = "") -> list[Usage]:
    """What all schools sent in a month, by channel; only those whose names have every word of `search`."""
    if not search:
        sums = select(PlatformBucket.name, func.sum(PlatformBucket.number)).where(
            PlatformBucket.span == "month", _within(PlatformBucket.begins_at, month), PlatformBucket.name.in_(NAMES)
        )
        return _by_channel(session.execute(sums.group_by(PlatformBucket.name)))
    sums = (
        select(MetricBucket.name, func.sum(MetricBucket.number))
        .join(School, School.id == MetricBucket.school_id)
        .where(_of_month(month), *_named(search))
    )
    return _by_channel(session.execute(sums.group_by(MetricBucket.name)))


def page(session: Session, month: str, *, search: str = "", after: Key | None = None) -> Page[list[SchoolUsage]]:
    """A page of the schools that sent something in a month, by name, each with its channels."""
    used = exists().where(MetricBucket.school_id == School.id, _of_month(month), MetricBucket.number > 0)
    schools = select(School.id, School.name, School.name_key).where(used, *_named(search)).order_by(School.name_key)
    if after:
        schools = schools.where(School.name_key > after[0])
    listed = cut(session.execute(schools.limit(PAGE + 1)).all(), lambda row: (row.name_key,))
    numbers: dict[int, list[tuple[str, int]]] = defaultdict(list)
    found = select(MetricBucket.school_id, MetricBucket.name, MetricBucket.number).where(
        MetricBucket.school_id.in_([row.id for row in listed.rows]), _of_month(month)
    )
    for school, name, number in session.execute(found):
        numbers[school].append((name, number))
    return Page([_rows(row.id, row.name, numbers[row.id]) for row in listed.rows], listed.older)


def every(session: Session, month: str, *, search: str = "") -> Iterator[SchoolUsage]:
    """The rows of all pages, as they are at one moment."""
    found = session.execute(
        select(School.id, School.name, MetricBucket.name, MetricBucket.number)
        .join(School, School.id == MetricBucket.school_id)
        .where(_of_month(month), *_named(search))
        .order_by(School.name_key)
    )
    for (school_id, school), numbers in groupby(found, key=lambda row: (row[0], row[1])):
        yield from _rows(school_id, school, ((name, number) for _, _, name, number in numbers))


def _rows(school_id: int, school: str, numbers: Iterable[tuple[str, int]]) -> list[SchoolUsage]:
    return [SchoolUsage(school_id, school, usage) for usage in _by_channel(numbers)]


def _by_channel(numbers: Iterable[tuple[str, int]]) -> list[Usage]:
    """Names of rollups with their numbers as a row for each channel on which something ended."""
    found: dict[str, dict[str, int]] = {channel: dict.fromkeys(RESULTS, 0) for channel in CHANNELS}
    for name, number in numbers:
        channel, result = NAMES[name]
        found[channel][result] += int(number)
    return [Usage(channel, **results) for channel, results in found.items() if any(results.values())]


def _of_month(month: str) -> ColumnElement[bool]:
    return and_(MetricBucket.span == "month", _within(MetricBucket.begins_at, month), MetricBucket.name.in_(NAMES))


def _within(column: SQLCoreOperations[dt.datetime], month: str) -> ColumnElement[bool]:
    """Whether a month began at this moment on any clock of the world."""
    first = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=dt.UTC)
    return column.between(first - AHEAD, first + BEHIND)


def _named(search: str) -> list[ColumnElement[bool]]:
    """The conditions of a search in the names of schools, in any spelling; none without a search."""
    keys = [key for word in search.split() if (key := name_key(word))]
    if search and not keys:
        return [false()]
    return [School.name_key.contains(key, autoescape=True) for key in keys]
