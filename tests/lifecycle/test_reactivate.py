"""Bringing a school back: what waited goes out or is discarded by rule, and everything else is as it was."""

from __future__ import annotations

import datetime as dt

import pytest

from app.delivery.held import EXPIRED
from app.domain.reasons import EXPIRED as IN_WORDS
from tests.cast import PASSWORD
from tests.delivery.sending import only, send, states
from tests.notices.arranged import add_notice

#: what a suspension and its end leave behind besides the rows of the school: their own events, and what workers count
ITS_OWN = {
    "audit_event",
    "audit_value",
    "platform_event",
    "platform_value",
    "metric",
    "platform_metric",
    "metric_bucket",
    "platform_bucket",
}


def _rows(sql):
    """Every row of every table, as text."""
    tables = sql.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    return {
        table: sorted(row[0] for row in sql.execute(f'SELECT t::text FROM "{table}" t').fetchall())
        for (table,) in tables
        if table not in ITS_OWN
    }


def _of_notice(sql, cast, message, *, ends="NULL", starts="now() - interval '3 days'"):
    """The notice that a message was sent for."""
    notice = add_notice(sql, cast.thaba, "Sports day", message_id=message)
    sql.execute(f"UPDATE notice SET starts_at = {starts}, ends_at = {ends} WHERE id = %s", [notice])


def test_the_page_says_since_when_and_what_waits(cast, sql, lifecycle, work_off):
    only(sql, 1, "a@example.com", "b@example.com")
    send(1)
    lifecycle.suspend(cast.thaba)
    page = lifecycle.operator.get("/operator/schools/1/reactivate")
    assert page.h1 == f"Reactivate {cast.thaba.name}?"
    assert "1 held notice goes to its recipients, unless it is too late for it." in page.text
    assert lifecycle.reactivate(cast.thaba, cast.thaba.name.upper()).status == 422
    assert lifecycle.state(cast.thaba) == "disabled"


def test_every_row_is_as_it_was(cast, sql, lifecycle, work_off, mailserver):
    """But for the sessions that ended, and for the time that the suspension took, which is given back."""
    only(sql, 1, "a@example.com", "dot451-b@example.com")
    send(1)
    work_off()
    assert states(sql) == {"sent": 1, "deferred": 1}
    send(1, person_id=cast.thaba.guardian.person_id)
    add_notice(sql, cast.thaba, "Coming", starts=dt.timedelta(hours=1))
    sql.execute("UPDATE outbox SET due_at = now() + interval '1 hour' WHERE done_at IS NULL")
    before = _rows(sql)
    lifecycle.suspend(cast.thaba)
    lifecycle.reactivate(cast.thaba)
    after = _rows(sql)
    assert {table for table in before if before[table] != after[table]} == {"login_session", "delivery"}
    moved = (
        "SELECT give_up_at - created_at - interval '24 hours' BETWEEN '0 s' AND '1 min' FROM delivery WHERE state = 'deferred'"
    )
    assert sql.execute(moved).fetchall() == [(True,)]
    sql.execute("UPDATE delivery SET give_up_at = created_at + interval '24 hours'")
    assert _rows(sql)["delivery"] == before["delivery"]


def test_the_state_is_restored_and_both_logs_say_so(cast, sql, lifecycle):
    lifecycle.suspend(cast.thaba)
    page = lifecycle.reactivate(cast.thaba)
    assert (page.status, page.location) == (303, "/operator/schools/1")
    assert sql.execute("SELECT state, state_before, disabled_at FROM school WHERE id = 1").fetchone() == ("active", None, None)
    for table in ("audit_event", "platform_event"):
        found = sql.execute(f"SELECT action FROM {table} WHERE action LIKE 'lifecycle.%%' ORDER BY seq").fetchall()
        assert found == [("lifecycle.suspend",), ("lifecycle.reactivate",)]


def test_people_sign_in_again_with_the_password_that_they_had(browser, cast, lifecycle):
    lifecycle.suspend(cast.thaba)
    lifecycle.reactivate(cast.thaba)
    assert browser.as_(cast.thaba.admin).get("/dashboard/").status == 302  # the session that ended stays so
    assert browser.post("/login", {"email": cast.thaba.admin.email, "password": PASSWORD}).status == 303


def test_reactivated_twice_is_said_and_written_once(cast, sql, lifecycle):
    lifecycle.suspend(cast.thaba)
    lifecycle.reactivate(cast.thaba)
    assert lifecycle.reactivate(cast.thaba).status == 303
    assert lifecycle.operator.get("/operator/schools/1/reactivate").status == 303
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'lifecycle.reactivate'").fetchone() == (1,)


def test_what_was_queued_goes_out_and_its_counts_are_said(cast, sql, lifecycle, work_off, mailserver):
    only(sql, 1, "a@example.com", "b@example.com")
    send(1)
    lifecycle.suspend(cast.thaba)
    assert work_off() == 0
    assert states(sql) == {}
    lifecycle.reactivate(cast.thaba)
    page = lifecycle.operator.get("/operator/schools/1")
    assert f"{cast.thaba.name} is open again. 1 held notice goes to its recipients now." in page.text
    work_off()
    assert states(sql) == {"sent": 2}
    assert len(mailserver.mails) == 2


def _waiting(sql, work_off, **more):
    """Two deliveries of a message that wait in their batch; returns the message."""
    only(sql, 1, "a@example.com", "b@example.com")
    message = send(1, **more)
    sql.execute("UPDATE provider SET open_until = now() + interval '1 hour' WHERE name = 'email'")
    work_off()
    sql.execute("UPDATE provider SET open_until = NULL, errors = 0")
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    assert states(sql) == {"queued": 2}
    return message


def test_deliveries_get_the_time_back_that_they_waited(cast, sql, lifecycle, work_off, mailserver):
    _waiting(sql, work_off)
    before = dict(sql.execute("SELECT id, give_up_at FROM delivery").fetchall())
    lifecycle.suspend(cast.thaba)
    lifecycle.was_suspended(cast.thaba, hours=30)
    lifecycle.reactivate(cast.thaba)
    after = dict(sql.execute("SELECT id, give_up_at FROM delivery").fetchall())
    for delivery, moment in before.items():
        assert abs(after[delivery] - moment) < dt.timedelta(minutes=1)
    work_off()
    assert states(sql) == {"sent": 2}


def test_a_notice_that_is_over_is_discarded_with_the_reason(cast, sql, lifecycle, work_off, mailserver):
    message = _waiting(sql, work_off)
    _of_notice(sql, cast, message, ends="now() - interval '1 minute'")
    lifecycle.suspend(cast.thaba)
    assert "2 held messages are discarded" in lifecycle.operator.get("/operator/schools/1/reactivate").text
    lifecycle.reactivate(cast.thaba)
    assert sql.execute("SELECT DISTINCT state, discard_reason, ended_at IS NOT NULL FROM delivery").fetchall() == [
        ("discarded", EXPIRED, True)
    ]
    assert EXPIRED == "expired while the school was suspended"
    assert sql.execute("SELECT event FROM attempt").fetchall() == [("expired",)] * 2
    page = lifecycle.operator.get("/operator/schools/1")
    assert "2 messages were discarded, because they expired while the school was suspended." in page.text
    work_off()
    assert mailserver.mails == []
    assert sql.execute("SELECT count(*) FROM outbox WHERE done_at IS NULL AND school_id = 1").fetchone() == (0,)


def test_an_urgent_message_of_more_than_a_day_ago_is_discarded_and_a_younger_one_is_sent(
    cast, sql, lifecycle, work_off, mailserver
):
    _waiting(sql, work_off, urgent=True)
    lifecycle.suspend(cast.thaba)
    lifecycle.was_suspended(cast.thaba, hours=23)
    lifecycle.reactivate(cast.thaba)
    work_off()
    assert states(sql) == {"sent": 2}
    _waiting_again = send(1, urgent=True)
    lifecycle.suspend(cast.thaba)
    lifecycle.was_suspended(cast.thaba, hours=25)
    lifecycle.reactivate(cast.thaba)
    work_off()
    assert states(sql, f"message_id = '{_waiting_again}'") == {"discarded": 2}


def test_what_is_not_urgent_and_not_over_goes_out_however_long_it_waited(cast, sql, lifecycle, work_off, mailserver):
    message = _waiting(sql, work_off)
    _of_notice(sql, cast, message, ends="now() + interval '1 day'")
    lifecycle.suspend(cast.thaba)
    lifecycle.was_suspended(cast.thaba, hours=24 * 90)
    lifecycle.reactivate(cast.thaba)
    work_off()
    assert states(sql) == {"sent": 2}


def test_who_was_not_looked_up_yet_sees_that_it_expired_too(browser, cast, sql, lifecycle, work_off, mailserver):
    message = send(1)
    _of_notice(sql, cast, message, ends="now() - interval '1 minute'")
    (notice,) = sql.execute("SELECT id FROM notice WHERE message_id = %s", [message]).fetchone()
    lifecycle.suspend(cast.thaba)
    lifecycle.reactivate(cast.thaba)
    work_off()
    (number,) = sql.execute("SELECT count(*) FROM delivery WHERE state = 'discarded'").fetchone()
    assert (number, states(sql), mailserver.mails) == (7, {"discarded": 7}, [])
    sql.execute("UPDATE login_session SET active_school = 1 WHERE user_id = %s", [cast.multi.user_id])
    person = cast.thaba.guardian.person_id
    admin = browser.as_(cast.multi)
    assert IN_WORDS in admin.get(f"/schedule-notices/{notice}/people").text
    page = admin.get(f"/schedule-notices/{notice}/people/{person}")
    assert IN_WORDS in page.text
    assert "Somebody gave it up" not in page.text
    assert EXPIRED in admin.get("/exports/deliveries.csv").text


def test_the_bar_of_the_author_ends_with_what_waited(cast, sql, lifecycle, work_off, mailserver):
    _waiting(sql, work_off, author_id=cast.thaba.admin.person_id)
    lifecycle.suspend(cast.thaba)
    lifecycle.was_suspended(cast.thaba, hours=2)
    lifecycle.reactivate(cast.thaba)
    work_off()
    assert states(sql) == {"sent": 2}
    assert sql.execute("SELECT state, total, done FROM progress").fetchall() == [("done", 2, 2)]


def test_a_scheduled_notice_whose_start_passed_goes_out_unless_it_is_over(browser, cast, sql, lifecycle, work_off, mailserver):
    only(sql, 1, "a@example.com")
    for title, ends in (("Still on", None), ("Over", "now() - interval '1 minute'"), ("Later", None)):
        starts = "now() + interval '1 day'" if title == "Later" else "now() - interval '1 hour'"
        notice = add_notice(sql, cast.thaba, title)
        sql.execute(f"UPDATE notice SET starts_at = {starts}, ends_at = {ends or 'NULL'} WHERE id = %s", [notice])
        sql.execute(
            f"INSERT INTO outbox (school_id, id, job, subject, due_at) VALUES (1, uuid7(), 'notices.send', %s, {starts})",
            [notice],
        )
    sql.execute("UPDATE school SET state = 'active' WHERE id = 1")
    lifecycle.suspend(cast.thaba)
    lifecycle.was_suspended(cast.thaba, hours=2)
    assert work_off() == 0
    page = lifecycle.operator.get("/operator/schools/1/reactivate")
    assert "1 scheduled notice whose start has passed is sent." in page.text
    assert "1 scheduled notice is over and is not sent any more." in page.text
    lifecycle.reactivate(cast.thaba)
    work_off()
    sent = sql.execute("SELECT title->>'en' FROM notice WHERE message_id IS NOT NULL").fetchall()
    assert (sent, len(mailserver.mails)) == ([("Still on",)], 1)


@pytest.mark.parametrize("state", ["sent", "dead", "discarded", "demoted"])
def test_what_had_come_to_its_end_stays_there(cast, sql, lifecycle, work_off, state):
    message = _waiting(sql, work_off)
    _of_notice(sql, cast, message, ends="now() - interval '1 minute'")
    sql.execute("UPDATE delivery SET state = %s, ended_at = now()", [state])
    before = sql.execute("SELECT t::text FROM delivery t ORDER BY id").fetchall()
    lifecycle.suspend(cast.thaba)
    lifecycle.reactivate(cast.thaba)
    assert sql.execute("SELECT t::text FROM delivery t ORDER BY id").fetchall() == before


def test_another_schools_messages_are_not_touched(cast, sql, lifecycle, work_off, mailserver):
    only(sql, 2, "c@example.com")
    other = send(2, urgent=True)
    sql.execute("UPDATE message SET created_at = now() - interval '3 days'")
    lifecycle.suspend(cast.thaba)
    lifecycle.reactivate(cast.thaba)
    work_off()
    assert states(sql, f"message_id = '{other}'") == {"sent": 1}
