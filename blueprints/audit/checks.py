"""Checks of all logs at once, for operators: they are started here, and the last one is read. Inside `across_schools`."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.canonical import Stream
from app.audit.record import Actor, Target, record
from app.models.audit import PlatformEvent, PlatformValue
from app.models.outbox import PLATFORM, Outbox
from app.models.school import School
from app.work.outbox import queue
from blueprints.audit.one import CHECK_ALL, CHECKED, RESULT, Last, read

_RUNNING = (
    select(Outbox.created_at).where(Outbox.school_id == PLATFORM, Outbox.job == CHECK_ALL, Outbox.done_at.is_(None)).limit(1)
)


def start(session: Session, *, by: Actor, label: str) -> bool:
    """Have all logs checked by a worker; False, and nothing done, while that goes on already."""
    if session.scalar(_RUNNING) is not None:
        return False
    record("audit.check", Target("platform"), label=label, by=by)
    queue(CHECK_ALL, queue="bulk")
    return True


def last(session: Session) -> tuple[Last | None, dt.datetime | None, dict[str, str]]:
    """The last check, since when one runs, and the names of schools whose logs were not sound, by their log."""
    kept = (
        select(PlatformEvent.at, PlatformValue.value)
        .outerjoin(PlatformValue, (PlatformValue.event_id == PlatformEvent.id) & (PlatformValue.field == f"{RESULT}:after"))
        .where(PlatformEvent.action == CHECKED)
        .order_by(PlatformEvent.at.desc())
        .limit(1)
    )
    row = session.execute(kept).one_or_none()
    found = Last(row.at, row.value) if row else None
    worst = (read(found.result) or {}).get("worst", []) if found else []
    ids = [of for log in worst if (of := Stream.read(log["log"]).school_id) is not None]
    names = {str(Stream(key)): name for key, name in session.execute(select(School.id, School.name).where(School.id.in_(ids)))}
    return found, session.scalar(_RUNNING), names
