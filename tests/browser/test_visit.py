"""The bar of a support visit: at every width it can be read, reached by keyboard and left, and it covers nothing."""

from __future__ import annotations

import re

import pytest

from app.access.sessions import hash_of
from app.ids import uuid7
from tests.browser.conftest import LOOKS, fits, violations

REASON = "The office cannot connect its SMS gateway; looking at the settings together on the phone, before the long weekend."


@pytest.fixture
def visitor(cast, sql):
    """The operator in the middle of a visit to Thaba Nkulu."""
    token = hash_of(cast.operator.token)
    sql.execute("UPDATE login_session SET active_school = 1, stepped_up_at = now() WHERE token_hash = %s", (token,))
    sql.execute(
        "INSERT INTO support_visit (school_id, id, user_id, session_id, operator, reason, expires_at)"
        " SELECT 1, %s, user_id, id, 'Olive Operator', %s, now() + interval '20 minutes' FROM login_session WHERE token_hash = %s",
        (uuid7(), REASON, token),
    )
    return cast.operator


@pytest.mark.parametrize("raised", [False, True])
def test_the_bar_fits_and_is_accessible(revisit, visitor, sql, axe, raised):
    if raised:
        sql.execute("UPDATE support_visit SET raised_at = now()")
    for width, mode in LOOKS:
        page = revisit(visitor, "/schedule-notices/", width=width, mode=mode)
        assert violations(axe, page) == []
        assert fits(page), width
        bar = page.get_by_role("complementary", name="Support visit")
        assert bar.is_visible()
        heading = page.get_by_role("heading", level=1).bounding_box()
        assert heading["y"] >= bar.bounding_box()["y"] + bar.bounding_box()["height"], f"it covers the heading at {width} px"
        assert bar.get_by_text("May change things" if raised else "Read-only").is_visible()
        assert bar.get_by_role("link", name="Allow changes").is_visible() != raised


def test_it_stays_in_sight_beside_a_long_page(visit, visitor, sql):
    page = visit(visitor, "/settings/school")
    page.evaluate("scrollTo(0, 600)")
    assert page.get_by_role("complementary", name="Support visit").bounding_box()["y"] == 0


def test_a_visit_is_raised_and_left_from_the_bar(visit, visitor, sql):
    page = visit(visitor, "/settings/school")
    page.get_by_role("link", name="Allow changes").click()
    page.locator("main").get_by_role("button", name="Allow changes").click()
    page.get_by_text("May change things", exact=True).wait_for()
    assert re.search(r"/settings/school$", page.url)
    page.get_by_role("button", name="Leave Thaba Nkulu Primary").click()
    page.get_by_role("complementary", name="Support visit").wait_for(state="detached")
    assert sql.execute("SELECT ended_by FROM support_visit").fetchone() == ("Olive Operator",)


@pytest.mark.parametrize(
    ("path", "status"), [("/operator/visit/raise", 200), ("/portal/select-school/", 200), ("/exports/deliveries.csv", 403)]
)
def test_the_pages_of_a_visit_are_accessible_and_fit(visit, visitor, axe, path, status):
    page = visit(visitor, path, status=status, width=320, mode="dark")
    assert violations(axe, page) == []
    assert fits(page)
