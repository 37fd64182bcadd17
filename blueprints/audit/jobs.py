"""Checks of the seals that take a while: of a school's log, for whoever waits there, and of all logs, for operators."""

from __future__ import annotations

import datetime as dt
import time

from sqlalchemy import func, select, update

from app.audit import heads
from app.audit.canonical import Stream
from app.audit.findings import Report
from app.audit.record import Target, record
from app.audit.verifying import verify
from app.i18n.speech import speech
from app.models.outbox import Outbox
from app.models.progress import Course
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for, outside
from app.work import progress
from app.work.jobs import Task, job
from app.work.queues import LEASE
from blueprints.audit.one import CHECK, CHECK_ALL, RESULT

BEAT = 1.0  # seconds between two signs of life
MOST_RUNS = 3  # of one that does not come to its end
WORST = 20  # logs that are named


@job(CHECK)
def check(task: Task) -> dt.datetime | None:
    """Check the log of the task's school, and write down what came out."""
    assert task.subject is not None
    if task.runs > MOST_RUNS:
        progress.end(task.subject, Course.FAILED)
        return None
    noted, beat = heads.noted_of(task.school_id), _Beat(task)
    report = verify(Stream(task.school_id), noted=noted, told=beat)
    record("audit.checked", None, label=db.session.get_one(School, task.school_id).name, after={RESULT: told(report)})
    progress.advance(task.subject, done=beat.rest)
    progress.end(task.subject, Course.DONE)
    return None


@job(CHECK_ALL)
def check_all(task: Task) -> dt.datetime | None:
    """Check every log, and write down in the platform's what came out."""
    if task.runs > MOST_RUNS:
        return None
    session, beat = db.session(), _Beat(task)
    schools = list(session.scalars(select(School.id).order_by(School.id)))
    noted, sums, broken = heads.noted(), {"logs": 0, "events": 0, "seals": 0, "waiting": 0, "expired": 0}, []
    streams = [Stream(None), *map(Stream, schools)]
    streams += sorted((stream for stream in noted if stream not in streams), key=str)  # of a school that is gone altogether
    for stream in streams:
        report = verify(stream, noted=noted.get(stream, ()), told=beat)
        session.rollback()
        beat(0)
        sums["logs"] += 1
        for name in ("events", "seals", "waiting"):
            sums[name] += getattr(report, name)
        sums["expired"] += report.expired.events if report.expired else 0
        if not report.is_sound:
            broken.append(report)
    result = {**sums, "ok": not broken, "broken": len(broken), "worst": [told(report) for report in broken[:WORST]]}
    record("audit.checked", Target("platform"), label=speech().gettext("Audit of the platform"), after={RESULT: result})
    return None


def told(report: Report) -> dict[str, object]:
    """What is kept of a check: how much there was, and the first fault of each kind. No word of anybody's is in it."""
    return {
        "ok": report.is_sound, "log": str(report.stream), "events": report.events, "seals": report.seals,
        "waiting": report.waiting, "head": report.head, "erased": report.erased,
        "expired": report.expired._asdict() if report.expired else None,
        "first": [{**fault._asdict(), "count": report.counts[fault.kind]} for fault in report.first],
    }  # fmt: skip


class _Beat:
    """Hears how many events were looked at, and says once a second how far it is and that the task is still in good hands.

    In a transaction of its own, for the check reads in one from its beginning to its end. `rest` was not said yet.
    """

    def __init__(self, task: Task) -> None:
        self._task, self._beaten, self.rest = task, time.monotonic(), 0

    def __call__(self, events: int) -> None:
        self.rest += events
        if time.monotonic() - self._beaten < BEAT:
            return
        task = self._task
        mine = update(Outbox).where(Outbox.school_id == task.school_id, Outbox.id == task.id, Outbox.runs == task.runs)
        with outside(), acting_for(task.school_id) if task.school_id else across_schools("audit", routine=True) as session:
            session.execute(mine.values(due_at=func.now() + LEASE), execution_options={"synchronize_session": False})
            if task.school_id and task.subject is not None:
                progress.advance(task.subject, done=self.rest)
            session.commit()
        self._beaten, self.rest = time.monotonic(), 0


JOBS = (check, check_all)
