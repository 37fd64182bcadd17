"""What workers do for leads: erase those long silent, and take the words of the erased out of the audit."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from app import clock
from app.audit.record import Actor
from app.domain.leads import retention
from app.domain.leads.retention import AT_ONCE, FORGET, SILENT
from app.i18n.catalogue import N_
from app.models.lead import Lead, Stage
from app.models.outbox import Outbox
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.doors import across_schools, outside
from app.work.jobs import Task, job
from app.work.outbox import queue

EXPIRE = "leads.expire"  # of one school
FORGETTING = N_("What the audit log says of a lead that was erased")


@job("leads.look")
def look(_: Task) -> dt.datetime | None:
    """File `leads.expire` for every open school that has leads which have been silent for too long, unless it is on its way."""
    silent = Lead.touched_at < func.now() - func.make_interval(0, School.lead_months)
    has_some = select(Lead.id).where(
        Lead.school_id == School.id, silent, Lead.erased_at.is_(None), Lead.merged_into.is_(None),
        Lead.stage != Stage.ENROLLED.value,
    )  # fmt: skip
    waits = select(Outbox.school_id).where(Outbox.job == EXPIRE, Outbox.done_at.is_(None))
    schools = select(School.id).where(School.is_open, has_some.exists(), School.id.not_in(waits)).order_by(School.id)
    for school_id in db.session.scalars(schools).all():
        queue(EXPIRE, queue="bulk", school_id=school_id)
    return None


@job(EXPIRE)
def expire(_: Task) -> dt.datetime | None:
    """Erase the leads of a school that have been silent for longer than it keeps them, some at a time."""
    by = Actor("job", None, EXPIRE)
    silent = retention.due(retention.months())
    for lead in silent:
        retention.erase(lead, SILENT, by=by)
    return clock.now() if len(silent) == AT_ONCE else None


@job(FORGET)
def forget(task: Task) -> dt.datetime | None:
    """Take what the audit says of the erased lead `task.subject` out of it; the events and their seals stay."""
    if task.subject is not None:
        with outside(), across_schools(FORGETTING) as session:
            retention.forget_values(session, task.school_id, task.subject)
            session.commit()
    return None


JOBS = (look, expire, forget)
