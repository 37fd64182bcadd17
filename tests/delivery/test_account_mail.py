"""Mails of the platform to one user."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from app.access.passwords import issue_link, user_of_link
from app.delivery.account_mail import mail_user
from app.tenancy.doors import across_schools
from tests.delivery.sending import due_now


@pytest.fixture
def mail(cast):
    """Queue a mail, committed; returns its subject."""

    def queue(kind, someone=None, language="en", life=dt.timedelta(minutes=30)):
        someone = someone or cast.thaba.admin
        with across_schools("test", routine=True) as session:
            link = issue_link(session, someone.user_id, life) if kind == "password_link" else None
            subject = link.id if link else None
            mail_user(session, user_id=someone.user_id, kind=kind, subject_id=subject, language=language)
            session.commit()
        return subject

    return queue


def row(sql):
    return sql.execute("SELECT sent_at IS NOT NULL, error FROM account_mail").fetchone()


def test_a_link_arrives_works_and_is_stored_nowhere(sql, cast, mailserver, work_off, mail):
    mail("password_link")
    work_off()
    (letter,) = mailserver.to(cast.thaba.admin.email)
    (link,) = set(re.findall(r"http://localhost/password/reset/\S+(?=\n)", letter.text))
    assert f'href="{link}"' in letter.html
    with across_schools("test", routine=True) as session:
        assert user_of_link(session, link.rpartition("/")[2]) == cast.thaba.admin.user_id
    token = link.rpartition("/")[2]
    for table in ("outbox", "account_mail", "password_link"):
        assert not sql.execute(f"SELECT 1 FROM {table} t WHERE t::text LIKE %s", (f"%{token}%",)).fetchone()
    assert row(sql) == (True, None)
    assert "Umthi" in letter.parsed["From"]


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_a_changed_password_is_told_in_the_language_asked_for(sql, cast, mailserver, work_off, mail, language):
    mail("password_changed", language=language)
    work_off()
    (letter,) = mailserver.mails
    assert f'<html lang="{language}">' in letter.html
    assert cast.thaba.admin.email in letter.text
    assert "http://localhost/password/forgot" in letter.text


def test_a_mail_server_that_is_away_delays_it_and_the_row_says_why(app, sql, cast, mailserver, work_off, mail):
    there = app.extensions["settings"]
    app.extensions["settings"] = replace(there, smtp_url="smtp://127.0.0.1:1")
    mail("password_changed")
    work_off()
    sent, error = row(sql)
    assert not sent
    assert "refused" in error
    assert sql.execute("SELECT done_at IS NULL AND due_at > now() FROM outbox").fetchone()[0]
    app.extensions["settings"] = there
    due_now(sql)
    work_off()
    assert row(sql) == (True, None)
    assert len(mailserver.mails) == 1


def test_it_is_given_up_after_a_day_and_the_row_says_so(app, sql, cast, mailserver, work_off, mail):
    mail("password_changed")
    sql.execute("UPDATE account_mail SET created_at = now() - interval '25 hours', error = 'it was away'")
    work_off()
    assert row(sql) == (False, "given up after 24 hours: it was away")
    assert mailserver.mails == []
    assert sql.execute("SELECT count(*) FROM outbox WHERE done_at IS NULL").fetchone()[0] == 0


def test_a_link_that_is_too_old_is_not_sent(sql, cast, mailserver, work_off, mail):
    mail("password_link", life=dt.timedelta(0))
    work_off()
    assert row(sql) == (False, "the link has been used or is too old")
    assert mailserver.mails == []


def test_a_refused_user_is_not_tried_again(sql, cast, mailserver, work_off, mail):
    sql.execute("UPDATE app_user SET email = 'r550-admin@x.example' WHERE id = %s", (cast.thaba.admin.user_id,))
    mail("password_changed")
    work_off()
    assert row(sql) == (False, "550 5.1.1 nobody here")
    assert work_off() == 0


def test_a_list_of_test_addresses_holds_here_too(app, sql, cast, mailserver, work_off, mail):
    app.extensions["settings"] = replace(app.extensions["settings"], mail_allow=frozenset({"tester@x.example"}))
    mail("password_changed")
    work_off()
    assert row(sql) == (False, "not on UMTHI_MAIL_ALLOW")
    assert mailserver.mails == []


def test_a_copy_after_a_kill_has_the_same_message_id(sql, cast, mailserver, work_off, mail):
    mail("password_changed")
    work_off()
    sql.execute("UPDATE account_mail SET sent_at = NULL")
    sql.execute("UPDATE outbox SET done_at = NULL, due_at = now()")
    work_off()
    first, second = mailserver.mails
    assert first.message_id == second.message_id


def test_a_kind_that_is_not_there_is_an_error(cast, app):
    with pytest.raises(KeyError), across_schools("test", routine=True) as session:
        mail_user(session, user_id=cast.thaba.admin.user_id, kind="party", language="en")
