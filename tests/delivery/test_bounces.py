"""What servers say later is read, whoever wrote it, and changes what it is about: once, in its school, and nothing else."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rq.timeouts import JobTimeoutException

from app.delivery import reports
from app.delivery.bounces import Outcome, bounced, complained, heard, names_nobody, trimmed
from app.delivery.reports import Report, Sort, read_report
from tests.delivery.returned_mails import COMPLAINT, EXCHANGE, EXIM, OLD_EXIM, POSTFIX, returned
from tests.delivery.sending import only, send, states

DELIVERY = UUID("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000")
#: a style -> what is read of it
SAMPLES = {
    "Postfix": (POSTFIX, 550, "5.1.1 <ayanda@example.net>: Recipient address rejected: User unknown in virtual mailbox table"),
    "Exchange": (EXCHANGE, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    "Exim": (EXIM, 550, "No such user here"),
}


@pytest.mark.parametrize("style", SAMPLES)
def test_a_bounce_is_read(style):
    text, code, answer = SAMPLES[style]
    assert read_report(returned(text, DELIVERY, 7)) == Report(Sort.FAILED, 7, DELIVERY, code, answer)
    assert names_nobody(code, answer)


def test_a_bounce_of_the_old_kind_is_read():
    report = read_report(returned(OLD_EXIM, DELIVERY))
    assert report[:4] == (Sort.FAILED, 1, DELIVERY, 550)
    assert names_nobody(report.code, report.answer)


@pytest.mark.parametrize(
    ("action", "sort"), [("failed", "failed"), ("delayed", "delayed"), ("relayed", "delayed"), ("delivered", "delayed")]
)
def test_only_what_failed_failed(action, sort):
    status = "5.1.1" if action == "failed" else "4.4.1"
    assert read_report(returned(POSTFIX, DELIVERY, action=action, status=status, code="450")).sort == sort


@pytest.mark.parametrize(("kind", "sort"), [("abuse", Sort.COMPLAINT), ("fraud", Sort.COMPLAINT), ("not-spam", Sort.DELAYED)])
def test_a_complaint_is_read(kind, sort):
    assert read_report(returned(COMPLAINT, DELIVERY, type=kind))[:3] == (sort, 1, DELIVERY)


def test_what_it_answers_names_the_mail_where_none_was_returned():
    raw = returned(EXCHANGE, DELIVERY).replace(b"\r\nMessage-ID: <0190", b"\r\nX-Was: <0190")
    assert read_report(raw).delivery_id == DELIVERY


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0", b"hello", b"Subject: Out of office\r\n\r\nI am away.", b"Content-Type: multipart/report; boundary=x\r\n\r\n--x"],
)  # fmt: skip
def test_anything_else_is_nothing(raw):
    assert read_report(raw) is None


def test_a_report_about_somebody_elses_mail_is_nothing():
    raw = returned(POSTFIX, DELIVERY).replace(DELIVERY.hex.encode() + b".1@", b"abc@")
    assert read_report(raw) is None


def test_a_mail_that_wants_to_be_deep_ends():
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(3000))
    assert read_report(deep.encode()) is None


_NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(500))


@pytest.mark.parametrize(
    "raw", [b"\n" * 400_000, b"\n\n" + b">\n" * 200_000, _NESTED + b"\n" * 400_000], ids=["blank", "quoted", "deep"]
)
def test_no_mail_is_dear(raw):
    began = time.process_time()
    assert read_report(raw) is None
    assert time.process_time() - began < 1


@pytest.mark.parametrize("between", [b" ", b"", b"\r\n ", b"\r\n> \t"])
def test_a_quoted_id_is_found_where_it_is_folded_too(between):
    raw = b"X-Failed-Recipients: a@x\r\n\r\n> > Message-ID:%s<%s.7@x>\r\n" % (between, DELIVERY.hex.encode())
    assert read_report(raw)[:3] == (Sort.FAILED, 7, DELIVERY)


def test_the_end_of_the_jobs_time_is_no_mail_that_cannot_be_read(monkeypatch):
    def late(*_):
        raise JobTimeoutException

    monkeypatch.setattr(reports, "_read", late)
    with pytest.raises(JobTimeoutException):
        read_report(b"")


_LINES = returned(POSTFIX, DELIVERY).split(b"\r\n")


@given(st.binary(max_size=2000))
def test_whatever_comes_it_does_not_raise(raw):
    read_report(raw)


@given(st.lists(st.one_of(st.sampled_from(_LINES), st.binary(max_size=80)), max_size=60))
def test_however_a_report_is_broken_it_does_not_raise(lines):
    report = read_report(b"\r\n".join(lines))
    assert report is None or report.school_id == 1


@given(st.data())
def test_a_report_with_bytes_changed_does_not_raise(data):
    raw = bytearray(returned(data.draw(st.sampled_from([POSTFIX, EXCHANGE, EXIM, COMPLAINT])), DELIVERY))
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=20)):
        raw[at] = byte
    report = read_report(bytes(raw))
    assert report is None or len(trimmed(report.answer)) <= 200


@pytest.mark.parametrize(
    ("code", "answer", "nobody"),
    [
        (550, "5.1.1 no such user", True), (None, "5.1.2 no such domain", True), (550, "5.1.10 null MX", True), (551, "moved", True),
        (550, "no such user", True), (553, "", True), (550, "5.2.2 full", False), (552, "full", False), (550, "5.7.1 spam", False),
        (550, "5.1.8 bad sender", False), (553, "5.1.7 bad sender", False), (550, "5.0.0 who knows", False), (None, "", False),
        (450, "4.1.1 later", False),
    ],
)  # fmt: skip
def test_only_what_is_said_of_the_mailbox_flags_the_address(code, answer, nobody):
    assert names_nobody(code, answer) is nobody


def test_what_is_kept_of_an_answer_is_short_and_names_nobody():
    kept = trimmed("5.1.1 <ayanda@example.net>: not\0 here\r\n ayanda@example.net" + " x" * 200)
    assert kept.startswith("5.1.1 …: not here … x")
    assert len(kept) == 200


def test_an_answer_without_end_is_no_work():
    began = time.process_time()
    assert trimmed("x" * 50_000) == "x" * 200
    assert time.process_time() - began < 0.5


@pytest.fixture
def sent(sql, cast, mailserver, work_off):
    """Two mails that were accepted; returns the id of a's delivery and of the person."""
    only(sql, 1, "a@x.example", "b@x.example")
    send(1)
    work_off()
    assert states(sql) == {"sent": 2}
    return sql.execute(
        "SELECT d.id, d.person_id FROM delivery d JOIN person p ON p.id = d.person_id WHERE p.email = 'a@x.example'"
    ).fetchone()


def flagged(sql):
    return [row[0] for row in sql.execute("SELECT email FROM person WHERE email_flagged_at IS NOT NULL").fetchall()]


def test_a_mail_that_comes_back_is_dead_and_its_address_flagged_once(sql, sent):
    report = read_report(returned(POSTFIX, sent[0]))
    assert [heard(report), heard(report)] == [Outcome.CHANGED, Outcome.KNOWN]
    assert states(sql) == {"sent": 1, "dead": 1}
    assert flagged(sql) == ["a@x.example"]
    attempts = sql.execute(
        "SELECT event, code, answer, provider FROM attempt WHERE delivery_id = %s ORDER BY at", [sent[0]]
    ).fetchall()
    kept = "5.1.1 …: Recipient address rejected: User unknown in virtual mailbox table"
    assert attempts[1:] == [("bounced", 550, kept, "email")]
    assert sql.execute("SELECT reason, ended_at IS NOT NULL FROM delivery WHERE state = 'dead'").fetchone() == (kept, True)


@pytest.mark.parametrize(("code", "status"), [("552", "5.2.2"), ("554", "5.7.1"), ("550", "5.4.7")])
def test_another_reason_does_not_flag(sql, sent, code, status):
    assert heard(read_report(returned(POSTFIX, sent[0], code=code, status=status))) is Outcome.CHANGED
    assert (states(sql), flagged(sql)) == ({"sent": 1, "dead": 1}, [])


def test_what_is_late_changes_nothing(sql, sent):
    assert heard(read_report(returned(POSTFIX, sent[0], action="delayed", status="4.4.1", code="450"))) is Outcome.KNOWN
    assert bounced(1, sent[0], code=450, answer="4.4.1 later", permanent=False) is Outcome.KNOWN
    assert states(sql) == {"sent": 2}


def test_a_report_of_another_school_reaches_nothing(sql, sent):
    assert heard(read_report(returned(POSTFIX, sent[0], 2))) is Outcome.UNKNOWN
    assert complained(2, sent[0]) is Outcome.UNKNOWN
    assert bounced(999_999_999, sent[0], code=550, answer="", permanent=True) is Outcome.UNKNOWN
    assert bounced(1, uuid4(), code=550, answer="", permanent=True) is Outcome.UNKNOWN
    assert (states(sql), flagged(sql)) == ({"sent": 2}, [])


def test_a_bounce_that_is_faster_than_our_own_bookkeeping_is_early(sql, sent):
    sql.execute("UPDATE delivery SET state = 'sending', ended_at = NULL WHERE id = %s", [sent[0]])
    assert bounced(1, sent[0], code=550, answer="5.1.1 nobody", permanent=True) is Outcome.EARLY
    assert flagged(sql) == []


def test_a_notification_does_not_bounce(sql, sent):
    sql.execute("UPDATE delivery SET channel = 'push'")
    assert bounced(1, sent[0], code=550, answer="5.1.1 nobody", permanent=True) is Outcome.UNKNOWN


def test_a_complaint_ends_what_is_not_urgent_once_and_is_audited(sql, sent):
    assert [heard(read_report(returned(COMPLAINT, sent[0]))) for _ in range(2)] == [Outcome.CHANGED, Outcome.KNOWN]
    assert sql.execute("SELECT person_id FROM contact_preference WHERE unsubscribed_at IS NOT NULL").fetchall() == [(sent[1],)]
    assert sql.execute("SELECT action, actor_kind, target_id FROM audit_event").fetchall() == [
        ("contact.unsubscribe", "system", str(sent[1]))
    ]
    assert states(sql) == {"sent": 2}


def test_somebody_who_has_chosen_keeps_their_other_choices(sql, sent):
    sql.execute("INSERT INTO contact_preference (school_id, id, person_id, push) VALUES (1, uuid7(), %s, false)", [sent[1]])
    assert complained(1, sent[0]) is Outcome.CHANGED
    assert sql.execute("SELECT push, unsubscribed_at IS NOT NULL FROM contact_preference").fetchall() == [(False, True)]
