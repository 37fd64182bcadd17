"""One token: what is known of it, what it is called, and revoking it."""

from __future__ import annotations

from app.ids import uuid7
from tests.api.arranged import Program, add_token


def events(sql):
    return [row[0] for row in sql.execute("SELECT action FROM audit_event WHERE action LIKE 'tokens.%' ORDER BY seq")]


def test_it_says_what_is_known_and_never_the_token(browser, cast, sql):
    token, made = add_token(sql, cast.thaba.admin, ["gate.read"], name="Turnstile")
    page = browser.as_(cast.thaba.owner, language="en").get(f"/settings/tokens/{made}")
    assert page.h1 == "Turnstile"
    for word in ("Active", f"umthi_…{token[-4:]}", "gate.read", cast.thaba.admin.name, "Never"):
        assert word in page.main
    assert token not in page.text


def test_it_is_renamed(browser, cast, sql):
    _, made = add_token(sql, cast.thaba.admin)
    person, path = browser.as_(cast.thaba.owner, language="en"), f"/settings/tokens/{made}"
    assert person.post(path, {"name": " North   gate "}).status == 303
    assert person.get(path).h1 == "North gate"
    assert person.post(path, {"name": ""}).problems == ["Enter a name"]
    person.post(path, {"name": "North gate"})
    assert person.get(path).banners == ["Nothing was different, so nothing was saved."]
    assert events(sql) == ["tokens.rename"]


def test_it_is_revoked_at_once_by_anybody_who_may(app, browser, cast, sql):
    token, made = add_token(sql, cast.thaba.admin)
    asking, person = Program(app, token), browser.as_(cast.thaba.owner, language="en")
    assert asking.get("learners").status_code == 200
    assert person.get(f"/settings/tokens/{made}/revoke").h1 == "Revoke this token?"
    assert asking.get("learners").status_code == 200
    for said in ("The token is revoked, and opens nothing any more.", "This token was revoked before."):
        assert person.post(f"/settings/tokens/{made}/revoke").status == 303
        assert person.get("/settings/tokens").banners == [said]
        assert asking.get("learners").status_code == 401
    assert events(sql) == ["tokens.revoke"]
    assert sql.execute("SELECT revoked_by FROM api_token").fetchone() == (cast.thaba.owner.name,)


def test_another_schools_is_not_found(browser, cast, sql):
    _, theirs = add_token(sql, cast.karoo.admin)
    person = browser.as_(cast.thaba.owner)
    for made in (theirs, uuid7()):
        assert person.get(f"/settings/tokens/{made}").status == 404
        assert person.get(f"/settings/tokens/{made}/revoke").status == 404
        assert person.post(f"/settings/tokens/{made}/revoke").status == 404
        assert person.post(f"/settings/tokens/{made}", {"name": "Mine"}).status == 404
    assert sql.execute("SELECT revoked_at, name FROM api_token").fetchone() == (None, "Timetable")


def test_a_suspension_says_how_many_are_refused(browser, cast, sql):
    add_token(sql, cast.thaba.admin)
    add_token(sql, cast.thaba.admin, revoked=True)
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    page = browser.as_(cast.superuser, language="en").get("/operator/schools/1/suspend")
    assert "1 API token is refused." in page.main
