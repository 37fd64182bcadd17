"""The list of schools in a browser: its search completes names, picking one leads there, and progress unfolds in place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import fits, past_its_card
from tests.domain.counting import rebuild

LIST = "/operator/schools"


@pytest.fixture
def page(visit, cast):
    """The list, as the operator sees it."""
    return visit(cast.operator, LIST)


def menu_of(page, name):
    page.locator("tr", has_text=name).locator("details.drop summary").click()
    return page.locator("tr", has_text=name).locator("details.drop")


def test_names_are_offered_as_one_types(page):
    page.locator("#q").press_sequentially("kar")
    expect(page.locator("#names option")).to_have_count(1)
    assert page.locator("#names option").get_attribute("value") == "Laerskool Karoo"


def test_picking_a_name_leads_to_the_school_and_typing_it_does_not(page):
    page.locator("#q").press_sequentially("Laerskool Karoo")
    expect(page.locator("#names option")).to_have_count(1)
    page.locator("#q").press("End")
    assert page.url.endswith(LIST), "typed to its end, it is a search that has not been sent"
    page.evaluate(
        "document.querySelector('#q').dispatchEvent(new InputEvent('input', {inputType: 'insertReplacementText', bubbles: true}))"
    )
    page.wait_for_url("**/operator/schools/2")


def test_what_was_typed_is_searched_for_with_enter(page):
    page.locator("#q").fill("nkulu")
    page.locator("#q").press("Enter")
    page.wait_for_url(re.compile(r"q=nkulu"))
    expect(page.locator("tbody th")).to_have_count(1)


def test_progress_unfolds_below_its_row_and_folds_again(page, app):
    rebuild()
    menu_of(page, "Thaba Nkulu").locator("a[data-unfold]").click()
    below = page.locator("tr[data-unfolded]")
    expect(below).to_contain_text("Learners")
    assert page.url.endswith(LIST)
    expect(below.locator("td")).to_be_focused()
    assert page.locator("details.drop[open]").count() == 0
    menu_of(page, "Thaba Nkulu").locator("a[data-unfold]").click()
    expect(below).to_have_count(0)


def test_a_progress_that_cannot_be_had_leads_to_its_page(visit, cast):
    page = visit(cast.operator, LIST, despite="503")
    menu = menu_of(page, "Thaba Nkulu")
    page.route(
        "**/progress",
        lambda route: route.fulfill(status=503) if route.request.headers.get("x-fragment") else route.continue_(),
    )
    menu.locator("a[data-unfold]").click()
    page.wait_for_url("**/operator/schools/1/progress")


@pytest.mark.parametrize("width", [320, 900])
@pytest.mark.parametrize("path", [LIST, f"{LIST}/1/support"])
def test_no_table_passes_its_card(visit, cast, path, width):
    page = visit(cast.operator, path, width=width)
    assert fits(page)
    assert max(past_its_card(page)) <= 0
