"""The console's one search box: every area brings what it can find by an id or an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy.orm import Session

MOST = 20  # hits of one source


class Hit(NamedTuple):
    """One thing that was found: what it is (a message marked with N_), its name, more about it, and its page."""

    kind: str
    title: str
    detail: str
    url: str


class Search(NamedTuple):
    """A source. `find` is given what was typed, trimmed and not empty, and reads across schools; at most MOST hits."""

    name: str
    find: Callable[[Session, str], list[Hit]]
