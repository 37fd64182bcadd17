"""What an export can be narrowed by: what reads its value from an address, and the field of a form that asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Asks(StrEnum):
    """How a form asks for a filter: one of its `choices`, a day, or one of the school's classes."""

    CHOICE = "choice"
    DAY = "day"
    CLASS = "class"


@dataclass(frozen=True)
class Filter:
    """A filter that a person can set: `label` and the words of its `choices` are marked with N_.

    Called with the text of an address it gives the value. Raises ValueError for a text that is none.
    """

    label: str
    asks: Asks
    read: Callable[[str], object]
    choices: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> object:
        return self.read(text)


def a_day(label: str) -> Filter:
    """A day, as an address has it: 2027-03-31."""
    return Filter(label, Asks.DAY, dt.date.fromisoformat)


def a_class(label: str) -> Filter:
    """One of the school's classes, by its id."""
    return Filter(label, Asks.CLASS, UUID)


def a_choice(label: str, words: Mapping[str, str]) -> Filter:
    """One of a few values, with what each is called."""
    return Filter(label, Asks.CHOICE, one_of(*words), words)


def one_of(*allowed: str) -> Callable[[str], str]:
    """What reads a filter with few values, for links only."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return read
