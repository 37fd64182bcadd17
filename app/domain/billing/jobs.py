"""The work of billing: what comes by the clock, and what a school's page asks for.

A page of a school cannot move money: it files COLLECT, ALLOCATE, KEEP or ACCEPT in its own transaction, about an invoice or an
anomaly of its school, and these do it as the platform's role.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.domain.billing import arriving, dunning, mending, renewing, standing
from app.domain.billing.collecting import collect
from app.domain.billing.mending import Mend
from app.domain.billing.proving import prove_all
from app.models.billing import Invoice
from app.tenancy.database import db
from app.tenancy.doors import across_schools, outside
from app.work.jobs import Task, job

COLLECT, ALLOCATE, KEEP, ACCEPT = "billing.collect", "billing.allocate", "billing.keep", "billing.accept"


@job("billing.renew")
def renew(task: Task) -> dt.datetime | None:
    """Bill the periods that have begun; goes on at once where time was up."""
    _, stopped = renewing.renew_all(db.session(), standing.today(), goes_on=lambda: task.time_left() > 0)
    return clock.now() if stopped else None


@job("billing.dun")
def dun(task: Task) -> dt.datetime | None:
    """Take the steps of dunning that are due."""
    return clock.now() if dunning.dun_all(db.session(), clock.now(), goes_on=lambda: task.time_left() > 0) else None


@job("billing.retry")
def retry(task: Task) -> dt.datetime | None:
    """Collect what is due to be tried, a transaction for each invoice: new ones from the reserve, failed ones once more.

    Before that, payments of which their provider has said nothing for long have failed.
    """
    session, by, now = db.session(), Actor("job", None, task.name), clock.now()
    while arriving.give_up_one(session, now):
        session.commit()
        if task.time_left() <= 0:
            return clock.now()
    while (found := _to_retry(session, now)) is not None:
        collect(session, found.school_id, found.id, by=by, due_by=now)
        session.commit()
        if task.time_left() <= 0:
            return clock.now()
    return None


@job("billing.prove")
def prove(task: Task) -> dt.datetime | None:
    """Count every ledger anew; goes on where time was up."""
    return clock.now() if prove_all(db.session(), goes_on=lambda: task.time_left() > 0) else None


@job(COLLECT)
def collect_one(task: Task) -> dt.datetime | None:
    """Try to collect the invoice that a school's page named."""
    _as_platform(
        task, lambda session, subject, by: collect(session, task.school_id, subject, by=by, asked=True, key=str(task.id))
    )
    return None


@job(ALLOCATE)
def allocate(task: Task) -> dt.datetime | None:
    """Mend an anomaly: to the unpaid invoice that was due first."""
    _mend(task, Mend.ALLOCATE)
    return None


@job(KEEP)
def keep(task: Task) -> dt.datetime | None:
    """Mend an anomaly: to the reserve."""
    _mend(task, Mend.RESERVE)
    return None


@job(ACCEPT)
def accept(task: Task) -> dt.datetime | None:
    """Mend an anomaly: a part, as it is."""
    _mend(task, Mend.ACCEPT)
    return None


def _mend(task: Task, how: Mend) -> None:
    def deed(session: Session, subject: UUID, by: Actor) -> None:
        try:
            mending.mend(session, task.school_id, subject, how, by=by)
        except (mending.MendedAlready, mending.CannotMend):
            session.rollback()  # it was mended meanwhile, or stands otherwise by now: the page shows how

    _as_platform(task, deed)


def _as_platform(task: Task, deed: Callable[[Session, UUID, Actor], object]) -> None:
    """Leave the school of the task, and do it as the platform's role. Each deed is such that a second time does nothing."""
    if task.subject is None:
        return
    with outside(), across_schools("what a school asks of its billing", routine=True) as session:
        deed(session, task.subject, Actor("job", None, task.name))
        session.commit()


def _to_retry(session: Session, now: dt.datetime) -> Row[int, UUID] | None:
    """The next invoice to try; it is locked by who tries it, behind its account as everywhere else."""
    due = select(Invoice.school_id, Invoice.id).where(Invoice.retry_at <= now).order_by(Invoice.retry_at, Invoice.id)
    return session.execute(due.limit(1)).one_or_none()


JOBS = (renew, dun, retry, prove, collect_one, allocate, keep, accept)
