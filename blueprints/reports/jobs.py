"""The job of a long report: a few days at a time, each committed with how far it came, so that any crash costs one of them."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from uuid import UUID

from psycopg import OperationalError as Away
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock
from app.domain.report_making import ENDLESS, FAILED, FAULT, FAULTS, RUNNING, count_next, read
from app.models.progress import Course
from app.models.report import Report
from app.tenancy.database import db
from app.work import progress
from app.work.jobs import Task, job
from blueprints.reports.operations import JOB

log = logging.getLogger("umthi.reports")
BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (1, 4))  # before the second attempt, and the third
MOST_RUNS = 200  # of the job: more than any report has slices, so that one which kills its worker ends too


@job(JOB)
def make(task: Task) -> dt.datetime | None:
    """Go on with the report `task.subject` until it is done or time is up; returns when to go on.

    Of two copies of this work each slice is counted by one, for both must hold the report. Nothing happens to one that is over
    or was removed. After three faults it has failed, and says why.
    """
    session: Session = db.session()
    while True:
        try:
            more = _count(session, task)
            session.commit()
        except Exception as fault:
            if isinstance(fault, OperationalError) and fault.connection_invalidated:
                raise  # the database is away: the worker has patience of its own
            session.rollback()
            again = _note(session, task.subject, fault)
            session.commit()
            return again
        if not more:
            return None
        if task.time_left() <= 0:
            return clock.now()


def _count(session: Session, task: Task) -> bool:
    """Count one slice, and tell whoever waits; returns whether there is more to do."""
    report = _hold(session, task.subject)
    if report is None:
        return False
    if task.runs > MOST_RUNS:
        _fail(report, ENDLESS)
        return False
    _, before = read(report)
    more = count_next(report)
    _, scope = read(report)
    session.flush()
    progress.advance(report.id, done=scope.done - before.done)
    if not more:
        progress.end(report.id, Course.DONE)
    return more


def _note(session: Session, report_id: UUID | None, fault: Exception) -> dt.datetime | None:
    """Count a fault; returns when to try again, or ends the report after the last attempt."""
    where = traceback.format_tb(fault.__traceback__)[-3:]
    level = logging.WARNING if isinstance(fault, (OperationalError, Away)) else logging.ERROR
    log.log(level, "report %s: %s", report_id, type(fault).__name__, extra={"fields": {"trace": where}})
    report = _hold(session, report_id)
    if report is None:
        return None
    faults = int(report.choice.get(FAULTS, 0)) + 1
    report.choice = {**report.choice, FAULTS: faults}
    if faults > len(BACKOFF):
        _fail(report, FAULT)
        return None
    return clock.now() + BACKOFF[faults - 1]


def _fail(report: Report, why: str) -> None:
    report.state, report.error, report.ended_at = FAILED, why, clock.now()
    progress.end(report.id, Course.FAILED)


def _hold(session: Session, report_id: UUID | None) -> Report | None:
    """The report as it is now, if it is being made, held until the transaction ends."""
    running = select(Report).where(Report.id == report_id, Report.state == RUNNING)
    return session.scalar(running.with_for_update().execution_options(populate_existing=True))


JOBS = (make,)
