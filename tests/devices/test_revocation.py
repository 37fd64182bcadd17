"""What is taken away is gone at the very next request of every other session: one test a way, each with many open sessions."""

from __future__ import annotations

import pytest

from app.access.passwords import link_path
from tests.devices.conftest import FIREFOX
from tests.support.conftest import prove

MANY = 6
MANAGE, PROFILE = "/schedule-notices/", "/settings/profile"
NEW = "three words together"


@pytest.fixture
def everywhere(signed_in):
    """The browsers of somebody who is signed in on many devices, each of which was let in just now."""

    def open_many(someone, path=MANAGE):
        found = [signed_in(someone, device=FIREFOX) for _ in range(MANY)]
        assert [each.get(path).status for each in found] == [200] * MANY
        return found

    return open_many


def answers(browsers, path=MANAGE):
    """The different answers of all of them to one request each."""
    return {each.client.get(path).status_code for each in browsers}


def test_a_change_of_password(browser, cast, everywhere):
    others, here = everywhere(cast.thaba.admin), browser.as_(cast.thaba.admin)
    assert here.post("/settings/password", {"current": "password123", "password": NEW}).status == 303
    assert answers(others) == {302}
    assert here.get(MANAGE).status == 200


def test_a_new_password_by_a_link(browser, cast, sql, settings, everywhere):
    others = everywhere(cast.thaba.admin)
    browser.post("/password/forgot", {"email": cast.thaba.admin.email})
    (link,) = sql.execute("SELECT id FROM password_link").fetchone()
    assert browser.post(link_path(link, settings.secret), {"password": NEW}).status == 303
    assert answers(others) == {302}


def test_another_role_in_the_school(cast, sql, everywhere):
    others = everywhere(cast.thaba.admin)
    sql.execute("UPDATE membership SET role = 'teacher' WHERE user_id = %s", (cast.thaba.admin.user_id,))
    assert answers(others) == {403}
    assert answers(others, "/dashboard/") == {200}


def test_another_role_on_the_platform(browser, cast, sql, everywhere):
    others = everywhere(cast.operator, "/operator")
    prove(sql, cast.superuser)
    boss = browser.as_(cast.superuser)
    assert boss.post(f"/operator/people/{cast.operator.user_id}/superuser").status == 303
    assert answers(others, "/operator/people") == {200}
    assert boss.post(f"/operator/people/{cast.operator.user_id}/operator").status == 303
    assert answers(others, "/operator/people") == {403}


def test_the_end_of_a_membership(browser, cast, sql, everywhere):
    others, owner = everywhere(cast.thaba.admin), browser.as_(cast.thaba.owner)
    prove(sql, cast.thaba.owner)
    where = f"/people/{cast.thaba.admin.person_id}/archive"
    assert owner.post(where, owner.get(where).form() | {"why": "Moved to another town"}).status == 303
    assert answers(others) == {403}
    assert sql.execute(
        "SELECT ended_at IS NOT NULL FROM membership WHERE user_id = %s", (cast.thaba.admin.user_id,)
    ).fetchone() == (True,)


def test_the_suspension_of_the_only_school(browser, cast, sql, everywhere):
    others = everywhere(cast.thaba.admin)
    prove(sql, cast.operator)
    assert browser.as_(cast.operator).post("/operator/schools/1/suspend", {"confirm_name": cast.thaba.name}).status == 303
    assert answers(others) == {302}


def test_the_suspension_of_one_of_several_schools(browser, cast, sql, everywhere):
    others = everywhere(cast.multi)
    prove(sql, cast.operator)
    assert browser.as_(cast.operator).post("/operator/schools/1/suspend", {"confirm_name": cast.thaba.name}).status == 303
    assert answers(others) == {403}
    assert answers(others, PROFILE) == {200}, "another school is left"


def test_a_user_who_is_disabled(browser, cast, sql, everywhere):
    others = everywhere(cast.operator, "/operator")
    prove(sql, cast.superuser)
    assert browser.as_(cast.superuser).post(f"/operator/people/{cast.operator.user_id}/disable").status == 303
    assert answers(others, "/operator") == {302}


def test_a_user_of_a_school_who_is_disabled(cast, sql, everywhere):
    others = everywhere(cast.thaba.admin)
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.thaba.admin.user_id,))
    assert answers(others) == {302}


def test_sessions_that_are_ended_one_by_one(browser, cast, sql, everywhere):
    others, here = everywhere(cast.multi), browser.as_(cast.multi)
    ids = sql.execute(
        "SELECT id FROM login_session WHERE user_id = %s AND device IS NOT NULL ORDER BY id", (cast.multi.user_id,)
    ).fetchall()
    for number, (session_id,) in enumerate(ids):
        assert here.post(f"/settings/sessions/{session_id}/end").status == 303
        assert [each.client.get(MANAGE).status_code for each in others] == [302] * (number + 1) + [200] * (MANY - number - 1)


def test_all_others_at_once(browser, cast, everywhere):
    others, here = everywhere(cast.multi), browser.as_(cast.multi)
    strangers = everywhere(cast.karoo.admin)
    assert here.post("/settings/sessions/end-others").status == 303
    assert answers(others) == {302}
    assert here.get(MANAGE).status == 200
    assert answers(strangers) == {200}


def test_what_an_operator_ends(browser, cast, sql, everywhere):
    others = everywhere(cast.thaba.admin)
    prove(sql, cast.operator)
    where = f"/operator/schools/1/support/people/{cast.thaba.admin.person_id}/end-sessions"
    assert browser.as_(cast.operator).post(where).status == 303
    assert answers(others) == {302}


def test_a_form_that_was_open_writes_nothing_any_more(browser, cast, sql, everywhere):
    others = everywhere(cast.multi)
    tokens = [each.token() for each in others]
    browser.as_(cast.multi).post("/settings/sessions/end-others")
    for each, token in zip(others, tokens, strict=True):
        fields = {"name": "Somebody else", "csrf_token": token}
        assert each.post("/settings/profile", fields, token=False).location == "/login"
    assert sql.execute("SELECT name FROM app_user WHERE id = %s", (cast.multi.user_id,)).fetchone() == (cast.multi.name,)
