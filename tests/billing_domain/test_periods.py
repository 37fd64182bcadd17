"""Periods from anchor day to anchor day."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.billing.periods import following, monthly
from app.models.plan import Interval
from tests.billing_domain.arranged import day


@pytest.mark.parametrize(
    ("start", "anchor", "interval", "end"),
    [
        ("2026-01-31", 31, "month", "2026-02-28"),
        ("2026-02-28", 31, "month", "2026-03-31"),
        ("2026-03-31", 31, "month", "2026-04-30"),
        ("2028-01-31", 31, "month", "2028-02-29"),
        ("2028-02-29", 29, "year", "2029-02-28"),
        ("2031-02-28", 29, "year", "2032-02-29"),
        ("2026-12-15", 15, "month", "2027-01-15"),
        ("2026-11-30", 30, "quarter", "2027-02-28"),
        ("2027-02-28", 30, "quarter", "2027-05-30"),
        ("2026-12-29", 29, "week", "2027-01-05"),
    ],
)
def test_a_period_ends_where_the_next_begins(start, anchor, interval, end):
    assert following(day(start), anchor, interval) == day(end)


@given(st.dates(day("2020-01-01"), day("2040-01-01")), st.sampled_from(list(Interval)))
def test_a_month_that_is_too_short_does_not_move_the_anchor(start, interval):
    at = start
    for _ in range(60):
        before, at = at, following(at, start.day, interval)
        assert at > before
        if interval is not Interval.WEEK:
            assert at.day == start.day or (at.day < start.day and following(at, start.day, interval).day >= at.day)


@pytest.mark.parametrize(
    ("interval", "a_month"), [("week", Fraction(5200, 12)), ("month", 100), ("quarter", Fraction(100, 3)), ("year", Fraction(100, 12))]
)  # fmt: skip
def test_what_an_interval_costs_in_a_month(interval, a_month):
    assert monthly(100, interval) == a_month
