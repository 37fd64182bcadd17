"""'Needs you now': what waits for an operator, as the areas bring it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy.orm import Session

MOST = 8  # cards on the console


class Need(NamedTuple):
    """One thing that needs somebody: a whole sentence in the reader's language, since when, and the page that mends it.

    `is_stuck`: nothing will happen by itself (red); else it is worth a look (amber). `detail` says more in place of since when;
    `icon` is the name of a picture.
    """

    sentence: str
    since: dt.datetime
    url: str
    is_stuck: bool = False
    detail: str = ""
    icon: str = "triangle-alert"


class Found(NamedTuple):
    """The most stuck of a source, at most MOST of them, and how many there are in all."""

    needs: list[Need]
    total: int


class Triage(NamedTuple):
    """A source. `look` reads across schools and goes by what is so now: what is mended is gone at the next look."""

    name: str
    look: Callable[[Session], Found]


def most_urgent(found: Iterable[Found]) -> Found:
    """All sources together: the stuck first, then the oldest; at most MOST cards, and the number of all."""
    every = list(found)
    needs = sorted((need for source in every for need in source.needs), key=lambda need: (not need.is_stuck, need.since))
    return Found(needs[:MOST], sum(source.total for source in every))
