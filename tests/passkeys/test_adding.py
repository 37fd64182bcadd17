"""/settings/passkeys: adding, renaming and removing passkeys, and the recovery codes."""

from __future__ import annotations

import hashlib

import pytest

from app.ids import uuid7
from tests.cast import PASSWORD
from tests.passkeys.authenticator import Authenticator
from tests.passkeys.conftest import CODE, CONFIRM, LIST, NEW, events, is_fresh, prove, to_add, unprove


def held(sql, someone):
    query = "SELECT name, sign_count, is_synced, transports, last_used_at FROM passkey WHERE user_id = %s ORDER BY id"
    return sql.execute(query, (someone.user_id,)).fetchall()


def add(browser, device, **fault):
    return browser.post(NEW, {"name": "Phone", "credential": device.create(to_add(browser), **fault)})


def test_a_stranger_signs_in_first(browser):
    assert browser.get(LIST).location == f"/login?next={LIST}"


def test_who_has_none_is_told_what_it_is_and_where_to_begin(admin):
    page = admin.get(LIST)
    assert page.h1 == "Passkeys"
    assert page.links()["Add a passkey"] == NEW
    assert "Recovery codes" not in page.main


def test_adding_asks_first_who_it_is(admin):
    assert admin.get(NEW).location == f"{CONFIRM}?next={NEW}"
    assert admin.post(NEW, {"credential": "{}"}).location == f"{CONFIRM}?next={NEW}"
    answer = admin.client.post(f"{NEW}/challenge", headers={"X-CSRF-Token": admin.token()})
    assert (answer.status_code, answer.location) == (303, f"{CONFIRM}?next={NEW}")
    assert admin.post(CONFIRM, {"password": PASSWORD, "next": NEW}).location == NEW
    assert admin.get(NEW).h1 == "Add a passkey"


def test_the_name_is_suggested_after_the_browser(admin, cast, sql):
    prove(sql, cast.thaba.admin)
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
    page = admin.get(NEW, headers={"User-Agent": agent})
    assert page.form()["name"] == "Chrome on Windows"
    assert "need JavaScript" in page.main


def test_the_first_passkey_shows_ten_codes_of_which_only_hashes_are_kept(admin, cast, sql):
    prove(sql, cast.thaba.admin)
    page = add(admin, Authenticator(sign_count=7))
    codes = CODE.findall(page.main)
    assert (page.status, page.h1, len(set(codes))) == (200, "Your recovery codes", 10)
    assert held(sql, cast.thaba.admin) == [("Phone", 7, False, ["internal", "hybrid"], None)]
    kept = {row[0] for row in sql.execute("SELECT code_hash FROM recovery_code").fetchall()}
    assert kept == {hashlib.sha256(code.replace("-", "").encode()).digest() for code in codes}
    assert [event["name:after"] for event in events(sql, "passkeys.add")] == ['"Phone"']
    shown = admin.get(LIST)
    assert "You have 10 unused codes." in shown.main
    assert not CODE.search(shown.main)


def test_a_second_one_shows_no_codes_and_leaves_the_old_ones(admin, cast, sql, with_passkey):
    with_passkey(cast.thaba.admin)
    prove(sql, cast.thaba.admin)
    page = add(admin, Authenticator(synced=True, counts=False))
    assert (page.status, page.location) == (303, LIST)
    assert admin.get(LIST).banners == ["The passkey Phone is added."]
    assert [row[2] for row in held(sql, cast.thaba.admin)] == [False, True]
    assert sql.execute("SELECT count(*) FROM recovery_code").fetchone() == (10,)


def test_an_empty_name_becomes_that_of_who_keeps_it(admin, cast, sql):
    prove(sql, cast.thaba.admin)
    made = bytes.fromhex("ea9b8d664d011d213ce4b6b48cb575d4")
    admin.post(NEW, {"name": " ", "credential": Authenticator(model=made).create(to_add(admin))})
    assert held(sql, cast.thaba.admin)[0][0] == "Google Password Manager"


def test_the_browser_is_told_which_there_are_and_that_the_person_must_be_verified(admin, cast, sql, with_passkey):
    with_passkey(cast.thaba.admin)
    prove(sql, cast.thaba.admin)
    options = to_add(admin)
    assert len(options["excludeCredentials"]) == 1
    assert options["rp"] == {"name": "Umthi", "id": "localhost"}
    assert options["user"]["name"] == cast.thaba.admin.email
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"


@pytest.mark.parametrize(
    "fault",
    [{"origin": "https://evil.example"}, {"origin": "http://localhost:8000"}, {"rp": "evil.example"}, {"verified": False}],
)
def test_what_was_made_elsewhere_or_by_nobody_is_refused(admin, cast, sql, fault):
    prove(sql, cast.thaba.admin)
    page = add(admin, Authenticator(), **fault)
    assert (page.status, len(page.problems)) == (422, 1)
    assert held(sql, cast.thaba.admin) == []


@pytest.mark.parametrize("said", ["", "{}", "[]", "null", "x", '{"rawId": 1, "response": {"clientDataJSON": 5}}', "[" * 9999])
def test_what_no_browser_sends_is_refused(admin, cast, sql, said):
    prove(sql, cast.thaba.admin)
    page = admin.post(NEW, {"name": "Phone", "credential": said})
    assert (page.status, len(page.problems)) == (422, 1)


def test_a_challenge_is_good_once(admin, cast, sql):
    prove(sql, cast.thaba.admin)
    options = to_add(admin)
    assert admin.post(NEW, {"credential": Authenticator().create(options)}).status == 200
    assert admin.post(NEW, {"credential": Authenticator().create(options)}).status == 422
    assert len(held(sql, cast.thaba.admin)) == 1


def test_a_challenge_is_for_its_person_and_its_purpose(admin, english, cast, sql, with_passkey):
    prove(sql, cast.thaba.admin)
    prove(sql, cast.thaba.owner)
    options = to_add(english.as_(cast.thaba.owner))
    assert admin.post(NEW, {"credential": Authenticator().create(options)}).status == 422
    prove(sql, cast.thaba.admin)
    options = to_add(admin)
    other = admin.client.post("/settings/confirm/challenge", headers={"X-CSRF-Token": admin.token()}).json
    assert admin.post(NEW, {"credential": Authenticator().create(options | {"challenge": other["challenge"]})}).status == 422


def test_a_challenge_lives_five_minutes(admin, cast, sql):
    prove(sql, cast.thaba.admin)
    options = to_add(admin)
    sql.execute("UPDATE passkey_challenge SET expires_at = expires_at - interval '301 seconds'")
    page = admin.post(NEW, {"credential": Authenticator().create(options)})
    assert "took longer than five minutes" in page.problems[0]
    to_add(admin)
    assert sql.execute("SELECT count(*) FROM passkey_challenge").fetchone() == (1,)  # the old one is forgotten on the way


def test_one_credential_is_added_once(admin, english, cast, sql, with_passkey):
    device, _ = with_passkey(cast.thaba.owner)
    prove(sql, cast.thaba.admin)
    assert add(admin, device).problems == ["This passkey was added before."]
    assert held(sql, cast.thaba.admin) == []


def test_nobody_has_more_than_twenty(admin, cast, sql):
    prove(sql, cast.thaba.admin)
    sql.execute(
        "INSERT INTO passkey (id, user_id, credential_id, public_key, name)"
        " SELECT gen_random_uuid(), %s, n::text::bytea, 'x', 'Old' FROM generate_series(1, 20) n",
        (cast.thaba.admin.user_id,),
    )
    answer = admin.client.post(f"{NEW}/challenge", headers={"X-CSRF-Token": admin.token()})
    assert answer.status_code == 409


def test_a_passkey_is_renamed_by_its_owner_alone(admin, english, cast, sql, with_passkey):
    with_passkey(cast.thaba.admin)
    (made,) = sql.execute("SELECT id FROM passkey").fetchone()
    assert admin.post(f"{LIST}/{made}", {"name": ""}).problems == ["Enter a name"]
    assert admin.post(f"{LIST}/{made}", {"name": "Blue  phone"}).location == LIST
    assert "Blue phone" in admin.get(LIST).main
    assert [event["name:after"] for event in events(sql, "passkeys.rename")] == ['"Blue phone"']
    owner = english.as_(cast.thaba.owner)
    prove(sql, cast.thaba.owner)
    for path in (f"{LIST}/{made}", f"{LIST}/{made}/remove", f"{LIST}/{uuid7()}", f"{LIST}/{uuid7()}/remove"):
        for ask in (owner.get, lambda path: owner.post(path, {"name": "Mine"})):
            assert ask(path).location == LIST
    assert held(sql, cast.thaba.admin)[0][0] == "Blue phone"


def test_removing_asks_who_it_is_and_whether_and_takes_the_codes_along(admin, cast, sql, with_passkey):
    with_passkey(cast.thaba.admin)
    (made,) = sql.execute("SELECT id FROM passkey").fetchone()
    path = f"{LIST}/{made}/remove"
    assert admin.get(path).location == f"{CONFIRM}?next={path}"
    assert admin.post(path).location == f"{CONFIRM}?next={path}"
    prove(sql, cast.thaba.admin)
    assert admin.get(path).h1 == "Remove the passkey Phone?"
    assert admin.post(path).location == LIST
    assert held(sql, cast.thaba.admin) == []
    assert sql.execute("SELECT count(*) FROM recovery_code").fetchone() == (0,)
    assert len(events(sql, "passkeys.remove")) == 1


def test_removing_signs_out_what_came_in_by_a_passkey_and_forgets_what_was_proven(admin, cast, sql, with_passkey):
    with_passkey(cast.thaba.admin)
    for token, way in ((b"a", "passkey"), (b"b", "password")):
        sql.execute(
            "INSERT INTO login_session (id, token_hash, user_id, data, expires_at, way, stepped_up_at)"
            " VALUES (%s, %s, %s, '{}', now() + interval '1 day', %s, now())",
            (uuid7(), token, cast.thaba.admin.user_id, way),
        )
    prove(sql, cast.thaba.admin)
    (made,) = sql.execute("SELECT id FROM passkey").fetchone()
    admin.post(f"{LIST}/{made}/remove")
    query = "SELECT revoked_at IS NULL, stepped_up_at IS NULL FROM login_session WHERE token_hash = %s"
    assert not sql.execute(query, (b"a",)).fetchone()[0]
    assert sql.execute(query, (b"b",)).fetchone() == (True, True)
    assert admin.get(LIST).status == 200
    assert is_fresh(sql, cast.thaba.admin)


def test_the_last_way_in_stays(admin, cast, sql, with_passkey):
    with_passkey(cast.thaba.admin)
    sql.execute("UPDATE app_user SET password_hash = NULL WHERE id = %s", (cast.thaba.admin.user_id,))
    prove(sql, cast.thaba.admin)
    (made,) = sql.execute("SELECT id FROM passkey").fetchone()
    assert "your only way to sign in" in admin.get(f"{LIST}/{made}/remove").main
    assert admin.post(f"{LIST}/{made}/remove").location == LIST
    assert "your only way to sign in" in admin.get(LIST).banners[0]
    assert len(held(sql, cast.thaba.admin)) == 1


def test_new_codes_replace_the_old_ones(admin, cast, sql, with_passkey):
    _, old = with_passkey(cast.thaba.admin)
    path = f"{LIST}/codes"
    assert admin.get(path).location == f"{CONFIRM}?next={path}"
    assert admin.post(path).location == f"{CONFIRM}?next={path}"
    prove(sql, cast.thaba.admin)
    assert admin.get(path).h1 == "Make new recovery codes?"
    fresh = CODE.findall(admin.post(path).main)
    assert len(set(fresh)) == 10
    assert not set(fresh) & set(old)
    unprove(sql, cast.thaba.admin)
    assert admin.post(CONFIRM, {"way": "recovery", "code": old[0]}).status == 422
    assert admin.post(CONFIRM, {"way": "recovery", "code": fresh[0]}).status == 303
    assert len(events(sql, "passkeys.make_codes")) == 1


def test_codes_stand_in_for_a_passkey_so_that_there_has_to_be_one(admin, cast, sql):
    prove(sql, cast.thaba.admin)
    assert admin.post(f"{LIST}/codes").location == LIST
    assert sql.execute("SELECT count(*) FROM recovery_code").fetchone() == (0,)
