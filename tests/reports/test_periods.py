"""Which days a period means."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app.domain.calendar import TermRow
from app.domain.reporting import Choice, Group, Kind, NoTerm, Period, days_of, term_days
from tests.reports.asking import address

TODAY = dt.date(2026, 3, 4)  # a Wednesday
ZONE = "Africa/Johannesburg"
TERMS = [
    TermRow("1", dt.date(2026, 1, 14), dt.date(2026, 3, 27)),
    TermRow("2", dt.date(2026, 4, 8), dt.date(2026, 6, 26)),
]


@pytest.mark.parametrize(("period", "since", "until"), [
    (Period.THIS_WEEK, "2026-03-02", "2026-03-04"),
    (Period.LAST_WEEK, "2026-02-23", "2026-03-01"),
    (Period.THIS_MONTH, "2026-03-01", "2026-03-04"),
    (Period.LAST_MONTH, "2026-02-01", "2026-02-28"),
    (Period.THIS_YEAR, "2026-01-01", "2026-03-04"),
])  # fmt: skip
def test_a_period_is_relative_to_today_and_what_goes_on_ends_today(period, since, until):
    found = days_of(Choice(Kind.GATE, Group.DAY, period), TODAY, ZONE)
    assert [day.isoformat() for day in found] == [since, until]


@pytest.mark.parametrize(("period", "today", "since", "until"), [
    (Period.THIS_TERM, "2026-04-08", "2026-04-08", "2026-04-08"),
    (Period.THIS_TERM, "2026-04-07", "2026-01-14", "2026-03-27"),
    (Period.LAST_TERM, "2026-05-01", "2026-01-14", "2026-03-27"),
])  # fmt: skip
def test_a_term_in_a_break_is_the_one_that_ended_last(period, today, since, until):
    begun = [term for term in TERMS if term.starts_on <= dt.date.fromisoformat(today)]
    assert term_days(begun, period, dt.date.fromisoformat(today)) == tuple(map(dt.date.fromisoformat, (since, until)))


def test_a_term_that_nobody_entered_is_none():
    with pytest.raises(NoTerm):
        term_days(TERMS[:1], Period.LAST_TERM, TODAY)


def test_today_is_the_day_on_the_wall_of_the_school(browser, cast, place, sql, monkeypatch):
    """At 22:30 in Greenwich it is already Monday in Johannesburg, and another week."""
    sunday_night = dt.datetime(2026, 3, 1, 22, 30, tzinfo=dt.UTC)
    admin = browser.as_(cast.thaba.admin)
    token = admin.token()
    monkeypatch.setattr(clock, "now", lambda: sunday_night)
    address(admin, "gate", group="day", period="this_week", csrf_token=token)
    (scope,) = sql.execute("SELECT choice->'scope' FROM report").fetchone()
    assert (scope["since"], scope["until"]) == ("2026-03-02", "2026-03-02")
