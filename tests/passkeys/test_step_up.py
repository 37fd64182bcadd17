"""The step-up: who proves by what, and that nothing else is enough."""

from __future__ import annotations

import pytest

from app.ids import uuid7
from tests.cast import PASSWORD
from tests.passkeys.authenticator import Authenticator
from tests.passkeys.conftest import (
    CONFIRM,
    LIST,
    NEW,
    confirm,
    events,
    is_fresh,
    prove,
    to_add,
    to_confirm,
    to_sign_in,
    unprove,
)


@pytest.fixture
def device(with_passkey, cast):
    return with_passkey(cast.thaba.admin)[0]


def ask(sql, rule):
    """The platform asks these for a passkey."""
    sql.execute(
        "INSERT INTO platform_setting (name, value) VALUES ('passkeys.required', to_jsonb(%s::text))"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (rule,),
    )


def offered(page):
    """The ways that the page of a step-up offers, by the button of each."""
    buttons = {"Confirm with a passkey": "passkey", "Confirm with the code": "code", "Confirm": "password"}
    return [buttons[text] for text in ("".join(b.itertext()).strip() for b in page.all("button")) if text in buttons]


def test_who_has_no_passkey_proves_by_password_and_is_invited_to_add_one(admin):
    page = admin.get(CONFIRM)
    assert offered(page) == ["password"]
    assert page.links()["About passkeys"] == LIST


def test_who_has_one_proves_by_it_or_by_a_code_and_not_by_password(admin, cast, sql, device):
    assert offered(admin.get(CONFIRM)) == ["passkey", "code"]
    page = admin.post(CONFIRM, {"password": PASSWORD})
    assert page.problems == ["Your password is not enough for this. Use your passkey or a recovery code."]
    assert page.status == 422
    assert not is_fresh(sql, cast.thaba.admin)
    assert events(sql, "account.step_up_failed")[-1]["why:after"] == '"not enough"'


def test_a_passkey_counts_for_this_session_and_leads_on(admin, cast, sql, device):
    options = to_confirm(admin)
    assert len(options["allowCredentials"]) == 1
    assert options["allowCredentials"][0]["transports"] == ["internal", "hybrid"]
    assert options["userVerification"] == "required"
    page = confirm(admin, device.get(options))
    assert (page.status, page.location) == (303, "/audit/")
    assert is_fresh(sql, cast.thaba.admin)
    assert events(sql, "account.step_up")[-1]["by:after"] == '"passkey"'


def test_it_holds_for_ten_minutes(admin, cast, sql):
    prove(sql, cast.thaba.admin, ago="9 minutes 50 seconds")
    assert admin.get("/emergency/new").status == 200
    prove(sql, cast.thaba.admin, ago="10 minutes 5 seconds")
    assert admin.get("/emergency/new").location == f"{CONFIRM}?next=/emergency/new"


@pytest.mark.parametrize(
    "fault", [{"origin": "https://evil.example"}, {"rp": "evil.example"}, {"verified": False}, {"tampered": True}], ids=str
)
def test_what_proves_nothing_counts_for_nothing(admin, cast, sql, device, fault):
    page = confirm(admin, device.get(to_confirm(admin), **fault))
    assert (page.status, len(page.problems)) == (422, 1)
    assert not is_fresh(sql, cast.thaba.admin)
    assert events(sql, "account.step_up_failed")[-1]["why:after"] == '"proof"'


def test_another_persons_passkey_counts_for_nothing(admin, cast, sql, device, with_passkey):
    others, _ = with_passkey(cast.thaba.owner)
    page = confirm(admin, others.get(to_confirm(admin)))
    assert "does not open an account here" in page.problems[0]
    assert not is_fresh(sql, cast.thaba.admin)


def test_a_challenge_is_for_its_person_its_purpose_and_once(admin, english, cast, sql, device, with_passkey):
    with_passkey(cast.thaba.owner)
    owners = to_confirm(english.as_(cast.thaba.owner))
    strangers = to_sign_in(type(english)(english.app))
    for options in (owners, strangers):
        assert confirm(admin, device.get(options)).status == 422
    said = device.get(to_confirm(admin))
    assert confirm(admin, said).status == 303
    unprove(sql, cast.thaba.admin)
    assert "sent twice" in confirm(admin, said).problems[0]
    options = to_confirm(admin)
    sql.execute("UPDATE passkey_challenge SET expires_at = expires_at - interval '301 seconds'")
    assert confirm(admin, device.get(options)).status == 422
    assert not is_fresh(sql, cast.thaba.admin)


def test_a_counter_that_goes_back_is_written_down(admin, cast, sql, device):
    device.sign_count = 9
    assert confirm(admin, device.get(to_confirm(admin))).status == 303
    unprove(sql, cast.thaba.admin)
    device.sign_count = 3
    assert "as a copy of it would" in confirm(admin, device.get(to_confirm(admin))).problems[0]
    assert len(events(sql, "passkeys.counter_back")) == 1


def test_a_code_counts_once_however_it_is_typed(admin, cast, sql, with_passkey):
    _, codes = with_passkey(cast.thaba.admin)
    sent = {"way": "recovery", "code": f" {codes[0].upper().replace('-', ' ')} ", "next": "/audit/"}
    assert admin.post(CONFIRM, sent).location == "/audit/"
    assert is_fresh(sql, cast.thaba.admin)
    assert admin.get("/audit/").banners == ["Used up: you have 9 more codes."]
    unprove(sql, cast.thaba.admin)
    page = admin.post(CONFIRM, sent)
    assert page.problems == ["This is none of your unused recovery codes. Each works once."]
    assert page.form(CONFIRM) != {}
    assert not is_fresh(sql, cast.thaba.admin)


def test_a_code_is_nobody_elses(admin, english, cast, sql, device, with_passkey):
    _, codes = with_passkey(cast.thaba.owner)
    assert admin.post(CONFIRM, {"way": "recovery", "code": codes[0]}).status == 422


def test_codes_are_throttled(admin, device):
    for _ in range(10):
        assert admin.post(CONFIRM, {"way": "recovery", "code": "aaaa-bbbb-cccc-dddd"}).status == 422
    assert admin.post(CONFIRM, {"way": "recovery", "code": "aaaa-bbbb-cccc-dddd"}).status == 429


@pytest.mark.parametrize(("way", "said"), [("passkey", "Your passkey did not answer"), ("recovery", "Enter a recovery code")])
def test_an_empty_proof_is_said(admin, device, way, said):
    page = admin.post(CONFIRM, {"way": way})
    assert (page.status, len(page.problems)) == (422, 1)
    assert page.problems[0].startswith(said)


@pytest.mark.parametrize(
    ("rule", "who", "is_enough"),
    [
        ("off", "admin", True), ("off", "operator", True), ("schools", "admin", False), ("schools", "owner", False),
        ("schools", "teacher", True), ("schools", "officer", True), ("schools", "operator", True), ("schools", "multi", False),
        ("everybody", "operator", False), ("everybody", "superuser", False), ("everybody", "teacher", True),
        ("everybody", "admin", False), ("nonsense", "admin", True),
    ],
)  # fmt: skip
def test_of_whom_the_platform_asks_a_passkey(english, cast, sql, rule, who, is_enough):
    ask(sql, rule)
    someone = getattr(cast, who, None) or getattr(cast.thaba, who)
    theirs = english.as_(someone)
    page = theirs.post(CONFIRM, {"password": PASSWORD})
    assert (page.status == 303) is is_enough
    assert is_fresh(sql, someone) is is_enough
    if not is_enough:
        page = theirs.get(CONFIRM)
        assert offered(page) == []
        assert page.links()["Add a passkey"] == NEW


def test_it_is_asked_of_who_manages_a_school_wherever_they_act(english, cast, sql):
    ask(sql, "schools")
    sql.execute("UPDATE membership SET role = 'teacher' WHERE user_id = %s AND school_id = 1", (cast.multi.user_id,))
    assert english.as_(cast.multi).post(CONFIRM, {"password": PASSWORD}).status == 422


def test_the_password_opens_the_page_of_the_first_passkey_and_nothing_else(admin, cast, sql):
    ask(sql, "schools")
    begin = admin.get(NEW)
    assert begin.location == f"{CONFIRM}?next={NEW}&first=yes"
    page = admin.get(begin.location)
    assert offered(page) == ["password"]
    assert admin.post(CONFIRM, page.form(CONFIRM) | {"password": "wrong"}).status == 422
    assert admin.get(NEW).status == 303
    assert admin.post(CONFIRM, page.form(CONFIRM) | {"password": PASSWORD}).location == NEW
    assert not is_fresh(sql, cast.thaba.admin)
    assert admin.get("/emergency/new").location == f"{CONFIRM}?next=/emergency/new"
    device = Authenticator()
    assert admin.post(NEW, {"credential": device.create(to_add(admin))}).h1 == "Your recovery codes"
    assert admin.get(NEW).location == f"{CONFIRM}?next={NEW}"  # the second one asks for the first
    assert confirm(admin, device.get(to_confirm(admin)), onward="/emergency/new").location == "/emergency/new"
    assert admin.get("/emergency/new").status == 200


def test_the_first_passkey_is_no_way_around_one_that_there_is(admin, device):
    assert admin.post(CONFIRM, {"password": PASSWORD, "first": "yes", "next": NEW}).status == 422
    assert admin.get(NEW).status == 303


def test_a_fallback_lets_a_password_do_until_it_ends(admin, cast, sql, device):
    ask(sql, "schools")
    sql.execute(
        "INSERT INTO step_up_fallback (id, user_id, granted_by, reason, expires_at) VALUES (%s, %s, 'Olive', 'Lost', now() + interval '1 hour')",
        (uuid7(), cast.thaba.admin.user_id),
    )
    page = admin.get(CONFIRM)
    assert offered(page) == ["passkey", "code", "password"]
    assert "An operator lets you confirm with your password" in page.main
    assert admin.post(CONFIRM, {"password": PASSWORD}).status == 303
    unprove(sql, cast.thaba.admin)
    sql.execute("UPDATE step_up_fallback SET expires_at = now() - interval '1 second'")
    assert admin.post(CONFIRM, {"password": PASSWORD}).status == 422


def test_without_any_way_the_page_says_what_to_do(admin, cast, sql):
    sql.execute("UPDATE app_user SET password_hash = NULL WHERE id = %s", (cast.thaba.admin.user_id,))
    page = admin.get(CONFIRM)
    assert offered(page) == []
    assert "Forgot your password?" in page.main


@pytest.mark.parametrize("dataset", ["learners", "guardians", "guardianships"])
def test_taking_people_out_asks_who_it_is(admin, cast, sql, dataset):
    path = f"/exports/{dataset}.csv"
    assert admin.get(path).location == f"{CONFIRM}?next={path}"
    prove(sql, cast.thaba.admin)
    assert admin.get(path).status == 200


def test_ending_a_membership_and_naming_readers_ask_who_it_is(admin, english, cast, sql):
    path = f"/people/{cast.thaba.teacher.person_id}/archive"
    assert admin.get(path).location == f"{CONFIRM}?next={path}"
    assert admin.post(path, {"why": "Moved"}).location == f"{CONFIRM}?next={path}"
    owner = english.as_(cast.thaba.owner)
    readers = "/people/medical/readers"
    sent = {"person": str(cast.thaba.teacher.person_id), "reads": "yes"}
    assert owner.post(readers, sent).location == f"{CONFIRM}?next={readers}"
    prove(sql, cast.thaba.owner)
    assert owner.post(readers, sent).location == readers


@pytest.mark.parametrize("path", ["/operator/people/new", "/operator/step-up"])
def test_whoever_gives_rights_on_the_platform_is_asked_with_or_without_a_passkey(english, cast, sql, path):
    superuser = english.as_(cast.superuser)
    assert superuser.get(path).location == f"{CONFIRM}?next={path}"
    prove(sql, cast.superuser)
    assert superuser.get(path).status == 200


def test_those_who_run_the_platform_are_asked_where_everybody_is(english, cast, sql):
    path = "/operator/schools/1/suspend"
    superuser = english.as_(cast.superuser)
    assert superuser.get(path).status == 200
    ask(sql, "everybody")
    assert superuser.get(path).location == f"{CONFIRM}?next={path}"
    assert superuser.post(path).location == f"{CONFIRM}?next={path}"
    prove(sql, cast.superuser)
    assert superuser.get(path).status == 200
