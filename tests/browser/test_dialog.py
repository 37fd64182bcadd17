"""The dialog that asks before a deed."""

from __future__ import annotations

import pytest


@pytest.fixture
def notice(sample_ids):
    return f"/schedule-notices/{sample_ids['notice_id']}"


def test_it_asks_and_then_does_it(visit, cast, notice):
    page = visit(cast.multi, notice)
    dialog = page.get_by_role("dialog", name="Remove this notice?")
    assert not dialog.is_visible()
    page.get_by_role("link", name="Remove…").click()
    assert dialog.is_visible()
    assert page.url.endswith(notice), "the link was not followed"
    dialog.get_by_role("button", name="Remove the notice").click()
    page.wait_for_selector(".note.ok")
    assert page.locator("main .badge.neutral").first.inner_text() == "Removed"


@pytest.mark.parametrize("how", ["Cancel", "Escape"])
def test_it_can_be_left_and_gives_the_focus_back(visit, cast, notice, how):
    page = visit(cast.multi, notice)
    page.get_by_role("link", name="Remove…").click()
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Cancel").click()
    assert not page.get_by_role("dialog").is_visible()
    assert page.evaluate("document.activeElement.dataset.dialog") == "remove"


def test_without_the_script_a_page_asks_the_same(visit, cast, notice):
    page = visit(cast.multi, notice, scripts=False)
    page.get_by_role("link", name="Remove…").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Remove this notice?"
    page.get_by_role("button", name="Remove the notice").click()
    assert page.locator("main .badge.neutral").first.inner_text() == "Removed"
