"""The page of appearance in a browser: a choice is shown at once, and nothing is stored before it is saved."""

from __future__ import annotations

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
PATH = "/settings/appearance/"
LIGHT, DARK = "rgb(245, 246, 248)", "rgb(13, 17, 22)"


def look(page):
    return page.evaluate("({...document.documentElement.dataset})")


def fill(page, selector):
    """The colour of the button in the page in small that a selector finds."""
    return page.evaluate(f"getComputedStyle(document.querySelector({selector!r} + ' .m-accent')).fill")


def test_a_choice_is_shown_at_once_and_saved_only_by_the_button(visit, cast, sql):
    page = visit(cast.multi, PATH)
    assert page.evaluate(BACKGROUND) == LIGHT
    assert not page.get_by_role("button", name="Preview").is_visible(), "the script does that"
    page.get_by_role("radio", name="Dark", exact=True).check()
    page.get_by_role("radio", name="Jacaranda").check()
    assert look(page) == {"mode": "dark", "theme": "jacaranda"}
    assert page.evaluate(BACKGROUND) == DARK
    assert page.locator("#trying").inner_text() == "This is a preview. Nothing is saved yet."
    stored = "SELECT mode, theme FROM app_user WHERE id = %s"
    assert sql.execute(stored, (cast.multi.user_id,)).fetchone() == ("auto", "fynbos")
    page.get_by_role("button", name="Save appearance").click()
    page.wait_for_load_state()
    assert sql.execute(stored, (cast.multi.user_id,)).fetchone() == ("dark", "jacaranda")
    assert page.evaluate(BACKGROUND) == DARK


def test_back_to_what_was_saved_nothing_waits_to_be_saved(visit, cast):
    page = visit(cast.multi, PATH)
    page.get_by_role("radio", name="Granite").check()
    page.get_by_role("radio", name="Fynbos").check()
    assert look(page) == {"mode": "auto", "theme": "fynbos"}
    assert page.locator("#trying").inner_text() == ""


def test_the_pages_in_small_keep_their_own_colours_and_those_of_the_modes_follow_the_theme(visit, cast):
    page = visit(cast.multi, PATH)
    atlantic = ".mini[data-theme=atlantic][data-mode={}]:not([data-follows])"
    by_day, by_night = (fill(page, atlantic.format(mode)) for mode in ("light", "dark"))
    assert by_day != by_night
    follows = ".mini[data-follows][data-mode=light]"
    assert fill(page, follows) != by_day
    page.get_by_role("radio", name="Atlantic").check()
    page.get_by_role("radio", name="Dark", exact=True).check()
    assert fill(page, follows) == by_day
    assert (fill(page, atlantic.format("light")), fill(page, atlantic.format("dark"))) == (by_day, by_night)


def test_without_a_script_the_preview_is_a_button(visit, cast, sql):
    page = visit(cast.multi, PATH, scripts=False)
    page.get_by_role("radio", name="Dark", exact=True).check()
    page.get_by_role("button", name="Preview").click()
    page.wait_for_load_state()
    assert page.evaluate(BACKGROUND) == DARK
    assert sql.execute("SELECT mode FROM app_user WHERE id = %s", (cast.multi.user_id,)).fetchone() == ("auto",)
