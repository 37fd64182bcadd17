"""How many statements a request or a job has sent to the database: for the log, and pinned in tests."""

from __future__ import annotations

from contextvars import ContextVar

from sqlalchemy import Engine, event

_count: ContextVar[list[int] | None] = ContextVar("umthi_queries", default=None)


def start() -> None:
    """Begin to count, from nothing."""
    _count.set([0])


def note(*_: object) -> None:
    """One more statement."""
    if (count := _count.get()) is not None:
        count[0] += 1


def total() -> int:
    """How many since `start`."""
    count = _count.get()
    return count[0] if count else 0


def watch(engine: Engine) -> None:
    """Count what SQLAlchemy sends on this engine; what goes past it says `note()` itself."""
    event.listen(engine, "before_cursor_execute", note)
