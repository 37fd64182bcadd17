"""What the database says of its own tables: their columns, and which key leads from which to which.

What walks along keys asks here, so that a table that came yesterday is walked to like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from psycopg import Cursor

from app.tenancy.reading import Bulk
from app.tenancy.scope import current_scope

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_COLUMNS = """
SELECT c.relname::text AS table_name, a.attname::text AS name, format_type(a.atttypid, NULL) AS kind,
  NOT a.attnotnull AS is_nullable,
  EXISTS (SELECT FROM pg_constraint k
    WHERE k.conrelid = c.oid AND k.contype IN ('c', 'p', 'u', 'f') AND a.attnum = ANY (k.conkey)) AS is_bound,
  has_table_privilege(c.oid, 'SELECT') AS may_read, has_column_privilege(c.oid, a.attnum, 'UPDATE') AS is_ours
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND EXISTS (
  SELECT FROM pg_attribute s WHERE s.attrelid = c.oid AND s.attname = 'school_id' AND NOT s.attisdropped)
ORDER BY c.relname, a.attnum
"""
_KEYS = """
SELECT f.conrelid::regclass::text AS of_table, m.attname::text AS of_column, f.confrelid::regclass::text AS target
FROM pg_constraint f, unnest(f.conkey, f.confkey) k (mine, theirs), pg_attribute m, pg_attribute o
WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace AND m.attrelid = f.conrelid AND m.attnum = k.mine
  AND o.attrelid = f.confrelid AND o.attnum = k.theirs AND o.attname = 'id' AND m.attname <> 'school_id'
ORDER BY 1, 2
"""


class Column(NamedTuple):
    """A column; `is_bound`: a check, a unique or a foreign key limits it; `is_ours`: the current role may change it."""

    name: str
    type: str
    is_nullable: bool
    is_bound: bool
    is_ours: bool


class Key(NamedTuple):
    """A foreign key: `column` of `table` holds the id of a row of `target`."""

    table: str
    column: str
    target: str


class Tables(NamedTuple):
    """The tables of the schools with their columns, those of the platform, and every key. `readable`: by the current role."""

    columns: dict[str, dict[str, Column]]
    readable: frozenset[str]
    keys: tuple[Key, ...]

    def keys_to(self, target: str) -> Iterator[Key]:
        """The keys of tables of schools that lead to a table."""
        return (key for key in self.keys if key.target == target and key.table in self.columns)

    def keys_of(self, table: str) -> dict[str, str]:
        """Column to table, of the keys that lead from a table."""
        return {key.column: key.target for key in self.keys if key.table == table}

    def tie(self, columns: Iterable[str]) -> str:
        """The condition on `t`, an alias, that keeps it to the school; said once more for each column with the name of a table.

        Bulk counts names: a column that is called like a table is one more to it.
        """
        return " AND ".join(["t.school_id = %(school)s"] * (1 + sum(name in self.columns for name in columns)))

    def texts_of(self, table: str) -> list[Column]:
        """The columns of a table in which words can stand."""
        words = ("text", "jsonb", "json", "character varying", "text[]")
        return [column for column in self.columns[table].values() if column.type in words]


def tables(cursor: Cursor[Any]) -> Tables:
    """Read the catalogue, on a cursor of `driving()`: whatever stands there, of the school's tables."""
    columns: dict[str, dict[str, Column]] = {}
    readable = set()
    for table, name, kind, is_nullable, is_bound, may_read, is_ours in cursor.execute(_COLUMNS).fetchall():
        columns.setdefault(checked(table), {})[name] = Column(checked(name), kind, is_nullable, is_bound, is_ours)
        if may_read:
            readable.add(table)
    keys = tuple(Key(*row) for row in cursor.execute(_KEYS).fetchall())
    return Tables(columns, frozenset(readable), keys)


def checked(name: str) -> str:
    """A name of the catalogue that can stand in a statement as it is. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of ours")
    return name


class Hand:
    """Runs statements about one school, in a transaction of that school or, with its number, in one of the platform.

    Whoever walks along keys writes statements from the catalogue's names; each keeps to the school as every Bulk does.
    """

    def __init__(self, cursor: Cursor[Any], school_id: int | None = None) -> None:
        self.cursor, self.school_id = cursor, school_id
        if current_scope().is_across and school_id is None:
            raise ValueError("across schools the school has to be named")

    def run(self, sql: str, **values: object) -> Cursor[Any]:
        """Execute it; returns the cursor."""
        bulk = _bulk(sql)
        if self.school_id is None:
            return bulk.run(self.cursor, **values)
        return bulk.run_across(self.cursor, self.school_id, **values)

    def rows(self, sql: str, **values: object) -> list[Any]:
        """The rows of the answer."""
        return self.run(sql, **values).fetchall()

    def number(self, sql: str, **values: object) -> int:
        """How many rows a statement changed."""
        return self.run(sql, **values).rowcount


@cache
def _bulk(sql: str) -> Bulk:
    return Bulk(sql)
