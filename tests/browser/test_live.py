"""Live fragments and the status bar in Chromium: they move, end, keep the focus, rest while nobody looks, and say when they cannot."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint
from playwright.sync_api import expect

from app.access.gate import signed_in
from app.access.who import asking
from app.area import Area
from app.factory import create_app
from app.ids import uuid7
from app.tenancy.database import db
from app.web.page import render
from blueprints import AREAS
from tests.browser.conftest import fits, serving, violations

DASHBOARD = "/dashboard/"
BAR = "[data-poll='/progress']"
#: the page's timers: how long each would wait, and what is due then
TIMERS = """
window.waits = []; window.due = null;
window.setTimeout = (call, wait) => { waits.push(wait); due = call; return waits.length };
window.clearTimeout = () => { due = null };
"""
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def job(sql, cast):
    """A job that the admin of Thaba Nkulu waits for; calling it changes its row."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.admin.user_id,))
    sql.execute(
        "INSERT INTO progress (school_id, id, person_id, kind, subject, label, url, done, total)"
        " VALUES (1, %s, %s, 'send', %s, 'Sports day', '/schedule-notices/', 40, 200)",
        (id := uuid7(), cast.thaba.admin.person_id, uuid7()),
    )

    def change(assignments):
        sql.execute(f"UPDATE progress SET {assignments} WHERE id = %s", (id,))

    change.id = id
    return change


@pytest.fixture
def watch(visit, cast):
    """Open a page of the admin's whose timers wait for the test: gives the page, and what its fragment was answered with."""

    def open_page(path=DASHBOARD, **options):
        page = visit(cast.thaba.admin, "/settings/profile", **options)
        asked = []
        page.on("response", lambda response: asked.append(response.status) if response.url.endswith("/progress") else None)
        page.add_init_script(TIMERS)
        page.goto(page.url.replace("/settings/profile", path))
        return page, asked

    return open_page


def tick(page):
    """Let the wait of the page's fragment be over, and see it through; returns how long it would have been, in milliseconds."""
    return page.evaluate("async () => { const wait = waits.at(-1); await due(); return wait }")


def rests(page):
    """Whether nothing will be asked by itself."""
    return page.evaluate("due === null")


def said(page):
    return page.locator("output.vh").inner_text()


def test_the_bar_moves_and_ends(watch, job):
    page, asked = watch()
    bar = page.locator(BAR)
    assert bar.locator("progress").get_attribute("value") == "40"
    job("done = 120")
    assert tick(page) == 3000
    assert bar.locator("progress").get_attribute("value") == "120"
    assert "120 of 200" in bar.inner_text()
    tick(page)
    assert asked == [200, 304], "nothing has happened since"
    assert said(page) == "", "a count is not read aloud"
    job("done = 200, state = 'done', ended_at = now()")
    tick(page)
    assert said(page) == "Finished sending “Sports day”"
    assert rests(page)
    page.get_by_role("link", name="See the result").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Schedule notices"
    assert page.locator(".running").count() == 0


def test_it_is_dismissed_without_leaving_the_page(watch, job, sql):
    page, _ = watch("/schedule-notices/new")
    page.get_by_label("Title").first.fill("Half a title")
    page.get_by_role("button", name="Hide").click()
    page.locator(".job").wait_for(state="detached")
    assert page.get_by_label("Title").first.input_value() == "Half a title"
    assert sql.execute("SELECT seen_at IS NOT NULL FROM progress").fetchone() == (True,)
    assert page.evaluate("document.activeElement.id") == "main", "the focus is not lost"
    page.reload()
    assert page.locator(".running").count() == 0


def test_what_cannot_be_dismissed_in_the_background_shows_the_page_that_says_why(watch, job, sql):
    page, _ = watch()
    sql.execute("DELETE FROM progress")
    page.get_by_role("button", name="Hide").click()
    page.wait_for_selector("h1:has-text('Page not found')")


def test_the_focus_stays(watch, job):
    page, _ = watch()
    page.locator(".job a").focus()
    job("done = 41")
    tick(page)
    assert page.locator("progress").get_attribute("value") == "41"
    assert page.evaluate("document.activeElement.textContent").startswith("View")
    assert page.evaluate("document.activeElement.isConnected")


def test_a_tab_that_nobody_looks_at_asks_nothing_and_once_on_return(watch, job):
    page, asked = watch()
    page.evaluate(HIDE, True)
    assert rests(page)
    job("done = 77")
    assert asked == []
    page.evaluate(HIDE, False)
    page.wait_for_selector("progress[value='77']")
    assert asked == [200]
    assert not rests(page)


def test_without_answers_it_says_since_when_asks_less_and_recovers(watch, job):
    page, _ = watch(despite="net::ERR_FAILED")
    note = page.locator(".running .stale")
    assert not note.is_visible()
    page.route("**/progress", lambda route: route.abort())
    assert [tick(page) for _ in range(7)] == [3000, 6000, 12_000, 24_000, 48_000, 60_000, 60_000]
    assert re.fullmatch(r"Not updating since \d\d:\d\d", note.inner_text())
    assert note.is_visible()
    assert page.locator(BAR).get_attribute("data-stale") == ""
    assert said(page) == note.inner_text()
    assert page.locator("progress").get_attribute("value") == "40", "what was known stays"
    page.unroute("**/progress")
    job("done = 99")
    assert tick(page) == 60_000
    assert page.locator("progress").get_attribute("value") == "99"
    assert not note.is_visible()
    assert tick(page) == 3000


def test_a_server_in_trouble_is_asked_less(watch, job):
    page, _ = watch(despite="a status of 503")
    page.route("**/progress", lambda route: route.fulfill(status=503, body="<h1>away</h1>"))
    assert [tick(page) for _ in range(3)] == [3000, 6000, 12_000]
    assert page.locator(".job").count() == 1, "the page of the fault is not drawn into it"


def test_a_lost_session_ends_it(watch, job, sql, cast):
    page, _ = watch()
    sql.execute("UPDATE login_session SET revoked_at = now() WHERE user_id = %s", (cast.thaba.admin.user_id,))
    tick(page)
    assert rests(page)
    assert page.locator(".running .stale").is_visible()
    assert page.locator(".job").count() == 1, "the sign-in page is not drawn into it"


def test_without_the_script_it_shows_how_it_was_and_can_be_asked_again(visit, cast, job, sql):
    page = visit(cast.thaba.admin, DASHBOARD, scripts=False)
    assert "40 of 200" in page.locator(".job").inner_text()
    assert not page.locator(".stale").is_visible()
    job("done = 150")
    page.get_by_role("link", name="Refresh").click()
    page.wait_for_selector("progress[value='150']")
    page.get_by_role("button", name="Hide").click()
    page.wait_for_selector(".running", state="detached")
    assert page.url.endswith(DASHBOARD)
    assert sql.execute("SELECT seen_at IS NOT NULL FROM progress").fetchone() == (True,)


def test_with_the_script_there_is_no_link_to_refresh(watch, job):
    page, _ = watch()
    assert not page.get_by_role("link", name="Refresh").is_visible()


@pytest.mark.parametrize(
    ("width", "mode"),
    [
        (320, "dark"), (390, "light"), (1440, "dark"),
        *(pytest.param(*other, marks=pytest.mark.full) for other in ((320, "light"), (390, "dark"), (1440, "light"))),
    ],
)  # fmt: skip
def test_it_is_accessible_and_fits(visit, cast, job, axe, sql, mode, width):
    for state, message in (("done", None), ("failed", "The-file-has-a-very-long-word-in-it-" * 4)):
        sql.execute(
            "INSERT INTO progress (school_id, id, person_id, kind, subject, label, url, state, message, ended_at)"
            " VALUES (1, uuid7(), %s, 'import', uuid7(), %s, '/dashboard/x', %s, %s, now())",
            (cast.thaba.admin.person_id, "Learners-of-the-year-2027-" * 4, state, message),
        )
    page = visit(cast.thaba.admin, DASHBOARD, width=width, mode=mode)
    assert page.locator(".job").count() == 3
    assert violations(axe, page) == []
    assert fits(page)


def test_forced_colours_still_show_how_far_it_is(visit, cast, job):
    page = visit(cast.thaba.admin, DASHBOARD)
    page.emulate_media(forced_colors="active")
    edge = page.locator("progress").evaluate("bar => getComputedStyle(bar).borderTopWidth")
    assert edge == "1px", "its background is taken away, so that it needs a frame"


@pytest.fixture
def planted(app, settings, chromium, cast, sql):
    """A page with a fragment of the test's own; the test decides what it answers."""
    pages = Blueprint("planted", __name__, url_prefix="/planted", template_folder="planted")
    answers = {"fragment": "", "status": 200, "loads": 0}

    @pages.get("/")
    @signed_in
    def page():
        answers["loads"] += 1
        html = render("web/fault.html", fault=FAULT, person=asking(), code=200)
        return html.replace(
            "</main>", f'<div data-poll="/planted/fragment" data-every="100">{answers["fragment"]}</div></main>'
        )

    @pages.get("/fragment")
    @signed_in
    def fragment():
        return answers["fragment"], answers["status"]

    other = create_app((*AREAS, Area(pages)), settings)
    with serving(other) as address:
        yield answers, address
    with other.app_context():
        for engine in db.engines.values():
            engine.dispose()


FAULT = type("Fault", (), {"icon": "info", "title": "Planted", "text": "A page."})


def test_a_last_fragment_can_ask_for_the_whole_page(visit, cast, planted):
    answers, address = planted
    answers["fragment"] = "<p>Under way</p>"
    page = visit(cast.thaba.admin, "/planted/", address=address)
    with page.expect_navigation():
        answers["fragment"] = '<p data-poll-stop="reload">All done</p>'
    assert page.locator("text=All done").is_visible()
    page.add_init_script(TIMERS)
    page.reload()
    assert rests(page), "once, not again and again"


def test_what_somebody_is_using_is_not_taken_away(visit, cast, planted):
    answers, address = planted
    menu = '<details class="drop"><summary class="btn">More</summary><ul><li><a href="/">Home</a></li></ul></details>'
    answers["fragment"] = menu
    page = visit(cast.thaba.admin, "/planted/", address=address)
    page.add_init_script(TIMERS)
    page.reload()
    page.get_by_text("More").click()
    answers["fragment"] = menu + "<p>News</p>"
    tick(page)
    assert page.get_by_role("link", name="Home").is_visible()
    page.keyboard.press("Escape")
    tick(page)
    assert page.locator("text=News").is_visible()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_answer_that_will_not_change_ends_it(visit, cast, planted, status):
    answers, address = planted
    answers["fragment"] = "<p>First</p>"
    page = visit(cast.thaba.admin, "/planted/", address=address)
    page.add_init_script(TIMERS)
    page.reload()
    answers.update(status=status, fragment="<p>No</p>")
    tick(page)
    assert rests(page)
    assert page.locator("[data-stale]").count() == 1
    assert page.locator("text=First").is_visible()


def test_a_form_says_how_far_it_reaches_as_it_stands_now(visit, cast, sql):
    """Who has unsubscribed is reached by what is urgent: the numbers follow the box that is ticked."""
    sql.execute("UPDATE app_user SET language = 'en'")
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at) VALUES (1, uuid7(), %s, now())",
        (cast.thaba.guardian.person_id,),
    )
    page = visit(cast.thaba.admin, "/schedule-notices/new", language="en")
    hint = page.locator("label:has(input[value=guardians]) small")
    expect(hint).to_contain_text("cannot be reached")
    page.locator("input[name=urgent]").check()
    expect(hint).to_contain_text("1 of them gets it by email")
    expect(hint).not_to_contain_text("cannot be reached")
    assert "urgent=yes" in page.locator("[data-reach-list]").get_attribute("href")
