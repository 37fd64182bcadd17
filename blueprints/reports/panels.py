"""What reports show on the dashboard of those who run the school: how attendance was in the last days."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app import clock
from app.access.permissions import Permission
from app.access.who import Who
from app.i18n.speech import speech
from app.models.user import Role
from app.web.panels import Panel
from blueprints.reports import queries
from blueprints.reports.tables import Point
from blueprints.reports.words import share


class Days(NamedTuple):
    """The attendance of each day, the newest last, and of all together."""

    points: list[Point]
    rate: str
    until: dt.date


def last_days(_: Who) -> Days | None:
    """The last five days with a daily register; None where the past fortnight has none."""
    voice = speech()
    found = queries.last_days(clock.now().astimezone(ZoneInfo(voice.timezone)).date())
    if not found:
        return None
    points = []
    for day in found:
        rate = share(day.came, day.marks) or 0
        points.append(Point(voice.date(day.day), rate / 10, voice.percent(rate)))
    whole = share(sum(day.came for day in found), sum(day.marks for day in found)) or 0
    return Days(points, voice.percent(whole), found[-1].day)


PANELS = (
    Panel(
        "attendance_days", Permission.REPORTS_VIEW, last_days, "reports/panel_days.html",
        roles=frozenset({Role.OWNER.value, Role.ADMIN.value}),
    ),
)  # fmt: skip
