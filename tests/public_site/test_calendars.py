"""Notices and events as calendars: read back by a parser, by the clock of the school, in the language that was asked for."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import icalendar
import pytest

from tests.notices.arranged import HOUR, add_notice
from tests.public_site.arranged import DAY, add_event, three

SAST = ZoneInfo("Africa/Johannesburg")


@pytest.fixture
def read(browser):
    """A calendar as it came, held to the form of the standard, and read."""

    def calendar(path: str) -> icalendar.Calendar:
        answer = browser.client.get(path)
        assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
        body = answer.get_data()
        assert body.endswith(b"\r\n")
        lines = body.split(b"\r\n")
        assert all(len(line) <= 75 for line in lines), "a line that was not folded"
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        for line in body.replace(b"\r\n ", b"").split(b"\r\n"):
            line.decode()  # no letter was cut in two where it is unfolded
        read = icalendar.Calendar.from_ical(body)
        assert read["VERSION"] == "2.0"
        assert read["PRODID"]
        return read

    return calendar


def entries(calendar):
    return list(calendar.walk("VEVENT"))


def test_an_event_stands_there_by_the_clock_of_the_school(sql, cast, site, read):
    sql.execute("DELETE FROM school_event")
    made = add_event(sql, cast.thaba, place="Hall, upstairs; left")
    calendar = read(f"{site}/en/events.ics")
    (event,) = entries(calendar)
    (starts, ends) = sql.execute("SELECT starts_at, ends_at FROM school_event").fetchone()
    assert (event["UID"], event["SUMMARY"], event["LOCATION"]) == (str(made), "Open day", "Hall, upstairs; left")
    assert (event.start, event.end) == (starts, ends)
    assert event["DTSTART"].params["TZID"] == "Africa/Johannesburg"
    assert event["SUMMARY"].params["LANGUAGE"] == "en"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Africa/Johannesburg"
    assert calendar["X-WR-CALNAME"] == "Thaba Nkulu Primary: School events"


def test_a_notice_without_an_end_stands_on_its_first_day_and_makes_nobody_busy(sql, cast, site, read):
    add_notice(sql, cast.thaba, "Water is off", urgent=True, starts=-HOUR, ends=2 * HOUR)
    found = {str(entry["SUMMARY"]): entry for entry in entries(read(f"{site}/en/notices.ics"))}
    assert set(found) == {"Sports day", "Water is off"}
    (starts,) = sql.execute("SELECT starts_at FROM notice WHERE title->>'en' = 'Sports day'").fetchone()
    assert found["Sports day"].start == starts.astimezone(SAST).date()
    assert found["Water is off"].end - found["Water is off"].start == 3 * HOUR
    assert {entry["TRANSP"] for entry in found.values()} == {"TRANSPARENT"}
    assert found["Water is off"]["PRIORITY"] == 1


def test_only_notices_for_everyone_are_given_away(sql, cast, site, read):
    for audience in ("guardians", "students", "staff"):
        add_notice(sql, cast.thaba, f"For {audience}", audience=audience)
    add_notice(sql, cast.karoo, "Of another school")
    add_notice(sql, cast.thaba, "Removed", removed_at=dt.datetime.now(dt.UTC))
    assert [str(entry["SUMMARY"]) for entry in entries(read(f"{site}/en/notices.ics"))] == ["Sports day"]


@pytest.mark.parametrize(("path", "title"), [("/zu", "Usuku lwezemidlalo"), ("/af", "Sportdag"), ("", "Sports day")])
def test_it_speaks_the_language_of_its_address(site, read, path, title):
    (entry,) = entries(read(f"{site}{path}/notices.ics"))
    assert entry["SUMMARY"] == title


def test_a_text_that_is_there_in_another_language_says_which(sql, cast, site, read):
    add_event(sql, cast.thaba, {"zu": "Ikhonsathi"}, text={"zu": "Wozani."}, starts=2 * DAY)
    entry = entries(read(f"{site}/en/events.ics"))[-1]
    assert (entry["SUMMARY"], entry["SUMMARY"].params["LANGUAGE"]) == ("Ikhonsathi", "zu")
    assert entry["DESCRIPTION"].params["LANGUAGE"] == "zu"


def test_what_was_changed_has_a_new_stamp_and_the_same_name(sql, cast, site, read):
    (before,) = entries(read(f"{site}/en/events.ics"))
    sql.execute(
        "UPDATE school_event SET title = '{\"en\": \"Open morning\"}', revision = 2, edited_at = now() + interval '1 min'"
    )
    (after,) = entries(read(f"{site}/en/events.ics"))
    assert (after["UID"], after["SUMMARY"], after["SEQUENCE"]) == (before["UID"], "Open morning", 1)
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt


def test_what_was_stays_for_some_months_and_what_is_hidden_does_not(sql, cast, site, read):
    sql.execute("DELETE FROM school_event")
    for title, starts, more in (("Long ago", -200 * DAY, {}), ("Last month", -30 * DAY, {}), ("Hidden", DAY, {"is_shown": False}),
                                ("Next year", 300 * DAY, {})):  # fmt: skip
        add_event(sql, cast.thaba, three(title), starts=starts, **more)
    assert [str(entry["SUMMARY"]) for entry in entries(read(f"{site}/en/events.ics"))] == ["Last month", "Next year"]


def test_a_school_in_another_timezone_has_its_own_rules_with_it(sql, cast, site, read):
    sql.execute("UPDATE school SET timezone = 'Europe/Berlin' WHERE id = 1")
    sql.execute("UPDATE school_event SET starts_at = '2027-07-01 06:00+00', ends_at = '2027-07-01 08:00+00'")
    calendar = read(f"{site}/en/events.ics")
    (event,) = entries(calendar)
    assert (event["DTSTART"].params["TZID"], event["DTSTART"].dt.hour) == ("Europe/Berlin", 8)
    zone = calendar.walk("VTIMEZONE")[0]
    assert {part.name for part in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}


def test_the_same_rows_are_the_same_bytes_in_every_process(browser, site, app, another_app):
    other = another_app(app.extensions["settings"]).test_client()
    for path in ("/en/events.ics", "/zu/notices.ics", "/zu/"):
        assert browser.client.get(f"{site}{path}").get_data() == other.get(f"{site}{path}").get_data()


def test_the_page_leads_to_its_calendars(browser, site):
    page = browser.get(f"{site}/af/")
    assert [e.get("href") for e in page.all("link", type="text/calendar")] == [
        f"{site}/af/notices.ics",
        f"{site}/af/events.ics",
    ]
    ways = [a.get("href") for a in page.one("footer").iter() if (a.get("href") or "").endswith(".ics")]
    assert ways == [f"{site}/af/notices.ics", f"{site}/af/events.ics"]
