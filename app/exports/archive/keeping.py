"""Long work in good hands: it says that it goes on, hears that it shall not, and tells whoever waits how far it is.

The work itself is one long transaction; each sign of life is one of its own, beside it.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import CursorResult, func, update
from sqlalchemy.orm import Session

from app.models.outbox import Outbox
from app.tenancy.doors import across_schools, acting_for, outside
from app.work.jobs import Task
from app.work.queues import LEASE

BEAT = 1.0  # seconds between two signs of life


class Lost(Exception):
    """The work was handed to somebody else meanwhile: whatever this run does is undone."""


class Beat:
    """Hears how many rows were done. Once a second it keeps the lease, and calls `look` with the rows since the last time.

    `look` runs in the scope of the task, in a transaction of its own that is committed; what it raises ends the work.
    """

    def __init__(self, task: Task, look: Callable[[Session, int], None]) -> None:
        self._task, self._look = task, look
        self._beaten, self._rest = time.monotonic(), 0

    def __call__(self, rows: int) -> None:
        self._rest += rows
        if time.monotonic() - self._beaten >= BEAT:
            self.now()

    def now(self) -> None:
        """Beat at once. Raises Lost, and what `look` raises."""
        task = self._task
        mine = update(Outbox).where(
            Outbox.school_id == task.school_id, Outbox.id == task.id, Outbox.runs == task.runs, Outbox.done_at.is_(None)
        )
        with outside(), _door(task.school_id) as session:
            kept = session.execute(
                mine.values(due_at=func.now() + LEASE), execution_options={"synchronize_session": False}
            )  # fmt: skip
            if isinstance(kept, CursorResult) and not kept.rowcount:
                raise Lost
            self._look(session, self._rest)
            session.commit()
        _put_off_the_alarm()
        self._beaten, self._rest = time.monotonic(), 0


def _door(school_id: int) -> AbstractContextManager[Session]:
    return acting_for(school_id) if school_id else across_schools("work of the platform itself", routine=True)


def _put_off_the_alarm() -> None:
    """RQ ends a job after the time of one lease; one that shows that it goes on has another."""
    if threading.current_thread() is threading.main_thread() and signal.alarm(0):
        signal.alarm(int(LEASE.total_seconds()))
