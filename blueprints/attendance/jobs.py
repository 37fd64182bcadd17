"""The jobs of attendance."""

from __future__ import annotations

from datetime import datetime

from app.access.actor import Actor
from app.work.jobs import Task, job
from blueprints.attendance import alerts


@job("attendance.alert")
def alert(task: Task) -> datetime | None:
    """Tell a family of an unexplained absence when the school's delay has passed; the row may be early or one too many."""
    return alerts.tell(task.subject, by=Actor("job", None, task.name)) if task.subject else None


@job("attendance.follow_up")
def follow_up(task: Task) -> datetime | None:
    """Tell the family after an alert that the learner is accounted for."""
    if task.subject:
        alerts.follow_up(task.subject, by=Actor("job", None, task.name))
    return None
