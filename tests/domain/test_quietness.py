"""When a school goes quiet: its own school days count, to the minute, and what nobody knows counts as a weekday."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.domain import quietness
from app.domain.calendar import Calendar, DayOffRow, TermRow
from app.ids import uuid7
from tests.domain.counting import rebuild

ZONE = ZoneInfo("Africa/Johannesburg")
TERMS = ((2026, 10, 6, 2026, 12, 9), (2027, 1, 13, 2027, 3, 20))


def at(month, day, hour=10, minute=0, year=2026):
    return dt.datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def quiet_at(app, cast, sql, settings, monkeypatch):
    """When Thaba Nkulu goes quiet that was last heard of at a moment."""

    def count(heard, days):
        monkeypatch.setattr(quietness, "current_settings", lambda: dataclasses.replace(settings, quiet_days=days))
        sql.execute("DELETE FROM gate_scan")
        sql.execute("DELETE FROM audit_event WHERE school_id = 1")
        sql.execute("UPDATE app_user SET last_sign_in_at = NULL")
        sql.execute(
            "INSERT INTO gate_scan (school_id, id, code, scanned_at, on_date, direction, by_name)"
            " VALUES (1, %s, 'X', %s, '2020-01-01', 'unknown', 'A')",
            (uuid7(), heard),
        )
        rebuild()
        (moment,) = sql.execute("SELECT moment FROM metric WHERE school_id = 1 AND name = 'activity.quiet'").fetchone()
        return moment.astimezone(ZONE)

    return count


def add_terms(sql, *terms):
    for begin_year, begin_month, begin_day, year, month, day in terms:
        sql.execute(
            "INSERT INTO term (school_id, id, name, starts_on, ends_on) VALUES (1, %s, 'Term', %s, %s)",
            (uuid7(), dt.date(begin_year, begin_month, begin_day), dt.date(year, month, day)),
        )


@pytest.mark.parametrize(
    ("heard", "days", "quiet"),
    [
        (at(11, 20), 1, at(11, 23)),  # a Friday
        (at(11, 20, 16, 37), 6, at(11, 30, 16, 37)),
        (at(11, 21), 1, at(11, 24, 0)),  # a Saturday: the Monday has to go by
        (at(12, 15), 1, at(12, 17)),  # the Day of Reconciliation
        (at(12, 16), 1, at(12, 18, 0)),
    ],
)
def test_weekends_and_holidays_take_no_time(quiet_at, heard, days, quiet):
    assert quiet_at(heard, days) == quiet


def test_the_break_between_two_terms_takes_no_time(quiet_at, sql):
    add_terms(sql, *TERMS)
    assert quiet_at(at(12, 8), 3) == at(1, 14, year=2027), "the last day of the old term, two of the new one"
    assert quiet_at(at(12, 24), 2) == at(1, 15, 0, year=2027)


def test_what_the_school_decided_about_a_day_counts(quiet_at, sql):
    add = "INSERT INTO day_off (school_id, id, on_date, name, is_open) VALUES (1, %s, %s, 'A day', %s)"
    sql.execute(add, (uuid7(), dt.date(2026, 11, 23), False))
    sql.execute(add, (uuid7(), dt.date(2026, 11, 28), True))  # a Saturday
    assert quiet_at(at(11, 20), 1) == at(11, 24)
    assert quiet_at(at(11, 27), 1) == at(11, 28)


def test_terms_that_nobody_has_entered_yet_do_not_hide_a_school_for_ever(quiet_at, sql):
    """From 45 days after the last known term on every weekday counts again, and before the first one likewise."""
    add_terms(sql, TERMS[0])
    assert quiet_at(at(12, 9), 2) == at(1, 26, year=2027)
    assert quiet_at(at(7, 1), 1) == at(7, 2)


def test_of_another_school_nothing_counts(quiet_at, sql):
    sql.execute(
        "INSERT INTO term (school_id, id, name, starts_on, ends_on) VALUES (2, %s, 'Term', '2026-01-01', '2026-11-20')",
        (uuid7(),),
    )
    assert quiet_at(at(11, 20), 1) == at(11, 23)


def test_a_school_that_is_not_open_is_not_quiet_either(quiet_at, sql):
    quiet_at(at(11, 20), 1)
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    rebuild()
    assert sql.execute("SELECT number FROM metric WHERE school_id = 1 AND name = 'activity.quiet'").fetchone() == (0,)


def test_within_known_terms_its_days_are_those_of_the_calendar(quiet_at, sql):
    """The statement and the calendar of the registers agree about every day of two terms, one after the other."""
    add_terms(sql, *TERMS)
    sql.execute(
        "INSERT INTO day_off (school_id, id, on_date, name, is_open) VALUES (1, %s, '2026-11-02', 'A day', false)", (uuid7(),)
    )
    calendar = Calendar(
        "Africa/Johannesburg", dt.date(2026, 10, 6), dt.date(2027, 3, 20),
        terms=[TermRow("Term", dt.date(*each[:3]), dt.date(*each[3:])) for each in TERMS],
        days_off=[DayOffRow(dt.date(2026, 11, 2), "A day", False)],
    )  # fmt: skip
    days = list(calendar.days())
    first = dt.datetime.combine(days[0], dt.time(10), ZONE)
    for number in (1, 7, 19, 20, 45, 46, 60, len(days) - 1):
        assert quiet_at(first, number).date() == days[number], number


def test_the_moment_itself_is_quiet(monkeypatch):
    monkeypatch.setattr("app.clock.now", lambda: at(11, 23))
    assert quietness.is_quiet(at(11, 23))
    assert not quietness.is_quiet(at(11, 23, 10, 1))
    assert not quietness.is_quiet(None)
