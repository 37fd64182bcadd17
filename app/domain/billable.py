"""Billable learners: who counts in a month, and how a month is frozen.

A learner is billable in a month in which they had at least one day of active enrolment, by the calendar of their school. Who
has left or was archived counts for the days until then; who waits for a place does not. Fifteen minutes after a month has ended
by the school's own clock its count is frozen. What is entered about it later is an adjustment of the next month that is frozen:
those whom a month counted, with those who were added to it and without those who were removed, are the truth of today.

All of it is for sessions of `across_schools`; nothing here commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy.orm import Session

from app.domain.rollups import Rollup
from app.tenancy.reading import driving

MONTHS = 24  # that the report shows: the one that is going on and those before it; an adjustment reaches back as far
CHUNK, MOST = 50, 1000  # schools in one transaction, and in one look for what is due
EARLIEST = dt.timedelta(hours=14)  # how far the first clocks of the world are ahead of UTC
LEARNERS = "billable.learners"  # the rollup: a school's number of the month that is going on; its moment names the month
_LOCK = 7_106_114  # of pg_advisory_xact_lock: one freezes at a time


class Line(NamedTuple):
    """A learner behind a number: `days` of enrolment between `first_on` and `last_on` in the month `about`.

    `kind` is one of Billed. `number` is the school's own for the learner, None without one.
    """

    school_id: int
    learner_id: UUID
    number: str | None
    kind: str
    about: dt.date
    days: int
    first_on: dt.date
    last_on: dt.date


class Due(NamedTuple):
    """A month of a school that is over and not frozen."""

    school_id: int
    month: dt.date


# Days on which a learner had a place, whatever the month: until they left or were archived.
_STAY = """
stay AS (
    SELECT e.school_id, e.learner_id, l.number, e.starts_on AS first_on, ends.last_on
    FROM enrolment e JOIN school s ON s.id = e.school_id
    JOIN learner l ON l.school_id = e.school_id AND l.id = e.learner_id
    JOIN person p ON p.school_id = e.school_id AND p.id = e.learner_id,
    LATERAL (
        SELECT least(
            e.ends_on, CASE l.status WHEN 'left' THEN l.left_on END, timezone(s.timezone, p.ended_at)::date, %(until)s::date
        ) AS last_on
    ) ends
    WHERE e.school_id = ANY (%(schools)s) AND e.state = 'active' AND e.starts_on <= ends.last_on
)
"""
_DAYS = "(SELECT sum(upper(d) - lower(d))::int FROM unnest(days) d), lower(days), upper(days) - 1"
_COUNTED = f"""
WITH {_STAY}, found AS (
    SELECT school_id, learner_id, number,
        range_agg(daterange(greatest(first_on, %(month)s::date), last_on, '[]')) AS days
    FROM stay WHERE last_on >= %(month)s::date GROUP BY 1, 2, 3
)
SELECT school_id, learner_id, number, 'counted' AS kind, %(month)s::date AS about, {_DAYS} FROM found
"""  # noqa: S608  constants of ours
# What the rows of today say of earlier months, beside what was counted of them. A school is asked for since it is on Umthi.
_ADJUSTED = f"""
WITH span AS (
    SELECT id AS school_id, greatest(date_trunc('month', timezone(timezone, created_at))::date, %(oldest)s::date) AS since
    FROM school WHERE id = ANY (%(schools)s)
), {_STAY}, truth AS (
    SELECT DISTINCT s.school_id, s.learner_id, m::date AS about
    FROM stay s JOIN span USING (school_id), generate_series(
        date_trunc('month', greatest(s.first_on, span.since)::timestamp), s.last_on::timestamp, interval '1 month'
    ) m
), standing AS (
    SELECT b.school_id, b.learner_id, b.about FROM billable_learner b JOIN span USING (school_id)
    WHERE b.month >= span.since AND b.month < %(month)s::date AND b.about >= span.since
    GROUP BY 1, 2, 3 HAVING sum(CASE b.kind WHEN 'removed' THEN -1 ELSE 1 END) > 0
), added AS (
    SELECT t.school_id, t.learner_id, s.number, t.about, range_agg(
        daterange(greatest(s.first_on, t.about), least(s.last_on, (t.about + interval '1 month')::date - 1), '[]')
    ) AS days
    FROM (SELECT * FROM truth EXCEPT SELECT * FROM standing) t JOIN stay s USING (school_id, learner_id)
    WHERE s.first_on < t.about + interval '1 month' AND s.last_on >= t.about GROUP BY 1, 2, 3, 4
)
SELECT school_id, learner_id, number, 'added' AS kind, about, {_DAYS} FROM added
UNION ALL
SELECT g.school_id, g.learner_id, b.number, 'removed', g.about, b.days, b.first_on, b.last_on
FROM (SELECT * FROM standing EXCEPT SELECT * FROM truth) g, LATERAL (
    SELECT * FROM billable_learner b
    WHERE b.school_id = g.school_id AND b.month >= g.about AND b.month < %(month)s::date AND b.about = g.about
        AND b.learner_id = g.learner_id AND b.kind <> 'removed'
    ORDER BY b.month DESC LIMIT 1
) b
"""  # noqa: S608  constants of ours
_STORE = """
INSERT INTO billable_learner (school_id, learner_id, number, kind, about, days, first_on, last_on, month)
SELECT line.*, %(month)s::date FROM ({lines}) line
"""
_FREEZE = """
INSERT INTO billable_month (school_id, month, name, name_key, learners, adjustment, frozen_at)
SELECT s.id, %(month)s::date, s.name, s.name_key, count(*) FILTER (WHERE b.kind = 'counted'),
    count(*) FILTER (WHERE b.kind = 'added') - count(*) FILTER (WHERE b.kind = 'removed'), %(at)s
FROM school s LEFT JOIN billable_learner b ON b.school_id = s.id AND b.month = %(month)s::date
WHERE s.id = ANY (%(schools)s) GROUP BY s.id
"""
# The next month of each school: the one after the last that was frozen, else its first one here. What is closed stays closed.
_NEXT = """
WITH closed AS (SELECT max(month) AS month FROM billable_report)
SELECT s.id AS school_id, s.timezone, greatest(
    date_trunc('month', timezone(s.timezone, s.created_at))::date, %(oldest)s::date,
    (SELECT (max(b.month) + interval '1 month')::date FROM billable_month b WHERE b.school_id = s.id),
    (closed.month + interval '1 month')::date
) AS month
FROM school s, closed WHERE %(among)s::int[] IS NULL OR s.id = ANY (%(among)s)
"""
_DUE = f"""
SELECT school_id, month FROM ({_NEXT}) n
WHERE timezone(n.timezone, %(now)s) >= n.month + interval '1 month 15 minutes' ORDER BY month, school_id LIMIT %(most)s
"""  # noqa: S608  constants of ours
_OPEN = f"""
SELECT DISTINCT b.month FROM billable_month b
WHERE b.month > coalesce((SELECT max(month) FROM billable_report), '-infinity')
    AND b.month < (SELECT min(month) FROM ({_NEXT}) n) ORDER BY b.month
"""  # noqa: S608  constants of ours
_ANY_OPEN = (
    "SELECT EXISTS (SELECT FROM billable_month WHERE month > coalesce((SELECT max(month) FROM billable_report), '-infinity'))"
)
#: what workers count of the month that is going on by the school's clock, until today; its name is a moment, the first in UTC
SO_FAR = Rollup(
    (LEARNERS,),
    """
    SELECT s.id, 'billable.learners', count(DISTINCT e.learner_id) FILTER (WHERE l.id IS NOT NULL), timezone('UTC', at.month)
    FROM school s CROSS JOIN LATERAL (
        SELECT timezone(s.timezone, now())::date AS today, date_trunc('month', timezone(s.timezone, now())) AS month
    ) at
    LEFT JOIN enrolment e ON e.school_id = s.id AND e.state = 'active' AND e.starts_on <= at.today
        AND (e.ends_on IS NULL OR e.ends_on >= at.month)
    LEFT JOIN person p ON p.school_id = s.id AND p.id = e.learner_id
    LEFT JOIN learner l ON l.school_id = s.id AND l.id = e.learner_id
        AND least(CASE l.status WHEN 'left' THEN l.left_on END, timezone(s.timezone, p.ended_at)::date, at.today)
            >= greatest(e.starts_on, at.month)
    WHERE s.id = ANY (%(schools)s) GROUP BY s.id, at.month
    """,
    changed="""
    SELECT m.school_id FROM metric m JOIN school s ON s.id = m.school_id
    WHERE m.name = 'billable.learners' AND m.number > 0
        AND m.moment < timezone('UTC', date_trunc('month', timezone('UTC', now() + interval '14 hours')))
        AND m.moment <> timezone('UTC', date_trunc('month', timezone(s.timezone, now())))
    """,
)


def month_of(day: dt.date) -> dt.date:
    """The month of a day, as its first day."""
    return dt.date(day.year, day.month, 1)


def shifted(month: dt.date, number: int) -> dt.date:
    """The month so many after another (before it, if negative)."""
    years, rest = divmod(month.month - 1 + number, 12)
    return dt.date(month.year + years, rest + 1, 1)


def last_day(month: dt.date) -> dt.date:
    """The last day of a month."""
    return shifted(month, 1) - dt.timedelta(days=1)


def months(today: dt.date) -> list[dt.date]:
    """The months that the report shows, the one of `today` first."""
    return [shifted(month_of(today), -back) for back in range(MONTHS)]


def counted(session: Session, schools: Sequence[int], month: dt.date, *, until: dt.date | None = None) -> list[Line]:
    """Whom these schools have in a month, as their rows say now; `until` a day, for a month that is not over."""
    return _lines(session, _COUNTED, _asked(schools, month, until or last_day(month)))


def adjusted(session: Session, schools: Sequence[int], month: dt.date) -> list[Line]:
    """What the rows say now of the months before `month`, otherwise than was counted of them until then."""
    return _lines(session, _ADJUSTED, _asked(schools, month, last_day(shifted(month, -1))))


def due(session: Session, now: dt.datetime, *, most: int = MOST) -> list[Due]:
    """The months that are to be frozen, the oldest first, at most one of a school. With the last one closed, none."""
    session.flush()
    with driving() as cursor:
        closed = cursor.execute("SELECT max(month) AS month FROM billable_report").fetchone()
        if closed and closed.month and closed.month >= shifted(month_of((now + EARLIEST).date()), -1):
            return []
        return _due(cursor, now, None, most)


def freeze_some(session: Session, now: dt.datetime, found: Sequence[Due]) -> int:
    """Freeze those of these months that are still due; returns how many. Two at a time take turns, and none is frozen twice."""
    session.flush()
    with driving() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        still = set(_due(cursor, now, [each.school_id for each in found], len(found)))
    months = groupby((each for each in found if each in still), key=lambda each: each.month)
    return sum(freeze(session, month, [each.school_id for each in of_month], at=now) for month, of_month in months)


def freeze(session: Session, month: dt.date, schools: Sequence[int], *, at: dt.datetime) -> int:
    """Freeze a month of these schools, none of which has frozen it, nor a later one; returns of how many schools.

    What earlier months count otherwise by now becomes an adjustment of this one.
    """
    session.flush()
    with driving() as cursor:
        cursor.execute(_STORE.format(lines=_COUNTED), _asked(schools, month, last_day(month)))
        cursor.execute(_STORE.format(lines=_ADJUSTED), _asked(schools, month, last_day(shifted(month, -1))))
        return cursor.execute(_FREEZE, {"schools": list(schools), "month": month, "at": at}).rowcount


def to_close(session: Session, now: dt.datetime) -> list[dt.date]:
    """The months, the oldest first, that every school has frozen and whose report is not closed. Takes the lock of freezing."""
    session.flush()
    with driving() as cursor:
        found = cursor.execute(_ANY_OPEN).fetchone()
        if not found or not found[0]:
            return []
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        return [row.month for row in cursor.execute(_OPEN, {"oldest": _oldest(now), "among": None})]


def _due(cursor: Cursor[Any], now: dt.datetime, among: Sequence[int] | None, most: int) -> list[Due]:
    schools = None if among is None else list(among)
    rows = cursor.execute(_DUE, {"now": now, "oldest": _oldest(now), "among": schools, "most": most})
    return [Due(row.school_id, row.month) for row in rows]


def _lines(session: Session, statement: str, asked: dict[str, object]) -> list[Line]:
    session.flush()
    with driving() as cursor:
        return [Line(*row) for row in cursor.execute(statement, asked)]


def _asked(schools: Sequence[int], month: dt.date, until: dt.date) -> dict[str, object]:
    return {"schools": list(schools), "month": month, "until": until, "oldest": shifted(month, 1 - MONTHS)}


def _oldest(now: dt.datetime) -> dt.date:
    """The first month that is shown, wherever the month is over first."""
    return shifted(month_of(now.date()), 1 - MONTHS)
