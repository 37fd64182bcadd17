"""Write down, in the transaction of the change, what has to be done later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select, update

from app.ids import uuid7
from app.models.outbox import PLATFORM, Outbox
from app.tenancy.database import db
from app.tenancy.scope import current_scope
from app.work.jobs import UnknownJob, jobs_of

WAKE = "outbox"
_NOTIFY = select(func.pg_notify(WAKE, ""))


def queue(
    job: str,
    subject: UUID | None = None,
    *,
    due: datetime | None = None,
    queue: str = "default",
    school_id: int | None = None,
) -> UUID:
    """Add one row to the session of the current scope and wake the relay at its commit; returns the row's id.

    A rollback leaves neither. Inside a school it is work of that school; across schools the platform's own, or, with
    `school_id`, that school's. `due` None means at once. Raises UnknownJob for a name that no area and no part of the core has.
    """
    if job not in jobs_of(current_app):
        raise UnknownJob(job)
    row = Outbox(id=uuid7(), school_id=_school() if school_id is None else school_id, job=job, subject=subject, queue=queue)
    if due is not None:
        row.due_at = due
    db.session.add(row)
    wake()
    return row.id


def queue_each(job: str, subjects: Iterable[UUID], *, queue: str = "bulk", school_id: int | None = None) -> None:
    """Add one row for each subject: `queue` for many, who come as one. Raises UnknownJob."""
    if job not in jobs_of(current_app):
        raise UnknownJob(job)
    school = _school() if school_id is None else school_id
    db.session.add_all(Outbox(id=uuid7(), school_id=school, job=job, subject=subject, queue=queue) for subject in subjects)
    wake()


def finish(row_id: UUID, run: int, *, again: datetime | None = None, error: str | None = None) -> None:
    """Close the row, or, when something of it is still open, leave it for the relay at `again`.

    A run whose row has been handed out anew meanwhile changes nothing.
    """
    closing = update(Outbox).where(Outbox.school_id == _school(), Outbox.id == row_id, Outbox.runs == run)
    changes = {"done_at": func.now()} if again is None else {"due_at": again}
    db.session.execute(closing.values(leased=False, error=error, **changes), execution_options={"synchronize_session": False})
    wake()


def wake() -> None:
    """Tell the relay; it hears of it when the transaction commits, and polls in any case."""
    with db.session.no_autoflush:  # what the caller is still filling in is not ours to send
        db.session.execute(_NOTIFY)


def _school() -> int:
    school_id = current_scope().school_id
    return PLATFORM if school_id is None else school_id
