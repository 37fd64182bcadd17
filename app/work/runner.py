"""The one function that RQ calls, and the worker that calls it."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from psycopg import Connection
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app import clock
from app.extensions import acting_for, connection
from app.work import outbox
from app.work.queues import BUDGET, LEASE, QUEUES, queues

log = logging.getLogger(__name__)
JOBS: dict[str, Callable[["Task"], datetime | None]] = {}
MODULES = ("app.delivery.fan_out", "app.delivery.send", "app.work.housekeeping")  # where jobs are declared


def job(name: str) -> Callable[[Callable[["Task"], datetime | None]], Callable[["Task"], datetime | None]]:
    """Declare a job. It returns None when the row is done, or the moment at which it has to go on."""

    def declare(function: Callable[["Task"], datetime | None]) -> Callable[["Task"], datetime | None]:
        JOBS[name] = function
        return function

    return declare


@dataclass
class Task:
    """One outbox row in the hands of a worker."""

    conn: Connection[Any]
    school_id: int
    id: UUID
    name: str
    subject: UUID | None
    runs: int
    deadline: float = field(default_factory=lambda: time.monotonic() + BUDGET)

    @contextmanager
    def acting(self) -> Iterator[Connection[Any]]:
        """A transaction inside the row's school."""
        with acting_for(self.conn, self.school_id) as conn:
            yield conn

    def time_left(self) -> float:
        """Seconds in which this run may still take on something new."""
        return self.deadline - time.monotonic()


BEGIN = """update outbox set due_at = now() + %s where id = %s and runs = %s and done_at is null
returning id, job, subject, runs"""


def perform(school_id: int, row_id: str, run: int) -> None:
    """Run one outbox row. Whatever happens, PostgreSQL knows: done, due again, or due again with an error."""
    conn = connection()
    with acting_for(conn, school_id):
        row = conn.execute(BEGIN, (LEASE, row_id, run)).fetchone()
    if row is None:
        return  # done, or handed out anew since this copy was
    task = Task(conn, school_id, row.id, row.job, row.subject, row.runs)
    try:
        again = JOBS[task.name](task)
        with task.acting():
            outbox.finish(conn, school_id, task.id, again=again)
    except Exception as error:
        log.exception("%s %s failed", task.name, task.id)
        with acting_for(connection(), school_id) as fresh:  # the lease would bring it back too, but later and without a reason
            outbox.finish(fresh, school_id, task.id, again=clock.now() + timedelta(seconds=min(2**task.runs, 3600)))
            fresh.execute("update outbox set error = %s where id = %s", (f"{type(error).__name__}: {error}"[:500], task.id))
        raise


def work(names: tuple[str, ...] = QUEUES) -> None:
    """A worker process. SimpleWorker: it keeps its connections; memory is bounded by ending after 1,000 jobs."""
    for module in MODULES:
        import_module(module)
    redis = Redis.from_url(os.environ["REDIS_URL"])
    worker = SimpleWorker(
        [queues(redis)[name] for name in names],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=10,
    )
    worker.work(logging_level="WARNING", max_jobs=1000)


if __name__ == "__main__":
    work(tuple(sys.argv[1:]) or QUEUES)
