"""Periods of a subscription: from an anchor day to the next. A month without that day ends one early, and not the one after."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from fractions import Fraction

from app.models.plan import Interval

MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}
#: what an interval's price is in a month
A_MONTH = {
    Interval.WEEK: Fraction(52, 12), Interval.MONTH: Fraction(1), Interval.QUARTER: Fraction(1, 3),
    Interval.YEAR: Fraction(1, 12),
}  # fmt: skip


def following(start: dt.date, anchor_day: int, interval: str) -> dt.date:
    """The first day after the period that begins on `start`: where the next one begins.

    A period of months begins on the anchor day, or on the last day of a month that has no such day: 31 January, 28 February,
    31 March.
    """
    if interval == Interval.WEEK:
        return start + dt.timedelta(days=7)
    month = start.year * 12 + start.month - 1 + MONTHS[Interval(interval)]
    year, month = divmod(month, 12)
    return dt.date(year, month + 1, min(anchor_day, monthrange(year, month + 1)[1]))


def monthly(amount: int, interval: str) -> Fraction:
    """What an amount for each interval comes to in a month, in cents: a quarter's by 3, a year's by 12, a week's by 52/12."""
    return amount * A_MONTH[Interval(interval)]
