"""/operator/step-up and /operator/settings."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.ids import uuid7
from tests.passkeys.conftest import CONFIRM, events, prove, unprove

FALLBACKS, SETTINGS = "/operator/step-up", "/operator/settings"
REASON = "Lost her phone; she came to the office with her identity card."


@pytest.fixture
def operator(english, cast, sql):
    prove(sql, cast.operator)
    return english.as_(cast.operator)


@pytest.fixture
def superuser(english, cast, sql):
    prove(sql, cast.superuser)
    return english.as_(cast.superuser)


def grant(browser, someone):
    return browser.post(FALLBACKS, {"email": someone.email, "reason": REASON})


def test_a_fallback_is_granted_for_a_day_and_stands_in_both_logs(operator, cast, sql):
    assert grant(operator, cast.thaba.admin).location == FALLBACKS
    query = "SELECT user_id, granted_by, expires_at - created_at = interval '24 hours', ended_at FROM step_up_fallback"
    assert sql.execute(query).fetchall() == [(cast.thaba.admin.user_id, "Olive Operator", True, None)]
    page = operator.get(FALLBACKS)
    assert page.banners[0].startswith("Naledi Mokoena may confirm with a password until ")
    assert REASON in page.main
    assert [event["label"] for event in events(sql, "passkeys.grant_fallback")] == ["Naledi Mokoena"]
    query = (
        "SELECT actor_kind, target_kind, target_id FROM audit_event WHERE action = 'passkeys.grant_fallback' AND school_id = %s"
    )
    assert sql.execute(query, (cast.thaba.id,)).fetchall() == [("operator", "person", str(cast.thaba.admin.person_id))]
    assert sql.execute(query, (cast.karoo.id,)).fetchall() == []


def test_every_school_of_the_person_reads_it(operator, cast, sql):
    grant(operator, cast.multi)
    query = "SELECT school_id FROM audit_event WHERE action = 'passkeys.grant_fallback' ORDER BY school_id"
    assert sql.execute(query).fetchall() == [(1,), (2,)]
    assert len(events(sql, "passkeys.grant_fallback")) == 1


def test_a_new_one_takes_the_place_of_the_old_one(operator, cast, sql):
    grant(operator, cast.thaba.admin)
    grant(operator, cast.thaba.admin)
    assert sql.execute("SELECT count(*) FROM step_up_fallback WHERE ended_at IS NULL").fetchone() == (1,)


def test_it_ends_early_by_a_button(operator, cast, sql):
    grant(operator, cast.thaba.admin)
    (made,) = sql.execute("SELECT id FROM step_up_fallback").fetchone()
    assert operator.post(f"{FALLBACKS}/{made}/end").location == FALLBACKS
    assert sql.execute("SELECT ended_at IS NOT NULL FROM step_up_fallback").fetchone() == (True,)
    assert "Revoked" in operator.get(FALLBACKS).main
    assert len(events(sql, "passkeys.end_fallback")) == 1
    operator.post(f"{FALLBACKS}/{made}/end")
    assert operator.get(FALLBACKS).banners == ["This was over already."]
    operator.post(f"{FALLBACKS}/{uuid7()}/end")
    assert len(events(sql, "passkeys.end_fallback")) == 1


def test_whoever_grants_or_ends_one_proves_who_they_are(operator, cast, sql):
    grant(operator, cast.thaba.admin)
    (made,) = sql.execute("SELECT id FROM step_up_fallback").fetchone()
    unprove(sql, cast.operator)
    assert grant(operator, cast.thaba.owner).location == f"{CONFIRM}?next={FALLBACKS}"
    assert operator.post(f"{FALLBACKS}/{made}/end").location == f"{CONFIRM}?next={FALLBACKS}"
    assert sql.execute("SELECT count(*) FROM step_up_fallback WHERE ended_at IS NULL").fetchone() == (1,)


def test_what_is_missing_or_cannot_be_is_said(operator, superuser, cast, sql):
    assert operator.post(FALLBACKS, {}).problems == ["Enter an email address", "Say why, and how you know that it is them"]
    nobody = {"email": "never@example.org", "reason": REASON}
    assert operator.post(FALLBACKS, nobody).problems == ["There is no open account with this address."]
    assert grant(operator, cast.operator).problems == ["You cannot do this for yourself. Ask another operator."]
    page = grant(operator, cast.superuser)
    assert page.problems == ["This person runs the platform. Only a superuser can do this for them."]
    assert page.form(FALLBACKS)["reason"] == REASON
    assert sql.execute("SELECT count(*) FROM step_up_fallback").fetchone() == (0,)
    assert grant(superuser, cast.operator).status == 303


@pytest.mark.parametrize("path", [FALLBACKS, SETTINGS, f"{FALLBACKS}/{UUID(int=7)}/end"])
def test_it_is_for_those_who_run_the_platform(admin, path):
    assert admin.post(path).status == 403


def test_the_settings_are_for_superusers_who_have_just_proven_themselves(english, operator, cast, sql):
    assert operator.get(SETTINGS).status == 403
    superuser = english.as_(cast.superuser)
    assert superuser.get(SETTINGS).location == f"{CONFIRM}?next={SETTINGS}"
    assert superuser.post(SETTINGS, {"required": "everybody", "audit_years": "7"}).location == f"{CONFIRM}?next={SETTINGS}"


def test_the_rule_is_changed_and_written_down(superuser, sql, cast, with_passkey):
    with_passkey(cast.thaba.admin)
    prove(sql, cast.superuser)
    page = superuser.get(SETTINGS)
    assert page.form()["required"] == "off"
    assert "1 of 5 owners and admins have a passkey." in page.main
    assert superuser.post(SETTINGS, {"required": "schools", "audit_years": "7"}).location == SETTINGS
    assert superuser.get(SETTINGS).form()["required"] == "schools"
    assert superuser.post(SETTINGS, {"required": "schools", "audit_years": "7"}).location == SETTINGS
    assert superuser.get(SETTINGS).banners == ["Nothing was different, so nothing was saved."]
    (event,) = events(sql, "passkeys.require")
    assert (event["passkeys.required:before"], event["passkeys.required:after"]) == ('"off"', '"schools"')
    assert superuser.post(SETTINGS, {"required": "nonsense", "audit_years": "7"}).status == 422


def test_how_long_the_audit_is_kept_is_set_for_all_and_longer_for_some(superuser, sql):
    page = superuser.get(SETTINGS)
    assert page.form()["audit_years"] == "7"
    sent = {"required": "off", "audit_years": "8", "audit_longer": "2: 10\n\n1:12"}
    assert superuser.post(SETTINGS, sent).location == SETTINGS
    assert sql.execute("SELECT value FROM platform_setting WHERE name = 'audit.keep'").fetchone() == (
        {"years": 8, "schools": {"1": 12, "2": 10}},
    )
    assert superuser.get(SETTINGS).form()["audit_longer"] == "1: 12\n2: 10"
    (event,) = events(sql, "audit.change_keeping")
    assert (event["years:before"], event["years:after"]) == ("7", "8")
    superuser.post(SETTINGS, sent)
    assert len(events(sql, "audit.change_keeping")) == 1


@pytest.mark.parametrize(
    "wrong", [{"audit_years": "1"}, {"audit_years": ""}, {"audit_longer": "two: 9"}, {"audit_longer": "2: 1"}]
)
def test_what_is_no_number_of_years_is_refused(superuser, sql, wrong):
    page = superuser.post(SETTINGS, {"required": "off", "audit_years": "7"} | wrong)
    assert (page.status, len(page.problems)) == (422, 1)
    assert sql.execute("SELECT count(*) FROM platform_setting").fetchone() == (0,)
