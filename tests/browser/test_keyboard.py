"""What a person does by keyboard, and what the pages do without the script. (`multi` reads English, whatever the school speaks.)"""

from __future__ import annotations

import pytest


def focused(page) -> str:
    return page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')")


def test_the_first_stop_skips_to_the_content(visit, cast):
    page = visit(cast.multi, "/dashboard/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    box = page.locator(".skip").bounding_box()
    assert box
    assert box["y"] >= 0, "it shows itself when it has the focus"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_phone_menu_opens_comes_first_and_closes_with_the_back_button(visit, cast, scripts):
    page = visit(cast.multi, "/dashboard/", width=390, scripts=scripts)
    navigation = page.get_by_role("navigation", name="Main")
    assert not navigation.is_visible()
    page.get_by_role("link", name="Menu", exact=True).click()
    assert navigation.is_visible()
    page.keyboard.press("Tab")
    assert page.locator("#menu :focus").count() == 1
    page.go_back()
    assert not navigation.is_visible()


def test_nothing_behind_the_open_phone_menu_takes_the_focus(visit, cast):
    page = visit(cast.multi, "/dashboard/#menu", width=390)
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.locator("main :focus").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_the_account_menu_opens_upwards_and_into_view(visit, cast, width):
    page = visit(cast.multi, "/dashboard/#menu", width=width, height=700)
    summary = page.locator(".account summary")
    summary.focus()
    page.keyboard.press("Enter")
    menu, opener = page.locator(".account ul").bounding_box(), summary.bounding_box()
    assert menu
    assert opener
    assert menu["y"] >= 0
    assert menu["y"] + menu["height"] <= opener["y"] + 1
    assert opener["y"] + opener["height"] <= 700
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= width


def test_escape_closes_menus_and_gives_the_focus_back(visit, cast):
    page = visit(cast.multi, "/dashboard/")
    page.locator(".account summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("details.drop[open]").count() == 0
    assert page.evaluate("document.activeElement.matches('.account summary')")
    page = visit(cast.multi, "/dashboard/", width=390)
    page.get_by_role("link", name="Menu", exact=True).click()
    page.keyboard.press("Escape")
    assert not page.get_by_role("navigation", name="Main").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#menu"


def test_a_click_elsewhere_closes_a_menu(visit, cast):
    page = visit(cast.multi, "/dashboard/")
    page.locator(".account summary").click()
    page.locator("h1").click()
    assert page.locator("details.drop[open]").count() == 0


def test_the_summary_of_errors_has_the_focus_and_leads_to_the_fields(visit):
    page = visit(None, "/login")
    page.locator("main form button").first.click()
    page.wait_for_selector(".errsum")
    assert page.title().startswith("Error: Sign in")
    assert page.evaluate("document.activeElement.className") == "errsum"
    page.locator(".errsum a").first.click()
    assert page.evaluate("document.activeElement.name") == "email"


def test_a_form_is_sent_once(visit, cast, live):
    sent = []
    page = visit(cast.multi, "/settings/language")
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.evaluate("""() => {
      const button = document.querySelector("main form[method=post] .btn.primary");
      button.click(); button.click(); button.click();
    }""")
    page.wait_for_selector(".note.ok")
    assert len(sent) == 1
    assert page.locator("[aria-disabled]").count() == 0


@pytest.mark.parametrize("path", ["/login", "/password/forgot"])
def test_what_a_finger_touches_is_large_enough(visit, path):
    page = visit(None, path, width=390)
    small = page.evaluate("""[...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
      .filter(e => e.checkVisibility() && !e.matches(".skip"))
      .map(e => [e.textContent.trim() || e.name, e.getBoundingClientRect().height]).filter(([, height]) => height < 34)""")
    assert small == []


def test_the_navigation_is_large_enough_for_a_finger(visit, cast):
    page = visit(cast.multi, "/dashboard/#menu", width=390)
    small = page.evaluate("""[...document.querySelectorAll("#menu a, #menu summary")].filter(e => e.checkVisibility())
      .map(e => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, height]) => height < 40)""")
    assert small == []
