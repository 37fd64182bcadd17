"""What the scans of a learner come to: a pure fold over those of one day, whatever order they arrived in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from app.models.gate import Direction

#: a scan so soon after one that counted is the same card held up twice
AGAIN = dt.timedelta(minutes=2)
#: the codes of what somebody corrected by hand: they say where the learner is, whatever was before
BY_HAND = {"manual:in": True, "manual:out": False}


class Seen(NamedTuple):
    """A scan as it was made: the id is the device's, `scanned_at` its time."""

    id: UUID
    code: str
    scanned_at: dt.datetime


class Outcome(NamedTuple):
    """What one scan came to, and whether the learner is on site after it."""

    direction: Direction
    on_site: bool


class Day(NamedTuple):
    """A learner's day at the gate: what each scan came to, and where they are since when by the last one that counted."""

    outcomes: dict[UUID, Outcome]
    on_site: bool
    since: dt.datetime


def fold(scans: Iterable[Seen]) -> Day:
    """The day that these scans of one learner make; at least one.

    In their order by time and id the first says in, the next out, and so on; one within AGAIN of the last that counted is
    'repeat'. What is marked by hand says where the learner is, and counts unless that was so already.
    """
    outcomes: dict[UUID, Outcome] = {}
    on_site, since = False, None
    for scan in sorted(scans, key=lambda one: (one.scanned_at, one.id)):
        marked = BY_HAND.get(scan.code)
        is_soon = since is not None and scan.scanned_at - since < AGAIN
        if (marked is None and is_soon) or (marked is on_site and since is not None):
            outcomes[scan.id] = Outcome(Direction.REPEAT, on_site)
            continue
        on_site, since = (not on_site if marked is None else marked), scan.scanned_at
        outcomes[scan.id] = Outcome(Direction.IN if on_site else Direction.OUT, on_site)
    if since is None:
        raise ValueError("a day without a scan")
    return Day(outcomes, on_site, since)
