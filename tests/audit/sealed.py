"""Logs with seals, and a hand that tampers with them: only the owner of the tables, with the triggers off, can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.access.actor import Actor
from app.audit.canonical import Stream
from app.audit.findings import Report
from app.audit.record import Target, record, record_platform
from app.audit.sealing import seal_all
from app.audit.verifying import verify
from app.tenancy.doors import across_schools, acting_for

NALEDI = Actor("user", None, "Naledi Mokoena")
THABA, PLATFORM = Stream(1), Stream(None)
TABLES = (
    "audit_event", "audit_value", "audit_seal", "audit_checkpoint", "platform_event", "platform_value", "platform_seal",
    "platform_checkpoint",
)  # fmt: skip


def add(stream: Stream, *labels: str, by: Actor = NALEDI) -> None:
    """Record an event for each label, each in a transaction of its own."""
    for label in labels:
        if stream.school_id is None:
            record_platform("operator.add", Target("app_user", 7), label=label, by=by)
            continue
        with acting_for(stream.school_id) as session:
            record("notices.edit", Target("notice", 7), label=label, by=by, before={"title": "A"}, after={"title": label})
            session.commit()


def seal(**options) -> bool:
    """Close everything that can be closed."""
    with across_schools("test", routine=True):
        return seal_all(**options)


def check(stream: Stream = THABA, **options) -> Report:
    with across_schools("test", routine=True):
        return verify(stream, **options)


def found(report: Report) -> list[tuple[str, int | None, int | None]]:
    """What is wrong: kind, seal, event."""
    return [(fault.kind.value, fault.seal, fault.seq) for fault in report.faults]


def seqs(sql, stream: Stream = THABA) -> list[int]:
    """The numbers of the events of a log."""
    where = "platform_event" if stream.school_id is None else f"audit_event WHERE school_id = {stream.school_id}"
    return [row[0] for row in sql.execute(f"SELECT seq FROM {where} ORDER BY xid, seq").fetchall()]


@contextmanager
def tampering(sql) -> Iterator[None]:
    """No trigger refuses anything inside."""
    for table in TABLES:
        sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in TABLES:
        sql.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
