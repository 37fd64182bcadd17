"""What workers do for classes: keep the lessons of the coming weeks made, and end a year."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select

from app import clock
from app.models.classes import MeetingTime, RollOver
from app.models.outbox import Outbox
from app.models.school import School
from app.tenancy.database import db
from app.work.jobs import Task, job
from app.work.outbox import queue
from blueprints.classes.lessons import keep_lessons
from blueprints.classes.terms import MAKE
from blueprints.classes.years import END, end_old_classes


@job(MAKE)
def make_lessons(task: Task) -> dt.datetime | None:
    """Bring the lessons of a school in line with its meeting times and its calendar."""
    keep_lessons()
    return None


@job("classes.keep_lessons")
def keep_all(task: Task) -> dt.datetime | None:
    """File that for every open school whose classes meet, unless it is on its way."""
    today = clock.now().date() - dt.timedelta(days=1)  # somewhere it is still yesterday
    meets = select(MeetingTime.school_id).where(or_(MeetingTime.until_on.is_(None), MeetingTime.until_on >= today))
    waits = select(Outbox.school_id).where(Outbox.job == MAKE, Outbox.done_at.is_(None))
    schools = select(School.id).where(School.is_open, School.id.in_(meets), School.id.not_in(waits)).order_by(School.id)
    for school_id in db.session.scalars(schools).all():
        queue(MAKE, queue="bulk", school_id=school_id)
    return None


@job(END)
def end_year(task: Task) -> dt.datetime | None:
    """End the classes of a year that were promoted, once its last day is over; not if that was undone."""
    done = db.session.scalars(select(RollOver).where(RollOver.id == task.subject).with_for_update()).one_or_none()
    if done is not None:
        end_old_classes(done, clock.now())
    return None


JOBS = (make_lessons, keep_all, end_year)
