"""What can be taken out of the product: each area declares its datasets, and no writer knows one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from flask import Flask
from psycopg import Cursor

from app.access.permissions import Permission
from app.exports.filters import one_of
from app.exports.selected import Selected

__all__ = ["Column", "Dataset", "Kind", "Row", "Selected", "UnknownFilter", "datasets_of", "one_of", "register"]


class Kind(StrEnum):
    """What stands in a column: `word` is a key with its word in the reader's language, `money` whole cents of the school's,
    `share` tenths of a percent, `day` a date or its ISO text."""

    TEXT = "text"
    WORD = "word"
    INTEGER = "integer"
    MOMENT = "moment"
    MONEY = "money"
    SHARE = "share"
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """One column: its key for machines, its label (marked N_) for people.

    `words` has the message of each key of a `word`; without it the value is such a message itself.
    """

    key: str
    label: str
    kind: Kind = Kind.TEXT
    words: Mapping[str, str] | None = None

    def message(self, value: str) -> str:
        """The message, to be translated, for a value of a `word`; a key without one is shown as it is."""
        return value if self.words is None else self.words.get(value, value)


Row = Sequence[object]
Rows = Callable[[Cursor[Any], Mapping[str, Any]], Iterator[Row]]
Tick = Callable[[int], None]
COUNTED = 10_000  # rows: what is longer is estimated


class Length(NamedTuple):
    """How many rows there are: `rows` None is more than COUNTED and not known; exact, or as PostgreSQL plans for them."""

    rows: int | None
    is_exact: bool


@dataclass(frozen=True)
class Dataset:
    """Rows of the current school that a person with `permission` may take out; `label` is what people call it.

    `rows(cursor, filters)` gives them one by one, on a cursor of `reading()`, each with a value for every column; those that
    are Selected PostgreSQL writes as CSV itself. `filters` has what an export can be narrowed by: a name, and what reads its
    value from an address (ValueError for one that is none); forms ask for those that are a Filter.
    `is_guarded`: it says who people are and how to reach them, so whoever takes it out proves anew who they are.
    """

    name: str
    label: str
    permission: Permission
    columns: tuple[Column, ...]
    rows: Rows
    filters: Mapping[str, Callable[[str], object]] = field(default_factory=dict)
    is_guarded: bool = False

    def narrowed(self, asked: Mapping[str, str]) -> dict[str, object]:
        """The filters that an address asks for, read; what is empty narrows nothing. Raises UnknownFilter."""
        found = {}
        for name, value in asked.items():
            if not value:
                continue
            try:
                found[name] = self.filters[name](value)
            except (KeyError, ValueError):
                raise UnknownFilter(name) from None
        return found

    def length(self, cursor: Cursor[Any], filters: Mapping[str, Any]) -> Length:
        """How many rows these filters leave, in little time whatever their number."""
        if not isinstance(self.rows, Selected):
            number = sum(1 for _ in islice(self.rows(cursor, filters), COUNTED + 1))
            return Length(number if number <= COUNTED else None, number <= COUNTED)
        number = self.rows.count(cursor, filters, COUNTED + 1)
        if number <= COUNTED:
            return Length(number, is_exact=True)
        return Length(max(number, self.rows.guess(cursor, filters)), is_exact=False)


class UnknownFilter(ValueError):
    """A filter that the dataset does not have, or a value that is none of it."""


def register(app: Flask, datasets: Iterable[Dataset]) -> None:
    """Make datasets known to the application. Raises ValueError for a name that is taken."""
    known = datasets_of(app)
    for entry in datasets:
        if entry.name in known:
            raise ValueError(f"two datasets are called {entry.name}")
        known[entry.name] = entry


def datasets_of(app: Flask) -> dict[str, Dataset]:
    """Every dataset of an application by its name."""
    datasets: dict[str, Dataset] = app.extensions.setdefault("datasets", {})
    return datasets
