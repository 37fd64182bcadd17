"""/settings/appearance/: mode and theme of a person, tried out before they are saved, and then on every page."""

from __future__ import annotations

import pytest

from app.web.looks import MODES, THEMES

PATH = "/settings/appearance/"


def look(page):
    """Mode and theme as the frame draws them, and what the browser is told of them."""
    html, (scheme,) = page.one("html"), page.all("meta", name="color-scheme")
    return html.get("data-mode"), html.get("data-theme"), scheme.get("content")


def stored(sql, someone):
    return sql.execute("SELECT mode, theme FROM app_user WHERE id = %s", (someone.user_id,)).fetchone()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mode", "scheme"), [("auto", "light dark"), ("light", "light"), ("dark", "dark")])
def test_a_choice_holds_on_every_page_at_once(browser, cast, sql, mode, scheme, theme):
    someone = browser.as_(cast.multi)
    done = someone.post(PATH, {"mode": mode, "theme": theme})
    assert (done.status, done.location) == (303, PATH)
    assert stored(sql, cast.multi) == (mode, theme)
    for path in (PATH, "/dashboard/", "/settings/profile", "/nowhere"):
        assert look(someone.get(path)) == (mode, theme, scheme), path


@pytest.mark.parametrize("who", ["nobody", "operator", "superuser"])
def test_it_is_for_everybody(browser, cast, sql, who):
    person = getattr(cast, who)
    someone = browser.as_(person)
    assert someone.post(PATH, {"mode": "dark", "theme": "granite"}).status == 303
    assert stored(sql, person) == ("dark", "granite")
    assert look(someone.get(PATH))[:2] == ("dark", "granite")


def test_the_page_says_what_is_chosen_and_draws_each_theme_in_light_and_dark(browser, cast, sql):
    sql.execute("UPDATE app_user SET mode = 'dark', theme = 'jacaranda' WHERE id = %s", (cast.multi.user_id,))
    page = browser.as_(cast.multi).get(PATH)
    assert page.form() | {"csrf_token": "", "_school": ""} == {
        "mode": "dark", "theme": "jacaranda", "csrf_token": "", "_school": "",
    }  # fmt: skip
    svg = "{http://www.w3.org/2000/svg}svg"
    drawn = [(e.get("data-mode"), e.get("data-theme")) for e in page.tree.iter(svg) if e.get("class") == "mini"]
    assert {(mode, theme) for mode in ("light", "dark") for theme in THEMES} <= set(drawn)
    assert [e.get("value") for e in page.all("input", name="mode")] == [*MODES]


def test_a_preview_shows_the_page_in_the_look_and_stores_nothing(browser, cast, sql):
    someone = browser.as_(cast.multi)
    before = sql.execute("SELECT count(*) FROM platform_event").fetchone()
    page = someone.post(PATH, {"mode": "dark", "theme": "atlantic", "preview": "yes"})
    assert page.status == 200
    assert look(page) == ("dark", "atlantic", "dark")
    assert "This is a preview. Nothing is saved yet." in page.main
    assert (page.form()["mode"], page.form()["theme"]) == ("dark", "atlantic"), "it can be saved from here"
    assert stored(sql, cast.multi) == ("auto", "fynbos")
    assert look(someone.get(PATH))[:2] == ("auto", "fynbos")
    assert sql.execute("SELECT count(*) FROM platform_event").fetchone() == before


def test_the_others_see_no_difference(browser, cast, sql):
    browser.as_(cast.multi).post(PATH, {"mode": "dark", "theme": "granite"})
    assert look(browser.as_(cast.thaba.admin).get("/dashboard/"))[:2] == ("auto", "fynbos")
    assert look(browser.get("/login"))[:2] == ("auto", "fynbos")


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({"mode": "", "theme": ""}, ["Choose light, dark, or as your device is set", "Choose a theme"]),
        ({"mode": "dark", "theme": "../x"}, ["Choose a theme"]),
        ({"mode": "DARK", "theme": "granite"}, ["Choose light, dark, or as your device is set"]),
        ({"mode": "sepia", "theme": "granite", "preview": "yes"}, ["Choose light, dark, or as your device is set"]),
    ],
)
def test_what_cannot_be_chosen(browser, cast, sql, typed, problems):
    page = browser.as_(cast.multi).post(PATH, typed)
    assert (page.status, page.problems) == (422, problems)
    assert stored(sql, cast.multi) == ("auto", "fynbos")


def test_the_audit_keeps_what_was_and_what_is(browser, cast, sql):
    browser.as_(cast.multi).post(PATH, {"mode": "dark", "theme": "fynbos"})
    found = sql.execute(
        "SELECT v.field, v.value FROM platform_value v JOIN platform_event e ON e.id = v.event_id"
        " WHERE e.action = 'account.change_appearance'"
    ).fetchall()
    assert dict(found) == {
        "actor": "Zanele Botha", "label": "Zanele Botha", "mode:before": '"auto"', "mode:after": '"dark"',
    }  # fmt: skip


def test_strangers_are_led_to_sign_in(browser):
    assert browser.get(PATH).location == f"/login?next={PATH}"


def test_the_account_menu_leads_to_everything_of_a_person(browser, cast):
    for someone, path in ((cast.multi, "/dashboard/"), (cast.thaba.guardian, "/dashboard/"), (cast.operator, "/operator")):
        page = browser.as_(someone).get(path)
        (menu,) = [e for e in page.all("details") if "account" in (e.get("class") or "").split()]
        links = [a.get("href") for a in menu.iter("{http://www.w3.org/1999/xhtml}a")]
        own = ["profile", "passkeys", "sessions", "appearance/", "language", "notifications", "password"]
        assert links == [f"/settings/{name}" for name in own]
        assert [form.get("action") for form in menu.iter("{http://www.w3.org/1999/xhtml}form")] == ["/logout"]
