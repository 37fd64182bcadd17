"""Hours in which nothing is sent but what is urgent, on the school's clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class Window(NamedTuple):
    """From a time of day until another, over midnight where `until` is not later. The end is the first moment after it."""

    start: time
    until: time


def window(start: time | None, until: time | None) -> Window | None:
    """A window, or None where one of its ends is missing or there is nothing between them."""
    return Window(start, until) if start is not None and until is not None and start != until else None


def quiet_until(now: datetime, timezone: ZoneInfo, *windows: Window | None) -> datetime | None:
    """The first moment, not before `now`, that lies in none of the windows; None when that is now.

    All of them hold together, so the stricter wins. Where together they leave no moment free, the first counts alone.
    """
    moment = now
    while ends := [end for each in windows if each and (end := _end(moment, timezone, each))]:
        moment = max(ends)
        if moment > now + DAY:
            return quiet_until(now, timezone, windows[0])
    return None if moment == now else moment


def _end(moment: datetime, timezone: ZoneInfo, quiet: Window) -> datetime | None:
    """When the window that `moment` lies in is over; None outside it."""
    day = moment.astimezone(timezone).date()
    for began in (day - DAY, day):
        start = _at(began, quiet.start, timezone)
        end = _at(began + DAY * (quiet.until <= quiet.start), quiet.until, timezone)
        if start <= moment < end:
            return end
    return None


def _at(day: date, clock_time: time, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock_time, timezone)
