"""The board of leads in Chromium: dragged, by keyboard, and without a script, the same thing happens."""

from __future__ import annotations

import pytest

from tests.browser.conftest import fits
from tests.leads.arranged import a_lead

BOARD = "/marketing/leads/board"


@pytest.fixture
def made(sql, cast):
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.owner.user_id,))
    return a_lead(sql, cast.thaba)


def stage(sql, made):
    return sql.execute("SELECT stage FROM lead WHERE id = %s", (made,)).fetchone()[0]


def test_a_card_is_dragged_to_another_stage(visit, cast, sql, made):
    page = visit(cast.thaba.owner, BOARD)
    with page.expect_navigation():
        page.drag_and_drop(f"#lead-{made}", "[data-stage=appointment]")
    assert stage(sql, made) == "appointment"
    assert page.locator(f"[data-stage=appointment] #lead-{made}").count() == 1


def test_a_card_that_is_dragged_to_where_it_may_not_go_stays(visit, cast, sql, made):
    page = visit(cast.thaba.owner, BOARD)
    page.drag_and_drop(f"#lead-{made}", "[data-stage=enrolled]")
    page.reload()
    assert stage(sql, made) == "new"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_keyboard_moves_it_too(visit, cast, sql, made, scripts):
    page = visit(cast.thaba.owner, BOARD, scripts=scripts, width=390)
    page.locator(f"#to-{made}").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert stage(sql, made) == "contacted"
    if scripts:
        assert fits(page)
