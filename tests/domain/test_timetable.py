"""The lessons that a weekly pattern makes."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.calendar import Calendar, DayOffRow, TermRow
from app.domain.classes import class_key
from app.domain.timetable import Pattern, lessons, meets_on
from app.ids import uuid7

MONDAY = dt.date(2026, 8, 3)
WEEK = dt.timedelta(days=7)


def pattern(
    *weekdays: int,
    every: int = 1,
    at: str = "08:30",
    until: str = "09:15",
    since: dt.date = MONDAY,
    last: dt.date | None = None,
) -> Pattern:
    return Pattern(
        uuid7(), uuid7(), weekdays, every, dt.time.fromisoformat(at), dt.time.fromisoformat(until), since, last, "Room 4"
    )


def calendar(zone: str, since: dt.date, until: dt.date, *off: DayOffRow) -> Calendar:
    return Calendar(zone, since, until, terms=[TermRow("Term", since, until)], days_off=off)


def test_it_meets_on_its_days_from_the_first_to_the_last():
    every = pattern(1, 3, last=MONDAY + WEEK)
    days = [MONDAY + dt.timedelta(days=n) for n in range(-7, 21)]
    assert [day for day in days if meets_on(every, day)] == [MONDAY, MONDAY + dt.timedelta(days=2), MONDAY + WEEK]


def test_every_second_week_is_counted_from_the_week_of_the_first_day():
    every = pattern(1, 5, every=2, since=MONDAY + dt.timedelta(days=2))  # a Wednesday: that week's Monday has been
    days = [MONDAY + dt.timedelta(days=n) for n in range(21)]
    assert [day for day in days if meets_on(every, day)] == [
        MONDAY + dt.timedelta(days=4), MONDAY + 2 * WEEK, MONDAY + 2 * WEEK + dt.timedelta(days=4),
    ]  # fmt: skip


def test_lessons_are_only_on_school_days_and_stand_in_utc():
    found = list(lessons(pattern(1), calendar("Africa/Johannesburg", MONDAY, MONDAY + 2 * WEEK)))
    assert [one.on_date for one in found] == [MONDAY, MONDAY + 2 * WEEK]  # the Monday between is Women’s Day
    assert found[0].starts_at == dt.datetime(2026, 8, 3, 6, 30, tzinfo=dt.UTC)
    assert found[0].ends_at - found[0].starts_at == dt.timedelta(minutes=45)


def test_a_day_off_takes_its_lesson():
    off = DayOffRow(MONDAY, "Sports day", False)
    assert not list(lessons(pattern(1), calendar("Africa/Johannesburg", MONDAY, MONDAY, off)))


def test_a_lesson_keeps_its_time_on_the_wall_when_the_clocks_change():
    since = dt.date(2026, 3, 24)
    found = list(lessons(pattern(2, since=since), calendar("Europe/Berlin", since, since + WEEK)))
    assert [one.starts_at.hour for one in found] == [7, 6]  # the summer begins on the Sunday between


@pytest.mark.parametrize(("at", "until"), [("02:30", "03:15"), ("02:10", "02:50"), ("01:30", "02:15")])
def test_in_the_hour_that_is_skipped_a_lesson_keeps_its_length(at, until):
    sunday = dt.date(2026, 3, 29)
    off = DayOffRow(sunday, "Open Sunday", True)
    (found,) = lessons(pattern(7, at=at, until=until, since=sunday), calendar("Europe/Berlin", sunday, sunday, off))
    assert found.starts_at < found.ends_at <= found.starts_at + dt.timedelta(hours=1)


def test_the_hour_that_comes_twice_makes_one_lesson():
    sunday = dt.date(2026, 10, 25)
    off = DayOffRow(sunday, "Open Sunday", True)
    (found,) = lessons(pattern(7, at="02:30", until="02:50", since=sunday), calendar("Europe/Berlin", sunday, sunday, off))
    assert found.starts_at == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_names_of_classes_are_sorted_by_their_numbers_and_grade_r_comes_first():
    names = ["Grade 10A", "Grade RB", "Grade 2B", "Grade RA", "Grade 1A", "Grade 2a"]
    assert sorted(names, key=class_key) == ["Grade RA", "Grade RB", "Grade 1A", "Grade 2a", "Grade 2B", "Grade 10A"]


def test_names_of_classes_are_alike_whatever_their_case_and_accents():
    assert class_key("Graad  3b") == class_key("graad 3B") != class_key("Graad 3C")
