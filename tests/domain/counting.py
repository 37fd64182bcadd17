"""What the tests of rollups look at: every number that was counted, without when it was."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg

from app.domain import rollups
from app.tenancy.doors import across_schools
from app.work.jobs import Task

Counted = dict[tuple[Any, ...], tuple[Any, ...]]


def counted(sql: psycopg.Connection[Any]) -> Counted:
    """Every metric and every bucket, of the schools and of the platform, by what it is."""
    found: Counted = {}
    for query, size in (
        ("SELECT 'metric', school_id, name, number, moment FROM metric", 3),
        ("SELECT 'platform', name, number, schools, moment FROM platform_metric WHERE name NOT LIKE 'rollups.%'", 2),
        ("SELECT 'bucket', school_id, span, begins_at, name, number FROM metric_bucket", 5),
        ("SELECT 'platform', span, begins_at, name, number FROM platform_bucket", 4),
    ):
        found |= {tuple(row[:size]): tuple(row[size:]) for row in sql.execute(query).fetchall()}
    return found


def refresh_changed() -> None:
    """What the job of every 15 seconds does."""
    _run(rollups.refresh_changed.run, "rollups.refresh")


def rebuild_all() -> None:
    """What the job of every hour does."""
    _run(rollups.rebuild_all.run, "rollups.rebuild")


def rebuild() -> int:
    """Count everything, from the rows."""
    with across_schools("test") as session:
        number = rollups.rebuild(session)
        session.commit()
    return number


def refresh(*schools: int) -> None:
    """What a deed does for its school."""
    with across_schools("test") as session:
        rollups.refresh(session, schools)
        session.commit()


def _run(job: Any, name: str) -> None:
    with across_schools("test", routine=True) as session:
        while job(Task(0, uuid4(), name, None, 1)) is not None:
            pass
        session.commit()
