"""What a provider of mail tells us over HTTP: believed when it is signed, and acted on once."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from uuid import uuid4

import pytest

from app.delivery.signatures import HEADER, BadSignature, sign, verify
from tests.delivery.returned_mails import message_id
from tests.delivery.sending import only, send, states

OLD, NEW = "the secret of last year, kept", "the secret of this year, long enough"
URL = "/webhooks/mail"


@pytest.fixture
def hooked(app):
    """The application shares two secrets with its provider of mail."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, webhook_secrets={"mail": (NEW, OLD), "other": (NEW,)})
    yield
    app.extensions["settings"] = settings


@pytest.fixture
def tell(app, hooked):
    """Post an event as the provider would."""

    def tell(data, *, type="mail.bounced", url=URL, at=None, secret=NEW, header=None, raw=None):
        event = {"id": "evt_1", "type": type, "created": 1795154400, "data": data}
        body = json.dumps(event).encode() if raw is None else raw
        header = sign(body, secret, at=at or dt.datetime.now(dt.UTC)) if header is None else header
        return app.test_client().post(url, data=body, headers={HEADER: header}, content_type="application/json")

    return tell


@pytest.fixture
def sent(sql, cast, mailserver, work_off):
    """The delivery of a mail that was accepted."""
    only(sql, 1, "a@x.example")
    send(1)
    work_off()
    return sql.execute("SELECT id FROM delivery").fetchone()[0]


def test_a_bounce_is_acted_on_and_a_repeated_one_is_fine(sql, sent, tell):
    event = {"message_id": message_id(sent, 1), "code": 550, "answer": "5.1.1 <a@x.example> unknown"}
    assert (tell(event).status_code, tell(event).json) == (200, {"status": "known"})
    assert states(sql) == {"dead": 1}
    assert sql.execute("SELECT email FROM person WHERE email_flagged_at IS NOT NULL").fetchall() == [("a@x.example",)]
    assert sql.execute("SELECT code, answer FROM attempt WHERE event = 'bounced'").fetchall() == [(550, "5.1.1 … unknown")]


@pytest.mark.parametrize(
    "data",
    [{"code": "550", "diagnostic": "no such user"}, {"diagnostic": "5.1.1 nobody"}, {"code": 10**30, "answer": "a\0b\ud800"}],
)
def test_it_is_said_in_several_ways(sql, sent, tell, data):
    assert tell({"message_id": message_id(sent, 1).strip("<>"), **data}).json == {"status": "changed"}
    assert states(sql) == {"dead": 1}


def test_what_is_late_changes_nothing(sql, sent, tell):
    for data in ({"code": 450}, {"answer": "4.4.1 later"}):
        assert tell({"message_id": message_id(sent, 1), **data}).json == {"status": "known"}
    assert states(sql) == {"sent": 1}


def test_a_complaint_unsubscribes(sql, sent, tell):
    assert tell({"message_id": message_id(sent, 1)}, type="mail.complained").json == {"status": "changed"}
    assert sql.execute("SELECT count(*) FROM contact_preference WHERE unsubscribed_at IS NOT NULL").fetchone() == (1,)


def test_what_is_not_ours_and_what_we_do_not_know_is_fine(sql, sent, tell):
    assert tell({"message_id": "<abc@elsewhere.example>"}).json == {"status": "unknown"}
    assert tell({"message_id": message_id(uuid4(), 1)}).json == {"status": "unknown"}
    assert tell({"message_id": message_id(sent, 2)}).json == {"status": "unknown"}
    assert tell({}, type="mail.opened").json == {"status": "unknown"}
    assert states(sql) == {"sent": 1}


def test_what_comes_too_early_is_asked_for_again(sql, sent, tell):
    sql.execute("UPDATE delivery SET state = 'sending', ended_at = NULL")
    answer = tell({"message_id": message_id(sent, 1), "code": 550})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=abc", "t=x,v1=abc", "t=1,t=2,v1=abc", "t=99999999999999999999,v1=00", "t=٣,v1=00", "nonsense"]
)
def test_a_signature_that_is_none_is_refused(sent, tell, header):
    assert tell({"message_id": message_id(sent, 1)}, header=header).status_code == 400


def test_another_secret_another_body_or_another_time_is_refused(sql, sent, tell):
    now, event = dt.datetime.now(dt.UTC), {"message_id": message_id(sent, 1), "code": 550}
    assert tell(event, secret="a secret of somebody else").status_code == 400
    assert tell(event, header=sign(b"{}", NEW, at=now)).status_code == 400
    for late in (-310, 310):
        assert tell(event, at=now + dt.timedelta(seconds=late)).status_code == 400
    assert states(sql) == {"sent": 1}
    assert tell(event, at=now - dt.timedelta(seconds=280), secret=OLD).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"id": 1, "type": "x", "created": 1, "data": {}}',
        b'{"id": "x", "type": "x", "created": 1}', b'{"id": "x", "type": "mail.bounced", "created": 1, "data": {}}',
        b'{"id": "x", "type": "mail.bounced", "created": 1, "data": {"message_id": "<a>", "code": true}}',
        b'{"id": "x", "type": "mail.bounced", "created": 1, "data": {"message_id": "<a>", "code": "' + b"9" * 5000 + b'"}}',
        b'{"id": "x", "type": "mail.bounced", "created": 1, "data": {"message_id": "<a>", "answer": 5}}',
    ],
)  # fmt: skip
def test_a_signed_body_that_is_no_event_is_refused(tell, raw):
    answer = tell({}, raw=raw)
    assert answer.status_code == 400
    assert answer.json["error"].startswith("bad event")


def test_a_provider_that_we_do_not_listen_to_is_not_there(app, sql, tell, sent):
    assert tell({"message_id": message_id(sent, 1)}, url="/webhooks/nobody").status_code == 404
    answer = tell({"message_id": message_id(sent, 1), "code": 550}, url="/webhooks/other")
    assert answer.json == {"status": "ignored"}, "a provider of payments has no say about mail"
    assert states(sql) == {"sent": 1}
    app.extensions["settings"] = replace(app.extensions["settings"], webhook_secrets={})
    assert tell({"message_id": message_id(sent, 1)}).status_code == 404


def test_it_asks_for_no_session_and_no_token(app, tell, sent, browser, cast):
    assert app.test_client().get(URL).status_code == 405
    answer = tell({"message_id": message_id(sent, 1), "code": 550})
    assert "Set-Cookie" not in answer.headers


AT = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)


def test_any_signature_by_any_secret_will_do():
    header = sign(b"body", "nobody's", NEW, at=AT)
    verify(header, b"body", [OLD, NEW], now=AT)
    verify(sign(b"body", OLD, at=AT) + ",v0=x, v2=y", b"body", [OLD], now=AT)
    for secrets in ([], ["other"]):
        with pytest.raises(BadSignature):
            verify(header, b"body", secrets, now=AT)


@pytest.mark.parametrize(("seconds", "holds"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_two_clocks_may_differ_by_five_minutes(seconds, holds):
    header, now = sign(b"body", NEW, at=AT), AT + dt.timedelta(seconds=seconds)
    if holds:
        verify(header, b"body", [NEW], now=now)
    else:
        with pytest.raises(BadSignature):
            verify(header, b"body", [NEW], now=now)


def test_a_signature_is_that_of_the_scheme():
    """Computed with `printf '1795161600.body' | openssl dgst -sha256 -hmac secret`."""
    assert sign(b"body", "secret", at=AT) == (
        "t=1795161600,v1=10f79665c098d30028d48d06736ad35b577c16439a5f50ab51f208b496567aa1"
    )
