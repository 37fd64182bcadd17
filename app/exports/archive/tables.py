"""A table as lines of text: one JSON object a row, in the order of their ids, made by PostgreSQL alone.

The text is that of PostgreSQL's jsonb (fields by the length of their names, then by their bytes; moments in UTC), so that the
same rows give the same bytes wherever they are. The number of the school is not in it: two schools with the same rows have the
same lines, and the same hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from typing import Any, NamedTuple

from psycopg import Cursor
from psycopg.rows import tuple_row
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from app.exports.archive.declared import SCHOOL_STAYS, TABLES, Declared, Fate
from app.tenancy.database import db
from app.tenancy.reading import Bulk
from app.tenancy.scope import current_scope

SCHOOL = "school"
CHUNK = 2000  # rows in memory at a time
SETTINGS = "SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex'; SET LOCAL datestyle = 'ISO'"
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_CURSORS = count()


class Column(NamedTuple):
    """A column by name, and its type in PostgreSQL's words."""

    name: str
    type: str


class Address(NamedTuple):
    """An account that members of the school have, by what identifies a person."""

    id: str
    address: str
    name: str
    language: str | None


def order() -> list[str]:
    """The tables that are brought in, each behind those it refers to; the school itself first."""
    return [SCHOOL, *(table.name for table in db.metadata.sorted_tables if _is(table, Fate.CARRIED))]


def annexes() -> list[str]:
    """The tables that travel as an annex of their own, by name."""
    return sorted(table.name for table in db.metadata.sorted_tables if _is(table, Fate.ANNEX) and not TABLES[table.name].file)


@cache
def columns(table: str) -> tuple[Column, ...]:
    """What of a table travels: the id first, then the others by name."""
    declared, stays = _declared(table), SCHOOL_STAYS if table == SCHOOL else {"school_id": "", **_declared(table).stays}
    found = {
        column.name: "TEXT" if column.name in declared.accounts else _type(column.type)
        for column in db.metadata.tables[table].columns
        if column.name not in stays
    }
    return tuple(Column(name, found[name]) for name in sorted(found, key=lambda name: (name != "id", name)))


@cache
def own_keys(table: str) -> tuple[str, ...]:
    """The columns of a table that refer to rows of the same table."""
    found = set()
    for key in db.metadata.tables[table].foreign_key_constraints:
        if key.referred_table.name == table:
            found |= {column.name for column in key.columns} - {"school_id", "id"}
    return tuple(sorted(found))


def schema() -> str:
    """A short name of the shape of everything that is brought in: two versions with the same one understand each other."""
    told = json.dumps([[name, columns(name)] for name in sorted(order())], separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@cache
def reading(table: str) -> Bulk:
    """The statement that gives a table's lines, of the current school; it takes `accounts` (JSON, by id)."""
    declared = _declared(table)
    parts = [
        f't{index}.address AS "{column.name}"' if (index := _index(declared, column.name)) else f't."{column.name}"'
        for column in columns(table)
    ]
    joins = "".join(
        f' LEFT JOIN json_to_recordset(%(accounts)s::json) t{index}(id uuid, address text) ON t{index}.id = t."{name}"'
        for index, name in enumerate(declared.accounts, 1)
    )
    ours = "t.id = %(school)s" if table == SCHOOL else "t.school_id = %(school)s"
    only = f" AND {declared.only}" if declared.only else ""
    ordered = "" if table == SCHOOL else " ORDER BY r.id"
    inner = f"SELECT {', '.join(parts)} FROM {table} t{joins} WHERE {ours}{only}"  # noqa: S608  names of ours
    return Bulk(f"SELECT to_jsonb(r)::text FROM ({inner}) r{ordered}")  # noqa: S608


@cache
def counting(table: str) -> Bulk:
    """The statement that says how many lines a table has."""
    declared = _declared(table)
    ours = "t.id = %(school)s" if table == SCHOOL else "t.school_id = %(school)s"
    only = f" AND {declared.only}" if declared.only else ""
    return Bulk(f"SELECT count(*) FROM {table} t WHERE {ours}{only}")  # noqa: S608


def lines(cursor: Cursor[Any], table: str, accounts: Sequence[Address], *, school_id: int | None = None) -> Iterator[bytes]:
    """The lines of a table, CHUNK in memory at a time, in the transaction of `cursor`, where SETTINGS hold.

    Inside a school its own; across schools those of `school_id`.
    """
    served = cursor.connection.cursor(f"archive_{next(_CURSORS)}", row_factory=tuple_row)
    served.itersize = CHUNK
    values = {"accounts": by_id(accounts)} if _declared(table).accounts else {}
    with served:
        run(reading(table), served, school_id, **values)
        for (text,) in served:
            yield f"{text}\n".encode()


def run(statement: Bulk, cursor: Cursor[Any], school_id: int | None, **values: object) -> Cursor[Any]:
    """Execute a statement for the school of the scope, or across schools for the one that is named."""
    if current_scope().is_across:
        assert school_id is not None
        return statement.run_across(cursor, school_id, **values)
    return statement.run(cursor, **values)


def by_id(accounts: Sequence[Address]) -> str:
    """The accounts as the statements take them."""
    return json.dumps([{"id": each.id, "address": each.address} for each in accounts])


def _declared(table: str) -> Declared:
    return Declared(Fate.CARRIED, shown="settings") if table == SCHOOL else TABLES[table]


def _is(table: Table, fate: Fate) -> bool:
    declared = TABLES.get(table.name)
    return declared is not None and declared.fate is fate


def _index(declared: Declared, column: str) -> int:
    return declared.accounts.index(column) + 1 if column in declared.accounts else 0


def _type(type_: Any) -> str:
    return str(type_.compile(dialect=_DIALECT)).partition(" COLLATE ")[0]
