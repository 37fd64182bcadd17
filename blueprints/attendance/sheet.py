"""A register as its page shows it: a line for each learner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from blueprints.attendance.queries import Row
from blueprints.attendance.saving import Entry, entry_of


class Line(NamedTuple):
    """A learner with what the form says of them; `saved` is what somebody else saved meanwhile, where that is different."""

    row: Row
    entry: Entry
    saved: Entry | None


def lines_of(rows: Sequence[Row], entries: Mapping[UUID, Entry], *, compare: bool) -> list[Line]:
    """The lines of a register; `compare` says that what is saved has to stand beside what was typed."""
    return [_line(row, entries[row.id], compare=compare) for row in rows]


def _line(row: Row, entry: Entry, *, compare: bool) -> Line:
    saved = entry_of(row)
    return Line(row, entry, saved if compare and saved != entry else None)
