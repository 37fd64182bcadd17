"""What earlier rows of a file said, in a few bytes a row: 100,000 rows are checked in pieces and agree with each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

PRINT, ROW = 32, 24  # bits of the print of a value, and of the number of a row


class Trace(NamedTuple):
    """What a row leaves behind; kept in its plan, so that a check that was cut off goes on where it was.

    `learner` and `guardians` are keys, `who` is of name and birth date, `tie` of learner and guardian; prints are of values.
    """

    learner: int
    learner_print: int
    who: int
    guardians: tuple[int, ...] = ()
    guardian_print: int = 0
    tie: int = 0
    tie_print: int = 0


class Earlier(NamedTuple):
    """An earlier row, and the prints of what it said."""

    row: int
    prints: int


def key_of(*parts: str | None) -> int:
    """A key of what tells somebody from others."""
    return _digest("\0".join(part or "" for part in parts), 7)


def print_of(*values: str | None) -> int:
    """The prints of some values side by side, 0 for what was not given."""
    prints = 0
    for value in values:
        prints = prints << PRINT | (_digest(value, PRINT // 8) or 1 if value else 0)
    return prints


def differing(earlier: int, now: int, number: int) -> int | None:
    """The place of the first of so many values that both gave and that is not the same."""
    if earlier == now:
        return None
    mask = (1 << PRINT) - 1
    for place in range(number):
        shift = PRINT * (number - 1 - place)
        before, after = earlier >> shift & mask, now >> shift & mask
        if before and after and before != after:
            return place
    return None


class Seen:
    """What has been seen of a file so far: a number by a number, for a file has many rows."""

    def __init__(self) -> None:
        self._learners: dict[int, int] = {}
        self._people: dict[int, int] = {}  # name and birth date -> the key of the learner and the row
        self._guardians: dict[int, int] = {}
        self._ties: dict[int, int] = {}
        self.asking: set[int] = set()  # learners about whom a person is asked

    def learner(self, key: int) -> Earlier | None:
        """The first row about a learner."""
        return _earlier(self._learners.get(key))

    def guardian(self, key: int) -> Earlier | None:
        """The first row about a guardian."""
        return _earlier(self._guardians.get(key))

    def tie(self, key: int) -> Earlier | None:
        """The first row about a guardian of a learner."""
        return _earlier(self._ties.get(key))

    def person(self, who: int) -> Earlier | None:
        """The first row with a name and a birth date; in place of prints the key of its learner."""
        return _earlier(self._people.get(who))

    def note(self, row: int, trace: Trace, *, asks: bool = False) -> None:
        """Remember a row; what an earlier one said of the same stays."""
        if asks:
            self.asking.add(trace.learner)
        self._learners.setdefault(trace.learner, trace.learner_print << ROW | row)
        if trace.who:
            self._people.setdefault(trace.who, trace.learner << ROW | row)
        for key in trace.guardians:
            self._guardians.setdefault(key, trace.guardian_print << ROW | row)
        if trace.tie:
            self._ties.setdefault(trace.tie, trace.tie_print << ROW | row)

    def note_all(self, traces: Iterable[tuple[int, Sequence[Any], bool]]) -> None:
        """Remember what the plans of earlier rows kept: row, trace, and whether it asks."""
        for row, kept, asks in traces:
            self.note(row, Trace(*kept), asks=asks)


def _earlier(packed: int | None) -> Earlier | None:
    return None if packed is None else Earlier(packed & (1 << ROW) - 1, packed >> ROW)


def _digest(text: str, size: int) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=size).digest(), "big")
