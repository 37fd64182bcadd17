"""What workers do for follow-ups: make what dates ask for, and send what was approved."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import exists, select

from app import clock
from app.delivery.follow_up_mail import send_follow_up
from app.domain.follow_ups.making import COME, come_due
from app.models.follow_up import FollowUp, FollowUpState, FollowUpTemplate
from app.models.outbox import Outbox
from app.models.school import School
from app.tenancy.database import db
from app.work.jobs import Task, job
from app.work.outbox import queue
from blueprints.follow_ups.operations import MAKE


@job(COME)
def file_all(_: Task) -> dt.datetime | None:
    """File that work for every open school with templates or with follow-ups that wait, unless it is on its way."""
    waits = select(Outbox.school_id).where(Outbox.job == MAKE, Outbox.done_at.is_(None))
    has_templates = exists().where(FollowUpTemplate.school_id == School.id, FollowUpTemplate.is_active)
    has_open = exists().where(FollowUp.school_id == School.id, FollowUp.state == FollowUpState.OPEN.value)
    schools = select(School.id).where(School.is_open, has_templates | has_open, School.id.not_in(waits)).order_by(School.id)
    for school_id in db.session.scalars(schools).all():
        queue(MAKE, queue="bulk", school_id=school_id)
    return None


@job(MAKE)
def make(_: Task) -> dt.datetime | None:
    """Make what the dates that have come ask for in a school. It only makes: nothing is sent that nobody has approved."""
    come_due(clock.now())
    return None


JOBS = (file_all, make, send_follow_up)
