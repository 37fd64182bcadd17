"""How much of what was sent arrived: one way to count it and one way to round it, wherever a rate is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from app import clock
from app.domain.metrics import Bucket

SENT, FAILED = "deliveries.sent", "deliveries.failed"  # rollups, by five minutes and by hour
HOUR = dt.timedelta(hours=1)
WHOLE = 1000  # tenths of a percent


class Rate(NamedTuple):
    """Deliveries that ended: `sent` were accepted, `failed` could not be delivered."""

    sent: int
    failed: int

    @property
    def total(self) -> int:
        return self.sent + self.failed

    @property
    def tenths(self) -> int | None:
        """The share that was accepted, in tenths of a percent (for the filter |percent); None when nothing was sent.

        It is rounded down, so that it says 100 % only when nothing failed; and it says 0 % only when nothing was accepted.
        """
        if not self.total:
            return None
        down = WHOLE * self.sent // self.total
        return max(down, 1) if self.sent else 0


def rate_of(buckets: Iterable[Bucket]) -> Rate:
    """The rate of what stands in buckets; those of other names count for nothing."""
    numbers = {SENT: 0, FAILED: 0}
    for bucket in buckets:
        if bucket.name in numbers:
            numbers[bucket.name] += bucket.number
    return Rate(numbers[SENT], numbers[FAILED])


def last_hour_since() -> dt.datetime:
    """From when on the last hour is counted: by whole five minutes of the clock, so for 65 minutes at most, and up to now."""
    began = clock.now() - HOUR
    return began.replace(minute=began.minute - began.minute % 5, second=0, microsecond=0)


def since(hours: int) -> dt.datetime:
    """From when on the last hours are counted: by whole hours of the clock, so at least that long, and up to now."""
    return clock.now().replace(minute=0, second=0, microsecond=0) - hours * HOUR


def whole_hours(number: int) -> list[dt.datetime]:
    """When the last whole hours began, the oldest first, and after them the one that is not over."""
    first = since(number)
    return [first + later * HOUR for later in range(number + 1)]
