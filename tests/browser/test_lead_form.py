"""The enquiry form in Chromium: the trap that nobody meets, a frame on another site that forbids inline scripts, no JavaScript."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.browser.conftest import Quiet, fits, violations
from tests.lead_form.conftest import leads, open_form

HERE = "/s/thaba/lead?lang=en"


@pytest.fixture
def form(cast, sql):
    open_form(sql, cast.thaba, min_seconds=0)


@contextmanager
def another_site(body: str, policy: str) -> Iterator[str]:
    """A site of somebody else's with one page, which forbids what stands inline."""

    def page(environ, start):
        answer = Response(
            f"<!doctype html><html lang='en'><title>A school</title><body><h1>A school</h1>{body}</body></html>",
            mimetype="text/html", headers={"Content-Security-Policy": policy},
        )  # fmt: skip
        return answer(environ, start)

    server = make_server("localhost", 0, page, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _fill(page) -> None:
    page.get_by_label("Your name").fill("Palesa Mahlangu")
    page.get_by_label("Email address").fill("palesa@example.org")
    page.get_by_label("You may keep this").check()
    page.get_by_role("button", name="Send the enquiry").click()
    page.get_by_role("heading", name="Your enquiry was sent").wait_for()


def test_nobody_sees_reaches_or_hears_the_trap_and_no_browser_fills_it(visit, form):
    page = visit(None, HERE)
    trap = page.locator("input[name=subject]")
    assert trap.count() == 1
    assert not trap.is_visible()
    assert trap.evaluate("e => e.checkVisibility()") is False
    assert trap.evaluate("e => { e.focus(); return document.activeElement === e }") is False
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || ''"))
    assert {"name", "email", "consent"} <= set(reached)
    assert "subject" not in reached
    assert "Leave this empty" not in page.locator("main").aria_snapshot()
    # what is not drawn no browser offers to fill, and it says so too
    assert trap.get_attribute("autocomplete") == "off"
    assert page.locator("[name=name]").get_attribute("autocomplete") == "name"


def test_without_the_style_sheet_the_trap_says_what_it_is(visit, form):
    """Planted: the sheet that hides it is missing. Then it is seen, and its label says that it stays empty."""
    page = visit(None, HERE)
    page.evaluate("document.querySelectorAll('link[rel=stylesheet]').forEach(link => link.remove())")
    assert page.locator("input[name=subject]").is_visible()
    assert page.get_by_text("Leave this empty").is_visible()


@pytest.mark.parametrize(("width", "mode"), [(320, "light"), (390, "dark"), (1440, "light")])
def test_the_form_is_accessible_and_fits(visit, axe, form, width, mode):
    page = visit(None, HERE, width=width, mode=mode)
    assert violations(axe, page) == []
    assert fits(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_sent_with_and_without_javascript(visit, form, sql, scripts):
    page = visit(None, HERE, scripts=scripts)
    _fill(page)
    assert leads(sql) == [("Palesa Mahlangu", "palesa@example.org", None)]
    assert page.context.cookies() == []


def test_it_works_in_a_frame_of_another_site_that_forbids_inline_scripts(visit, live, form, sql):
    ours = live.address
    body = (
        f'<iframe src="{ours}/s/thaba/lead?frame=1&amp;lang=en" title="Enquiry" width="100%" height="300"></iframe>'
        f'<script src="{ours}/lead-frame.js" async></script>'
    )
    with another_site(body, f"default-src 'none'; frame-src {ours}; script-src {ours}") as site:
        sql.execute("UPDATE lead_form SET origins = ARRAY[%s]", (site,))
        page = visit(None, "/?utm_source=radio&utm_campaign=Open%20day&other=1", address=site)
        page.wait_for_function("document.querySelector('iframe').height > 300")
        frame = page.frame_locator("iframe")
        expect(frame.locator("[name=utm_source]")).to_have_value("radio")
        _fill(frame)
        assert page.context.cookies() == []
    campaign = {"source": "radio", "campaign": "Open day"}
    assert leads(sql, "name, origin, utm") == [("Palesa Mahlangu", site.removeprefix("http://"), campaign)]


def test_a_campaign_that_the_address_of_the_frame_names_stays(visit, live, form, sql):
    ours = live.address
    body = (
        f'<iframe src="{ours}/s/thaba/lead?frame=1&amp;lang=en&amp;utm_source=poster" title="Enquiry" height="300"></iframe>'
        f'<script src="{ours}/lead-frame.js" async></script>'
    )
    with another_site(body, f"default-src 'none'; frame-src {ours}; script-src {ours}") as site:
        sql.execute("UPDATE lead_form SET origins = ARRAY[%s]", (site,))
        page = visit(None, "/?utm_source=radio&utm_medium=air", address=site)
        page.wait_for_function("document.querySelector('iframe').height > 300")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        _fill(page.frame_locator("iframe"))
    assert leads(sql, "utm") == [({"source": "poster"},)]


def test_a_site_that_is_not_listed_cannot_frame_it(visit, live, form):
    ours = live.address
    body = f'<iframe src="{ours}/s/thaba/lead?frame=1" title="Enquiry"></iframe>'
    with another_site(body, f"default-src 'none'; frame-src {ours}") as site:
        page = visit(None, "/", address=site, despite="Framing")
        page.wait_for_timeout(300)
        assert page.frames[-1].locator("form").count() == 0


def test_what_an_owner_copies_is_what_works(visit, cast, live, form, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    page = visit(cast.thaba.owner, "/marketing/form/?lang=en", width=390)
    assert fits(page)
    assert page.frame_locator("iframe.preview").get_by_label("Your name").is_visible()
    assert json.dumps(page.locator("#snippet-frame").inner_text()).count("iframe") == 2
