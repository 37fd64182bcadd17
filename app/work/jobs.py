"""What a job is: a name, and a function that is given its outbox row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from flask import Flask

from app.work.closed import Watch

BUDGET = 12.0  # seconds: a job stops taking on work then, so that it ends well inside its lease


@dataclass(frozen=True)
class Task:
    """One outbox row in the hands of a worker. `school_id` 0 is the platform's own work."""

    school_id: int
    id: UUID
    name: str
    subject: UUID | None
    runs: int
    deadline: float = field(default_factory=lambda: time.monotonic() + BUDGET)
    watch: Watch = field(default_factory=Watch)

    def time_left(self) -> float:
        """Seconds in which this run may still take on something new; none any more a second after its school closed."""
        return self.deadline - time.monotonic() if self.watch.is_open(self.school_id) else 0.0


class UnknownJob(LookupError):
    """A name that no area and no part of the core has declared."""


Run = Callable[[Task], datetime | None]


@dataclass(frozen=True)
class Job:
    """`run` returns None when the row is done, or the moment at which it has to go on."""

    name: str
    run: Run


def job(name: str) -> Callable[[Run], Job]:
    """Make a function a job; an area lists it in `Area.jobs`, the core in `app.work.runner`."""

    def declare(function: Run) -> Job:
        return Job(name, function)

    return declare


def register(app: Flask, jobs: Iterable[Job]) -> None:
    """Make jobs known to the application. Raises ValueError for a name that is taken."""
    known: dict[str, Job] = app.extensions.setdefault("jobs", {})
    for entry in jobs:
        if entry.name in known:
            raise ValueError(f"two jobs are called {entry.name}")
        known[entry.name] = entry


def jobs_of(app: Flask) -> dict[str, Job]:
    """Every job of an application by its name."""
    jobs: dict[str, Job] = app.extensions["jobs"]
    return jobs
