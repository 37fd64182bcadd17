"""What a check of a log can find."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from app.audit.canonical import Stream

MOST = 10_000  # faults that are named; more are counted


class Kind(StrEnum):
    """What is wrong: with an event (the first three), with a seal, with the chain as it was noted elsewhere, a value, and with
    a checkpoint, which says what was removed because it had been kept long enough."""

    EDITED = "edited"
    REMOVED = "removed"
    INSERTED = "inserted"
    SEAL_EDITED = "seal_edited"
    SEAL_REMOVED = "seal_removed"
    SEAL_REPLACED = "seal_replaced"
    CUT = "cut"
    VALUE_EDITED = "value_edited"
    VALUE_EMPTIED = "value_emptied"
    VALUE_REMOVED = "value_removed"
    CHECKPOINT_FORGED = "checkpoint_forged"
    CHECKPOINT_REMOVED = "checkpoint_removed"


class Fault(NamedTuple):
    """One thing that is wrong: in which seal, at which event (`seq`), when that was (UTC), and of a value its field, of a
    checkpoint its number.

    Of an event that is gone the moment is that of its seal: then it was still there.
    """

    kind: Kind
    seal: int | None = None
    seq: int | None = None
    at: str | None = None
    field: str = ""


class Expired(NamedTuple):
    """What a log no longer holds because it had been kept long enough: so many events up to a moment (UTC), by a checkpoint."""

    checkpoint: int
    until: str
    events: int


@dataclass
class Report:
    """What a check found. `erased` counts the values that are gone under each certificate, and `expired` tells what was removed
    under the last checkpoint: that is no fault."""

    stream: Stream
    seals: int = 0
    events: int = 0
    waiting: int = 0
    head: str = ""
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)
    erased: dict[str, int] = field(default_factory=dict)
    expired: Expired | None = None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.counts

    @property
    def first(self) -> list[Fault]:
        """The first fault of each kind, in the order of the log."""
        found: dict[Kind, Fault] = {}
        for fault in self.faults:
            found.setdefault(fault.kind, fault)
        return list(found.values())

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep it while there are not too many."""
        self.counts[fault.kind] += 1
        if len(self.faults) < MOST:
            self.faults.append(fault)

    def replace(self, faults: list[Fault]) -> None:
        """Have other faults instead of those that are kept."""
        self.counts -= Counter(fault.kind for fault in self.faults)
        self.counts += Counter(fault.kind for fault in faults)
        self.faults = faults
