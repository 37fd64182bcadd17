"""The work of a closed school: not handed out, put off when it was, stopped in the middle of a batch, and late for nobody."""

from __future__ import annotations

import threading
import time

import pytest

from app.delivery.senders import SENDERS
from app.delivery.states import Channel, Event, Result
from app.domain.health import checks
from app.tenancy.doors import acting_for
from app.work.closed import LOOK
from app.work.jobs import Task
from app.work.relay import claim
from app.work.runner import run_row
from tests.delivery.sending import only, send, states


def _close(sql, state="disabled"):
    sql.execute("UPDATE school SET state = %s WHERE id = 1", [state])


@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("state", ["disabled", "pending"])
def test_the_relay_leaves_the_work_of_a_closed_school_where_it_is(cast, sql, state, urgent):
    send(1, urgent=urgent)
    send(2, urgent=urgent)
    _close(sql, state)
    assert {row.school_id for row in claim(depth=100)} == {2}
    assert sql.execute("SELECT runs, leased FROM outbox WHERE school_id = 1").fetchall() == [(0, False)]
    _close(sql, "active")
    assert {row.school_id for row in claim(depth=100)} == {1}


def test_the_platforms_own_work_goes_on(app, cast, sql):
    _close(sql)
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'work.prune')")
    assert [row.school_id for row in claim()] == [0]


def test_work_that_was_handed_out_before_is_put_off_and_not_run(app, cast, sql, mailserver):
    only(sql, 1, "a@example.com")
    send(1)
    (row,) = claim()
    _close(sql)
    run_row(row.school_id, row.id, row.runs)
    assert states(sql) == {}
    found = "SELECT job, done_at, leased, error, due_at <= now() FROM outbox WHERE school_id = 1"
    assert sql.execute(found).fetchall() == [("delivery.fan_out", None, False, None, True)]
    _close(sql, "active")
    assert [again.id for again in claim()] == [row.id]


def test_what_waits_for_a_closed_school_is_not_late_but_another_schools_is(app, cast, sql):
    def outbox():
        return next(check.state for check in checks(app.extensions["settings"]) if check.name == "outbox")

    send(1)
    sql.execute("UPDATE outbox SET due_at = now() - interval '1 hour'")
    assert outbox() == "degraded"
    _close(sql)
    assert outbox() == "ok"
    send(2)
    sql.execute("UPDATE outbox SET due_at = now() - interval '1 hour'")
    assert outbox() == "degraded"


def test_a_job_of_a_school_has_no_time_left_once_it_has_closed(app, cast, sql):
    with acting_for(1):
        task = Task(1, cast.thaba.admin.user_id, "delivery.send", None, 1)
        assert task.time_left() > 0
        _close(sql)
        began = time.monotonic()
        while task.time_left() > 0:
            assert time.monotonic() - began < LOOK + 1
        _close(sql, "active")
        assert task.time_left() == 0  # this run is over; the relay hands the rest out anew


def test_a_job_of_the_platform_asks_for_no_school(app, cast, sql):
    assert Task(0, cast.thaba.admin.user_id, "work.prune", None, 1, deadline=time.monotonic() + 60).time_left() > 59


def test_a_running_batch_stops_within_five_seconds_and_hands_the_rest_back_untried(app, cast, sql, monkeypatch, work_off):
    """A provider that takes 20 ms a message, 1,000 messages: the school closes in the middle."""
    only(sql, 1, *(f"p{n}@example.com" for n in range(1000)))
    begun, told = threading.Event(), []

    def slow(batch):
        for row in batch.people:
            if batch.time_left() <= 0:
                return
            begun.set()
            time.sleep(0.02)
            told.append(time.monotonic())
            yield Result(row.id, Event.ACCEPTED)

    monkeypatch.setitem(SENDERS, Channel.EMAIL, slow)
    send(1)
    (row,) = claim()
    run_row(row.school_id, row.id, row.runs)
    row = claim()[0]

    def run():
        with app.app_context():
            run_row(row.school_id, row.id, row.runs)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(5)
    _close(sql)
    closed = time.monotonic()
    thread.join(10)
    assert not thread.is_alive()
    assert max(told) - closed < 2
    found = states(sql, f"batch_id = '{row.id}'")
    assert found == {"sent": len(told), "queued": 500 - len(told)}
    assert sql.execute("SELECT DISTINCT tries FROM delivery WHERE state = 'queued'").fetchall() == [(0,)]
    (rest,) = sql.execute("SELECT done_at, leased, due_at <= now() FROM outbox WHERE id = %s", [row.id]).fetchall()
    assert rest == (None, False, True)
    assert claim() == []


def test_no_batch_of_a_school_that_closed_before_its_first_message_waits_for_a_backoff(app, cast, sql, monkeypatch):
    only(sql, 1, "a@example.com")
    monkeypatch.setitem(SENDERS, Channel.EMAIL, lambda batch: iter(()))
    send(1)
    for _ in range(2):
        (row,) = claim()
        run_row(row.school_id, row.id, row.runs)
    assert sql.execute("SELECT due_at <= now() FROM outbox WHERE id = %s", [row.id]).fetchall() == [(True,)]
    assert states(sql) == {"queued": 1}


def test_providers_are_not_checked_for_a_closed_school(app, cast, sql):
    for school in (1, 2):
        sql.execute(
            "INSERT INTO gateway (school_id, id, channel, url, key) VALUES (%s, uuid7(), 'sms', 'https://example.com', 'x')",
            [school],
        )
    _close(sql)
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'providers.check')")
    (row,) = claim()
    run_row(row.school_id, row.id, row.runs)
    assert sql.execute("SELECT school_id FROM outbox WHERE job = 'providers.check_school'").fetchall() == [(2,)]


def test_nobody_is_told_of_a_gateway_of_a_closed_school(app, cast, sql):
    sql.execute(
        "INSERT INTO gateway (school_id, id, channel, url, key, open_until) VALUES"
        " (1, uuid7(), 'sms', 'https://example.com', 'x', now() + interval '5 min')"
    )
    _close(sql)
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'delivery.watch')")
    (row,) = claim()
    run_row(row.school_id, row.id, row.runs)
    assert sql.execute("SELECT told_at FROM gateway").fetchall() == [(None,)]
    assert sql.execute("SELECT count(*) FROM account_mail").fetchall() == [(0,)]


def test_a_link_for_a_new_password_still_goes_to_somebody_whose_school_is_closed(app, browser, cast, sql, work_off, mailserver):
    """An account is its owner's, not the school's; a new password opens nothing of a closed school."""
    _close(sql)
    assert browser.post("/password/forgot", {"email": cast.thaba.admin.email}).status == 200
    work_off()
    assert [mail.to for mail in mailserver.mails] == [cast.thaba.admin.email]
