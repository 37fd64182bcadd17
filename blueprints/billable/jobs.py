"""The job that freezes months as they end, school by school, and closes those that all schools have frozen."""

from __future__ import annotations

import datetime as dt

from app import clock
from app.domain import billable
from app.tenancy.database import db
from app.work.jobs import Task, job
from blueprints.billable.operations import close_months


@job("billable.freeze")
def freeze_months(task: Task) -> dt.datetime | None:
    """Freeze what is due, a transaction for each lot of schools: a crash loses at most one, and the next run goes on there."""
    session = db.session()
    while found := billable.due(session, clock.now()):
        for first in range(0, len(found), billable.CHUNK):
            billable.freeze_some(session, clock.now(), found[first : first + billable.CHUNK])
            session.commit()
            if task.time_left() <= 0:
                return clock.now()
    close_months(session, clock.now())
    return None


JOBS = (freeze_months,)
