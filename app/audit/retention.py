"""How long the audit is kept, and how it goes when that is over: by checkpoints, oldest seal first, never by a gap.

First a checkpoint is stored, signed, and announced in the log itself; when a seal has closed that announcement, those up to the
checkpoint go one by one with their events and their values. The database lets nothing else go, and nothing of the last year.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.audit import checkpoints, heads
from app.audit.both import record_both
from app.audit.canonical import Place, Query, Stream
from app.audit.checkpoints import Checkpoint, Gone
from app.audit.record import Target, record
from app.audit.verifying import SEALS, rows_of, verify
from app.models.school import School
from app.models.setting import PlatformSetting
from app.tenancy.database import db
from app.tenancy.reading import driving
from app.work.jobs import Task, job

log = logging.getLogger("umthi.audit")
SETTING = "audit.keep"
YEARS, FEWEST, MOST = 7, 2, 100
_OLDEST = Query("SELECT s.number, s.at FROM $seals s WHERE $s_is_ours true ORDER BY s.number LIMIT 1")
_SEALS = Query("""
SELECT s.number, s.until_xid, s.until_seq, s.at, s.events, s.digests, s.hash FROM $seals s
WHERE $s_is_ours s.number > %(after)s ORDER BY s.number
""")


class Keeping(NamedTuple):
    """For how many years the audit is kept: by default, and in the schools (by number) where it is longer."""

    years: int
    schools: dict[int, int]

    def of(self, stream: Stream) -> int:
        """The years of one log."""
        return max(self.years, self.schools.get(stream.school_id, 0) if stream.school_id is not None else 0)


def keeping(session: Session) -> Keeping:
    """How long the audit is kept. Needs `across_schools`."""
    found = session.scalar(select(PlatformSetting.value).where(PlatformSetting.name == SETTING)) or {}
    return Keeping(int(found.get("years", YEARS)), {int(key): int(years) for key, years in found.get("schools", {}).items()})


def keep(session: Session, wanted: Keeping) -> None:
    """Keep the audit for other times than before, each from FEWEST to MOST years. Needs `across_schools`; the caller audits."""
    value = {"years": wanted.years, "schools": {str(key): years for key, years in sorted(wanted.schools.items())}}
    row = {"name": SETTING, "value": value, "changed_at": clock.now()}
    made = insert(PlatformSetting).values(**row)
    session.execute(made.on_conflict_do_update(index_elements=["name"], set_={k: v for k, v in row.items() if k != "name"}))


def horizon(years: int, now: dt.datetime) -> dt.datetime:
    """Before it nothing is kept any more: the first of the month so many years ago, so that a log has few checkpoints."""
    now = now.astimezone(dt.UTC)
    return dt.datetime(now.year - years, now.month, 1, tzinfo=dt.UTC)


@job("audit.expire")
def expire(task: Task) -> dt.datetime | None:
    """Let go what was kept long enough, in every log; goes on at once where time was up."""
    return clock.now() if expire_all(goes_on=lambda: task.time_left() > 0) else None


def expire_all(*, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Announce and remove what was kept long enough, each seal in a transaction of its own. Inside `across_schools`.

    Returns whether it was stopped before the end, because `goes_on` said no. What is announced now goes when that is sealed.
    """
    session = db.session()
    kept, now = keeping(session), clock.now()
    schools = list(session.scalars(select(School.id).order_by(School.id)))
    session.commit()
    for stream in (Stream(None), *map(Stream, schools)):
        if not goes_on():
            return True
        for _ in _let_go(session, stream, horizon(kept.of(stream), now)):
            session.commit()
            if not goes_on():
                return True
        session.rollback()
    return False


def _let_go(session: Session, stream: Stream, before: dt.datetime) -> Iterator[None]:
    """Remove under the last checkpoint of a log, or make the next one; each step is to be committed."""
    while True:
        with driving() as cursor:
            oldest = _OLDEST.run(cursor, stream).fetchone()
            last = checkpoints.last_of(cursor, stream)
            if oldest is None or not checkpoints.may_remove(cursor, stream):
                return
            if last is not None and oldest.number <= last.seal:
                if not checkpoints.is_announced(cursor, stream, last):
                    return
                session.execute(select(func.audit_expire(stream.school_id)))
            elif oldest.at >= before or not _announce(session, cursor, stream, last, before):
                return
        yield


def _announce(session: Session, cursor: Cursor[Any], stream: Stream, last: Checkpoint | None, before: dt.datetime) -> bool:
    """Make the next checkpoint of a log and say so in it; False for a log that is not sound: nothing may vanish from that."""
    gone = _what_goes(cursor, stream, last, before)
    if gone is None:
        return False
    report = verify(stream, noted=heads.noted(stream)[stream], until=gone.seal)
    if not report.is_sound:
        log.error("%s is not sound, so nothing of it is removed: %s", stream, report.first[0])
        return False
    made = checkpoints.add(cursor, stream, gone, before=last, at=clock.now())
    target = Target(checkpoints.TARGET, made.named(stream))
    said = {"checkpoint": made.number, "until": made.until_at, "events": gone.events, "seal": made.seal}
    if stream.school_id is None:
        record("audit.expire", target, label=str(made.number), after=said)
    else:
        record_both(session, stream.school_id, "audit.expire", target, label=str(made.number), after=said)
    return True


def _what_goes(cursor: Cursor[Any], stream: Stream, last: Checkpoint | None, before: dt.datetime) -> Gone | None:
    """The seals from the last checkpoint to the first one that is not old enough."""
    gone: Gone | None = None
    digest = sha256(last.digest if last else b"")
    for seal in rows_of(cursor, _SEALS, stream, SEALS, after=last.seal if last else 0):
        if seal.at >= before:
            break
        digest.update(bytes(seal.digests))
        events = seal.events + (gone.events if gone else 0)
        gone = Gone(seal.number, Place(seal.until_xid, seal.until_seq), seal.at, bytes(seal.hash), events, b"")
    return gone._replace(digest=digest.digest()) if gone else None


JOBS = (expire,)
