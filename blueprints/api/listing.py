"""A list of the API, declared once: what stands in it, what narrows it, in which order it is read, and who may.

Its statement, its page, its cursor and its description all come from the declaration. Each combination of filters is a
statement of its own, prepared when it is first asked for. PostgreSQL writes the JSON of each row: to make objects of rows, and
text of these again, would cost more than all else of a request (measured).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from marshmallow import Schema, fields
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from app.access.api_tokens import Scope
from app.access.who import Who
from app.tenancy.reading import Prepared, reading
from app.web.api.asking import Paged
from app.web.api.problems import ApiProblem, FieldError

_MOMENT = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""


@dataclass(frozen=True)
class Filter:
    """What narrows a list: `field` reads its value from the address, `where` compares it, as a `kind` of the database."""

    field: fields.Field[Any]
    where: Callable[[BindParameter[Any]], ColumnElement[bool]]
    kind: TypeEngine[Any] | type[TypeEngine[Any]]


@dataclass(frozen=True)
class Key:
    """A column that the list is sorted by: its name in the row, and what reads it from a cursor (ValueError, TypeError)."""

    name: str
    column: Any
    read: Callable[[Any], object]


@dataclass(frozen=True, eq=False)
class Listing:
    """`name` is its address below /api/v1, `things` the words for it in 'List …', `row` the NamedTuple that `select` gives.

    `keys` together are unique. `one` names the argument of the address of a single thing, where there is one. `values` gives
    what the statement needs beside the filters; None: the list is empty now.
    """

    name: str
    things: str
    group: str
    scope: Scope
    row: type[Any]
    select: Select[*tuple[Any, ...]]
    keys: tuple[Key, ...]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    one: str = ""
    thing: str = ""
    values: Callable[[Who], Mapping[str, object] | None] = lambda _: {}
    detail: str = ""
    is_personal: bool = True

    @property
    def query(self) -> type[Schema]:
        """What its address takes."""
        return Paged.from_dict({name: each.field for name, each in self.filters.items()}, name=f"{self.name}_query")


class Written(NamedTuple):
    """A row as JSON, and the values of its keys."""

    body: str
    keys: list[Any]


def page(listing: Listing, asked: Mapping[str, Any], who: Who) -> tuple[Sequence[str], list[Any] | None]:
    """The rows that are asked for as JSON, and the key of the last one where more follow. Raises ApiProblem for a foreign
    cursor."""
    given = {name: value for name, value in asked.items() if name in listing.filters and value is not None}
    cursor, limit = asked.get("cursor"), int(asked["limit"])
    values = listing.values(who)
    if values is None:
        return [], None
    after = _place(listing, cursor) if cursor is not None else {}
    statement = _prepared(listing, tuple(sorted(given)), cursor is not None)
    filters = {f"asked_{name}": value for name, value in given.items()}
    with reading() as driver:
        rows = statement.all(driver, **values, **filters, **after, rows=limit + 1)
    bodies = [row.body for row in rows[:limit]]
    return bodies, rows[limit - 1].keys if len(rows) > limit else None


def single(listing: Listing, thing_id: object, who: Who) -> str | None:
    """One thing of the list as JSON, None where the school has no such."""
    values = listing.values(who)
    if values is None:
        return None
    with reading() as driver:
        rows = _single(listing).all(driver, **values, asked_one=thing_id)
    return rows[0].body if rows else None


@lru_cache(maxsize=512)
def _prepared(listing: Listing, filters: tuple[str, ...], goes_on: bool) -> Prepared[Written]:
    """The statement of a page; `goes_on`: behind a cursor."""
    statement = _written(listing)
    for name in filters:
        asked = listing.filters[name]
        statement = statement.where(asked.where(bindparam(f"asked_{name}", type_=asked.kind)))
    columns = [key.column for key in listing.keys]
    if goes_on:
        last = [bindparam(f"after_{key.name}", type_=key.column.type) for key in listing.keys]
        statement = statement.where(tuple_(*columns) > tuple_(*last) if len(columns) > 1 else columns[0] > last[0])
    return Prepared(statement.order_by(*columns).limit(bindparam("rows", type_=Integer)), Written)


@lru_cache(maxsize=64)
def _single(listing: Listing) -> Prepared[Written]:
    (key,) = listing.keys
    return Prepared(_written(listing).where(key.column == bindparam("asked_one", type_=Uuid)), Written)


def _written(listing: Listing) -> Select[*tuple[Any, ...]]:
    """The select of a list, each row of it as JSON. Raises TypeError where it has other columns than the row."""
    columns = dict(listing.select.selected_columns.items())
    if tuple(columns) != listing.row._fields:
        raise TypeError(f"{listing.row.__name__} has the fields {listing.row._fields}, its select gives {tuple(columns)}")
    pairs = [part for name, column in columns.items() for part in (literal_column(f"'{name}'"), _as_said(column))]
    body = cast(func.json_build_object(*pairs), Text).label("body")
    keys = func.json_build_array(*(_as_said(key.column) for key in listing.keys)).label("keys")
    return listing.select.with_only_columns(body, keys, maintain_column_froms=True)


def _as_said(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as the API says it: moments in UTC, to the microsecond."""
    if isinstance(column.type, DateTime):
        return func.to_char(func.timezone(literal_column("'UTC'"), column), literal_column(_MOMENT))
    return column


def _place(listing: Listing, cursor: list[Any]) -> dict[str, object]:
    try:
        read = [key.read(part) for key, part in zip(listing.keys, cursor, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError):
        wrong: FieldError = {"parameter": "cursor", "detail": "Not a cursor of this list."}
        raise ApiProblem("invalid", errors=[wrong]) from None
    return {f"after_{key.name}": part for key, part in zip(listing.keys, read, strict=True)}
