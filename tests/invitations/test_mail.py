"""The mail of an invitation: in whose language, with which link, and what comes of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app.domain.invitations import proof_of, token_of
from tests.invitations.conftest import link_in

SUBJECTS = {
    "en": "Thaba Nkulu Primary invites you to Umthi",
}


def row(sql):
    return sql.execute("SELECT sent_at IS NOT NULL, error FROM invitation ORDER BY id DESC").fetchone()


def test_the_link_arrives_opens_and_is_stored_nowhere(sql, cast, browser, mailserver, work_off, newcomer, invited):
    made = invited(newcomer(), cast.thaba)
    work_off()
    (letter,) = mailserver.to("lindiwe@example.org")
    assert link_in(letter) == f"/invitations/{token_of(made)}.{proof_of(token_of(made))}"
    assert f'href="http://localhost{link_in(letter)}"' in letter.html
    assert "Olive Operator" in letter.text
    assert "Thaba Nkulu Primary" in letter.parsed["From"]
    assert letter.parsed["Reply-To"] == "kantoor@thaba.example.com"
    assert row(sql) == (True, None)
    assert browser.get(link_in(letter)).status == 200
    for table in ("outbox", "invitation", "audit_value", "platform_value"):
        found = sql.execute(f"SELECT 1 FROM {table} t WHERE t::text LIKE %s", (f"%{token_of(made)}%",)).fetchone()
        assert found is None, table


@pytest.mark.parametrize(
    ("of_person", "of_user", "written_in"),
    [("en", "af", "en"), (None, "af", "af"), (None, None, "zu")],
    ids=["the person's", "their account's", "the school's"],
)
def test_it_is_written_in_the_language_of_the_person(
    sql, cast, mailserver, work_off, newcomer, invited, of_person, of_user, written_in
):
    sql.execute("UPDATE app_user SET language = %s WHERE email = %s", (of_user, cast.nobody.email))
    invited(newcomer(email=cast.nobody.email, language=of_person), cast.thaba)
    work_off()
    (letter,) = mailserver.mails
    assert f'<html lang="{written_in}">' in letter.html
    if written_in in SUBJECTS:
        assert letter.subject == SUBJECTS[written_in]


def test_a_server_that_is_busy_is_asked_again(sql, cast, mailserver, work_off, newcomer, invited):
    invited(newcomer(email="once450-lindiwe@example.org"), cast.thaba)
    work_off()
    sent, error = row(sql)
    assert not sent
    assert error.startswith("450")
    work_off(until=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2))
    assert row(sql) == (True, None)


def test_an_address_that_does_not_exist_is_noted_and_not_tried_again(sql, cast, mailserver, work_off, newcomer, invited):
    invited(newcomer(email="r550-lindiwe@example.org"), cast.thaba)
    work_off()
    sent, error = row(sql)
    assert (sent, error[:3]) == (False, "550")
    assert sql.execute("SELECT count(*) FROM outbox WHERE done_at IS NULL").fetchone() == (0,)


def test_what_was_revoked_meanwhile_is_not_sent(sql, cast, mailserver, work_off, newcomer, invited):
    invited(newcomer(), cast.thaba)
    sql.execute("UPDATE invitation SET revoked_at = now()")
    work_off()
    assert not mailserver.mails
    assert row(sql) == (False, None)


def test_what_expired_while_it_waited_says_so(sql, cast, mailserver, work_off, newcomer, invited):
    invited(newcomer(), cast.thaba)
    sql.execute("UPDATE invitation SET expires_at = now()")
    work_off()
    assert not mailserver.mails
    assert row(sql) == (False, "it expired before it could be sent")


def test_an_acceptance_test_writes_only_to_those_who_are_allowed(app, sql, cast, mailserver, work_off, newcomer, invited):
    app.extensions["settings"] = replace(app.extensions["settings"], mail_allow=frozenset({"other@example.org"}))
    invited(newcomer(), cast.thaba)
    work_off()
    assert not mailserver.mails
    assert row(sql) == (False, "not on UMTHI_MAIL_ALLOW")


def test_a_job_that_comes_twice_sends_once(sql, cast, mailserver, work_off, newcomer, invited):
    invited(newcomer(), cast.thaba)
    work_off()
    sql.execute("UPDATE outbox SET done_at = NULL, leased = false, due_at = now()")
    work_off()
    assert len(mailserver.mails) == 1


def test_a_text_of_people_is_text_in_the_mail(sql, cast, mailserver, work_off, newcomer, invited):
    invited(newcomer(name="{link} <b>Lindiwe</b>"), cast.thaba)
    work_off()
    (letter,) = mailserver.mails
    assert "{link} <b>Lindiwe</b>" in letter.text
    assert "&lt;b&gt;Lindiwe" in letter.html
