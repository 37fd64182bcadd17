"""Write down, in the transaction of the change, what has to be done later."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

WAKE = "outbox"


def queue(
    conn: Connection[Any],
    job: str,
    subject: UUID | None = None,
    *,
    school_id: int,
    due: datetime | None = None,
    queue: str = "default",
) -> UUID:
    """Add one row and wake the relay at commit; returns the row's id. A rollback leaves neither."""
    row = conn.execute(
        "insert into outbox (school_id, job, subject, queue, due_at) values (%s, %s, %s, %s, coalesce(%s, now())) returning id",
        (school_id, job, subject, queue, due),
    ).fetchone()
    wake(conn)
    assert row is not None
    return UUID(str(row[0]))


def finish(conn: Connection[Any], school_id: int, row_id: UUID, *, again: datetime | None = None) -> None:
    """Close the row, or, when something of it is still open, leave it for the relay at `again`."""
    conn.execute(
        "update outbox set leased = false, error = null, due_at = coalesce(%(again)s, due_at),"
        " done_at = case when %(again)s::timestamptz is null then now() end where school_id = %(school)s and id = %(id)s",
        {"school": school_id, "id": row_id, "again": again},
    )
    wake(conn)


def wake(conn: Connection[Any]) -> None:
    """Tell the relay; it hears of it when the transaction commits, and polls in any case."""
    conn.execute("select pg_notify(%s, '')", (WAKE,))
