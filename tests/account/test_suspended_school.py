"""The right password of somebody whose school is suspended: they are told so, and come in nowhere."""

from __future__ import annotations

import pytest

from tests.cast import PASSWORD

SUSPENDED = "Thaba Nkulu Primary is suspended. Ask the office of the school when it opens again."


@pytest.fixture
def suspended(sql):
    def suspend(*schools):
        sql.execute("UPDATE school SET state = 'disabled' WHERE id = ANY (%s)", (list(schools),))

    return suspend


def sign_in(browser, someone, password=PASSWORD):
    return browser.post("/login?language=en", {"email": someone.email, "password": password})


def test_they_are_told_which_school_and_get_no_session(browser, sql, cast, suspended):
    suspended(1)
    before = sql.execute("SELECT count(*) FROM login_session").fetchone()
    page = sign_in(browser, cast.thaba.admin)
    assert (page.status, page.problems) == (422, [SUSPENDED])
    assert page.one("input", name="email").get("value") == cast.thaba.admin.email
    assert sql.execute("SELECT count(*) FROM login_session").fetchone() == before
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'account.sign_in_failed'").fetchone() == (1,)
    assert sql.execute("SELECT count(*) FROM sign_in_failure").fetchone() == (0,), "it was no guess"


def test_who_does_not_know_the_password_learns_nothing(browser, cast, suspended):
    suspended(1)
    assert sign_in(browser, cast.thaba.admin, "wrong").problems == [
        "The email address or password is not right. Check both and try again."
    ]


def test_who_has_another_school_comes_in_there(browser, cast, suspended):
    suspended(1)
    assert sign_in(browser, cast.multi).status == 303
    assert "Laerskool Karoo" in browser.get("/dashboard/").one("header", id="menu").find(".//{*}strong").text


def test_both_suspended_both_are_named(browser, cast, suspended):
    suspended(1, 2)
    assert sign_in(browser, cast.multi).problems == [
        "Laerskool Karoo, Thaba Nkulu Primary are suspended. Ask the office of your school when it opens again."
    ]


def test_an_ended_membership_does_not_count(browser, sql, cast, suspended):
    suspended(1)
    sql.execute("UPDATE membership SET ended_at = now() WHERE user_id = %s", (cast.thaba.admin.user_id,))
    assert sign_in(browser, cast.thaba.admin).status == 303


@pytest.mark.parametrize("who", ["operator", "nobody"])
def test_those_of_no_school_come_in(browser, cast, suspended, who):
    suspended(1, 2)
    assert sign_in(browser, getattr(cast, who)).status == 303


def test_opened_again_the_same_password_opens(browser, sql, cast, suspended):
    suspended(1)
    sign_in(browser, cast.thaba.admin)
    sql.execute("UPDATE school SET state = 'active' WHERE id = 1")
    assert sign_in(browser, cast.thaba.admin).status == 303
