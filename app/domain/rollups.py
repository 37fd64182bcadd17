"""Rollups: what areas have workers count for each school, so that a page over all of them reads a few rows.

A rollup is computed from the rows alone, never added to, so that it can be made again at any time and comes out the same. What
is computed anew is what changed: every change of a school's rows leaves an audit event or an attempt to deliver.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from flask import Flask, current_app
from psycopg import Cursor
from sqlalchemy.orm import Session

from app import clock
from app.tenancy.database import db
from app.tenancy.reading import driving
from app.work.jobs import Task, job

CHUNK = 500  # schools in one statement


class Rollup(NamedTuple):
    """Numbers of a school. `sql` gives (school_id, name, number, moment) for the schools in `%(schools)s`, of `names` only.

    A school without a row has 0 and no moment. Over all schools the number is the sum, and the moment the oldest, or with
    `latest` the last one.
    """

    names: tuple[str, ...]
    sql: str
    latest: bool = False


class Buckets(NamedTuple):
    """Numbers by the hour or the month: `sql` gives (school_id, name, begins_at, number) for the schools in `%(schools)s`, of
    `names` only, and of buckets that begin at `%(since)s` or later. That lies `days` back; older buckets stay as they are."""

    names: tuple[str, ...]
    span: str
    days: int
    sql: str


Source = Rollup | Buckets

_STATE = "rollups.refreshed"  # the platform's metric whose moment says up to when changes have been taken in
OVERLAP = dt.timedelta(minutes=2)  # a transaction that began before the last look may have been committed after it
_LOCK = 7_106_113  # of pg_advisory_xact_lock: one at a time
_CHANGED = """
SELECT DISTINCT school_id FROM (
    SELECT school_id FROM audit_event WHERE at >= %(since)s UNION ALL SELECT school_id FROM attempt WHERE at >= %(since)s
) changed ORDER BY school_id
"""
_STORE = """
WITH found (school_id, name, number, moment) AS ({sql}), wanted AS (
    SELECT s AS school_id, n AS name FROM unnest(%(schools)s::int[]) s, unnest(%(names)s::text[]) n
)
INSERT INTO metric (school_id, name, number, moment, computed_at)
SELECT w.school_id, w.name, coalesce(f.number, 0), f.moment, now() FROM wanted w LEFT JOIN found f USING (school_id, name)
ON CONFLICT (school_id, name)
DO UPDATE SET number = excluded.number, moment = excluded.moment, computed_at = excluded.computed_at
"""
_TOTAL = """
INSERT INTO platform_metric (name, number, schools, moment, computed_at)
SELECT n, coalesce(sum(m.number), 0), count(*) FILTER (WHERE m.number > 0),
    CASE WHEN %(latest)s THEN max(m.moment) ELSE min(m.moment) FILTER (WHERE m.number > 0) END, now()
FROM unnest(%(names)s::text[]) n LEFT JOIN metric m ON m.name = n GROUP BY n
ON CONFLICT (name) DO UPDATE
SET number = excluded.number, schools = excluded.schools, moment = excluded.moment, computed_at = excluded.computed_at
"""
_EMPTY = """
DELETE FROM metric_bucket WHERE school_id = ANY (%(schools)s) AND span = %(span)s AND name = ANY (%(names)s)
AND begins_at >= %(since)s RETURNING begins_at
"""
_FILL = """
INSERT INTO metric_bucket (school_id, name, span, begins_at, number)
SELECT found.school_id, found.name, %(span)s, found.begins_at, found.number
FROM ({sql}) found (school_id, name, begins_at, number) RETURNING begins_at
"""
_EMPTY_TOTAL = """
DELETE FROM platform_bucket WHERE span = %(span)s AND name = ANY (%(names)s) AND begins_at = ANY (%(begins)s)
"""
_FILL_TOTAL = """
INSERT INTO platform_bucket (span, begins_at, name, number)
SELECT span, begins_at, name, sum(number) FROM metric_bucket
WHERE span = %(span)s AND name = ANY (%(names)s) AND begins_at = ANY (%(begins)s) GROUP BY span, begins_at, name
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

    For one school it is quick enough to be part of the deed that changed it.
    """
    session.flush()
    with driving() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        sources: list[Source] = current_app.extensions["rollups"]
        for first in range(0, len(schools), CHUNK):
            chunk = list(schools[first : first + CHUNK])
            for source in sources:
                _count(cursor, source, chunk)
        for source in sources:
            if isinstance(source, Rollup):
                cursor.execute(_TOTAL, {"names": list(source.names), "latest": source.latest})


def rebuild(session: Session) -> int:
    """Count every school anew; returns how many there are. Needs `across_schools`."""
    with driving() as cursor:
        schools = [row.id for row in cursor.execute("SELECT id FROM school ORDER BY id")]
    refresh(session, schools)
    return len(schools)


@job("rollups.refresh")
def refresh_changed(task: Task) -> dt.datetime | None:
    """Count anew the schools in which something happened since the last time."""
    now = clock.now()
    with driving() as cursor:
        seen = cursor.execute("SELECT moment FROM platform_metric WHERE name = %s", [_STATE]).fetchone()
        if seen is None:
            changed = [row.id for row in cursor.execute("SELECT id FROM school ORDER BY id")]
        else:
            changed = [row.school_id for row in cursor.execute(_CHANGED, {"since": seen.moment - OVERLAP})]
    refresh(_session(), changed)
    with driving() as cursor:
        cursor.execute(
            "INSERT INTO platform_metric (name, moment) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET moment = excluded.moment, computed_at = now()",
            [_STATE, now],
        )
    return None


@job("rollups.rebuild")
def rebuild_all(task: Task) -> dt.datetime | None:
    """Count every school anew: what time alone changes, and what left no trace."""
    rebuild(_session())
    return None


def _session() -> Session:
    session: Session = db.session()
    return session


def _count(cursor: Cursor[Any], source: Source, schools: list[int]) -> None:
    asked: dict[str, Any] = {"schools": schools, "names": list(source.names)}
    if isinstance(source, Rollup):
        cursor.execute(_STORE.format(sql=source.sql), asked)  # constants of ours
        return
    asked |= {"span": source.span, "since": _begin(source)}
    begins = {
        row.begins_at
        for statement in (_EMPTY, _FILL.format(sql=source.sql))
        for row in cursor.execute(statement, asked).fetchall()
    }
    asked["begins"] = sorted(begins)
    cursor.execute(_EMPTY_TOTAL, asked)
    cursor.execute(_FILL_TOTAL, asked)


def _begin(source: Buckets) -> dt.datetime:
    """The beginning of the first bucket that is counted anew, so that none is counted by half."""
    since = clock.now() - dt.timedelta(days=source.days)
    whole = since.replace(minute=0, second=0, microsecond=0)
    return whole if source.span == "hour" else whole.replace(day=1, hour=0) - dt.timedelta(days=1)


JOBS = (refresh_changed, rebuild_all)
