"""Rows of a dataset that one select gives: for Python one by one, for CSV written by PostgreSQL itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from psycopg import Cursor
from psycopg.abc import Buffer
from sqlalchemy import ColumnElement, Select

from app.tenancy.reading import Prepared

Row = TypeVar("Row", bound=NamedTuple)
Values = Mapping[str, object]


class Selected:
    """The `rows` of a Dataset: `choose` gives the select for these filters, and the values that it is run with."""

    def __init__(self, choose: Callable[[Values], tuple[Prepared[Any], Values]]) -> None:
        self._choose = choose

    def __call__(self, cursor: Cursor[Any], filters: Values) -> Iterator[Sequence[object]]:
        """The rows one by one, on a cursor of `reading()`."""
        prepared, values = self._choose(filters)
        return prepared.stream(cursor, **values)

    def copied(self, cursor: Cursor[Any], filters: Values, cells: Sequence[str], said: Mapping[str, str]) -> Iterator[Buffer]:
        """The rows as lines of CSV, as `Prepared.copied` says."""
        prepared, values = self._choose(filters)
        return prepared.copied(cursor, cells, said, **values)

    def count(self, cursor: Cursor[Any], filters: Values, most: int) -> int:
        """How many there are, counted up to `most`."""
        prepared, values = self._choose(filters)
        return prepared.count(cursor, most, **values)

    def guess(self, cursor: Cursor[Any], filters: Values) -> int:
        """About how many there are."""
        prepared, values = self._choose(filters)
        return prepared.guess(cursor, **values)


def selected(
    statement: Select[*tuple[Any, ...]],
    row: type[Row],
    wheres: Mapping[str, ColumnElement[bool]] | None = None,
    values: Callable[[], Values] = dict,
) -> Selected:
    """The rows of a select, as `row` names its columns, narrowed by those conditions whose filter is set.

    A condition names its value `bindparam(<the filter's name>)`; `values` gives what else the select is run with.
    """
    conditions = wheres or {}

    @cache
    def prepared(names: frozenset[str]) -> Prepared[Row]:
        return Prepared(statement.where(*(conditions[name] for name in sorted(names))), row)

    prepared(frozenset())  # so that what cannot be walled is refused when the application starts
    return Selected(lambda filters: (prepared(frozenset(filters)), {**filters, **values()}))
