"""The one paging of the product: by key, not by number, so that page 200 costs what page 1 does and nothing is skipped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote
from uuid import UUID

PAGE = 50
Row = TypeVar("Row")
Key = tuple[object, ...]
"""What a list is sorted by, of one row: its last part is unique."""


class NoSuchPlace(ValueError):
    """An address that names no place in the list: somebody changed it by hand."""


class Page(NamedTuple, Generic[Row]):
    """At most `PAGE` rows, and the place where those after them begin (None on the last page)."""

    rows: Sequence[Row]
    older: str | None


def cut(rows: Sequence[Row], key: Callable[[Row], Key]) -> Page[Row]:
    """A page of `rows`, of which the select asked for `PAGE + 1`; `key` gives what a row is sorted by."""
    older = write_place(key(rows[PAGE - 1])) if len(rows) > PAGE else None
    return Page(rows[:PAGE], older)


def write_place(key: Key) -> str:
    """A key as the text that stands in an address."""
    texts = (part.isoformat() if isinstance(part, dt.datetime) else str(part) for part in key)
    return "~".join(quote(text, safe=":+ ").replace("~", "%7E") for text in texts)  # quote() leaves ~ as it is


def read_place(text: str, kinds: Sequence[Callable[[str], object]]) -> Key:
    """The key that `write_place` wrote; `kinds` read its parts (`moment`, `UUID`, `int`, `str`). Raises NoSuchPlace."""
    parts = [unquote(part) for part in text.split("~")]
    if any("\0" in part for part in parts):
        raise NoSuchPlace(text)
    if len(parts) != len(kinds):
        raise NoSuchPlace(text)
    try:
        return tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except ValueError:
        raise NoSuchPlace(text) from None


def moment(text: str) -> dt.datetime:
    """An aware moment from its ISO form. Raises ValueError."""
    value = dt.datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("a moment without a zone")
    return value


#: the key of a list that is sorted by a moment and an id
BY_MOMENT: tuple[Callable[[str], object], ...] = (moment, UUID)
#: the key of a list that is sorted by a name and an id
BY_NAME: tuple[Callable[[str], object], ...] = (str, UUID)
