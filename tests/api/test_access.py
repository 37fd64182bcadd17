"""Who is let in by a token: whoever stands behind it, in one school, as long as everything holds, and for what it was made."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app import clock
from app.access.api_tokens import PREFIX, SCOPES, TAIL, Scope, hash_of, network_of, new_token
from app.access.gate import access_of
from tests.api.arranged import EVERYTHING, Program, add_token, name_of

LISTS = {
    "learners.read": "learners", "guardians.read": "guardians", "staff.read": "staff", "classes.read": "classes",
    "attendance.read": "registers", "gate.read": "gate-scans", "notices.read": "notices", "deliveries.read": "deliveries",
    "audit.read": "audit-events",
}  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", f"Bearer {PREFIX}short", f"Bearer {PREFIX}{'x' * 43}", "Bearer x y",
     f"Token {PREFIX}{'x' * 43}"],
)  # fmt: skip
def test_without_a_token_nobody_is_let_in(app, header):
    answer = Program(app, None).get("learners", headers={"Authorization": header} if header is not None else {})
    assert answer.status_code == 401
    shown = bool(header and header.startswith("Bearer ") and header.strip() != "Bearer")
    assert name_of(answer) == ("token-unknown" if shown else "token-missing")
    assert ('error="invalid_token"' in answer.headers["WWW-Authenticate"]) is shown


def test_a_cookie_opens_nothing(app, browser, cast):
    assert browser.as_(cast.thaba.owner).client.get("/api/v1/learners").status_code == 401


def test_a_token_opens_no_page(app, cast, sql):
    token, _ = add_token(sql, cast.thaba.owner)
    for path in ("/dashboard/", "/settings/tokens", "/people/"):
        answer = app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login")


def test_a_token_and_somebodys_cookie_are_the_token(app, browser, cast, sql):
    token, _ = add_token(sql, cast.karoo.admin)
    client = browser.as_(cast.thaba.admin).client
    found = client.get("/api/v1/learners", headers={"Authorization": f"Bearer {token}"}).get_json()["data"]
    assert [row["id"] for row in found] == [str(cast.karoo.student.person_id)]


def test_the_word_bearer_is_read_in_any_case(app, cast, sql):
    token, _ = add_token(sql, cast.thaba.admin)
    assert Program(app, None).get("learners", headers={"Authorization": f"bEaReR  {token} "}).status_code == 200


GONE = {
    "revoked": ("UPDATE api_token SET revoked_at = now()", 401, "token-revoked"),
    "expired": ("UPDATE api_token SET expires_at = now()", 401, "token-expired"),
    "membership ended": ("UPDATE membership SET ended_at = now() WHERE user_id = %(user)s", 401, "token-orphaned"),
    "disabled": ("UPDATE app_user SET disabled_at = now() WHERE id = %(user)s", 401, "token-orphaned"),
    "suspended": ("UPDATE school SET state = 'disabled' WHERE id = 1", 403, "school-suspended"),
    "not open yet": ("UPDATE school SET state = 'pending' WHERE id = 1", 403, "school-suspended"),
    "a teacher by now": ("UPDATE membership SET role = 'teacher' WHERE user_id = %(user)s", 403, "maker-lacks-right"),
    "a guardian by now": ("UPDATE membership SET role = 'guardian' WHERE user_id = %(user)s", 403, "maker-lacks-right"),
    "a temporary password": (
        "UPDATE app_user SET password_temporary_until = now() + interval '1 day' WHERE id = %(user)s", 403, "maker-lacks-right"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", GONE)
def test_what_was_taken_away_is_gone_at_the_next_request(program, cast, sql, what):
    statement, status, name = GONE[what]
    asking = program(cast.thaba.admin)
    assert asking.get("registers").status_code == 200
    sql.execute(statement, {"user": cast.thaba.admin.user_id})
    answer = asking.get("registers")
    assert (answer.status_code, name_of(answer)) == (status, name)
    assert asking.post("notices", {}).status_code == status


def test_a_token_of_an_operator_who_is_an_admin_too_does_nothing_on_the_platform(program, cast, sql):
    sql.execute("UPDATE app_user SET platform_role = 'superuser' WHERE id = %s", (cast.thaba.admin.user_id,))
    asking = program(cast.thaba.admin)
    assert asking.get("learners").status_code == 200
    assert app_answer(asking, "/operator").status_code == 302


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_its_lists_and_no_others(program, cast, scope):
    asking = program(cast.thaba.admin, scope)
    for needed, path in LISTS.items():
        answer = asking.get(path)
        assert answer.status_code == (200 if needed == scope else 403), path
        if needed != scope:
            assert name_of(answer) == "scope-missing"
            assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]


def test_every_scope_opens_something_and_needs_a_right(app):
    used = {access.scope for endpoint in app.view_functions if (access := access_of(app, endpoint)).scope}
    assert used == set(Scope) == SCOPES.keys()


def test_a_token_of_somebody_in_two_schools_is_of_one(app, program, cast, sql):
    asking = program(cast.multi)
    ids = {row["id"] for row in asking.get("learners").get_json()["data"]}
    assert ids == {str(cast.thaba.student.person_id)}


def test_what_is_kept_of_a_token_does_not_open_anything(program, cast, sql):
    asking = program(cast.thaba.admin)
    row = sql.execute("SELECT token_hash, tail FROM api_token").fetchone()
    assert bytes(row[0]) == hash_of(asking.token)
    assert row[1] == asking.token[-TAIL:]
    kept = " ".join(str(each) for each in sql.execute("SELECT t::text FROM api_token t").fetchone())
    assert asking.token not in kept
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) == len(PREFIX) + 43


def test_the_last_use_is_written_down_with_its_network_once_a_minute(app, program, cast, sql):
    asking = program(cast.thaba.admin)
    look = "SELECT last_used_at, last_used_from FROM api_token"
    asking.get("learners", environ_base={"REMOTE_ADDR": "196.25.1.77"})
    at, network = sql.execute(look).fetchone()
    assert network == "196.25.1.0/24"
    assert clock.now() - at < dt.timedelta(minutes=1)
    asking.get("learners", environ_base={"REMOTE_ADDR": "41.1.1.1"})
    assert sql.execute(look).fetchone() == (at, network)
    sql.execute("UPDATE api_token SET last_used_at = now() - interval '61 seconds'")
    asking.get("learners", environ_base={"REMOTE_ADDR": "2001:db8:1:2::7"})
    assert sql.execute(look).fetchone()[1] == "2001:db8:1::/48"


@pytest.mark.parametrize(("address", "network"), [(None, None), ("", None), ("unknown", None), ("10.1.2.3", "10.1.2.0/24")])
def test_a_network_is_told_for_what_has_one(address, network):
    assert network_of(address) == network


def test_asking_makes_no_session_and_no_cookie(program, cast, sql):
    before = sql.execute("SELECT count(*) FROM login_session").fetchone()
    for path in ("learners", "nowhere", "learners?language=zu"):
        program(cast.thaba.admin).get(path)
        Program(program(cast.thaba.admin).client.application, None).get(path)
    assert sql.execute("SELECT count(*) FROM login_session").fetchone() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_method_that_an_address_does_not_take_names_those_it_does(program, cast, method):
    answer = program(cast.thaba.admin).ask(method, "learners")
    assert (answer.status_code, name_of(answer)) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_an_address_that_never_was_is_told_in_json(app):
    answer = Program(app, None).get("/api/v2/learners")
    assert (answer.status_code, name_of(answer)) == (404, "not-found")


def test_a_database_that_is_away_is_told_in_json(another_app, settings, app):
    nowhere = "postgresql://umthi_platform@127.0.0.1:1/none"
    other = another_app(replace(settings, database_url=nowhere, platform_database_url=nowhere))
    answer = Program(other, new_token()).get("learners")
    assert (answer.status_code, name_of(answer)) == (503, "unavailable")


def test_there_is_no_scope_for_medical_notes():
    assert not [scope for scope in EVERYTHING if "medical" in scope]


def app_answer(asking: Program, path: str):
    """What a page says to a token."""
    return asking.client.get(path, headers={"Authorization": f"Bearer {asking.token}"})
