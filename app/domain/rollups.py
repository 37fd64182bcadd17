"""Rollups: what areas have workers count for each school, so that a page over all of them reads a few rows.

A rollup is computed from the rows alone, never added to, so that it can be made again at any time and comes out the same. What
is computed anew is what changed: a change of a school's rows leaves an audit event or an attempt to deliver, or the source says
how else it can be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from flask import Flask, current_app
from psycopg import Cursor
from sqlalchemy.orm import Session

from app import clock
from app.tenancy.database import db
from app.tenancy.reading import driving
from app.work.jobs import Task, job

CHUNK = 500  # schools in one statement, and in one transaction of a job
REFRESHED = "rollups.refreshed"  # the platform's metric whose moment says up to when changes have been taken in
_BEGUN = "rollups.begun"  # the same of a look that is not through yet
OVERLAP = dt.timedelta(minutes=2)  # how long a transaction may last and be found: `at` is when it began, or when it wrote
OFTEN = dt.timedelta(hours=1)  # after which a school is counted anew, whatever was heard of it
_LOCK = 7_106_113  # of pg_advisory_xact_lock: one at a time

#: what a source's `changed` says of a row with `at >= %(since)s`: that the last look may not have seen it. It goes by the row's
#: transaction, for one that began before that look and was committed after it has a moment from before.
NEW = "age({row}.xmin) <= age(%(seen)s::text::xid8::xid)"


class Rollup(NamedTuple):
    """Numbers of a school. `sql` gives (school_id, name, number, moment) for the schools in `%(schools)s`, of `names` only.

    A school without a row has 0 and no moment. Over all schools the number is the sum, and the moment the oldest, or with
    `latest` the last one. `changed` gives the school_id of those that changed without an audit event or an attempt; `told` what
    else the statement asks for.
    """

    names: tuple[str, ...]
    sql: str
    latest: bool = False
    changed: str = ""
    told: Callable[[Cursor[Any], list[int]], dict[str, object]] | None = None


class Buckets(NamedTuple):
    """Numbers by five minutes, the hour or the month: `sql` gives (school_id, name, begins_at, number) for the schools in
    `%(schools)s`, of `names` only, and of buckets that begin at `%(since)s` or later. That lies `days` back; older buckets go.
    """

    names: tuple[str, ...]
    span: str
    days: float
    sql: str
    changed: str = ""


Source = Rollup | Buckets

_STORE = """
WITH found (school_id, name, number, moment) AS ({sql}), wanted AS (
    SELECT s AS school_id, n AS name FROM unnest(%(schools)s::int[]) s, unnest(%(names)s::text[]) n
), stored AS (
    INSERT INTO metric (school_id, name, number, moment, computed_at)
    SELECT w.school_id, w.name, coalesce(f.number, 0), f.moment, now() FROM wanted w LEFT JOIN found f USING (school_id, name)
    ON CONFLICT (school_id, name)
    DO UPDATE SET number = excluded.number, moment = excluded.moment, computed_at = excluded.computed_at
    RETURNING school_id, name, number, moment
)
SELECT DISTINCT s.name FROM stored s LEFT JOIN metric before USING (school_id, name)
WHERE (s.number, s.moment) IS DISTINCT FROM (before.number, before.moment)
"""
_TOTAL = """
INSERT INTO platform_metric (name, number, schools, moment, computed_at)
SELECT n, coalesce(sum(m.number), 0), count(m.number), CASE WHEN %(latest)s THEN max(m.moment) ELSE min(m.moment) END, now()
FROM unnest(%(names)s::text[]) n LEFT JOIN metric m ON m.name = n AND m.number > 0 GROUP BY n
ON CONFLICT (name) DO UPDATE
SET number = excluded.number, schools = excluded.schools, moment = excluded.moment, computed_at = excluded.computed_at
"""
_SAME_TOTAL = "UPDATE platform_metric SET computed_at = now() WHERE name = ANY (%(names)s)"
# Only what differs is written; what was written is what the platform's sums have to be made anew for.
_FILL = """
WITH found (school_id, name, begins_at, number) AS ({sql}), gone AS (
    DELETE FROM metric_bucket b WHERE b.school_id = ANY (%(schools)s) AND b.span = %(span)s AND b.name = ANY (%(names)s)
    AND b.begins_at >= %(since)s AND NOT EXISTS (
        SELECT FROM found f WHERE f.school_id = b.school_id AND f.begins_at = b.begins_at AND f.name = b.name
    ) RETURNING b.begins_at, b.name
), kept AS (
    INSERT INTO metric_bucket (school_id, name, span, begins_at, number)
    SELECT school_id, name, %(span)s, begins_at, number FROM found
    ON CONFLICT (school_id, span, begins_at, name) DO UPDATE SET number = excluded.number
    WHERE metric_bucket.number <> excluded.number RETURNING begins_at, name
)
SELECT begins_at, name FROM gone UNION SELECT begins_at, name FROM kept
"""
_EMPTY_TOTAL = """
DELETE FROM platform_bucket
WHERE span = %(span)s AND (begins_at, name) IN (SELECT * FROM unnest(%(begins)s::timestamptz[], %(of)s::text[]))
"""
_FILL_TOTAL = """
INSERT INTO platform_bucket (span, begins_at, name, number)
SELECT span, begins_at, name, sum(number) FROM metric_bucket
WHERE span = %(span)s AND (begins_at, name) IN (SELECT * FROM unnest(%(begins)s::timestamptz[], %(of)s::text[]))
GROUP BY span, begins_at, name
"""
_EMPTY_SPAN = "DELETE FROM platform_bucket WHERE span = %(span)s AND name = ANY (%(names)s)"
_FILL_SPAN = """
INSERT INTO platform_bucket (span, begins_at, name, number)
SELECT span, begins_at, name, sum(number) FROM metric_bucket WHERE span = %(span)s AND name = ANY (%(names)s) GROUP BY 1, 2, 3
"""
_OLD = "DELETE FROM metric_bucket WHERE span = %(span)s AND name = ANY (%(names)s) AND begins_at < %(since)s"
_SNAPSHOT = "SELECT now() AS moment, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS number"
_STATES = "SELECT name, moment, number FROM platform_metric WHERE name = ANY (%(names)s)"
_SET_STATE = """
INSERT INTO platform_metric (name, moment, number) VALUES (%(name)s, %(moment)s, %(number)s)
ON CONFLICT (name) DO UPDATE SET moment = excluded.moment, number = excluded.number, computed_at = now()
"""
_NEVER_COUNTED = "SELECT s.id FROM school s WHERE NOT EXISTS (SELECT FROM metric m WHERE m.school_id = s.id)"
_CHANGED = f"""
SELECT e.school_id FROM audit_event e WHERE e.at >= %(since)s AND {NEW.format(row="e")}
UNION SELECT a.school_id FROM attempt a WHERE a.at >= %(since)s AND {NEW.format(row="a")}
"""  # noqa: S608  constants of ours
# A look that takes several turns goes on with those that it has not counted yet.
_LEFT = """
SELECT c.school_id FROM ({changed}) c (school_id) WHERE c.school_id <> 0 AND NOT EXISTS (
    SELECT FROM metric m WHERE m.school_id = c.school_id AND m.name = %(first)s AND m.computed_at >= %(begun)s
) ORDER BY c.school_id
"""
_LONG_AGO = """
SELECT s.id AS school_id FROM school s LEFT JOIN metric m ON m.school_id = s.id AND m.name = %(first)s
WHERE m.computed_at IS NULL OR m.computed_at < %(before)s ORDER BY s.id
"""


def register(app: Flask, sources: Iterable[Source]) -> None:
    """Make rollups known to the application. Raises ValueError for a name that is taken."""
    known: list[Source] = app.extensions.setdefault("rollups", [])
    for source in sources:
        taken = {(of_span(each), name) for each in known for name in each.names}
        if twice := [name for name in source.names if (of_span(source), name) in taken]:
            raise ValueError(f"two rollups are called {twice[0]}")
        known.append(source)


def of_span(source: Source) -> str:
    """The span of buckets; empty for a number that stands for itself."""
    return source.span if isinstance(source, Buckets) else ""


def refresh(session: Session, schools: Sequence[int]) -> None:
    """Count these schools anew, and the platform's sums with them, in the caller's transaction. Needs `across_schools`.

    For one school it is quick enough to be part of the deed that changed it: its last part, for until the commit others wait.
    """
    if not schools:
        return
    session.flush()
    with driving() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        other: set[str] = set()
        for first in range(0, len(schools), CHUNK):
            for source in _sources():
                other |= _count(cursor, source, list(schools[first : first + CHUNK]))
        _add_up(cursor, other)


def rebuild(session: Session) -> int:
    """Count every school anew, and the sums, and drop what is too old; returns how many schools there are.

    Needs `across_schools`.
    """
    with driving() as cursor:
        schools = [row.id for row in cursor.execute("SELECT id FROM school ORDER BY id")]
    refresh(session, schools)
    _add_all_up()
    return len(schools)


@job("rollups.refresh")
def refresh_changed(task: Task) -> dt.datetime | None:
    """Count anew the schools in which something happened since the last time."""
    with driving() as cursor:
        look = _begin_look(cursor)
        changed = [row.school_id for row in cursor.execute(*look.asked())]
    if not _count_all(task, changed):
        return clock.now()
    with driving() as cursor:
        cursor.execute(_SET_STATE, {"name": REFRESHED, "moment": look.begun.moment, "number": look.begun.number})
        cursor.execute("DELETE FROM platform_metric WHERE name = %s", [_BEGUN])
    return None


@job("rollups.rebuild")
def rebuild_all(task: Task) -> dt.datetime | None:
    """Count every school anew that was not for a while: what time alone changes, and what left no trace."""
    with driving() as cursor:
        asked = {"first": _first(), "before": clock.now() - OFTEN}
        schools = [row.school_id for row in cursor.execute(_LONG_AGO, asked)]
    if not _count_all(task, schools):
        return clock.now()
    _add_all_up()
    return None


class _State(NamedTuple):
    """A moment, and the oldest transaction that was open then."""

    moment: dt.datetime
    number: int


class _Look(NamedTuple):
    """A look for changes: since when, and when it began. `seen` None: nothing was ever looked at, or it was another server."""

    seen: _State | None
    begun: _State

    def asked(self) -> tuple[str, dict[str, Any]]:
        """The statement that gives the schools that are left to count, and its values."""
        queries = [_NEVER_COUNTED]
        values: dict[str, Any] = {"first": _first(), "begun": self.begun.moment}
        if self.seen:
            queries += [_CHANGED, *(source.changed for source in _sources() if source.changed)]
            values |= {"since": self.seen.moment - OVERLAP, "seen": self.seen.number}
        else:
            queries = ["SELECT id FROM school"]
        return _LEFT.format(changed=" UNION ".join(f"({query})" for query in queries)), values


def _begin_look(cursor: Cursor[Any]) -> _Look:
    """Begin a look, or go on with the one that was begun."""
    states = {row.name: _State(row.moment, row.number) for row in cursor.execute(_STATES, {"names": [REFRESHED, _BEGUN]})}
    found = cursor.execute(_SNAPSHOT).fetchone()
    assert found
    now = _State(found.moment, found.number)
    seen = states.get(REFRESHED)
    if seen and seen.number > now.number:  # transactions of another server: this one was restored from a copy
        seen = None
    begun = states.get(_BEGUN)
    if begun is None or begun.number > now.number:
        begun = now
        cursor.execute(_SET_STATE, {"name": _BEGUN, "moment": now.moment, "number": now.number})
    return _Look(seen, begun)


def _count_all(task: Task, schools: Sequence[int]) -> bool:
    """Count schools, a transaction for each chunk, for deeds wait for it; False when time was up before the end."""
    for first in range(0, len(schools), CHUNK):
        if task.time_left() <= 0:
            return False
        refresh(db.session(), schools[first : first + CHUNK])
        db.session.commit()
    return True


def _count(cursor: Cursor[Any], source: Source, schools: list[int]) -> set[str]:
    """Count a source for these schools; returns the names of the numbers that are others now."""
    asked: dict[str, Any] = {"schools": schools, "names": list(source.names)}
    if isinstance(source, Rollup):
        asked |= source.told(cursor, schools) if source.told else {}
        return {row.name for row in cursor.execute(_STORE.format(sql=source.sql), asked)}  # constants of ours
    asked |= {"span": source.span, "since": _begin(source)}
    written = cursor.execute(_FILL.format(sql=source.sql), asked).fetchall()
    if written:
        asked |= {"begins": [row.begins_at for row in written], "of": [row.name for row in written]}
        cursor.execute(_EMPTY_TOTAL, asked)
        cursor.execute(_FILL_TOTAL, asked)
    return set()


def _add_up(cursor: Cursor[Any], names: Collection[str]) -> None:
    """Make the platform's sums anew of these numbers. The others are as they were, but as of now."""
    for source in _sources():
        if isinstance(source, Rollup):
            anew = [name for name in source.names if name in names]
            cursor.execute(_TOTAL, {"names": anew, "latest": source.latest})
            cursor.execute(_SAME_TOTAL, {"names": [name for name in source.names if name not in names]})


def _add_all_up() -> None:
    """Make every sum of the platform anew, whatever it was, and drop the buckets that are too old."""
    with driving() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _add_up(cursor, {name for source in _sources() for name in source.names})
        for source in _sources():
            if isinstance(source, Buckets):
                asked = {"span": source.span, "names": list(source.names), "since": _begin(source)}
                cursor.execute(_OLD, asked)
                cursor.execute(_EMPTY_SPAN, asked)
                cursor.execute(_FILL_SPAN, asked)


def _begin(source: Buckets) -> dt.datetime:
    """The beginning of the first bucket that is counted, so that none is counted by half, in whatever timezone."""
    since = clock.now() - dt.timedelta(days=source.days)
    whole = since.replace(minute=0, second=0, microsecond=0)
    return whole if source.span != "month" else whole.replace(day=1, hour=0) - dt.timedelta(days=1)


def _sources() -> Iterator[Source]:
    yield from current_app.extensions["rollups"]


def _first() -> str:
    """The name of a number that every school that was ever counted has."""
    return next(source.names[0] for source in _sources() if isinstance(source, Rollup))


JOBS = (refresh_changed, rebuild_all)
