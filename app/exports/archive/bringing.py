"""Bringing an archive into an empty school: all of it in one transaction, then read back and held against the file.

Whatever is wrong with it is raised with its file and line, and the transaction ends: nothing partial stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import zip_longest
from typing import Any, NamedTuple

from psycopg import Cursor, DataError, IntegrityError, errors
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import lifecycle
from app.exports.archive import tables
from app.exports.archive.accounts import tie
from app.exports.archive.declared import TABLES
from app.exports.archive.emptiness import make_way, refuse_filled
from app.exports.archive.manifest import CARRIED, Part
from app.exports.archive.opening import Opened
from app.exports.archive.tables import SCHOOL, SETTINGS
from app.exports.archive.wrong import Wrong
from app.models.notice import Notice
from app.models.school import SchoolState
from app.tenancy.reading import Bulk, driving

AT_ONCE = 1000  # rows of a statement
BYTES = 4 << 20  # of a statement
#: what a row can be refused for by the database
REFUSALS = (DataError, IntegrityError, errors.ProgramLimitExceeded, errors.RaiseException)
Told = Callable[[int], None]
Batch = list[tuple[int, bytes]]


class Table(NamedTuple):
    """A table that was brought in: its rows, and the SHA-256 that its rows have here, equal to that of the file."""

    name: str
    rows: int
    sha256: str


class Brought(NamedTuple):
    """What was brought in: the tables, how many accounts there are and how many of them are new, who gave way, what waits."""

    tables: list[Table]
    accounts: int
    new_accounts: int
    gave_way: int
    unsent: int


def bring_in(session: Session, school_id: int, opened: Opened, *, told: Told = lambda _: None) -> Brought:
    """Write every table of the archive into an empty school, in the caller's transaction; `told` hears of rows, twice each.

    Needs `across_schools`, and an archive that was checked. Raises Wrong and NoSuchSchool; then the caller rolls back.
    """
    refuse_suspended(session, school_id)
    with driving() as cursor:
        cursor.execute(SETTINGS)
        refuse_filled(cursor, school_id)
        gave_way = make_way(cursor, school_id)
        tied = tie(session, opened)
        session.flush()
        values: dict[str, object] = {"accounts": tables.by_id(tied.accounts)}
        parts = opened.manifest.carried()
        for table in tables.order():
            _write_table(cursor, school_id, opened, parts[table], values, told)
        brought = [_compare(cursor, school_id, opened, parts[table], tied.accounts, told) for table in tables.order()]
    unsent = session.scalar(
        select(func.count(Notice.id)).where(
            Notice.school_id == school_id, Notice.starts_at > func.now(), Notice.removed_at.is_(None)
        )
    )  # fmt: skip
    return Brought(brought, len(tied.accounts), tied.new, gave_way, unsent or 0)


def refuse_suspended(session: Session, school_id: int) -> None:
    """Hold the school until the transaction ends. Raises Wrong for one that is suspended, and NoSuchSchool."""
    if lifecycle.find(session, school_id, hold=True).state == SchoolState.DISABLED:
        raise Wrong("suspended")


def _write_table(
    cursor: Cursor[Any], school_id: int, opened: Opened, part: Part, values: dict[str, object], told: Told
) -> None:
    """Add the rows of a table; what refers to other rows of it is filled in when all of them are there."""
    more = values if part.name in TABLES and TABLES[part.name].accounts else {}
    for batch in _batches(opened, part):
        _run(cursor, adding(part.name), school_id, part, batch, more)
        told(len(batch))
    if own := tables.own_keys(part.name):
        for batch in _batches(opened, part):
            if refers := [(number, line) for number, line in batch if _refers(line, own)]:
                _run(cursor, referring(part.name), school_id, part, refers, {})


def _run(cursor: Cursor[Any], statement: Bulk, school_id: int, part: Part, batch: Batch, more: dict[str, object]) -> None:
    """Run a statement for some rows; where the database refuses them, find the first one that it refuses. Raises Wrong."""
    cursor.execute("SAVEPOINT archive_rows")
    try:
        rows = "[" + ",".join(line.decode() for _, line in batch) + "]"
        statement.run_across(cursor, school_id, rows=rows, **more)
    except REFUSALS as fault:
        cursor.execute("ROLLBACK TO SAVEPOINT archive_rows")
        if len(batch) == 1:
            raise _wrong(fault, part, batch[0][0]) from None
        for each in batch:
            _run(cursor, statement, school_id, part, [each], more)
    cursor.execute("RELEASE SAVEPOINT archive_rows")


def _compare(
    cursor: Cursor[Any], school_id: int, opened: Opened, part: Part, accounts: list[tables.Address], told: Told
) -> Table:
    """Read a table back and hold it against the file, line by line. Raises Wrong at the first one that differs."""
    digest, number = hashlib.sha256(), 0
    written = tables.lines(cursor, part.name, accounts, school_id=school_id)
    for number, (ours, theirs) in enumerate(zip_longest(written, opened.lines(part)), 1):
        if ours is None or ours != theirs:
            raise Wrong("differs", file=part.path, line=number)
        digest.update(ours)
        told(1)
    if digest.hexdigest() != part.sha256:
        raise Wrong("hash", file=part.path)
    return Table(part.name, number, digest.hexdigest())


@cache
def adding(table: str) -> Bulk:
    """The statement that adds `rows` (a JSON list) to a table, without what refers to other rows of it."""
    columns = tables.columns(table)
    shape = ", ".join(f'"{column.name}" {column.type}' for column in columns)
    if table == SCHOOL:
        into = ", ".join(f'"{column.name}"' for column in columns)
        values = ", ".join(f'r."{column.name}"' for column in columns)
        return Bulk(
            f"UPDATE school t SET ({into}) = ROW ({values}) FROM jsonb_to_recordset(%(rows)s::jsonb) r({shape})"  # noqa: S608
            " WHERE t.id = %(school)s"
        )
    accounts, own = TABLES[table].accounts, tables.own_keys(table)
    names = [column.name for column in columns if column.name not in own]
    into = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f"a{accounts.index(name)}.id" if name in accounts else f'r."{name}"' for name in names)
    joins = "".join(
        f' LEFT JOIN json_to_recordset(%(accounts)s::json) a{index}(id uuid, address text) ON a{index}.address = r."{name}"'
        for index, name in enumerate(accounts)
    )
    return Bulk(
        f"INSERT INTO {table} (school_id, {into}) SELECT ours.school_id, {values}"  # noqa: S608
        f" FROM (SELECT %(school)s::int AS school_id) ours CROSS JOIN jsonb_to_recordset(%(rows)s::jsonb) r({shape}){joins}"
    )


@cache
def referring(table: str) -> Bulk:
    """The statement that fills in what of `rows` refers to other rows of the same table."""
    own, types = tables.own_keys(table), dict(tables.columns(table))
    shape = ", ".join(f'"{name}" {types[name]}' for name in ("id", *own))
    sets = ", ".join(f'"{name}" = r."{name}"' for name in own)
    return Bulk(
        f"UPDATE {table} t SET {sets} FROM jsonb_to_recordset(%(rows)s::jsonb) r({shape})"  # noqa: S608
        " WHERE t.school_id = %(school)s AND t.id = r.id"
    )


def _batches(opened: Opened, part: Part) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    assert part.kind == CARRIED
    for number, line in enumerate(opened.lines(part), 1):
        batch.append((number, line))
        size += len(line)
        if len(batch) >= AT_ONCE or size >= BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _refers(line: bytes, own: tuple[str, ...]) -> bool:
    """Whether a line may refer to another row of its table: what it does not is null."""
    return any(f'"{name}": null'.encode() not in line for name in own)


def _wrong(fault: Exception, part: Part, line: int) -> Wrong:
    """What a refusal of the database means, without the values in it."""
    diagnosis = getattr(fault, "diag", None)
    detail = str(getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "column_name", None) or type(fault).__name__)
    match fault:
        case errors.ForeignKeyViolation():
            return Wrong("outside", file=part.path, line=line, detail=detail)
        case errors.UniqueViolation():
            return Wrong("unique", file=part.path, line=line, detail=detail)
    return Wrong("value", file=part.path, line=line, detail=detail)
