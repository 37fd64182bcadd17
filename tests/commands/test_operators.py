"""Who runs the platform is decided on the machine: this is how production gets its first operator."""

from __future__ import annotations

import re

import pytest


def test_a_new_operator_gets_a_link_that_sets_a_password_once(flask, browser, sql) -> None:
    said = flask("operator", "add", "First.Operator@umthi.org")
    assert said.exit_code == 0, said.output
    path = re.search(r"http://localhost(/\S+)", said.output)[1]
    assert "first.operator@umthi.org is operator" in said.output.lower()
    assert (
        sql.execute("SELECT platform_role FROM app_user WHERE email = 'first.operator@umthi.org'").fetchone()[0] == "operator"
    )
    assert browser.get(path).status == 200


def test_it_is_written_into_the_platforms_audit(flask, sql) -> None:
    flask("operator", "add", "audited@umthi.org", "--superuser")
    flask("operator", "disable", "audited@umthi.org")
    actions = [row[0] for row in sql.execute("SELECT action FROM platform_event WHERE action LIKE 'operator.%' ORDER BY seq")]
    assert actions == ["operator.add", "operator.disable"]


def test_disabling_ends_every_session_at_once(flask, browser, cast) -> None:
    operator = browser.as_(cast.operator)
    assert operator.get("/operator").status == 200
    assert flask("operator", "disable", "operator@example.com").exit_code == 0
    assert operator.get("/operator").status == 302
    assert "operator@example.com\toperator\tdisabled" in flask("operator", "list").output


def test_adding_again_enables_and_changes_the_role(flask) -> None:
    flask("operator", "disable", "operator@example.com")
    assert flask("operator", "add", "operator@example.com", "--superuser").exit_code == 0
    assert "operator@example.com\tsuperuser\tactive" in flask("operator", "list").output


@pytest.mark.parametrize("email", ["admin@thaba.example.com", "never@umthi.org"])
def test_who_does_not_run_the_platform_cannot_be_disabled_here(flask, sql, email: str) -> None:
    said = flask("operator", "disable", email)
    assert (said.exit_code, "does not run the platform" in said.output) == (1, True)
    assert sql.execute("SELECT count(*) FROM app_user WHERE disabled_at IS NOT NULL").fetchone()[0] == 0


def test_what_is_no_address_is_refused(flask) -> None:
    assert flask("operator", "add", "somebody").exit_code == 2


def test_who_lost_the_last_passkey_is_let_in_again_and_the_others_are_told(
    flask, browser, cast, sql, mailserver, work_off
) -> None:
    sql.execute("UPDATE app_user SET platform_role = 'superuser', language = 'en' WHERE email = 'operator@example.com'")
    said = flask("operator", "recover", "Operator@example.com")
    assert said.exit_code == 0, said.output
    assert browser.get(re.search(r"http://localhost(/\S+)", said.output)[1]).status == 200
    query = "SELECT user_id, granted_by, expires_at - created_at = interval '24 hours' FROM step_up_fallback"
    assert sql.execute(query).fetchall() == [(cast.operator.user_id, "flask operator recover", True)]
    recovered = "SELECT actor_kind, target_id FROM platform_event WHERE action = 'operator.recover'"
    assert sql.execute(recovered).fetchall() == [("command", str(cast.operator.user_id))]
    work_off()
    (theirs,), (other,) = mailserver.to("operator@example.com"), mailserver.to(cast.superuser.email)
    assert "in place of a passkey" in theirs.text
    assert "let operator@example.com confirm with a password" in other.text
    assert "http://localhost/operator/people" in other.text
    assert len(mailserver.mails) == 2


@pytest.mark.parametrize(
    ("email", "why"), [("admin@thaba.example.com", "does not run the platform"), ("operator@example.com", "is disabled")]
)
def test_who_does_not_run_the_platform_or_is_disabled_is_not_let_in(flask, sql, email: str, why: str) -> None:
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE email = 'operator@example.com'")
    said = flask("operator", "recover", email)
    assert (said.exit_code, why in said.output) == (1, True)
    assert sql.execute("SELECT count(*) FROM step_up_fallback").fetchone() == (0,)
