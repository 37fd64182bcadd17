"""The wall-board in Chromium: it asks while somebody looks and only then, and says since when it could not."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.browser.conftest import LOOKS, fits, violations
from tests.browser.test_live import HIDE, TIMERS, rests, tick
from tests.operator.arranged import add_dead, add_run, all_is_well

CONSOLE = "/operator"
CLOCK = "#live-state time"
LONG_AGO = "const clock = document.querySelector('#live-state time'); clock.textContent = '00:00:00'"


@pytest.fixture
def watch(visit, cast, sql):
    """Open the console with timers that wait for the test: gives the page, and what its fragment was answered with."""
    all_is_well(sql)

    def open_page(**options):
        page = visit(cast.operator, "/settings/profile", **options)
        asked = []
        page.on(
            "response",
            lambda answer: asked.append(answer.status) if "x-fragment" in answer.request.headers else None,
        )
        page.add_init_script(TIMERS)
        page.goto(page.url.replace("/settings/profile", CONSOLE))
        return page, asked

    return open_page


def shown_clock(page):
    return page.locator(CLOCK).inner_text()


def test_it_asks_every_thirty_seconds_and_the_clock_says_when_it_was_answered(watch, sql, cast):
    page, asked = watch()
    assert re.fullmatch(r"Live · updated\s\d\d:\d\d:\d\d", page.locator("#live-state .live").inner_text())
    page.evaluate(LONG_AGO)
    assert tick(page) == 30_000
    page.wait_for_function("document.querySelector('#live-state time').textContent !== '00:00:00'")
    assert shown_clock(page) == page.evaluate(
        "new Intl.DateTimeFormat('en-GB', {timeStyle: 'medium', timeZone: 'Africa/Johannesburg'})"
        ".format(new Date(document.querySelector('[data-poll]').dataset.at))"
    )
    page.evaluate(LONG_AGO)
    tick(page)
    page.wait_for_function("document.querySelector('#live-state time').textContent !== '00:00:00'")
    assert asked == [200, 304], "nothing has happened, and the clock goes on"
    add_dead(sql, cast.thaba, 3)
    tick(page)
    assert "3 failed deliveries need review" in page.locator(".triage li.crit").inner_text()
    assert page.locator("output.vh").inner_text() == "1 open", "said aloud"
    sql.execute("UPDATE metric SET number = 0 WHERE name = 'waiting.deliveries'")
    tick(page)
    assert page.get_by_text("Nothing needs you right now").is_visible()


def test_a_tab_that_nobody_looks_at_asks_nothing_and_once_on_return(watch):
    page, asked = watch()
    page.evaluate(HIDE, True)
    assert rests(page)
    page.wait_for_timeout(50)
    assert asked == []
    with page.expect_response(lambda answer: "x-fragment" in answer.request.headers):
        page.evaluate(HIDE, False)
    page.wait_for_function("due !== null")
    assert len(asked) == 1


def test_when_it_cannot_be_asked_it_says_since_when_in_amber_and_recovers(watch):
    page, asked = watch(despite="status of 503")
    before = shown_clock(page)
    page.route("**/operator", lambda route: route.fulfill(status=503, body=""))
    tick(page)
    assert page.locator("#live-state").inner_text().strip() == f"Not updating since {before[:5]}"
    assert page.locator("#live-state .live").is_hidden()
    amber = page.evaluate("getComputedStyle(document.querySelector('#live-state .stale')).color")
    assert amber == page.evaluate(
        "(() => { const one = document.createElement('p'); one.className = 'late'; document.body.append(one);"
        " return getComputedStyle(one).color })()"
    )
    assert page.locator(".tiles .tile").count() == 3, "what was there stays"
    page.unroute("**/operator")
    assert tick(page) == 60_000, "it asks less"
    assert page.locator("#live-state .live").is_visible()
    assert page.locator("#live-state .stale").is_hidden()
    assert asked == [503, 200]


def test_refresh_asks_in_place_and_reads_the_page_anew_when_it_is_out_of_date(watch, sql, cast):
    page, asked = watch(despite="status of 503")
    add_dead(sql, cast.thaba, 3)
    page.evaluate("window.here = true")
    page.get_by_role("link", name="Refresh").click()
    page.locator(".triage li.crit").wait_for()
    assert (asked, page.evaluate("window.here")) == ([200], True)
    page.route("**/operator", lambda route: route.fulfill(status=503, body=""))
    tick(page)
    page.unroute("**/operator")
    page.get_by_role("link", name="Refresh").click()
    page.wait_for_function("window.here !== true && document.querySelector('#live-state .live')")


def test_a_card_keeps_the_focus_and_leads_to_its_fix(watch, sql, cast):
    add_dead(sql, cast.thaba, 3)
    page, _ = watch()
    page.locator(".triage a").focus()
    add_dead(sql, cast.karoo)
    tick(page)
    assert "Thaba" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/operator/dead-letters?school=1")


def test_without_scripts_it_is_all_there(visit, cast, sql):
    all_is_well(sql)
    add_dead(sql, cast.thaba)
    page = visit(cast.operator, CONSOLE, scripts=False)
    assert page.locator("#live-state .live").is_visible()
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("searchbox").fill("thaba")
    page.get_by_role("button", name="Search").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Search: thaba"


def test_it_is_accessible_and_fits(revisit, cast, sql, axe):
    all_is_well(sql)
    add_dead(sql, cast.thaba, 14)
    add_run(sql)
    for path, (width, mode) in itertools.product((CONSOLE, "/operator/search?q=a"), LOOKS):
        page = revisit(cast.operator, path, mode=mode, width=width)
        assert fits(page), width
        assert violations(axe, page) == []
