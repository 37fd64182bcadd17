"""A temporary password opens the page that changes it and nothing else, for seven days and not longer."""

from __future__ import annotations

import pytest

from app.access.gate import OPEN_WITH_TEMPORARY, access_of
from tests.access.sweeping import METHODS, NEVER
from tests.cast import PASSWORD
from tests.conftest import Browser

CHANGE = "/settings/password"
NEW = "three words together"
EXPIRED = (
    "This temporary password is too old and opens nothing any more. Choose “Forgot your password?” to set one of your own,"
    " or ask for a new one."
)


def temporary(sql, someone, until="now() + interval '7 days'"):
    """Make the password of somebody a temporary one."""
    sql.execute(f"UPDATE app_user SET password_temporary_until = {until}, language = 'en' WHERE id = %s", (someone.user_id,))


def is_temporary(sql, someone):
    found = "SELECT password_temporary_until IS NOT NULL FROM app_user WHERE id = %s"
    return sql.execute(found, (someone.user_id,)).fetchone()[0]


def address_of(app, rule, method):
    """Some address that a rule answers to."""
    of_kind = {"UUIDConverter": NEVER, "IntegerConverter": 1}
    values = {}
    for name, converter in rule._converters.items():  # what stands in an address, by its kind
        values[name] = next(iter(getattr(converter, "items", ())), None) or of_kind.get(type(converter).__name__, "x")
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=method)


@pytest.mark.parametrize("role", ["owner", "guardian", "operator", "superuser"])
def test_nothing_else_opens_over_the_whole_url_map(app, browser, sql, cast, role):
    someone = getattr(cast, role, None) or getattr(cast.thaba, role)
    temporary(sql, someone)
    person = browser.as_(someone)
    seen = 0
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access.why_public or access.scope or rule.endpoint in OPEN_WITH_TEMPORARY:  # cookies open nothing of the API
            continue
        for method in sorted((rule.methods or set()) & METHODS):
            answer = person.client.open(address_of(app, rule, method), method=method)
            wanted = (302, CHANGE) if method == "GET" else (403, None)
            assert (answer.status_code, answer.headers.get("Location")) == wanted, f"{method} {rule.rule}"
            seen += 1
    assert seen > 80


def test_a_route_that_forgets_the_gate_would_be_seen(app, browser, sql, cast):
    """Planted: without the mark on the account the same addresses open."""
    assert browser.as_(cast.thaba.owner).get("/settings/profile").status == 200
    temporary(sql, cast.thaba.owner)
    assert browser.as_(cast.thaba.owner).get("/settings/profile").location == CHANGE


def test_a_fresh_sign_in_shows_the_page_and_nothing_else(browser, sql, cast):
    temporary(sql, cast.thaba.admin)
    onward = browser.post("/login", {"email": cast.thaba.admin.email, "password": PASSWORD}).location
    assert browser.get(onward).location == CHANGE
    page = browser.get(CHANGE)
    assert page.h1 == "Choose your own password"
    assert "The temporary password works until" in page.main
    assert not page.all("nav", class_="nav")
    assert "/schedule-notices/" not in page.text


def test_from_the_temporary_password_to_ones_own(browser, sql, cast):
    temporary(sql, cast.thaba.admin)
    person = browser.as_(cast.thaba.admin)
    fields = person.get(CHANGE).form() | {"current": PASSWORD, "password": NEW}
    done = person.post(CHANGE, fields, token=False)
    assert (done.status, done.location) == (303, "/dashboard/")
    assert person.get("/dashboard/").banners == ["Your password is set. Everything is open to you now."]
    assert not is_temporary(sql, cast.thaba.admin)
    assert browser.post("/login", {"email": cast.thaba.admin.email, "password": NEW}).status == 303


@pytest.mark.parametrize(
    ("current", "password", "problem"),
    [
        ("wrong", NEW, "This is not your current password"),
        (PASSWORD, PASSWORD, "The new password is the same as the current one"),
        (PASSWORD, "short", "Use at least 12 characters. A few words together are easy to remember."),
    ],
)
def test_what_is_wrong_is_said_on_the_same_page(browser, sql, cast, current, password, problem):
    temporary(sql, cast.thaba.admin)
    person = browser.as_(cast.thaba.admin)
    fields = person.get(CHANGE).form() | {"current": current, "password": password}
    page = person.post(CHANGE, fields, token=False)
    assert (page.status, page.h1) == (422, "Choose your own password")
    assert problem in page.problems
    assert is_temporary(sql, cast.thaba.admin)


def test_what_is_sent_elsewhere_is_refused_with_the_way_on(browser, sql, cast):
    temporary(sql, cast.thaba.admin)
    person = browser.as_(cast.thaba.admin)
    fields = person.get(CHANGE).form()
    page = person.post("/settings/profile", fields | {"name": "Somebody"}, token=False)
    assert (page.status, page.h1) == (403, "Choose your own password first")
    assert page.links() == {"Choose a password": CHANGE}


def test_signing_out_and_the_language_stay_open(browser, sql, cast):
    temporary(sql, cast.thaba.admin)
    sql.execute("UPDATE app_user SET language = NULL WHERE id = %s", (cast.thaba.admin.user_id,))
    person = browser.as_(cast.thaba.admin)
    assert person.get(f"{CHANGE}?language=af").one("html").get("lang") == "af"
    assert person.get(CHANGE).one("html").get("lang") == "af", "the choice is kept"
    assert person.get("/settings/language").status == 200
    out = person.get(CHANGE).form("/logout")
    assert person.post("/logout", out, token=False).location == "/login?news=signed-out"


def test_its_time_over_the_right_password_is_told_so(browser, sql, cast):
    temporary(sql, cast.thaba.admin, "now() - interval '1 second'")
    page = browser.post("/login", {"email": cast.thaba.admin.email, "password": PASSWORD})
    assert (page.status, page.problems) == (422, [EXPIRED])
    assert not [cookie for cookie in page.headers.getlist("Set-Cookie") if cookie.startswith("session=")]
    wrong = browser.post("/login", {"email": cast.thaba.admin.email, "password": "wrong"})
    assert wrong.problems != [EXPIRED], "who does not know it learns nothing"
    assert sql.execute("SELECT count(*) FROM login_session WHERE last_seen_at > created_at").fetchone() == (0,)


def test_a_session_that_began_in_time_cannot_change_it_too_late(browser, sql, cast):
    temporary(sql, cast.thaba.admin, "now() - interval '1 second'")
    person = browser.as_(cast.thaba.admin)
    fields = person.get(CHANGE).form() | {"current": PASSWORD, "password": NEW}
    page = person.post(CHANGE, fields, token=False)
    assert (page.status, page.problems) == (422, [EXPIRED])
    assert is_temporary(sql, cast.thaba.admin)


def test_a_link_by_mail_sets_ones_own_even_then(browser, sql, cast, mailserver, work_off):
    temporary(sql, cast.thaba.admin, "now() - interval '1 second'")
    browser.post("/password/forgot", {"email": cast.thaba.admin.email})
    work_off()
    (letter,) = mailserver.to(cast.thaba.admin.email)
    link = next(line for line in letter.text.splitlines() if "/password/reset/" in line).removeprefix("http://localhost")
    browser.post(link, {"password": NEW})
    assert not is_temporary(sql, cast.thaba.admin)
    assert browser.post("/login", {"email": cast.thaba.admin.email, "password": NEW}).status == 303
    assert browser.get("/dashboard/").status == 200


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_page_speaks_every_language(browser, sql, cast, language):
    temporary(sql, cast.thaba.admin)
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    assert Browser(browser.app).as_(cast.thaba.admin, language=language).get(CHANGE).status == 200
