"""Which days are school days."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from flask import Flask

from app.domain.calendar import NAMES, Calendar, DayOffRow, TermRow, public_holidays
from app.ids import uuid7
from app.tenancy.doors import acting_for
from tests.cast import Cast

ZONE = "Africa/Johannesburg"
MONDAY = dt.date(2026, 8, 3)
WOMENS_DAY = dt.date(2026, 8, 10)  # a Monday: the ninth is a Sunday
TERM = TermRow("Term 3", dt.date(2026, 7, 21), dt.date(2026, 9, 23))


def calendar(*days_off: DayOffRow, terms: tuple[TermRow, ...] = (TERM,)) -> Calendar:
    return Calendar(ZONE, dt.date(2026, 7, 1), dt.date(2026, 10, 31), terms=terms, days_off=days_off)


@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        (MONDAY, True),
        (MONDAY + dt.timedelta(days=5), False),  # Saturday
        (WOMENS_DAY, False),
        (TERM.starts_on, True),
        (TERM.ends_on, True),
        (TERM.starts_on - dt.timedelta(days=1), False),
        (TERM.ends_on + dt.timedelta(days=1), False),
    ],
)
def test_school_days_are_the_weekdays_of_a_term_that_are_no_holidays(day, is_one):
    assert calendar().is_school_day(day) is is_one


def test_what_the_school_decides_counts_more_than_the_public_calendar():
    saturday = MONDAY + dt.timedelta(days=5)
    own = calendar(DayOffRow(MONDAY, "Sports day", False), DayOffRow(saturday, "Open day", True))
    assert not own.is_school_day(MONDAY)
    assert own.why_closed(MONDAY) == "Sports day"
    assert own.is_school_day(saturday)
    assert own.why_closed(saturday) == ""


def test_without_a_term_every_weekday_that_is_no_holiday_counts():
    free = calendar(terms=())
    assert free.is_school_day(dt.date(2026, 10, 1))
    assert not free.is_school_day(dt.date(2026, 9, 24))  # Heritage Day
    assert free.why_closed(dt.date(2026, 9, 24)) == "Heritage Day"


def test_days_are_given_in_order():
    days = list(
        Calendar(ZONE, WOMENS_DAY - dt.timedelta(days=3), WOMENS_DAY + dt.timedelta(days=1), terms=[TERM], days_off=[]).days()
    )
    assert days == [dt.date(2026, 8, 7), dt.date(2026, 8, 11)]


def test_every_holiday_of_these_years_has_a_name_that_is_translated():
    named = {name for year in range(2020, 2041) for name in public_holidays(ZONE, year).values()}
    assert named <= set(NAMES)


def test_another_country_has_its_own_holidays_and_an_unknown_one_none():
    assert public_holidays("Europe/Berlin", 2026)[dt.date(2026, 10, 3)]
    assert public_holidays("Antarctica/Troll", 2026) == {}


def test_it_reads_what_the_school_has_entered_and_no_other(app: Flask, cast: Cast, sql: psycopg.Connection):
    sql.execute(
        "INSERT INTO term (school_id, id, name, starts_on, ends_on) VALUES (%s, %s, 'Term 3', '2026-07-21', '2026-08-07')",
        (cast.thaba.id, uuid7()),
    )
    sql.execute(
        "INSERT INTO day_off (school_id, id, on_date, name) VALUES (%s, %s, %s, 'Basaar')", (cast.karoo.id, uuid7(), MONDAY)
    )
    last = dt.date(2026, 8, 14)
    with acting_for(cast.thaba.id):
        assert list(Calendar(ZONE, MONDAY, last).days())[-1] == dt.date(2026, 8, 7)
        assert Calendar(ZONE, MONDAY, last).is_school_day(MONDAY)
    with acting_for(cast.karoo.id):
        assert not Calendar(ZONE, MONDAY, last).is_school_day(MONDAY)
        assert Calendar(ZONE, MONDAY, last).is_school_day(last)
