"""The job of recovery: a deed on more failed deliveries than a press waits for."""

from __future__ import annotations

from datetime import datetime

from app import clock
from app.work.jobs import Task, job
from blueprints.recovery.running import JOB, carry_out


@job(JOB)
def carry_on(task: Task) -> datetime | None:
    """Carry a run out, or go on with it; due again when time is up."""
    if task.subject is None or carry_out(task.subject, lambda: task.time_left() > 0):
        return None
    return clock.now()
