"""The hours of a day that several quiet hours make together."""

from __future__ import annotations

import datetime as dt

from app.delivery.quiet import Window

DAY = 24 * 60  # minutes


def together(*windows: Window | None) -> list[Window]:
    """When nothing comes, as windows that do not touch, the first one after midnight first.

    A single window that ends where it begins is the whole day; none at all means that every hour is open.
    """
    quiet = [False] * DAY
    for each in windows:
        if each:
            start, until = _minutes(each.start), _minutes(each.until)
            for minute in range(start, until if start < until else until + DAY):
                quiet[minute % DAY] = True
    if all(quiet):
        return [Window(dt.time(0), dt.time(0))]
    starts = [minute for minute in range(DAY) if quiet[minute] and not quiet[minute - 1]]
    return [Window(_time(start), _time(_end(quiet, start))) for start in starts]


def _end(quiet: list[bool], start: int) -> int:
    """The first minute after `start` that is not quiet; there is one."""
    return next(minute % DAY for minute in range(start + 1, start + DAY) if not quiet[minute % DAY])


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _time(minute: int) -> dt.time:
    return dt.time(*divmod(minute, 60))
