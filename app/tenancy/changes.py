"""Which tables a transaction has changed, as PostgreSQL itself knows it: by the locks that only a change takes."""

from __future__ import annotations

from app.tenancy.reading import driving

# ORM, Core, text, COPY and MERGE all take ROW EXCLUSIVE; SELECT … FOR UPDATE takes less, and a change of no row gets no number.
_CHANGED = """
SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
  AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND pg_current_xact_id_if_assigned() IS NOT NULL
"""


def changed_tables() -> frozenset[str]:
    """The names of the tables in which the transaction of the current scope's session has inserted, updated or deleted."""
    with driving() as cursor:
        return frozenset(row.relname for row in cursor.execute(_CHANGED))
