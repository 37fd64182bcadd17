"""The jobs of notices."""

from __future__ import annotations

from datetime import datetime

from app.access.actor import Actor
from app.work.jobs import Task, job
from blueprints.notices.operations import notice_for_change, send_notice


@job("notices.send")
def send(task: Task) -> datetime | None:
    """Send a notice when its start has come; the row may be early, late or one too many."""
    notice = notice_for_change(task.subject) if task.subject else None
    if notice is None:
        return None
    return send_notice(notice, by=Actor("job", None, "notices.send"))
