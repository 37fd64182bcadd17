"""The chart of new leads by period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from app.i18n.catalogue import N_
from app.i18n.speech import speech
from blueprints.marketing.happenings import Period

CAPTIONS = {"day": N_("New leads by day"), "week": N_("New leads by week"), "month": N_("New leads by month")}


class Point(NamedTuple):
    """A bar: its length in percent of the longest, and its value in words."""

    label: str
    length: float
    value: str


class Chart(NamedTuple):
    """What is drawn; `says` is the same in a sentence."""

    caption: str
    says: str
    points: list[Point]


def chart(periods: Sequence[Period], unit: str) -> Chart | None:
    """The new leads of some periods, the oldest first; None where there were none at all."""
    voice = speech()
    most = max(period.numbers["new"] for period in periods)
    if not most:
        return None
    total = sum(period.numbers["new"] for period in periods)
    best = max(periods, key=lambda period: period.numbers["new"])
    points = [
        Point(_label(period.begins), 100 * period.numbers["new"] / most, voice.number(period.numbers["new"]))
        for period in periods
    ]
    says = voice.ngettext(
        "%(num)s new lead since %(since)s; most in one period: %(most)s, from %(day)s.",
        "%(num)s new leads since %(since)s; most in one period: %(most)s, from %(day)s.", total,
        since=voice.date(periods[0].begins), most=voice.number(best.numbers["new"]), day=voice.date(best.begins),
    )  # fmt: skip
    return Chart(voice.gettext(CAPTIONS[unit]), says, points)


def _label(day: dt.date) -> str:
    return speech().date(day)
