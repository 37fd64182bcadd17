"""A database for each test without making one: what the last test changed is put back, and a new copy is made only where that is
not sure to be the same (somebody changed tables, rights or statistics, or a row stands in a way).

A copy and the first statements on its new connections take 60 ms, putting back takes 5. What changed is told by the transactions
that wrote the rows, so that no test has to say anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from app.local.testing import Run

LARGE = 1_000  # rows: what was deleted of a table that grew above is cleared away at once
OFTEN = 100  # washes, after which what was deleted is cleared away
#: whatever else a test may leave behind in a database besides rows
SCHEMA = """
SELECT (SELECT array_agg(nspname::text ORDER BY 1) FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)'),
    (SELECT sum(hashtextextended(concat_ws(' ', relname, relkind, relacl, relrowsecurity, relforcerowsecurity), 0))
        FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT sum(hashtextextended(concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef, attacl), 0))
        FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0),
    (SELECT sum(hashtextextended(concat_ws(' ', adrelid, adbin), 0)) FROM pg_attrdef),
    (SELECT sum(hashtextextended(concat_ws(' ', tgrelid, tgname, tgenabled), 0)) FROM pg_trigger),
    (SELECT sum(hashtextextended(concat_ws(' ', polrelid, polname, polqual, polwithcheck), 0)) FROM pg_policy),
    (SELECT sum(hashtextextended(concat_ws(' ', oid, prosrc, proacl), 0)) FROM pg_proc WHERE oid >= 16384),
    (SELECT sum(hashtextextended(concat_ws(' ', oid, conname, convalidated), 0)) FROM pg_constraint WHERE oid >= 16384),
    (SELECT sum(hashtextextended(concat_ws(' ', indexrelid, indisvalid), 0)) FROM pg_index WHERE indexrelid >= 16384),
    (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384), (SELECT count(*) FROM pg_extension),
    (SELECT array_agg(setconfig::text) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
        WHERE datname = current_database())
"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
SEQUENCES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY 1"
#: a test that forgot to end a transaction holds locks
END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> ALL (ARRAY[pg_backend_pid(), %(hands)s]) AND state <> 'idle'
"""


@dataclass
class Laundry:
    """The database `name` of a test run, which holds what the database `of` holds at the beginning of each test."""

    run: Run
    name: str
    of: str = ""
    washes: int = 0
    made: int = 0
    _line: psycopg.Connection[Any] | None = None
    _hands: psycopg.Connection[Any] | None = None
    _schema: Any = None
    _look: str = ""
    _rows: dict[str, Any] = field(default_factory=dict)
    _clean: dict[str, bytes] = field(default_factory=dict)
    _counters: str = ""

    def fresh(self, of: str) -> bool:
        """Make it what `of` is; returns whether it was put back (False: it is a new copy, and its old connections are gone)."""
        if self.of == of and self._line is not None:
            try:
                if self._washed(self._line):
                    return True
            except psycopg.Error:
                pass  # a new copy takes the place of what cannot be put back
        self._copy(of)
        return False

    def end(self) -> None:
        """Drop it."""
        self._hang_up()
        self.run.drop(self.name)

    def _copy(self, of: str) -> None:
        self.end()
        self.of, self.made = of, self.made + 1
        address = self.run.as_superuser(self.run.copy(self.name, of=of))
        self._line = line = psycopg.connect(address, autocommit=True, prepare_threshold=1)
        # Neither triggers nor keys. On a line of its own, for to set this forgets every plan.
        self._hands = psycopg.connect(address, options="-c session_replication_role=replica -c lock_timeout=2s")
        tables = [row[0] for row in line.execute(TABLES)]
        self._look = _look_at(tables)
        self._clean = {table: self._taken_out(line, table) for table in tables}
        names = [row[0] for row in line.execute(SEQUENCES)]
        counters = " UNION ALL ".join(f"SELECT '{name}', last_value, is_called FROM {name}" for name in names)
        self._counters = "SELECT " + ", ".join(
            f"setval('{name}', {value}, {called})" for name, value, called in line.execute(counters).fetchall()
        )
        self._rows, self._schema = self._state(line, self._look), line.execute(SCHEMA).fetchone()

    def _washed(self, line: psycopg.Connection[Any]) -> bool:
        assert self._hands
        line.execute(END_OTHERS, {"hands": self._hands.info.backend_pid})
        if line.execute(SCHEMA).fetchone() != self._schema:
            return False
        now = self._state(line, self._look)
        changed = [table for table, state in now.items() if state != self._rows[table]]
        if changed:
            with self._hands.transaction():
                for table in changed:
                    self._put_back(self._hands, table)
            for table in (each for each in changed if now[each][0] > LARGE):
                line.execute(sql.SQL("VACUUM {}").format(sql.Identifier(table)))
        line.execute(self._counters)
        self.washes += 1
        if self.washes % OFTEN == 0:
            line.execute("VACUUM")
        if changed:
            self._rows |= self._state(line, _look_at(changed))
        return True

    def _put_back(self, line: psycopg.Connection[Any], table: str) -> None:
        name = sql.Identifier(table)
        line.execute(sql.SQL("DELETE FROM {}").format(name))
        with line.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(name)) as into:
            into.write(self._clean[table])

    def _state(self, line: psycopg.Connection[Any], look: str) -> dict[str, Any]:
        return {row[0]: row[1:] for row in line.execute(look).fetchall()}

    def _taken_out(self, line: psycopg.Connection[Any], table: str) -> bytes:
        with (
            line.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))) as out,
        ):
            return b"".join(bytes(piece) for piece in out)

    def _hang_up(self) -> None:
        for line in filter(None, (self._line, self._hands)):
            line.close()
        self._line = self._hands = None


def digest(line: psycopg.Connection[Any], tables: Iterable[str]) -> dict[str, str]:
    """What stands in tables, whatever the order and the transactions: for the test of the laundry itself."""
    found = {}
    for table in tables:
        rows = line.execute(sql.SQL("SELECT to_jsonb(t)::text FROM {} t ORDER BY 1").format(sql.Identifier(table))).fetchall()
        found[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def _look_at(tables: Iterable[str]) -> str:
    """What says of each of the tables how many rows it has, and which transactions wrote them."""
    return " UNION ALL ".join(f"SELECT '{name}', count(*), coalesce(sum(xmin::text::bigint), 0) FROM {name}" for name in tables)
