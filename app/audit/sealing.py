"""Seals close what was recorded, a minute later: from then on every change of it shows.

A chain inside the insert trigger would make writers wait for each other, so it is made after. An event carries the number of
the transaction that wrote it; below the oldest one that still runs no event can come any more, however late that one commits.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Any

from psycopg import Cursor
from sqlalchemy import BigInteger, Text, cast, func, literal, select, true, tuple_

from app import clock
from app.audit import marks
from app.audit.canonical import BEGINNING, Place, Query, Stream, digest_of, hash_of, header_of, written
from app.ids import uuid7
from app.models.audit import AuditEvent, PlatformEvent
from app.models.school import School
from app.models.seal import AuditEpoch, AuditSeal, PlatformSeal
from app.tenancy.database import db
from app.tenancy.reading import driving
from app.work.jobs import Task, job

log = logging.getLogger("umthi.audit")
MOST = 10_000  # events of a seal
_LOCKS = 0x5EA1  # of advisory locks: one for each stream
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s), clock_timestamp() AS at"
#: below it every transaction of the server has ended
HORIZON = func.pg_snapshot_xmin(func.pg_current_snapshot())
_LAST = Query("""
SELECT s.number, s.until_xid, s.until_seq, s.hash FROM $seals s WHERE $s_is_ours true ORDER BY s.number DESC LIMIT 1
""")
_OPEN = Query("""
SELECT e.xid, e.seq, convert_to($canonical, 'UTF8') AS text FROM $events e
WHERE $e_is_ours (e.xid, e.seq) >= (%(xid)s, %(seq)s) AND e.xid < %(horizon)s ORDER BY e.xid, e.seq LIMIT %(limit)s
""")
_ADD = Query("""
INSERT INTO $seals ($school id, number, from_xid, from_seq, until_xid, until_seq, events, seqs, digests, previous, hash, at)
VALUES ($given %(id)s, %(number)s, %(from_xid)s, %(from_seq)s, %(until_xid)s, %(until_seq)s, %(events)s, %(seqs)s, %(digests)s,
    %(previous)s, %(hash)s, %(at)s)
""")


class NumbersWentBack(RuntimeError):
    """New events would sort below sealed ones: the database was moved to another server without raising `audit_epoch`."""


@job("audit.seal")
def seal(task: Task) -> dt.datetime | None:
    """Close what waits in every log; goes on at once where time was up."""
    return clock.now() if seal_all(goes_on=lambda: task.time_left() > 0) else None


def seal_all(*, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Seal every event of a transaction that has ended, each seal in a transaction of its own. Inside `across_schools`.

    Returns whether it was stopped before the end, because `goes_on` said no after a seal. Raises NumbersWentBack.
    """
    session = db.session()
    horizon = horizon_now()
    last = marks.highest(session)  # of any log: the platform's alone may be behind, or gone
    if last is not None and last > horizon_now():
        raise NumbersWentBack(f"sealed up to transaction {last}, and the server is at {horizon}: see docs/audit.md")
    streams = list(waiting(horizon))
    session.commit()
    for stream in streams:
        while _close(stream, horizon):
            session.commit()
            if not goes_on():
                return True
        session.commit()
    return False


def horizon_now() -> int:
    """The first transaction that may still run, in the counting of the audit."""
    epoch = select(AuditEpoch.xid).scalar_subquery()
    found = db.session.scalar(select(cast(cast(HORIZON, Text), BigInteger) + epoch))
    assert found is not None, "audit_epoch has its one row since the migration"
    return int(found)


def waiting(horizon: int) -> Iterator[Stream]:
    """The logs with events below the horizon that no seal has."""
    last = (
        select(AuditSeal.until_xid, AuditSeal.until_seq)
        .where(AuditSeal.school_id == School.id)
        .order_by(AuditSeal.number.desc())
        .limit(1)
        .lateral("last")
    )
    at = tuple_(func.coalesce(last.c.until_xid, 0), func.coalesce(last.c.until_seq, 0))
    open_events = select(AuditEvent.id).where(
        AuditEvent.school_id == School.id, tuple_(AuditEvent.xid, AuditEvent.seq) >= at, AuditEvent.xid < horizon
    )
    schools = select(School.id).outerjoin(last, true()).where(open_events.exists()).order_by(School.id)
    yield from (Stream(school_id) for school_id in db.session.scalars(schools))
    sealed = db.session.execute(
        select(PlatformSeal.until_xid, PlatformSeal.until_seq).order_by(PlatformSeal.number.desc()).limit(1)
    ).one_or_none()
    place = tuple_(*(literal(part, BigInteger) for part in sealed or (0, 0)))
    newer = select(PlatformEvent.id).where(tuple_(PlatformEvent.xid, PlatformEvent.seq) >= place, PlatformEvent.xid < horizon)
    if db.session.scalar(select(newer.exists())):
        yield Stream(None)


def _close(stream: Stream, horizon: int) -> bool:
    """Add one seal; returns False where nothing was left. One at a time in each log, whoever does it: the chain cannot fork."""
    with driving() as cursor:
        at = cursor.execute(_LOCK, (_LOCKS, stream.school_id or 0)).fetchone().at  # type: ignore[union-attr]
        last = _LAST.run(cursor, stream).fetchone()
        since = Place(last.until_xid, last.until_seq) if last else Place(0, 0)
        rows = _OPEN.run(
            cursor, stream, xid=since.xid, seq=since.seq, horizon=horizon, limit=MOST + 1
        ).fetchall()  # fmt: skip
        if not rows:
            return False
        marks.hold_to_mark(db.session(), stream, last)
        until = Place(rows[MOST].xid, rows[MOST].seq) if len(rows) > MOST else Place(horizon, 0)
        _add(cursor, stream, last, since, until, at, rows[:MOST])
    return True


def _add(cursor: Cursor[Any], stream: Stream, last: Any, since: Place, until: Place, at: dt.datetime, rows: list[Any]) -> None:
    number, previous = (last.number + 1, bytes(last.hash)) if last else (1, BEGINNING)
    seqs = [row.seq for row in rows]
    digests = b"".join(digest_of(row.text) for row in rows)
    header = header_of(stream, number, since, until, written(at), len(seqs), previous)
    hashed = hash_of(header, seqs, digests)
    _ADD.run(
        cursor, stream, id=uuid7(), number=number, from_xid=since.xid, from_seq=since.seq, until_xid=until.xid,
        until_seq=until.seq, events=len(seqs), seqs=seqs, digests=digests, previous=previous, hash=hashed, at=at,
    )  # fmt: skip
    marks.mark(db.session(), stream, number, until, hashed)


JOBS = (seal,)
