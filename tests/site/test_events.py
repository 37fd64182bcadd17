"""Events of the school: what happens when, where, and who sees it."""

from __future__ import annotations

import datetime as dt

from app import clock
from app.domain.site import events as happenings
from app.tenancy.doors import acting_for, outside
from tests.site.arranged import a_happening, add_site

NEW = {
    "title_en": "Concert",
    "text_en": "Songs.",
    "starts_at": "2031-03-07T18:00",
    "ends_at": "2031-03-07T20:00",
    "place": "Hall",
    "is_shown": "y",
}


def test_an_event_is_added_changed_removed_and_brought_back(browser, cast, sql, events):
    site = browser.as_(cast.thaba.admin)
    where = site.post("/site/events/new", NEW).location
    row = sql.execute("SELECT title, place, starts_at, is_shown FROM school_event").fetchone()
    assert row == ({"en": "Concert"}, "Hall", dt.datetime(2031, 3, 7, 16, tzinfo=dt.UTC), True)
    site.post(where, NEW | {"place": "Field", "revision": "1"})
    assert sql.execute("SELECT place, revision FROM school_event").fetchone() == ("Field", 2)
    assert "Concert" in site.get("/site/events/").main
    site.post(f"{where}/remove", {})
    assert "Concert" not in site.get("/site/events/").main
    assert "Undo the removal" in site.get(where).main
    site.post(f"{where}/restore", {})
    assert "Concert" in site.get("/site/events/").main
    assert events(cast.thaba) == ["site.add_event", "site.change_event", "site.remove_event", "site.restore_event"]


def test_what_is_missing_is_said(browser, cast):
    page = browser.as_(cast.thaba.admin).post("/site/events/new", {})
    assert page.problems == ["Enter a title in at least one language", "Enter when it starts"]
    late = browser.as_(cast.thaba.admin).post("/site/events/new", NEW | {"ends_at": "2031-03-07T18:00"})
    assert late.problems == ["It has to end after it starts."]


def test_who_comes_too_late_is_told_and_loses_nothing(browser, cast, sql):
    where = f"/site/events/{a_happening(sql, cast.thaba)}"
    browser.as_(cast.thaba.admin).post(where, NEW | {"revision": "1"})
    late = browser.as_(cast.thaba.owner).post(where, NEW | {"revision": "1", "title_en": "Choir"})
    assert late.status == 409
    assert "Choir" in late.text
    assert sql.execute("SELECT title->>'en' FROM school_event").fetchone() == ("Concert",)


def test_the_public_sees_what_is_shown_and_not_over(app, cast, sql):
    for place, shown, starts, ends in (
        ("coming", True, "1 day", "2 days"), ("hidden", False, "1 day", "2 days"), ("on", True, "-1 hour", "1 hour"),
        ("over", True, "-2 hours", "-1 hour"), ("open end", True, "-23 hours", None), ("long over", True, "-25 hours", None),
    ):  # fmt: skip
        sql.execute(
            "INSERT INTO school_event (school_id, id, title, text, place, is_shown, starts_at, ends_at)"
            " VALUES (1, gen_random_uuid(), '{}', '{}', %s, %s, now() + %s::interval, now() + %s::interval)",
            (place, shown, starts, ends),
        )
    a_happening(sql, cast.karoo)
    with outside(), acting_for(1):
        assert [event.place for event in happenings.shown_events(clock.now())] == ["open end", "on", "coming"]
        assert {event.place for event in happenings.past(clock.now())} == {"over", "long over"}
        assert len(happenings.coming(clock.now())) == 4


def test_events_need_no_website(browser, cast, sql):
    assert "No events to come" in browser.as_(cast.thaba.admin).get("/site/events/").main
    assert "No past events" in browser.as_(cast.thaba.admin).get("/site/events/?which=past").main
    add_site(sql, cast.thaba)


def test_the_events_of_another_school_are_not_there(browser, cast, sql):
    assert browser.as_(cast.thaba.admin).get(f"/site/events/{a_happening(sql, cast.karoo)}").status == 404
