"""Ending one session, or all others: by those whose they are, at once, and on record."""

from __future__ import annotations

import pytest

from app.ids import uuid7
from tests.devices.conftest import FIREFOX

PATH = "/settings/sessions"


def events(sql, action):
    """The target and the values of every event of an action, of the platform's log."""
    return sql.execute(
        "SELECT e.target_kind, e.target_id, (SELECT jsonb_object_agg(field, value) FROM platform_value v WHERE v.event_id = e.id)"
        " FROM platform_event e WHERE action = %s ORDER BY seq",
        (action,),
    ).fetchall()


def test_one_is_ended_after_a_question_that_needs_no_script(browser, cast, sql, add_session):
    session_id = add_session(cast.multi, device=FIREFOX)
    someone = browser.as_(cast.multi)
    asked = someone.get(someone.get(PATH).links()["Sign out… Firefox on Linux"])
    assert asked.h1 == "Sign this device out?"
    assert "Firefox on Linux" in asked.main
    done = someone.post(f"{PATH}/{session_id}/end", asked.form())
    assert (done.status, done.location) == (303, PATH)
    page = someone.get(PATH)
    assert page.banners == ["That device is signed out."]
    assert "You are signed in on no other device." in page.main
    ((kind, target, values),) = events(sql, "sessions.end")
    assert (kind, target) == ("login_session", str(session_id))
    assert (values["label"], values["actor"]) == ("Firefox Linux", "Zanele Botha")


def test_all_others_are_ended_and_this_one_goes_on(browser, cast, sql, signed_in):
    others = [signed_in(cast.multi) for _ in range(3)]
    someone = browser.as_(cast.multi)
    asked = someone.get(f"{PATH}/end-others")
    assert "3 other devices are signed out at once" in asked.main
    assert someone.post(f"{PATH}/end-others", asked.form()).status == 303
    assert someone.get(PATH).banners == ["You are signed out on every other device."]
    assert [other.get(PATH).status for other in others] == [302] * 3
    ((_, target, values),) = events(sql, "sessions.end_others")
    assert (target, values["sessions:after"]) == (str(cast.multi.user_id), "3")


def test_the_list_asks_in_a_dialog_what_the_page_asks(browser, cast, add_session):
    add_session(cast.multi)
    page = browser.as_(cast.multi).get(PATH)
    assert page.one("dialog", id="others")
    assert page.links()["Sign out everywhere else…"] == f"{PATH}/end-others"


def test_nobody_ends_anybody_elses(browser, cast, sql, add_session):
    theirs, never = add_session(cast.thaba.owner), uuid7()
    bodies = set()
    for session_id in (theirs, never):
        for answer in (
            browser.as_(cast.thaba.admin).get(f"{PATH}/{session_id}/end"),
            browser.as_(cast.thaba.admin).post(f"{PATH}/{session_id}/end"),
        ):
            assert answer.status == 404
            bodies.add(answer.main)
    assert len(bodies) == 1
    assert sql.execute("SELECT revoked_at FROM login_session WHERE id = %s", (theirs,)).fetchone() == (None,)


def test_this_one_is_ended_by_signing_out(browser, cast, sql):
    (mine,) = sql.execute("SELECT id FROM login_session WHERE user_id = %s", (cast.multi.user_id,)).fetchone()
    someone = browser.as_(cast.multi)
    for answer in (someone.get(f"{PATH}/{mine}/end"), someone.post(f"{PATH}/{mine}/end")):
        assert (answer.status, answer.location) == (303, PATH)
    assert someone.get(PATH).banners[0].startswith("That is the device you are using.")


@pytest.mark.parametrize("how", ["revoked_at", "expires_at"])
def test_one_that_is_over_already_is_no_fault(browser, cast, sql, add_session, how):
    session_id = add_session(cast.multi)
    sql.execute(f"UPDATE login_session SET {how} = now() WHERE id = %s", (session_id,))
    someone = browser.as_(cast.multi)
    for answer in (someone.get(f"{PATH}/{session_id}/end"), someone.post(f"{PATH}/{session_id}/end")):
        assert (answer.status, answer.location) == (303, PATH)
    assert "That device was signed out already." in someone.get(PATH).banners
    assert events(sql, "sessions.end") == []


def test_without_others_there_is_nothing_to_ask(browser, cast):
    someone = browser.as_(cast.multi)
    assert someone.get(f"{PATH}/end-others").location == PATH
    assert "You are signed in on no other device." in someone.get(PATH).main


def test_looking_ends_nothing(browser, cast, sql, add_session):
    session_id = add_session(cast.multi)
    for path in (f"{PATH}/{session_id}/end", f"{PATH}/end-others"):
        assert browser.as_(cast.multi).get(path).status == 200
    assert sql.execute("SELECT count(*) FROM login_session WHERE revoked_at IS NOT NULL").fetchone() == (0,)


@pytest.mark.parametrize("deed", ["end", "end-others"])
def test_a_support_visit_ends_with_its_session_and_its_school_is_told(browser, cast, sql, signed_in, deed):
    visitor = signed_in(cast.operator)
    (session_id,) = sql.execute(
        "SELECT id FROM login_session WHERE user_id = %s ORDER BY id DESC", (cast.operator.user_id,)
    ).fetchone()
    begun = visitor.post(f"/operator/schools/{cast.thaba.id}/visit", {"reason": "The office asked about its notices."})
    assert begun.status == 303
    assert visitor.get("/schedule-notices/").status == 200
    where = f"{PATH}/{session_id}/end" if deed == "end" else f"{PATH}/end-others"
    assert browser.as_(cast.operator).post(where).status == 303
    assert sql.execute("SELECT ended_at IS NOT NULL FROM support_visit").fetchall() == [(True,)]
    assert visitor.get("/schedule-notices/").status == 302
    assert sql.execute(
        "SELECT count(*) FROM audit_event WHERE action LIKE 'support.%%' AND action <> 'support.begin'"
    ).fetchone()[0]


def test_the_audit_of_the_platform_tells_both_in_words(browser, cast, add_session):
    session_id = add_session(cast.multi)
    add_session(cast.multi)
    someone = browser.as_(cast.multi)
    someone.post(f"{PATH}/{session_id}/end")
    someone.post(f"{PATH}/end-others")
    feed = browser.as_(cast.operator).get("/operator/audit").main
    assert "Signed one of their devices out" in feed
    assert "Signed all of their other devices out" in feed
