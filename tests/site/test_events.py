"""Events of the school: what happens when, where, and who sees it."""

from __future__ import annotations

import datetime as dt

from app import clock
from app.domain.site import events as happenings
from app.tenancy.doors import acting_for, outside
from app.web.paging import PAGE
from blueprints.site.queries import past_events
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


def test_what_was_typed_about_an_event_that_was_removed_meanwhile_brings_it_back(browser, cast, sql, events):
    where = f"/site/events/{a_happening(sql, cast.thaba)}"
    browser.as_(cast.thaba.admin).post(f"{where}/remove", {})
    typed = NEW | {"revision": "1", "title_en": "Choir", "text_en": "Long and dear words."}
    late = browser.as_(cast.thaba.owner).post(where, typed)
    assert late.status == 409
    assert "Somebody else has removed this event meanwhile." in late.main
    assert "Undo the removal" not in late.main  # it would lose what was typed
    assert sql.execute("SELECT removed_at IS NOT NULL, title->>'en' FROM school_event").fetchone() == (True, "Open day")
    form = late.form()
    assert (form["title_en"], form["text_en"], form["starts_at"]) == ("Choir", "Long and dear words.", NEW["starts_at"])
    saved = browser.as_(cast.thaba.owner).post(where, form)
    assert saved.status == 303
    assert sql.execute("SELECT removed_at, title->>'en' FROM school_event").fetchone() == (None, "Choir")
    assert events(cast.thaba) == ["site.remove_event", "site.restore_event", "site.change_event"]


def test_an_event_that_was_removed_comes_back_as_it_was_if_nothing_else_was_typed(browser, cast, sql, events):
    site = browser.as_(cast.thaba.owner)
    where = site.post("/site/events/new", NEW).location
    site.post(f"{where}/remove", {})
    late = site.post(where, NEW | {"revision": "1"})
    site.post(where, late.form())
    assert "The event is back." in site.get("/site/events/").banners
    assert sql.execute("SELECT removed_at, title->>'en' FROM school_event").fetchone() == (None, "Concert")
    assert events(cast.thaba) == ["site.add_event", "site.remove_event", "site.restore_event"]


def test_an_error_in_a_form_of_an_event_that_was_removed_loses_nothing(browser, cast, sql):
    where = f"/site/events/{a_happening(sql, cast.thaba)}"
    browser.as_(cast.thaba.admin).post(f"{where}/remove", {})
    page = browser.as_(cast.thaba.owner).post(where, NEW | {"revision": "1", "starts_at": "", "text_en": "Dear words."})
    assert (page.status, page.problems) == (422, ["Enter when it starts"])
    assert page.form()["text_en"] == "Dear words."


def test_every_past_event_is_on_some_page(browser, cast, sql):
    site = browser.as_(cast.thaba.admin)
    sql.execute(
        "INSERT INTO school_event (school_id, id, title, text, place, starts_at)"
        " SELECT 1, gen_random_uuid(), jsonb_build_object('en', 'Event ' || n), '{}', '',"
        " now() - interval '9 days' - (n / 2) * interval '1 hour' FROM generate_series(1, %s) n",
        (PAGE + 10,),
    )
    first = site.get("/site/events/?which=past")
    assert "50 on this page" in first.main
    second = site.get(f"/site/events/{first.links()['Older']}")
    assert "10 on this page" in second.main
    seen = [text for page in (first, second) for text in page.links() if text.startswith("Event ")]
    assert sorted(seen) == sorted(f"Event {number}" for number in range(1, PAGE + 11))
    assert "Older" not in second.links()


def test_removed_events_have_a_list_and_a_way_back(browser, cast, sql):
    made = a_happening(sql, cast.thaba)
    site = browser.as_(cast.thaba.admin)
    assert "No removed events" in site.get("/site/events/?which=removed").main
    site.post(f"/site/events/{made}/remove", {})
    page = site.get("/site/events/?which=removed")
    assert "Open day" in page.main
    site.post(f"/site/events/{made}/restore", page.form(f"/site/events/{made}/restore"))
    assert "Open day" in site.get("/site/events/").main
    assert "Open day" not in site.get("/site/events/?which=removed").main


def test_the_pages_of_removed_events_follow_each_other(browser, cast, sql):
    sql.execute(
        "INSERT INTO school_event (school_id, id, title, text, place, starts_at, removed_at)"
        " SELECT 1, gen_random_uuid(), jsonb_build_object('en', 'Event ' || n), '{}', '', now(), now() FROM"
        " generate_series(1, %s) n",
        (PAGE + 1,),
    )
    site = browser.as_(cast.thaba.admin)
    first = site.get("/site/events/?which=removed")
    assert "1 on this page" in site.get(f"/site/events/{first.links()['Older']}").main


def test_a_list_that_is_not_there_is_not_found(browser, cast):
    assert browser.as_(cast.thaba.admin).get("/site/events/?which=lost").status == 404


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
        assert {event.place for event in past_events(clock.now()).rows} == {"over", "long over"}
        assert len(happenings.coming(clock.now())) == 4


def test_events_need_no_website(browser, cast, sql):
    assert "No events to come" in browser.as_(cast.thaba.admin).get("/site/events/").main
    assert "No past events" in browser.as_(cast.thaba.admin).get("/site/events/?which=past").main
    add_site(sql, cast.thaba)


def test_the_events_of_another_school_are_not_there(browser, cast, sql):
    assert browser.as_(cast.thaba.admin).get(f"/site/events/{a_happening(sql, cast.karoo)}").status == 404
