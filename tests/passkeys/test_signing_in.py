"""Signing in by a passkey: what opens the door, and all that does not."""

from __future__ import annotations

import pytest

from app.access import throttle
from tests.conftest import Browser
from tests.passkeys.authenticator import Authenticator
from tests.passkeys.conftest import events, sign_in, to_confirm, to_sign_in


@pytest.fixture
def device(with_passkey, cast):
    return with_passkey(cast.thaba.admin)[0]


@pytest.fixture
def stranger(english):
    return english


def newest(sql, someone):
    query = "SELECT way, stepped_up_at, active_school FROM login_session WHERE user_id = %s ORDER BY id DESC LIMIT 1"
    return sql.execute(query, (someone.user_id,)).fetchone()


def test_the_door_offers_it_and_suggests_it_at_the_user_name(stranger):
    page = stranger.get("/login")
    assert "Sign in with a passkey" in page.main
    assert page.one("input", name="email").get("autocomplete") == "username webauthn"
    assert page.one("form", action="/login/passkey").get("data-suggest") is not None
    assert "need JavaScript" in page.main


def test_a_passkey_opens_the_door(stranger, cast, sql, device):
    options = to_sign_in(stranger)
    assert options["allowCredentials"] == []
    page = sign_in(stranger, device.get(options), next="/audit/?area=other")
    assert (page.status, page.location) == (303, "/audit/?area=other")
    assert newest(sql, cast.thaba.admin) == ("passkey", None, cast.thaba.id)
    assert [event["way:after"] for event in events(sql, "account.sign_in")] == ['"passkey"']
    assert sql.execute("SELECT sign_count, last_used_at IS NOT NULL FROM passkey").fetchone() == (1, True)
    assert stranger.client.get("/audit/").status_code == 200
    assert sql.execute("SELECT count(*) FROM sign_in_failure").fetchone() == (0,)


def test_one_without_a_counter_opens_it_again_and_again(app, cast, with_passkey):
    device, _ = with_passkey(cast.thaba.admin, counts=False, synced=True)
    for _ in range(2):
        browser = Browser(app)
        assert sign_in(browser, device.get(to_sign_in(browser))).status == 303


def test_it_leads_to_pages_of_ours_only(stranger, device):
    assert sign_in(stranger, device.get(to_sign_in(stranger)), next="https://evil.example/").location == "/dashboard/"


@pytest.mark.parametrize(
    "fault",
    [
        {"origin": "https://evil.example"}, {"rp": "evil.example"}, {"verified": False}, {"tampered": True}, {"handle": b""},
        {"handle": b"somebody else's!"},
    ],
    ids=str,
)  # fmt: skip
def test_what_proves_nothing_is_refused(stranger, cast, sql, device, fault):
    page = sign_in(stranger, device.get(to_sign_in(stranger), **fault))
    assert (page.status, page.problems) == (
        422, ["The answer of your passkey could not be checked. Nothing was changed. Try again."],
    )  # fmt: skip
    assert [event["why:after"] for event in events(sql, "account.sign_in_failed")] == ['"proof"']
    assert stranger.client.get_cookie("session") is None
    assert sql.execute("SELECT count(*) FROM sign_in_failure").fetchone() == (1,)


def test_an_answer_is_good_once(stranger, app, device):
    said = device.get(to_sign_in(stranger))
    assert sign_in(stranger, said).status == 303
    assert "sent twice" in sign_in(Browser(app), said).problems[0]


def test_a_challenge_is_used_up_by_a_wrong_answer_too(stranger, device):
    options = to_sign_in(stranger)
    assert sign_in(stranger, device.get(options, tampered=True)).status == 422
    assert "sent twice" in sign_in(stranger, device.get(options)).problems[0]


def test_a_challenge_lives_five_minutes(stranger, sql, device):
    options = to_sign_in(stranger)
    sql.execute("UPDATE passkey_challenge SET expires_at = expires_at - interval '301 seconds'")
    assert "took longer than five minutes" in sign_in(stranger, device.get(options)).problems[0]


def test_a_challenge_of_a_step_up_opens_no_door(stranger, english, cast, device):
    options = to_confirm(english.as_(cast.thaba.admin))
    assert sign_in(stranger, device.get(options)).status == 422


def test_a_challenge_of_nobody_opens_no_door(stranger, device):
    options = to_sign_in(stranger) | {"challenge": "AAAA"}
    assert sign_in(stranger, device.get(options)).status == 422


def test_an_unknown_passkey_opens_nothing(stranger, sql):
    page = sign_in(stranger, Authenticator(user_handle=b"x" * 16).get(to_sign_in(stranger)))
    assert page.problems == ["This passkey does not open an account here. Use another passkey, or your password."]
    assert [event["why:after"] for event in events(sql, "account.sign_in_failed")] == ['"unknown"']


def test_a_counter_that_goes_back_is_refused_and_written_down(stranger, app, sql, device):
    device.sign_count = 41
    assert sign_in(stranger, device.get(to_sign_in(stranger))).status == 303
    device.sign_count = 40  # 41 again: a copy that did not see the last sign-in
    other = Browser(app)
    page = sign_in(other, device.get(to_sign_in(other)))
    assert "as a copy of it would" in page.problems[0]
    assert len(events(sql, "passkeys.counter_back")) == 1
    assert sql.execute("SELECT sign_count FROM passkey").fetchone() == (42,)


def test_a_disabled_person_stays_out_and_is_told_no_more_than_a_stranger(stranger, cast, sql, device):
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.thaba.admin.user_id,))
    page = sign_in(stranger, device.get(to_sign_in(stranger)))
    assert page.problems == ["This passkey does not open an account here. Use another passkey, or your password."]


def test_a_suspended_school_keeps_its_people_out(stranger, cast, sql, device):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = %s", (cast.thaba.id,))
    page = sign_in(stranger, device.get(to_sign_in(stranger)))
    assert (page.status, page.problems) == (
        422, ["Thaba Nkulu Primary is suspended. Ask the office of the school when it opens again."],
    )  # fmt: skip


def test_a_removed_passkey_opens_nothing(stranger, sql, device):
    options = to_sign_in(stranger)
    sql.execute("DELETE FROM passkey")
    assert sign_in(stranger, device.get(options)).status == 422


def test_it_is_throttled_by_itself(stranger, cast, device, monkeypatch):
    """Nobody can guess a passkey, and whoever fails with passwords in somebody's name does not keep them out."""
    for _ in range(10):
        assert stranger.post("/login", {"email": cast.thaba.admin.email, "password": "x"}).status == 422
    assert stranger.post("/login", {"email": cast.thaba.admin.email, "password": "x"}).status == 429
    assert sign_in(stranger, device.get(to_sign_in(stranger), tampered=True)).status == 422
    monkeypatch.setattr(throttle, "PASSKEY", throttle.PASSKEY._replace(account=2))
    assert sign_in(stranger, device.get(to_sign_in(stranger), tampered=True)).status == 422
    page = sign_in(stranger, device.get(to_sign_in(stranger)))
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0


def test_unknown_passkeys_do_not_throttle_each_other(stranger):
    for _ in range(12):
        assert sign_in(stranger, Authenticator(user_handle=b"x").get(to_sign_in(stranger))).status == 422


def test_the_session_before_ends(stranger, english, cast, sql, device):
    theirs = english.as_(cast.thaba.admin)
    assert sign_in(theirs, device.get(to_sign_in(theirs))).status == 303
    assert sql.execute(
        "SELECT count(*) FROM login_session WHERE user_id = %s AND revoked_at IS NULL", (cast.thaba.admin.user_id,)
    ).fetchone() == (1,)


def test_a_session_by_password_says_so(stranger, cast, sql):
    stranger.post("/login", {"email": cast.thaba.admin.email, "password": "password123"})
    assert newest(sql, cast.thaba.admin)[0] == "password"
