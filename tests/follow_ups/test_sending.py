"""A follow-up that somebody approved goes out word for word as they saw it; nothing goes out by itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import psycopg
import pytest

from app.access.actor import Actor
from app.domain.follow_ups.approving import approve, follow_up_for_change
from app.domain.follow_ups.errors import NotByAPerson
from app.domain.leads import merging
from app.domain.leads.records import unsubscribe
from tests.follow_ups.conftest import EMAIL

LIST = "/marketing/outbox/"


@pytest.fixture
def approved(owner, waiting):
    """`approved()` is the id of a follow-up that the owner has just approved on its page; its lead is as given."""

    def make(**values):
        made = waiting(**values)
        page = owner.get(f"{LIST}{made}")
        answer = owner.post(f"{LIST}{made}/approve", page.form(f"{LIST}{made}/approve"))
        assert answer.status == 303
        return made

    return make


def test_what_was_approved_arrives_word_for_word(sql, owner, approved, items, mailserver, work_off):
    made = approved()
    shown = owner.get(f"{LIST}{made}").main
    work_off()
    (mail,) = mailserver.to(EMAIL)
    assert mail.subject == "Welcome, Lindiwe Nkosi"
    assert mail.text.startswith("Dear Lindiwe Nkosi\n\nThank you for asking about Zanele.\n\nThaba Nkulu Primary\n")
    assert "Thank you for asking about Zanele." in shown
    assert "Thank you for asking about Zanele." in mail.html
    assert "Thaba Nkulu Primary" in mail.parsed["From"]
    assert mail.parsed["Reply-To"] == "kantoor@thaba.example.com"
    assert items("state", "way", "tries", "approved_by") == [("sent", "email", 1, "Nomvula Khumalo")]
    assert "What was sent" in owner.get(f"{LIST}{made}").main


def test_it_carries_the_link_to_leave_for_programs_and_for_people(browser, approved, mailserver, work_off):
    approved()
    work_off()
    (mail,) = mailserver.mails
    link = mail.parsed["List-Unsubscribe"].strip("<>")
    assert mail.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("http://localhost/leads/leave/")
    assert link in mail.text
    assert f'href="{link}"' in mail.html
    assert browser.get(link.removeprefix("http://localhost")).status == 200


def test_sending_is_the_first_answer_and_stands_in_the_history(sql, approved, mailserver, work_off):
    approved()
    assert sql.execute("SELECT replied_at FROM lead").fetchone() == (None,)
    work_off()
    assert sql.execute("SELECT replied_at IS NOT NULL FROM lead").fetchone() == (True,)
    ((who, details),) = sql.execute("SELECT by_name, details FROM lead_event WHERE kind = 'sent'").fetchall()
    assert (who, details) == ("Nomvula Khumalo", {"subject": "Welcome, Lindiwe Nkosi", "how": "email"})


def test_it_is_written_in_the_language_of_the_lead(approved, mailserver, work_off):
    approved(language="zu")
    work_off()
    (mail,) = mailserver.mails
    assert mail.subject == "Siyakwamukela, Lindiwe Nkosi"
    assert '<html lang="zu">' in mail.html


def test_a_job_that_comes_twice_sends_once(sql, approved, mailserver, work_off):
    approved()
    work_off()
    sql.execute("UPDATE outbox SET done_at = NULL, leased = false, due_at = now() WHERE job = 'follow_ups.send'")
    work_off()
    assert len(mailserver.mails) == 1


# ---- nothing goes out by itself


def test_an_automatic_send_that_is_planted_sends_nothing(sql, waiting, items, mailserver, work_off):
    made = waiting()
    sql.execute(
        "INSERT INTO outbox (school_id, id, job, subject) VALUES (1, gen_random_uuid(), 'follow_ups.send', %s)", (made,)
    )
    assert work_off() == 1
    assert mailserver.mails == []
    assert items("state") == [("open",)]


def test_the_database_refuses_what_nobody_approved(sql, waiting):
    made = waiting()
    for planted in (
        "state = 'sending'",
        "state = 'sending', approved_at = now(), subject = 'x', body = 'x', email = 'x@example.org'",
        "state = 'sending', approved_at = now(), approved_by = '', subject = 'x', body = 'x', email = 'x@example.org'",
        "state = 'sent', sent_at = now(), way = 'email'",
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="follow_up_approved"):
            sql.execute(f"UPDATE follow_up SET {planted} WHERE id = %s", (made,))


@pytest.mark.parametrize(
    "by",
    [
        Actor("job", None, "follow_ups.send"),
        Actor("command", None, "seed"),
        Actor("system", None, ""),
        Actor("user", None, "X"),
    ],
)
def test_only_a_person_who_is_signed_in_approves(at_school, waiting, by):
    made = waiting()
    with at_school():
        held = follow_up_for_change(made)
        with pytest.raises(NotByAPerson):
            approve(held, seen=held.drawn().seen, by=by)


def test_days_and_stages_that_come_send_nothing(sql, waiting, template, mailserver, work_off):
    waiting()
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'follow_ups.come')")
    work_off()
    assert mailserver.mails == []


# ---- what does not arrive


def test_a_server_that_is_busy_is_asked_again(approved, items, mailserver, work_off):
    approved(email="once450-lindiwe@example.org")
    work_off()
    ((state, error),) = items("state", "error")
    assert (state, error[:3]) == ("sending", "450")
    work_off(until=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2))
    assert items("state", "error", "tries") == [("sent", None, 2)]


def test_an_address_that_does_not_exist_is_dead_with_its_reason_and_can_be_tried_again(
    sql, owner, approved, items, mailserver, work_off
):
    made = approved(email="r550-lindiwe@example.org")
    work_off()
    assert items("state", "tries") == [("dead", 1)]
    page = owner.get(f"{LIST}{made}")
    assert "The mail server says that this address does not exist." in page.main
    sql.execute("UPDATE lead SET email = %s", (EMAIL,))
    page = owner.get(f"{LIST}{made}")
    owner.post(f"{LIST}{made}/approve", page.form(f"{LIST}{made}/approve"))
    work_off()
    assert items("state", "email", "error") == [("sent", EMAIL, None)]


def test_what_nobody_took_for_a_day_has_failed_and_says_so(sql, owner, approved, items, work_off):
    made = approved()  # there is no mail server in this test
    work_off()
    ((state, error),) = items("state", "error")
    assert state == "sending"
    assert error
    sql.execute("UPDATE follow_up SET approved_at = now() - interval '25 hours'")
    work_off(until=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2))
    ((state, error),) = items("state", "error")
    assert (state, error.startswith("given up after 24 hours")) == ("failed", True)
    assert "You can try again" in owner.get(f"{LIST}{made}").main


def test_nothing_is_tried_while_the_provider_rests(app, sql, approved, items, mailserver, work_off):
    approved()
    sql.execute("UPDATE provider SET open_until = now() + interval '1 minute' WHERE name = 'email'")
    work_off()
    assert mailserver.mails == []
    assert items("state", "tries", "error") == [("sending", 0, None)]


def test_an_acceptance_test_writes_only_to_those_who_are_allowed(app, approved, items, mailserver, work_off):
    app.extensions["settings"] = replace(app.extensions["settings"], mail_allow=frozenset({"other@example.org"}))
    approved()
    work_off()
    assert mailserver.mails == []
    assert items("state", "error") == [("dead", "not on UMTHI_MAIL_ALLOW")]


# ---- who left, or was merged, between the approval and the sending


def test_whoever_left_meanwhile_gets_none(approved, change, items, sql, mailserver, work_off, by):
    approved()
    (lead_id,) = sql.execute("SELECT id FROM lead").fetchone()
    change(lead_id, lambda held: unsubscribe(held, "link", by=by))
    work_off()
    assert mailserver.mails == []
    assert items("state", "dropped") == [("dismissed", "unsubscribed")]


def test_an_enquiry_that_was_archived_meanwhile_gets_none(approved, items, sql, mailserver, work_off):
    approved()
    sql.execute("UPDATE lead SET stage = 'archived', archived_from = 'new'")
    work_off()
    assert mailserver.mails == []
    assert items("state", "dropped") == [("dismissed", "archived")]


def test_one_that_is_on_its_way_goes_to_the_lead_that_stays(sql, approved, lead, at_school, items, mailserver, work_off, by):
    approved()
    (other,) = sql.execute("SELECT id FROM lead").fetchone()
    sql.execute("UPDATE follow_up_template SET is_active = false")
    kept = lead(email="kept@example.org")
    with at_school():
        merging.merge(*merging.held(kept, other), {}, by=by)
    work_off()
    assert [mail.to for mail in mailserver.mails] == [EMAIL]
    assert items("lead_id", "state") == [(kept, "sent")]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "{name}{{7*7}}{unsubscribe}",
        "a\r\nBcc: everybody@example.org",
        "\u202egnp.exe",
        '"><img src=x onerror=1>',
    ],
)
def test_a_hostile_name_is_text_in_the_mail(approved, mailserver, work_off, hostile):
    approved(name=hostile, child_name=hostile)
    work_off()
    (mail,) = mailserver.mails
    assert mail.parsed["Bcc"] is None
    assert "<script>" not in mail.html
    assert "<img src=x" not in mail.html
    assert hostile.split("\r\n")[0] in mail.text
