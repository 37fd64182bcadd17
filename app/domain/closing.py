"""What closes with a school: each area names its ways in, so that a suspension can say what it will stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy.orm import Session


class Effect(NamedTuple):
    """One thing that a suspension does to a school, as a whole sentence in the reader's language; `number` of how many."""

    sentence: str
    number: int


class Door(NamedTuple):
    """A way in. `effect` says, before a suspension, what it will do to this school (None: nothing to say)."""

    name: str
    effect: Callable[[Session, int], Effect | None]
