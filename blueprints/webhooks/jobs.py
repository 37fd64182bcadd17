"""The jobs of the inbox: acting on one event, and the sweep for those that were forgotten."""

from __future__ import annotations

from datetime import datetime

from app import clock
from app.domain.webhooks.inbox import PROCESS
from app.domain.webhooks.processing import process
from app.domain.webhooks.sweeping import SWEEP, sweep
from app.tenancy.database import db
from app.work.jobs import Task, job


@job(PROCESS)
def act(task: Task) -> datetime | None:
    """Act on one event, in the transaction that ends the job; due again when its effect could not be made yet."""
    return process(db.session(), task.subject, now=clock.now(), runs=task.runs) if task.subject else None


@job(SWEEP)
def look_again(task: Task) -> datetime | None:
    """Have acted on what was stored and that no open work is about."""
    sweep(db.session(), now=clock.now())
    return None


JOBS = (act, look_again)
