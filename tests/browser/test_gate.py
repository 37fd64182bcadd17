"""The gate in a real browser: answers in place, and scans that wait while there is no connection."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import fits, violations
from tests.gate.arranged import CARD, add_learner

KEPT = "localStorage.getItem('gate') ?? '[]'"
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"


@pytest.fixture
def learner(sql, cast):
    return add_learner(sql, cast.thaba)


def scan(page: Page, code: str) -> None:
    """What a keyboard-wedge scanner does: types where the focus is, and presses Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_a_scanner_types_and_the_answer_stands_there(axe, windows, cast, sql, learner):
    page = windows.open(cast.multi, "/gate/", width=390, mode="dark")
    scan(page, CARD)
    expect(page.locator(".scanned.ok")).to_contain_text("Thandi Cele")
    scan(page, CARD)
    expect(page.locator(".scanned.warn .verdict")).to_have_text("Already in")
    scan(page, "77-XX")
    expect(page.locator(".scanned.crit .verdict")).to_have_text("Unknown code")
    assert page.evaluate(KEPT) == "[]"
    assert fits(page)
    assert violations(axe, page) == []
    assert sql.execute("SELECT count(*) FROM gate_scan").fetchone() == (3,)


def test_without_a_connection_scans_wait_on_the_device_and_go_out_with_it(windows, cast, sql, learner):
    page = windows.open(cast.multi, "/gate/", despite=OFFLINE)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    page.context.set_offline(True)
    scan(page, CARD)
    expect(page.locator(".scanned.warn .verdict")).to_contain_text("Recorded")
    scan(page, "2026001")
    expect(page.locator("[data-count]")).to_have_text("Offline: 2 scans wait")
    kept = json.loads(page.evaluate(KEPT))
    assert [set(each) for each in kept] == [{"id", "code", "scanned_at", "school"}] * 2
    assert "Thandi" not in page.evaluate(KEPT)
    page.context.set_offline(False)
    expect(page.locator("[data-queue]")).to_be_hidden(timeout=20_000)
    found = sql.execute("SELECT direction FROM gate_scan ORDER BY scanned_at").fetchall()
    assert found == [("in",), ("repeat",)]


def test_a_page_that_is_opened_without_a_connection_scans_too(windows, cast, sql, learner):
    page = windows.open(cast.multi, "/gate/", despite=OFFLINE)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    expect(page.locator("h1")).to_have_text("Gate")
    for _ in range(100):
        if page.evaluate("caches.open('gate').then((one) => one.keys()).then((all) => all.length)") >= 4:
            break
        page.wait_for_timeout(50)
    page.reload()  # the worker rules the page from now on
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("Gate without a connection")
    scan(page, CARD)
    expect(page.locator("[data-count]")).to_have_text("Offline: 1 scan waits")
    page.context.set_offline(False)
    expect(page.locator("h1")).to_have_text("Gate", timeout=20_000)  # it goes there by itself
    expect(page.locator("[data-queue]")).to_be_hidden(timeout=20_000)
    assert sql.execute("SELECT direction FROM gate_scan").fetchall() == [("in",)]


def test_a_suspended_school_refuses_and_the_device_keeps_what_it_has(windows, cast, sql, learner):
    page = windows.open(cast.thaba.officer, "/gate/", despite="status of 403")
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    scan(page, CARD)
    expect(page.locator(".scanned.crit")).to_be_visible()
    assert len(json.loads(page.evaluate(KEPT))) == 1
