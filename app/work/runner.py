"""The one function that RQ calls, and the worker that calls it."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from types import FrameType
from typing import ClassVar
from uuid import UUID

from flask import Flask, current_app
from redis import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from sqlalchemy import case, func, not_, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor, acting_as
from app.extensions import current_settings, redis_for
from app.i18n.languages import DEFAULT, LANGUAGES
from app.i18n.speech import Speech, speaking, speech_for
from app.models.outbox import PLATFORM, Outbox
from app.models.school import School
from app.tenancy import counting
from app.tenancy.doors import across_schools, acting_for, outside
from app.work.closed import is_held
from app.work.jobs import Task, UnknownJob, jobs_of
from app.work.outbox import finish
from app.work.queues import LEASE, POLL, QUEUES, queues

log = logging.getLogger("umthi.job")
MOST_JOBS = 1000  # then the process ends well and is started anew: that bounds its memory
#: between two tries of what fails: somebody waits for it, and finds it done soon after the fault is mended
LONGEST_REST = timedelta(minutes=2)
PATIENCE = 30.0  # seconds: longer than RQ's own wait for a job


class JobFailed(Exception):
    """What RQ is told of a failure: its type and no more, for RQ writes it into Redis and the log."""


def perform(school_id: int, row_id: str, run: int) -> None:
    """RQ's entry point: run one outbox row inside the application context that `work` holds open."""
    try:
        run_row(school_id, UUID(row_id), run)
    except Exception as error:
        raise JobFailed(type(error).__name__) from None


def run_row(school_id: int, row_id: UUID, run: int) -> None:
    """Run one outbox row as its school. Whatever happens, PostgreSQL knows: done, due again, or due again with an error.

    The job's changes and the end of its row are one transaction. A copy of a row that was handed out anew does nothing.
    Raises what the job raises.
    """
    begun = time.perf_counter()
    line: dict[str, object] = {"job": None, "row": str(row_id), "school": school_id, "run": run, "outcome": "stale"}
    with current_app.app_context(), outside():
        counting.start()
        try:
            task = _begin(school_id, row_id, run)
            if task is not None:
                line |= {"job": task.name, "outcome": "failed"}
                line["outcome"] = _run(task)
        except Exception as error:
            line |= {"error": type(error).__name__, "trace": traceback.format_tb(error.__traceback__)[-3:]}
            _note_failure(school_id, row_id, run, error)
            raise
        finally:
            line |= {"ms": round((time.perf_counter() - begun) * 1000, 1), "queries": counting.total()}
            log.log(logging.ERROR if "error" in line else logging.INFO, "job", extra={"fields": line})


def _door(school_id: int) -> AbstractContextManager[Session]:
    return across_schools("work of the platform itself", routine=True) if school_id == PLATFORM else acting_for(school_id)


def _begin(school_id: int, row_id: UUID, run: int) -> Task | None:
    """Take the row on for the length of a lease; None when it is done, has been handed out anew, or its school has closed."""
    try:
        return _take(school_id, row_id, run)
    except OperationalError as error:
        if not error.connection_invalidated:
            raise
        return _take(school_id, row_id, run)  # PostgreSQL was started anew; the pool has let go of its old lines by now


def _take(school_id: int, row_id: UUID, run: int) -> Task | None:
    closed = is_held()  # since the relay handed it out: then the row goes back, for the relay to leave it there
    taking = (
        update(Outbox)
        .where(Outbox.school_id == school_id, Outbox.id == row_id, Outbox.runs == run, Outbox.done_at.is_(None))
        .values(due_at=case((closed, func.now()), else_=func.now() + LEASE), leased=not_(closed))
        .returning(Outbox.job, Outbox.subject, Outbox.leased)
    )
    with _door(school_id) as session:
        row = session.execute(taking, execution_options={"synchronize_session": False}).one_or_none()
        session.commit()
    return Task(school_id, row_id, row.job, row.subject, run) if row and row.leased else None


def _run(task: Task) -> str:
    """Do the work, end the row, commit. Returns how it ended."""
    job = jobs_of(current_app).get(task.name)
    if job is None:
        raise UnknownJob(task.name)
    with _door(task.school_id) as session:
        with acting_as(Actor("job", None, task.name)), speaking(_voice(session, task.school_id)):
            again = job.run(task)
        finish(task.id, task.runs, again=again)
        session.commit()
    return "done" if again is None else "again"


def _voice(session: Session, school_id: int) -> Speech:
    """The language, the clock and the money of the school that the work is for."""
    school = session.get(School, school_id) if school_id != PLATFORM else None
    if school is None:
        return speech_for(DEFAULT, "Africa/Johannesburg", LANGUAGES[DEFAULT].cldr, "ZAR")
    return speech_for(school.language, str(school.timezone), school.money, school.currency)


def _note_failure(school_id: int, row_id: UUID, run: int, error: Exception) -> None:
    """Leave the reason on the row, and a moment to try again: the lease would bring it back too, but later and without one."""
    with _door(school_id) as session:
        again = clock.now() + min(timedelta(seconds=2 ** min(run, 12)), LONGEST_REST)
        finish(row_id, run, again=again, error=f"{type(error).__name__}: {error}"[:500])
        session.commit()


class Worker(SimpleWorker):
    """RQ's, which remembers that it was told to stop: signing off fails where Redis is away, and then RQ forgets it."""

    told: ClassVar[bool] = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        Worker.told = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def work(app: Flask, names: Sequence[str] = QUEUES) -> None:
    """A worker process: read these queues until told to stop, or until MOST_JOBS are done; then return, which is no failure.

    One a process: whether it was told to stop is remembered for all of it.

    SimpleWorker runs jobs in this process, which keeps its connections. Redis may come and go.
    """
    logging.getLogger("rq").setLevel(logging.WARNING)
    with app.app_context():
        redis = redis_for(current_settings(), patience=PATIENCE)
        while not Worker.told:
            try:
                worker = Worker(
                    [queues(redis)[name] for name in names], connection=redis, serializer=JSONSerializer,
                    worker_ttl=30, maintenance_interval=10,
                )  # fmt: skip
                worker.work(logging_level="WARNING", max_jobs=MOST_JOBS)
                return
            except StopRequested:  # told while no Redis was there to wait at
                return
            except (RedisError, OSError) as error:
                log.warning("the worker %s Redis: %s", "ends without" if Worker.told else "waits for", type(error).__name__)
            with suppress(StopRequested):
                time.sleep(0 if Worker.told else POLL)
