"""A page that is kept: for one statement it goes out, and never when it is no longer what the website shows."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import logging

import brotli
import psycopg
import pytest
import time_machine

from app.tenancy import counting
from blueprints.public_site import warm
from blueprints.public_site.kept import Kept, Shelf
from tests.notices.arranged import HOUR, add_notice
from tests.public_site.arranged import a_document, a_page, add_event, add_review, block, publish, three

KEPT = ("/en/", "/zu/about", "/notices.ics", "/af/notices.ics", "/en/events.ics", "/sitemap.xml")


@pytest.fixture
def told(caplog):
    """The log's line of each request."""
    caplog.set_level(logging.INFO, logger="umthi.request")
    return lambda: [record.fields for record in caplog.records if record.name == "umthi.request"]


@pytest.mark.parametrize("path", KEPT)
def test_a_page_that_is_kept_takes_one_statement_and_is_the_same_to_the_byte(browser, site, told, path):
    first, second = (browser.client.get(f"{site}{path}") for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.get_data() == second.get_data()
    for name in ("ETag", "Cache-Control", "Content-Type", "Content-Length", "Content-Security-Policy", "Vary"):
        assert first.headers[name] == second.headers[name], name
    cold, kept = told()
    assert (kept["route"], kept["queries"], kept["status"]) == (warm.ROUTE, 1, 200)
    assert cold["queries"] > 1
    assert kept["request"] == second.headers["X-Request-Id"]


def test_the_statement_that_is_counted_is_sent(browser, site, app, monkeypatch):
    browser.client.get(f"{site}/en/")
    sent = []
    monkeypatch.setattr(counting, "note", lambda *_: sent.append(1))
    monkeypatch.setattr("app.tenancy.reading.counting.note", lambda *_: sent.append(1))
    browser.client.get(f"{site}/en/")
    assert len(sent) == 1


def test_what_stands_behind_a_question_mark_changes_nothing(browser, site, told, shelf):
    plain = browser.client.get(f"{site}/en/").get_data()
    held = len(shelf)
    assert browser.client.get(f"{site}/en/?utm_source=flyer&language=zu").get_data() == plain
    assert told()[-1]["route"] == warm.ROUTE
    assert len(shelf) == held


@pytest.mark.parametrize("path", KEPT)
def test_whoever_has_the_page_hears_that_it_still_holds(browser, site, path):
    etag = browser.client.get(f"{site}{path}").headers["ETag"]
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        answer = browser.client.get(f"{site}{path}", headers={"If-None-Match": known})
        assert (answer.status_code, answer.get_data(), answer.headers["ETag"]) == (304, b"", etag)
    assert browser.client.get(f"{site}{path}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_cold_page_is_not_sent_to_whoever_has_it_either(browser, site, app, another_app):
    etag = browser.client.get(f"{site}/en/").headers["ETag"]
    other = another_app(app.extensions["settings"]).test_client()
    assert other.get(f"{site}/en/", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    ("accepts", "coding"), [("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("", None)]
)
def test_it_goes_out_in_the_coding_that_is_wanted(browser, site, accepts, coding):
    plain = browser.client.get(f"{site}/en/").get_data()
    for _ in range(2):  # cold for this coding, and kept
        answer = browser.client.get(f"{site}/en/", headers={"Accept-Encoding": accepts})
        assert answer.headers.get("Content-Encoding") == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
        body = answer.get_data()
        assert {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding](body) == plain
        assert int(answer.headers["Content-Length"]) == len(body)


def test_head_gives_the_headers_and_no_page(browser, site):
    page = browser.client.get(f"{site}/en/")
    for _ in range(2):
        head = browser.client.head(f"{site}/en/")
        assert (head.status_code, head.get_data(), head.headers["ETag"]) == (200, b"", page.headers["ETag"])


def test_what_is_published_shows_at_the_next_request_in_every_process(browser, cast, sql, site, app, another_app):
    clients = [browser.client, *(another_app(app.extensions["settings"]).test_client() for _ in range(2))]
    for _ in range(2):
        assert all("A school among trees" in one.get(f"{site}/en/").get_data(as_text=True) for one in clients)
    publish(sql, cast.thaba, a_document(a_page(block("h", "hero", heading=three("A new beginning")))))
    for one in clients:
        page = one.get(f"{site}/en/").get_data(as_text=True)
        assert "A new beginning" in page
        assert "A school among trees" not in page
    sql.execute("UPDATE site SET is_on = false")
    assert [one.get(f"{site}/en/").status_code for one in clients] == [404] * 3


CHANGES = {
    "a notice": lambda sql, cast: add_notice(sql, cast.thaba, "The bus is late"),
    "a notice that is removed": lambda sql, cast: sql.execute("UPDATE notice SET removed_at = now()"),
    "an event": lambda sql, cast: add_event(sql, cast.thaba, three("Concert")),
    "a review": lambda sql, cast: add_review(sql, cast.thaba, milestone="year:2026", body="New."),
    "a review that is withdrawn": lambda sql, cast: sql.execute(
        "UPDATE review SET state = 'withdrawn', rating = NULL, body = NULL, shown_name = NULL, consents = false, answer = NULL"
    ),
    "another name of the school": lambda sql, cast: sql.execute("UPDATE school SET name = 'Thaba Nkulu Combined' WHERE id = 1"),
    "another number of the school": lambda sql, cast: sql.execute("UPDATE school SET contact_phone = '036 1' WHERE id = 1"),
    "another class": lambda sql, cast: sql.execute("UPDATE class_group SET name = 'Drama'"),
    "another time of a class": lambda sql, cast: sql.execute("UPDATE meeting_time SET room = 'Field'"),
    "other words for a picture": lambda sql, cast: sql.execute("UPDATE site_picture SET alt = '{\"en\": \"Trees\"}'"),
    "a form that is closed": lambda sql, cast: sql.execute("UPDATE lead_form SET is_open = false"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_else_the_page_shows_is_shown_at_once(browser, cast, sql, site, what):
    before = [browser.client.get(f"{site}/en/").headers["ETag"] for _ in range(2)]
    CHANGES[what](sql, cast)
    after = browser.client.get(f"{site}/en/").headers["ETag"]
    assert before[0] == before[1] != after


def test_what_begins_and_ends_by_the_clock_does_so_without_anybody_changing_anything(browser, cast, sql, site):
    add_notice(sql, cast.thaba, "Comes later", starts=HOUR)
    add_notice(sql, cast.thaba, "Ends soon", ends=2 * HOUR)
    now = dt.datetime.now(dt.UTC)

    def shown(after: dt.timedelta) -> tuple[bool, bool, bool]:
        with time_machine.travel(now + after, tick=True):
            text = browser.client.get(f"{site}/en/").get_data(as_text=True)
        return "Comes later" in text, "Ends soon" in text, "Open day" in text

    assert [shown(hours * HOUR + dt.timedelta(minutes=1)) for hours in (0, 1, 2, 27)] == [
        (False, True, True), (True, True, True), (True, False, True), (True, False, False),
    ]  # fmt: skip


def test_another_school_keeps_pages_of_its_own(browser, cast, sql, site):
    publish(sql, cast.karoo, a_document(a_page(block("h", "hero", heading=three("In the Karoo")))))
    for _ in range(2):
        assert "In the Karoo" in browser.client.get("/s/karoo/en/").get_data(as_text=True)
        assert "In the Karoo" not in browser.client.get(f"{site}/en/").get_data(as_text=True)


def test_a_host_that_is_not_ours_gets_no_page_that_is_kept_for_one_that_is(browser, site):
    assert browser.client.get(f"{site}/en/").status_code == 200
    assert browser.client.get(f"{site}/en/", base_url="http://evil.example").status_code == 400


def test_while_the_database_is_away_a_kept_page_is_not_shown_as_if_it_held(browser, site, app, monkeypatch):
    assert browser.client.get(f"{site}/en/").status_code == 200

    def away(_: str) -> None:
        raise psycopg.OperationalError("away")

    monkeypatch.setattr(warm, "mark_of", away)
    monkeypatch.setattr("blueprints.public_site.routes.standing", away)
    page = browser.get(f"{site}/en/")
    assert (page.status, page.h1, page.headers["Cache-Control"]) == (503, "Umthi cannot reach its data", "no-store")
    assert "Set-Cookie" not in page.headers


def test_many_at_once_ask_once_and_nobody_is_told_what_is_older(app, monkeypatch):
    """Outside of tests: how a website stands holds for a tenth of a second, in each process for itself."""
    now, answers = iter([0.0, 0.09, 0.11, 0.12, 0.4]), iter([(b"1",), (b"2",), None])
    monkeypatch.setattr(warm.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(warm, "mark_of", lambda slug: next(answers))
    marks = warm.Marks(app, warm.HOLDS)
    assert [marks.of("thaba") for _ in range(5)] == [((b"1",), 1), ((b"1",), 0), ((b"2",), 1), ((b"2",), 0), (None, 1)]


def test_what_is_known_of_websites_is_bounded(app, monkeypatch):
    monkeypatch.setattr(warm, "MOST", 3)
    monkeypatch.setattr(warm, "mark_of", lambda slug: (slug.encode(),))
    marks = warm.Marks(app, 60)
    for number in range(10):
        assert marks.of(f"school-{number}") == ((f"school-{number}".encode(),), 1)
        assert len(marks._known) <= 3


def test_the_shelf_is_bounded_and_lets_the_least_used_go():
    shelf = Shelf(limit=1_000)
    pages = {name: Kept(name.encode() * 100, "text/plain", headers=[]) for name in "abcde"}
    for name, page in pages.items():
        shelf.put(("host", name), page)
        shelf.get(("host", "a"))
    assert (len(shelf), shelf.size) == (5, 1_000)
    shelf.put(("host", "f"), Kept(b"f" * 100, "text/plain", headers=[]))
    assert [shelf.get(("host", name)) is not None for name in "abcdef"] == [True, False, True, True, True, True]
    shelf.put(("host", "f"), Kept(b"f" * 600, "text/plain", headers=[]))
    assert shelf.get(("host", "f")) is not None or shelf.size <= 1_000
    assert shelf.size <= 1_000
    shelf.put(("host", "g"), Kept(b"g" * 5_000, "text/plain", headers=[]))
    assert shelf.get(("host", "g")) is None


def test_a_line_of_the_log_is_json_and_names_no_address(browser, site, told):
    for _ in range(2):
        browser.client.get(f"{site}/en/?utm_source=flyer")
    line = json.dumps(told()[-1])
    assert "flyer" not in line
    assert "thaba" not in line
