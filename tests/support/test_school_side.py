"""What the school sees of visits, and who there may end one."""

import pytest

from app.ids import uuid7
from tests.support.conftest import REASON

LIST = "/settings/support-visits"


@pytest.fixture(autouse=True)
def _english(sql):
    sql.execute("UPDATE app_user SET language = 'en'")


def visit_id(sql):
    return sql.execute("SELECT id FROM support_visit").fetchone()[0]


def test_a_school_that_nobody_visited_is_told_what_would_stand_there(browser, cast):
    assert "Nobody of the platform has been in your school." in browser.as_(cast.thaba.owner).get(LIST).main


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_owner_and_admin_see_who_why_and_until_when(visiting, browser, cast, role):
    visiting()
    main = browser.as_(getattr(cast.thaba, role)).get(LIST).main
    for part in ("Olive Operator", REASON, "Open now", "Could change things"):
        assert part in main
    assert ("End now" in main) == (role == "owner")


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_do_not(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(LIST).status == 403


def test_another_school_sees_nothing_of_it(visiting, browser, cast, sql):
    visiting()
    assert "Olive" not in browser.as_(cast.karoo.owner).get(LIST).text
    for number in (visit_id(sql), uuid7()):
        assert browser.as_(cast.karoo.owner).post(f"{LIST}/{number}/end").status == 404


def test_an_admin_ends_none_while_there_is_an_owner(visiting, browser, cast, sql):
    visiting()
    path = f"{LIST}/{visit_id(sql)}/end"
    assert browser.as_(cast.thaba.admin).post(path).status == 403
    sql.execute("UPDATE membership SET ended_at = now() WHERE school_id = 1 AND role = 'owner'")
    assert "End now" in browser.as_(cast.thaba.admin).get(LIST).main
    assert browser.as_(cast.thaba.admin).post(path).status == 303


def test_a_visitor_ends_nobodys_visit_as_the_school(visiting, sql):
    someone = visiting(raised=True)
    sql.execute("UPDATE membership SET ended_at = now() WHERE school_id = 1 AND role = 'owner'")
    assert someone.post(f"{LIST}/{visit_id(sql)}/end").status == 403


def test_the_owners_dashboard_says_it_while_it_lasts(visiting, browser, cast, sql):
    owner = browser.as_(cast.thaba.owner)
    assert "of the platform is in your school" not in owner.get("/dashboard/").main
    someone = visiting()
    main = owner.get("/dashboard/").main
    assert "Olive Operator of the platform is in your school until" in main
    assert REASON in main
    someone.post("/operator/visit/leave")
    assert "of the platform is in your school" not in owner.get("/dashboard/").main


def test_a_long_list_is_paged_newest_first(browser, cast, sql):
    for minutes in range(60):
        sql.execute(
            "INSERT INTO support_visit (school_id, id, user_id, session_id, operator, reason, began_at, expires_at)"
            " VALUES (1, %s, %s, %s, 'Olive Operator', %s, now() - interval '2 hours', now() - interval '1 hour')",
            (uuid7(), cast.operator.user_id, uuid7(), f"Visit number {minutes}"),
        )
    owner = browser.as_(cast.thaba.owner)
    page = owner.get(LIST)
    assert "Visit number 59" in page.main
    assert "time was up" in page.main
    assert "Visit number 9 " not in page.main
    assert "Visit number 9 " in owner.get(LIST + page.links()["Older"]).main
    assert owner.get(f"{LIST}?after=nonsense").status == 404
