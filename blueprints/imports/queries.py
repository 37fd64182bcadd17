"""What the pages of imports read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, func, literal_column, or_, select

from app.models.roster import ImportState, RosterImport, RosterRow, RowResult
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

SAMPLES = 3  # rows that show what a column holds
LAST = UUID(int=2**128 - 1)


class ImportLine(NamedTuple):
    """An import of the list."""

    id: UUID
    file_name: str
    state: str
    total: int
    done: int
    counts: dict[str, int]
    by_name: str
    created_at: dt.datetime
    moved_at: dt.datetime | None


class RowLine(NamedTuple):
    """A row with what it came to."""

    number: int
    cells: list[str]
    result: str
    problems: list[Any]
    plan: dict[str, Any]
    done_at: dt.datetime | None


class _Number(NamedTuple):
    number: int


_IMPORTS = Prepared(
    select(
        RosterImport.id, RosterImport.file_name, RosterImport.state, RosterImport.total, RosterImport.done, RosterImport.counts,
        RosterImport.by_name, RosterImport.created_at, RosterImport.moved_at,
    )
    .where(RosterImport.id < bindparam("before", type_=Uuid))
    .order_by(RosterImport.id.desc())
    .limit(literal_column(str(PAGE + 1))),
    ImportLine,
)  # fmt: skip
_ROWS = Prepared(
    select(
        RosterRow.number, RosterRow.cells, RosterRow.result, RosterRow.problems, RosterRow.plan, RosterRow.done_at
    )
    .where(
        RosterRow.import_id == bindparam("import", type_=Uuid), RosterRow.number > bindparam("after"),
        or_(bindparam("result", type_=Text) == "", RosterRow.result == bindparam("result", type_=Text)),
    )
    .order_by(RosterRow.number)
    .limit(bindparam("most")),
    RowLine,
)  # fmt: skip
_LEFT_OUT = Prepared(
    select(RosterRow.number, RosterRow.cells, RosterRow.result, RosterRow.problems, RosterRow.plan, RosterRow.done_at)
    .where(
        RosterRow.import_id == bindparam("import", type_=Uuid),
        RosterRow.result.in_([RowResult.WRONG.value, RowResult.ASK.value]),
        RosterRow.done_at.is_(None),
        or_(RosterRow.result == RowResult.WRONG.value, ~RosterRow.plan.has_key("decision")),
    )
    .order_by(RosterRow.number),
    RowLine,
)
_OPEN = Prepared(
    select(func.count().label("number")).where(
        RosterRow.import_id == bindparam("import", type_=Uuid), RosterRow.result == RowResult.ASK.value,
        ~RosterRow.plan.has_key("decision"),
    ),
    _Number,
)  # fmt: skip


def imports(after: Key | None) -> Page[ImportLine]:
    """The newest imports, or those before a place."""
    with reading() as cursor:
        rows = _IMPORTS.all(cursor, before=after[0] if after else LAST)
    return cut(rows, lambda row: (row.id,))


def one(import_id: UUID, *, held: bool = False) -> RosterImport | None:
    """An import of the current school; `held` until the transaction ends, for whoever changes it."""
    found = select(RosterImport).where(RosterImport.id == import_id)
    return db.session.scalar(found.with_for_update() if held else found)


def rows(import_id: UUID, result: str, after: Key | None) -> Page[RowLine]:
    """The first rows that came to a result ("": to any), or those after a place."""
    values = {"import": import_id, "after": after[0] if after else 0, "result": result, "most": PAGE + 1}
    with reading() as cursor:
        return cut(_ROWS.all(cursor, **values), lambda row: (row.number,))


def samples(import_id: UUID) -> Sequence[RowLine]:
    """A few rows, so that somebody sees what a column holds."""
    values = {"import": import_id, "after": 0, "result": "", "most": SAMPLES}
    with reading() as cursor:
        return _ROWS.all(cursor, **values)


def left_out(import_id: UUID) -> list[RowLine]:
    """The rows that are wrong, or about which nobody has decided."""
    with reading() as cursor:
        return list(_LEFT_OUT.stream(cursor, **{"import": import_id}))


def undecided(import_id: UUID) -> int:
    """How many rows wait for a decision."""
    with reading() as cursor:
        return _OPEN.all(cursor, **{"import": import_id})[0].number


def done_before(work: RosterImport) -> RosterImport | None:
    """The last import that did a file with the very same bytes, and still stands."""
    same = select(RosterImport).where(
        RosterImport.sha256 == work.sha256, RosterImport.id < work.id, RosterImport.state == ImportState.DONE.value
    )
    return db.session.scalar(same.order_by(RosterImport.id.desc()).limit(1))
