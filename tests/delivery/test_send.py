"""A batch meets every kind of fault: each has its own end, nobody is lost, and hardly anyone is doubled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.config import Environment
from app.delivery import senders
from app.delivery import states as table
from app.delivery.handing_back import hand_back
from app.delivery.journal import FOLDER, Busy, Journal
from app.delivery.states import Event, Result
from app.domain.deliveries import MISSED, people_without_address_count, progress, recipients
from app.i18n.speech import speaking, speech_for
from app.tenancy.doors import acting_for
from tests.delivery.sending import due_now, only, send, states


def test_each_fault_has_its_own_end(sql, cast, mailserver, work_off):
    only(sql, 1, "a@x.example", "once450-b@x.example", "r550-c@x.example", "drop-d@x.example", "not an address")
    message = send(1)
    work_off()
    assert states(sql) == {"sent": 1, "deferred": 2, "dead": 2}
    with acting_for(1):
        assert progress(message)[:8] == (
            0,
            0,
            1,
            0,
            2,
            2,
            0,
            0,
        )  # by text, push, email; queued, retrying, failed, given up, no way
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 2, "dead": 3}
    with acting_for(1), speaking(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")):
        found = {failure.person: (failure.reason, failure.code) for failure in recipients(message, MISSED, limit=9)}
        assert people_without_address_count() == 2
    assert found == {
        "Person 2": ("The mail server says that this address does not exist.", 550),
        "Person 3": ("The mail server could not be reached, or did not say whether it took the mail.", None),
        "Person 4": ("There is no email address that works.", None),
    }
    copies = mailserver.to("drop-d@x.example")
    assert len(copies) == 2
    assert len({mail.message_id for mail in copies}) == 1
    with acting_for(2):
        assert recipients(message, MISSED, limit=9) == []


def test_a_refused_address_is_flagged_and_not_tried_again(sql, cast, mailserver, work_off):
    only(sql, 1, "r550-c@x.example", "r450-d@x.example")
    for _ in range(2):
        send(1)
        work_off()
    assert sorted(refused.code for refused in mailserver.refused) == [450, 450, 550]
    flagged = sql.execute("SELECT email FROM person WHERE email_flagged_at IS NOT NULL").fetchall()
    assert flagged == [("r550-c@x.example",)]


def test_a_provider_that_is_away_burns_no_attempts_and_opens_the_breaker(app, sql, cast, mailserver, work_off):
    only(sql, 1, *(f"p{n}@x.example" for n in range(60)))
    there = app.extensions["settings"]
    app.extensions["settings"] = replace(there, smtp_url="smtp://127.0.0.1:1")
    send(1)
    work_off()
    assert sql.execute("SELECT state, max(tries) FROM delivery GROUP BY 1").fetchall() == [("queued", 0)]
    assert sql.execute("SELECT open_until > now() FROM provider WHERE name = 'email'").fetchone()[0]
    app.extensions["settings"] = there
    due_now(sql)
    work_off()
    assert states(sql) == {"queued": 60}  # the breaker is still open
    sql.execute("UPDATE provider SET open_until = now()")
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 60}
    assert len(mailserver.mails) == 60


@pytest.mark.parametrize("url", ["", "smtp://"])
def test_without_a_mail_server_nothing_is_lost(app, sql, cast, mailserver, work_off, url):
    only(sql, 1, "a@x.example")
    app.extensions["settings"] = replace(app.extensions["settings"], smtp_url=url)
    send(1)
    work_off()
    assert states(sql) == {"queued": 1}


def test_a_server_without_pipelining_gets_the_same(sql, cast, mailserver, work_off):
    mailserver.pipelining = False
    only(sql, 1, "a@x.example", "r550-b@x.example", "dot451-c@x.example", "d@x.example")
    send(1)
    work_off()
    assert states(sql) == {"sent": 2, "dead": 1, "deferred": 1}


def test_an_acceptance_test_writes_only_to_those_on_its_list(app, sql, cast, mailserver, work_off):
    only(sql, 1, "tester@x.example", "guardian@x.example")
    allowed = frozenset({"tester@x.example"})
    app.extensions["settings"] = replace(app.extensions["settings"], environment=Environment.UAT, mail_allow=allowed)
    message = send(1)
    work_off()
    assert [mail.to for mail in mailserver.mails] == ["tester@x.example"]
    assert states(sql) == {"sent": 1, "discarded": 1}
    with acting_for(1), speaking(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")):
        (failure,) = recipients(message, MISSED, limit=9)
        assert failure.reason == "This copy of Umthi only writes to test addresses."
        assert progress(message).people == 2


def test_what_a_killed_run_had_noted_is_not_sent_again(app, sql, cast, mailserver, work_off):
    only(sql, 1, *(f"p{n}@x.example" for n in range(10)))
    send(1)
    with acting_for(1):
        pass
    fan_out_only(work_off, sql)
    sql.execute("UPDATE delivery SET state = 'sending', tries = 1")
    ids = [row[0] for row in sql.execute("SELECT id FROM delivery ORDER BY id").fetchall()]
    (batch,) = sql.execute("SELECT batch_id FROM delivery LIMIT 1").fetchone()
    folder = app.extensions["settings"].home / FOLDER
    journal = Journal(folder, school_id=1, batch=batch, run=1)
    for id in ids[:7]:
        journal.note(Result(id, Event.ACCEPTED, 250))
    with pytest.raises(Busy):
        Journal(folder, school_id=1, batch=batch, run=2)
    journal.close(is_home=False)
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 10}
    assert len(mailserver.mails) == 3
    assert not list(folder.glob(f"*{batch.hex}"))


def test_what_died_with_a_worker_goes_on_as_soon_as_another_begins(app, sql, cast, mailserver, work_off):
    only(sql, 1, *(f"p{n}@x.example" for n in range(10)))
    send(1)
    fan_out_only(work_off, sql)
    batch, held = hold(sql)
    folder = app.extensions["settings"].home / FOLDER
    journal = Journal(folder, school_id=1, batch=batch, run=held)
    for (id,) in sql.execute("SELECT id FROM delivery ORDER BY id LIMIT 7").fetchall():
        journal.note(Result(id, Event.ACCEPTED, 250))
    assert hand_back(folder) == work_off() == 0  # its worker lives
    journal.close(is_home=False)
    assert hand_back(folder) == 1
    work_off()
    assert states(sql) == {"sent": 10}
    assert len(mailserver.mails) == 3


def test_what_was_handed_out_since_and_what_is_done_is_left_alone(app, sql, cast, mailserver, work_off):
    only(sql, 1, "a@x.example")
    send(1)
    fan_out_only(work_off, sql)
    batch, held = hold(sql)
    folder = app.extensions["settings"].home / FOLDER
    Journal(folder, school_id=1, batch=batch, run=held - 1).close(is_home=False)
    assert (hand_back(folder), work_off()) == (0, 0)
    sql.execute("UPDATE outbox SET done_at = now()")
    assert (hand_back(folder), list(folder.glob(f"*{batch.hex}"))) == (0, [])


def hold(sql):
    """As a worker does that has begun and claimed: the batch, and the number of its run."""
    sql.execute("UPDATE delivery SET state = 'sending', tries = 1, due_at = now() + interval '30 s'")
    sql.execute("UPDATE outbox SET leased = true, due_at = now() + interval '30 s' WHERE job = 'delivery.send'")
    return sql.execute("SELECT id, runs FROM outbox WHERE job = 'delivery.send'").fetchone()


def test_a_run_that_lost_its_lease_changes_nothing(sql, cast, mailserver, work_off, monkeypatch):
    only(sql, 1, "a@x.example", "b@x.example", "c@x.example")
    seen = []

    def slow(batch):
        sql.execute("UPDATE delivery SET tries = tries + 1")  # someone claimed them anew meanwhile
        yield from (Result(row.id, Event.ACCEPTED, 250) for row in batch.people)
        seen.append(len(batch.people))

    monkeypatch.setitem(senders.SENDERS, "email", slow)
    send(1)
    work_off()
    assert seen == [3]
    assert states(sql) == {"sending": 3}


def test_another_channel_joins_the_chain_and_email_takes_over_from_it(sql, cast, mailserver, work_off, monkeypatch):
    monkeypatch.setitem(table.CHAIN, "pigeon", (table.Channel.EMAIL,))
    monkeypatch.setitem(
        senders.SENDERS, "pigeon", lambda batch: (Result(row.id, Event.PERMANENT, None, "no pigeon") for row in batch.people)
    )
    only(sql, 1, "a@x.example", "b@x.example")
    message = send(1)
    fan_out_only(work_off, sql)
    sql.execute("UPDATE delivery SET channel = 'pigeon'")
    due_now(sql)
    work_off()
    counted = sql.execute("SELECT channel || ' ' || state, count(*) FROM delivery GROUP BY 1").fetchall()
    assert dict(counted) == {"pigeon demoted": 2, "email sent": 2}
    with acting_for(1):
        assert progress(message).people == progress(message).accepted == 2


def fan_out_only(work_off, sql):
    """Stop before the batches are sent."""
    with pytest.raises(AssertionError, match="does not end"):
        work_off(rounds=1)
