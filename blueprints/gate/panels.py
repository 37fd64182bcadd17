"""What the gate shows on the dashboard: how many are on site, and who still waits to be collected."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from app import clock
from app.access.permissions import Permission
from app.access.who import Who
from app.domain.on_site import day_of, hours, late_to_be_collected
from app.web.panels import Panel
from blueprints.gate import queries


class Now(NamedTuple):
    """`closed` since the school's close time: everybody is presumed to have left. `last` is the last day with a scan."""

    on_site: int
    late: int
    closed: bool
    close_time: dt.time
    last: dt.date | None


def on_site_now(_: Who) -> Now | None:
    """The gate at this moment; nothing in a school that has never scanned."""
    here, now = hours(), clock.now()
    day, last = day_of(here, now), queries.last_day(now)
    if last is None:
        return None
    on_site = queries.how_many_on_site(day) if day else 0
    return Now(on_site, len(late_to_be_collected(here, now)) if on_site else 0, day is None, here.close_time, last)


PANELS = (Panel("gate.on_site", Permission.GATE_SCAN, on_site_now, "gate/panel_on_site.html"),)
