"""The builder of a website in Chromium: blocks are dragged, by keyboard and without a script, to the same order."""

from __future__ import annotations

import pytest

from app.domain.site.document import SiteDocument
from tests.browser.conftest import fits
from tests.site.arranged import a_block, a_document, a_page, add_site

PAGE = "/site/builder/pages/home"


@pytest.fixture
def built(sql, cast):
    """A home page of three texts; gives the keys of its blocks in their order."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))
    blocks = [a_block("text", key, heading={"en": key.title()}, text={"en": "Words."}) for key in ("one", "two", "three")]
    add_site(sql, cast.thaba, a_document(a_page("home", "", *blocks)))

    def order() -> list[str]:
        (data,) = sql.execute("SELECT draft FROM site WHERE school_id = 1").fetchone()
        return [block.key for block in SiteDocument.read(data).pages[0].blocks]

    return order


def test_a_block_is_dragged_to_another_place(visit, cast, built):
    page = visit(cast.thaba.owner, PAGE)
    height = page.locator("#block-three").bounding_box()["height"]
    with page.expect_navigation():
        page.drag_and_drop("#block-one", "#block-three", target_position={"x": 20, "y": height - 4})
    assert built() == ["two", "three", "one"]
    assert page.locator("[data-reorder] > li").evaluate_all("rows => rows.map(row => row.id.slice(6))") == built()


def test_a_block_that_is_let_go_elsewhere_stays(visit, cast, built):
    page = visit(cast.thaba.owner, PAGE)
    page.drag_and_drop("#block-one", "h1")
    page.wait_for_load_state()
    assert built() == ["one", "two", "three"]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_arrows_do_the_same(visit, cast, built, scripts):
    page = visit(cast.thaba.owner, PAGE, scripts=scripts, width=390)
    assert fits(page)
    button = page.get_by_role("button", name="Move block 1 down")
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert built() == ["two", "one", "three"]
