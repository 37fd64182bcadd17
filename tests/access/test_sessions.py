"""Sessions are rows: what was taken away is gone at the next request."""

import datetime as dt
from dataclasses import replace

import pytest
from flask import Blueprint, flash, get_flashed_messages, session
from flask_login import current_user

from app.access.gate import access_of, signed_in
from app.access.permissions import permissions_of
from app.area import Area
from app.factory import create_app
from app.tenancy.database import db
from blueprints import AREAS
from tests.conftest import Browser

MANAGE = "/schedule-notices/"


def test_a_membership_that_ended_opens_nothing(browser, cast, sql):
    someone = browser.as_(cast.thaba.admin)
    assert someone.get(MANAGE).status == 200
    sql.execute("UPDATE membership SET ended_at = now() WHERE user_id = %s", (cast.thaba.admin.user_id,))
    assert someone.get(MANAGE).status == 403
    assert "Thaba Nkulu" not in someone.get("/dashboard/").text


def test_a_role_that_was_changed_counts_at_once(browser, cast, sql):
    someone = browser.as_(cast.thaba.admin)
    sql.execute("UPDATE membership SET role = 'teacher' WHERE user_id = %s", (cast.thaba.admin.user_id,))
    assert someone.get(MANAGE).status == 403
    assert someone.get("/dashboard/").status == 200


def test_a_disabled_user_is_out(browser, cast, sql):
    someone = browser.as_(cast.thaba.admin)
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.thaba.admin.user_id,))
    assert someone.get(MANAGE).location == f"/login?next={MANAGE}"


@pytest.mark.parametrize("end", ["revoked_at = now()", "expires_at = now()"])
def test_a_session_that_ended_is_out(browser, cast, sql, end):
    someone = browser.as_(cast.thaba.admin)
    sql.execute(f"UPDATE login_session SET {end} WHERE user_id = %s", (cast.thaba.admin.user_id,))
    assert someone.get(MANAGE).status == 302


@pytest.mark.parametrize("state", ["disabled", "pending"])
def test_a_school_that_is_not_open_is_closed(browser, cast, sql, state):
    someone = browser.as_(cast.thaba.admin)
    sql.execute("UPDATE school SET state = %s WHERE id = 1", (state,))
    assert someone.get(MANAGE).status == 403
    assert "Thaba Nkulu" not in someone.get("/settings/profile").text


def test_a_platform_role_that_was_taken_away_is_gone(browser, cast, sql):
    someone = browser.as_(cast.operator)
    assert someone.get("/operator").status == 200
    sql.execute("UPDATE app_user SET platform_role = NULL WHERE id = %s", (cast.operator.user_id,))
    assert someone.get("/operator").status == 403


@pytest.mark.parametrize("token", ["", "x", "é" * 20, "a" * 3_000])
def test_a_token_that_never_was(browser, token):
    browser.client.set_cookie("session", token)
    assert browser.get("/dashboard/").status == 302


def test_the_hash_of_a_token_is_no_token(browser, cast, sql):
    (token_hash,) = sql.execute(
        "SELECT encode(token_hash, 'hex') FROM login_session WHERE user_id = %s", (cast.thaba.admin.user_id,)
    ).fetchone()
    browser.client.set_cookie("session", token_hash)
    assert browser.get("/dashboard/").status == 302


def seen(sql, someone):
    return sql.execute("SELECT last_seen_at FROM login_session WHERE user_id = %s", (someone.user_id,)).fetchone()[0]


def test_last_seen_is_written_every_five_minutes_and_not_before(browser, cast, sql):
    def after(age):
        sql.execute(
            "UPDATE login_session SET last_seen_at = now() - %s::interval WHERE user_id = %s", (age, cast.multi.user_id)
        )
        before = seen(sql, cast.multi)
        browser.as_(cast.multi).get("/settings/profile")
        return seen(sql, cast.multi) - before

    assert after("4 minutes 50 seconds") == dt.timedelta(0)
    assert after("5 minutes 10 seconds") > dt.timedelta(minutes=5)


def contents(sql):
    """The whole database as one value a table."""
    tables = [name for (name,) in sql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
    return {t: sql.execute(f"SELECT md5(string_agg(r::text, '|' ORDER BY r::text)) FROM {t} r").fetchone()[0] for t in tables}


@pytest.mark.parametrize("who", ["multi", "nobody", "stranger"])
def test_looking_changes_nothing(app, browser, cast, sql, who):
    someone = browser if who == "stranger" else browser.as_(getattr(cast, who))
    before = contents(sql)
    assert before["login_session"]
    for rule in app.url_map.iter_rules():
        # One page has news for those who have nothing to choose; being turned away is on record.
        if "GET" not in rule.methods or rule.arguments or (who == "nobody" and rule.endpoint == "switching.select_school"):
            continue
        if rule.endpoint == "audit.download_sealed":  # what is taken out is on record
            continue
        wanted = access_of(app, rule.endpoint).permission
        if who != "stranger" and wanted and wanted not in permissions_of(getattr(cast, who).role, None):
            continue
        assert someone.get(rule.rule, check=False).status < 500 or rule.rule == "/readyz", rule.rule
        assert contents(sql) == before, rule.rule


# ---- What sits on the row: flask.session, flash, Flask-Login. And the cookie where TLS is.

notes = Blueprint("notes", __name__)


@notes.get("/notes")
@signed_in
def read_notes():
    return {"kept": session.get("kept"), "flashed": get_flashed_messages(), "user": current_user.id}


@notes.post("/notes")
@signed_in
def keep_note():
    session["kept"] = {"a": [1, "é"]}
    flash("once")
    return ""


@pytest.fixture
def other_app(app, settings):
    """Makes applications with notes, on other settings, and closes what they opened."""
    made = []

    def make(**changes):
        made.append(create_app((*AREAS, Area(notes, in_school=False)), replace(settings, **changes)))
        return made[-1]

    yield make
    for one in made:
        with one.app_context():
            for engine in db.engines.values():
                engine.dispose()


def test_what_a_view_keeps_is_there_at_the_next_request(other_app, cast):
    someone = Browser(other_app()).as_(cast.multi)
    assert someone.post("/notes").status == 200
    first, second = (someone.client.get("/notes").json for _ in range(2))
    assert first == {"kept": {"a": [1, "é"]}, "flashed": ["once"], "user": str(cast.multi.user_id)}
    assert second["flashed"] == []
    assert second["kept"] == first["kept"]


def test_behind_tls_the_cookies_are_bound_to_host_and_tls(other_app, cast):
    client = other_app(public_url="https://localhost").test_client()
    door = client.get("/login", base_url="https://localhost")
    token = door.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    fields = {"email": cast.multi.email, "password": "password123", "csrf_token": token}
    answer = client.post("/login", data=fields, base_url="https://localhost", headers={"Origin": "https://localhost"})
    assert answer.status_code == 303
    cookies = [*door.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert {c.partition("=")[0] for c in cookies} == {"__Host-visitor", "__Host-session"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_a_post_from_another_site_is_refused(browser, cast):
    someone = browser.as_(cast.multi)
    fields = {"csrf_token": someone.token(), "language": "af"}
    for origin in ("https://evil.example", "http://localhost.evil.example", "http://localhost:81"):
        assert someone.post("/settings/language", fields, headers={"Origin": origin}).status == 400
    assert someone.post("/settings/language", fields, headers={"Origin": "http://localhost"}).status == 303


def test_a_token_of_somebody_else_is_refused(browser, cast):
    theirs = browser.as_(cast.karoo.admin).token()
    assert browser.as_(cast.multi).post("/settings/language", {"csrf_token": theirs, "language": "af"}).status == 400


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 44, "=" * 44, "A" * 43])
def test_a_token_that_was_made_up_is_refused(browser, cast, token):
    assert browser.as_(cast.multi).post("/settings/language", {"csrf_token": token, "language": "af"}).status == 400
