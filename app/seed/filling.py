"""Many rows in one statement, for the current school; a row that is there already stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from app.tenancy.database import Model
from app.tenancy.reading import DIALECT, Bulk, driving


def fill(model: type[Model], rows: Sequence[dict[str, Any]]) -> int:
    """Add the rows that are missing, each a value by column name (all rows the same columns); returns how many were."""
    if not rows:
        return 0
    columns = tuple(rows[0])
    table = model.__table__
    assert isinstance(table, Table)
    jsons = {name for name in columns if isinstance(table.c[name].type, JSONB)}
    values = {name: [json.dumps(row[name]) if name in jsons else row[name] for row in rows] for name in columns}
    with driving() as cursor:
        return _statement(table, columns).run(cursor, **values).rowcount


@cache
def _statement(table: Table, columns: tuple[str, ...]) -> Bulk:
    arrays = ", ".join(f"%({name})s::{table.c[name].type.compile(dialect=DIALECT)}[]" for name in columns)
    return Bulk(
        f"INSERT INTO {table.name} (school_id, {', '.join(columns)})"  # noqa: S608  names of our own tables
        f" SELECT %(school)s, filled.* FROM unnest({arrays}) AS filled ON CONFLICT DO NOTHING"
    )
