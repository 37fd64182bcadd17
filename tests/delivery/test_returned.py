"""The bounce mailbox is read over a real POP3 line, every minute, and emptied of all that has been acted on."""

from __future__ import annotations

import logging
from dataclasses import replace
from uuid import uuid4

import pytest

from app.delivery import returned as module
from app.delivery.returned import MailboxAway
from app.work.queues import SCHEDULE
from app.work.relay import file_periodic
from tests.delivery.returned_mails import COMPLAINT, EXIM, POSTFIX, returned
from tests.delivery.sending import only, send, states
from tests.popserver import popserver  # noqa: F401  a fixture


@pytest.fixture
def sent(sql, cast, mailserver, work_off):
    """The deliveries of five mails that were accepted."""
    only(sql, 1, *(f"p{n}@x.example" for n in range(5)))
    send(1)
    work_off()
    return [row[0] for row in sql.execute("SELECT id FROM delivery ORDER BY id").fetchall()]


@pytest.fixture
def read(app, sql, work_off, popserver):  # noqa: F811
    """Let the job run once."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, bounce_url=popserver.url)

    def read():
        sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'delivery.returned')")
        return work_off()

    yield read
    app.extensions["settings"] = settings


def test_the_mailbox_is_read_and_emptied(sql, sent, read, popserver, caplog):  # noqa: F811
    popserver.mails += [
        returned(POSTFIX, sent[0]), b"Subject: I am away\r\n\r\n.\r\n..until Monday", returned(EXIM, sent[1]),
        returned(POSTFIX, sent[2], action="delayed", status="4.4.1"), returned(COMPLAINT, sent[3]), returned(POSTFIX, uuid4()),
        returned(POSTFIX, sent[0]),
    ]  # fmt: skip
    with caplog.at_level(logging.INFO, "umthi.returned"):
        read()
    assert states(sql) == {"dead": 2, "sent": 3}
    assert popserver.mails == []
    (line,) = [record.fields for record in caplog.records if record.name == "umthi.returned"]
    assert line == {"returned": {"changed": 3, "unreadable": 1, "known": 2, "unknown": 1}, "more": False}


def test_a_bounce_that_is_early_waits_for_its_delivery(sql, sent, read, popserver):  # noqa: F811
    sql.execute(
        "UPDATE delivery SET state = 'sending', ended_at = NULL, due_at = now() + interval '1 hour' WHERE id = %s", [sent[0]]
    )
    popserver.mails += [returned(POSTFIX, sent[0]), returned(POSTFIX, sent[1])]
    read()
    assert len(popserver.mails) == 1
    sql.execute("UPDATE delivery SET state = 'sent', ended_at = now() WHERE id = %s", [sent[0]])
    read()
    assert (popserver.mails, states(sql)) == ([], {"dead": 2, "sent": 3})


def test_a_line_that_is_cut_deletes_nothing_and_the_next_run_goes_on(sql, sent, read, popserver):  # noqa: F811
    popserver.mails += [returned(POSTFIX, id) for id in sent[:3]]
    popserver.hang_up_after = 2
    with pytest.raises(MailboxAway):
        read()
    assert len(popserver.mails) == 3
    (error,) = sql.execute("SELECT error FROM outbox WHERE job = 'delivery.returned'").fetchone()
    assert error.startswith("MailboxAway: the bounce mailbox cannot be read")
    popserver.hang_up_after = None
    read()
    assert (popserver.mails, states(sql)) == ([], {"dead": 3, "sent": 2})


def test_a_long_line_and_a_huge_mail_do_not_stop_it(sql, sent, read, popserver, monkeypatch):  # noqa: F811
    monkeypatch.setattr(module, "LARGEST", 50_000)
    popserver.mails += [b"X: " + b"y" * 40_000, b"Subject: " + b"z" * 60_000, returned(POSTFIX, sent[0])]
    read()
    assert (popserver.mails, states(sql)) == ([], {"dead": 1, "sent": 4})


def test_a_full_mailbox_is_read_in_several_runs(sql, sent, read, popserver, monkeypatch):  # noqa: F811
    monkeypatch.setattr(module, "MOST", 2)
    popserver.mails += [returned(POSTFIX, id) for id in sent]
    assert read() == 3
    assert popserver.sessions == 3
    assert (popserver.mails, states(sql)) == ([], {"dead": 5})


@pytest.mark.parametrize(
    "url", ["pop3://x:mistaken@127.0.0.1:{port}", "pop3://127.0.0.1:1", "pop3s://x:y@127.0.0.1:{port}", "pop3://"]
)
def test_a_mailbox_that_is_away_is_said_so_without_its_password(app, sql, sent, read, popserver, url):  # noqa: F811
    port = popserver.server_address[1]
    app.extensions["settings"] = replace(app.extensions["settings"], bounce_url=url.format(port=port))
    with pytest.raises(MailboxAway) as raised:
        read()
    assert "mistaken" not in str(raised.value)


def test_without_a_mailbox_nothing_happens(app, read, popserver):  # noqa: F811
    app.extensions["settings"] = replace(app.extensions["settings"], bounce_url="")
    assert read() == 1
    assert popserver.sessions == 0


def test_it_is_on_the_schedule(app, sql):
    assert {"delivery.returned", "delivery.forget"} <= {entry.job for entry in SCHEDULE} <= set(app.extensions["jobs"])
    file_periodic()
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'delivery.returned'").fetchone() == (1,)
