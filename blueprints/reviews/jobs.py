"""The jobs of reviews: each letter is sent by itself, so that one that cannot go holds nobody up."""

from __future__ import annotations

from datetime import datetime

from app.access.actor import Actor
from app.work.jobs import Task, job
from blueprints.reviews import asking


@job(asking.INVITE)
def invite(task: Task) -> datetime | None:
    """Send one family the question, or note why nothing reaches it; a second run sends nothing more."""
    if task.subject:
        asking.invite(task.subject, by=Actor("job", None, task.name))
    return None


JOBS = (invite,)
