"""SMS and WhatsApp, through a real gateway on loopback: every answer has its end, and nothing is sent twice."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
from dataclasses import replace
from http import HTTPStatus
from types import SimpleNamespace

import pytest

from app.config import Environment
from app.delivery import gateways, texting
from app.delivery.batch import Batch
from app.delivery.gateways import HttpsGateway, signature, verdict
from app.delivery.outward import Answer
from app.delivery.states import Event
from app.domain.reasons import reason_for
from app.ids import uuid7
from app.tenancy.doors import acting_for
from app.work.relay import claim
from app.work.runner import run_row
from tests.cast import add_person
from tests.delivery.sending import due_now, send, states
from tests.gateway import KEY, PHONE, SECRET, GatewayServer, connect, signed


def people(sql, *numbers: str | None, email: str = "p{}@x.example", language: str | None = "en") -> None:
    """These are the only people of the first school; `None` has no number."""
    sql.execute("UPDATE person SET ended_at = now() WHERE school_id = 1")
    for place, number in enumerate(numbers):
        person = add_person(sql, 1, f"Person {place}", "guardian", email.format(place) if email else None, language)
        sql.execute("UPDATE person SET phone = %s WHERE id = %s", (number, person))


def batch(settings, gateway, *phones: str, left: float = 10.0) -> Batch:
    """A batch for `send_text` alone."""
    text = SimpleNamespace(subject="Water is off", lock_screen="Water is off", body_text="", body_html="")
    rows = [SimpleNamespace(id=uuid7(), person_id=uuid7(), phone=phone, language="en") for phone in phones]
    return Batch(
        settings=settings, school_id=1, school="Thaba Nkulu Primary", reply_to=None, url="https://umthi.example/n/1", urgent=False,
        texts={"en": text}, people=rows, done={}, time_left=lambda: left, gateway=gateway,
    )  # fmt: skip


def opened(settings, server: GatewayServer, **more) -> HttpsGateway:
    return HttpsGateway(
        **{"url": f"{server.url}/send", "key": KEY, "secret": None, "sender": None, "ping_url": None, "settings": settings}
        | more
    )


def test_a_person_with_a_number_gets_it_there_and_one_without_by_email(sql, cast, mailserver, work_off, gateway):
    connect(1, gateway, sender="Thaba")
    gateway.secret = SECRET
    people(sql, PHONE + "100", None)
    send(1, channel="sms")
    work_off()
    (text,) = gateway.texts
    assert text.body == {
        "to": PHONE + "100", "from": "Thaba", "id": text.headers["Idempotency-Key"],
        "text": "Thaba Nkulu Primary: School closes early http://localhost/schedule-notices/1",
    }  # fmt: skip
    assert [mail.to for mail in mailserver.mails] == ["p1@x.example"]
    assert sql.execute("SELECT channel, state, instead FROM delivery ORDER BY channel").fetchall() == [
        ("email", "sent", "no_number"), ("sms", "sent", None),
    ]  # fmt: skip
    attempt = sql.execute(
        "SELECT event, code, answer, provider, milliseconds >= 0 FROM attempt WHERE provider <> 'email'"
    ).fetchone()
    assert attempt == ("accepted", 200, "msg-1", f"localhost:{gateway.port}", True)
    assert sql.execute("SELECT last_success_at > now() - interval '1 minute' FROM gateway").fetchone()[0]


def test_everybody_reads_it_in_their_language_over_one_line(sql, cast, work_off, gateway):
    connect(1, gateway, "whatsapp")
    people(sql, PHONE + "100")
    person = add_person(sql, 1, "Two", "guardian", None, "af")
    sql.execute("UPDATE person SET phone = %s WHERE id = %s", (PHONE + "101", person))
    send(1, channel="whatsapp")
    sql.execute("UPDATE outbox SET done_at = now() WHERE job = 'providers.check_school'")
    work_off()
    assert {text.text.split(": ")[1].split(" http")[0] for text in gateway.texts} == {
        "School closes early", "Skool sluit vroeg - môre ook",
    }  # fmt: skip
    assert gateway.lines == 1


def test_where_no_gateway_is_connected_it_goes_by_email_and_says_so(sql, cast, mailserver, work_off, gateway):
    connect(2, gateway)  # another school's
    people(sql, PHONE + "100")
    send(1, channel="sms")
    work_off()
    assert [mail.to for mail in mailserver.mails] == ["p0@x.example"]
    assert gateway.texts == []
    assert sql.execute("SELECT channel, instead FROM delivery").fetchall() == [("email", "not_connected")]


@pytest.mark.parametrize("gone", ["DELETE FROM gateway", "UPDATE gateway SET key = 'sealed under another secret'"])
def test_a_gateway_that_is_gone_by_then_leaves_it_to_email(sql, cast, mailserver, work_off, gateway, gone):
    connect(1, gateway)
    people(sql, PHONE + "100")
    send(1, channel="sms")
    for row in claim(depth=100):  # the fan-out, and not yet what it files
        run_row(row.school_id, row.id, row.runs)
    sql.execute(gone)
    work_off()
    assert gateway.texts == []
    assert [mail.to for mail in mailserver.mails] == ["p0@x.example"]
    assert states(sql) == {"demoted": 1, "sent": 1}


def test_a_number_that_it_refuses_for_good_is_left_to_email(sql, cast, mailserver, work_off, gateway):
    connect(1, gateway)
    people(sql, PHONE + "400")
    send(1, channel="sms")
    work_off()
    assert len(gateway.texts) == 1
    assert [mail.to for mail in mailserver.mails] == ["p0@x.example"]
    assert states(sql) == {"demoted": 1, "sent": 1}
    (answer,) = sql.execute("SELECT answer FROM attempt WHERE event = 'permanent'").fetchone()
    assert answer == "Bad Request"  # its own words named the number


def test_one_with_nothing_else_ends_as_undeliverable(sql, cast, work_off, gateway):
    connect(1, gateway)
    people(sql, PHONE + "400", email="")
    send(1, channel="sms")
    work_off()
    assert states(sql) == {"dead": 1}


@pytest.mark.parametrize(
    ("digits", "code", "faults"),
    [("429", 429, 0), ("500", 500, 1), ("401", 401, 1), ("403", 403, 1), ("302", 302, 1), ("009", None, 1)],
)
def test_what_may_pass_waits_and_goes_again_as_the_same_message(sql, cast, work_off, gateway, digits, code, faults):
    connect(1, gateway)
    people(sql, PHONE + digits)
    send(1, channel="sms")
    work_off()
    assert states(sql) == {"deferred": 1}
    assert sql.execute("SELECT event, code FROM attempt").fetchone() == ("temporary", code)
    assert sql.execute("SELECT errors FROM gateway").fetchone()[0] == faults
    waits = sql.execute("SELECT due_at - now() > interval '100 seconds' FROM delivery").fetchone()[0]
    assert waits == (code == 429)  # Retry-After: 120
    gateway.answer = 200
    due_now(sql)
    work_off()
    assert states(sql) == {"sent": 1}
    assert {text.path for text in gateway.texts} == {"/send"}  # no redirect was followed
    assert len(gateway.texts) == 2
    assert len({text.headers["Idempotency-Key"] for text in gateway.texts}) == len(gateway.taken) == 1


def test_a_gateway_that_is_away_burns_no_attempt_and_opens_the_breaker(sql, cast, work_off, gateway):
    connect(1, gateway)
    people(sql, *(f"{PHONE}1{n:02}" for n in range(60)))
    gateway.stop()
    send(1, channel="sms")
    work_off()
    assert sql.execute("SELECT state, max(tries), count(*) FROM delivery GROUP BY 1").fetchall() == [("queued", 0, 60)]
    assert sql.execute("SELECT open_until > now(), last_failure_at IS NOT NULL FROM gateway").fetchone() == (True, True)
    assert sql.execute("SELECT open_until FROM provider WHERE name = 'email'").fetchone() == (None,)


@pytest.mark.parametrize("digits", ["008", "007"])
def test_one_that_hangs_or_drips_ends_in_time(settings, gateway, digits):
    (result,) = texting.send_text(batch(settings, opened(settings, gateway, patience=0.3), PHONE + digits))
    assert (result.event, result.provider_fault, result.answer) == (
        Event.TEMPORARY,
        True,
        "the gateway did not answer: TimeoutError",
    )
    assert 250 <= result.milliseconds < 2000


def test_nothing_new_is_begun_when_the_time_is_over(settings, gateway):
    assert list(texting.send_text(batch(settings, opened(settings, gateway), PHONE + "100", left=0))) == []


@pytest.mark.parametrize(
    "phone", [None, "", "082 555 0100", "+0825550100", "27825550100", "+2782555010012345", "+27825550100\n"]
)
def test_a_number_that_is_none_is_not_tried(settings, gateway, phone):
    (result,) = texting.send_text(batch(settings, opened(settings, gateway), phone))
    assert (result.event, result.answer) == (Event.PERMANENT, "no number that works")
    assert gateway.texts == []


def test_in_an_acceptance_test_only_listed_numbers_get_any(settings, gateway):
    uat = replace(settings, environment=Environment.UAT, mail_allow=frozenset({PHONE + "100"}))
    withheld, sent = texting.send_text(batch(uat, opened(settings, gateway), PHONE + "101", PHONE + "100"))
    assert (withheld.event, sent.event) == (Event.WITHHELD, Event.ACCEPTED)
    assert [text.to for text in gateway.texts] == [PHONE + "100"]


def test_the_address_is_a_template(settings, gateway):
    list(
        texting.send_text(
            batch(
                settings,
                opened(settings, gateway, url=f"{gateway.url}/v1/{{sender}}/send?to={{to}}", sender="St Anne"),
                PHONE + "100",
            )
        )
    )
    assert gateway.texts[0].path == "/v1/St%20Anne/send?to=%2B27825550100"


def test_a_signature_is_of_this_body_and_moment():
    header = signature("secret", b'{"a":1}', at=1_800_000_000)
    assert re.fullmatch(r"t=1800000000,v1=[0-9a-f]{64}", header)
    assert header == signature("secret", b'{"a":1}', at=1_800_000_000)
    assert header != signature("secret", b'{"a":2}', at=1_800_000_000)
    assert not signed(header, b'{"a":1}', "secret")  # it is from 2027


@pytest.mark.parametrize(
    ("status", "event", "fault"),
    [
        (200, Event.ACCEPTED, False), (202, Event.ACCEPTED, False), (204, Event.ACCEPTED, False), (301, Event.TEMPORARY, True),
        (400, Event.PERMANENT, False), (401, Event.TEMPORARY, True), (403, Event.TEMPORARY, True), (404, Event.PERMANENT, False),
        (408, Event.TEMPORARY, False), (409, Event.TEMPORARY, False), (425, Event.TEMPORARY, False), (429, Event.TEMPORARY, False),
        (422, Event.PERMANENT, False), (500, Event.TEMPORARY, True), (503, Event.TEMPORARY, True),
    ],
)  # fmt: skip
def test_each_status_has_its_class(status, event, fault):
    result = verdict(uuid7(), Answer(status, b"", 30), hidden=(), milliseconds=1)
    assert (result.event, result.provider_fault, result.answer) == (event, fault, HTTPStatus(status).phrase)


def test_a_status_that_nobody_knows_has_no_words():
    assert verdict(uuid7(), Answer(599, b"", None), hidden=(), milliseconds=1).answer == ""


def test_its_own_reason_phrase_is_not_kept(settings):
    """Whoever runs a gateway could write anything there, and it is shown."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 400 Call 082 555 0100 now\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"http://localhost:{server.getsockname()[1]}/"
        gateway = HttpsGateway(url, KEY, None, None, None, settings)
        result = gateway.send(uuid7(), PHONE + "100", "Water is off")
        gateway.close()
        thread.join()
    assert (result.code, result.answer) == (400, "Bad Request")


@pytest.mark.parametrize(
    ("reference", "kept"), [("msg-7", "msg-7"), ("27825550100-1", "OK"), ("m.0825550100", "OK"), ("825-550-100:9", "OK")]
)
def test_an_id_that_holds_the_number_is_not_kept(reference, kept):
    body = json.dumps({"id": reference}).encode()
    result = verdict(uuid7(), Answer(200, body, None), hidden=(KEY, "", PHONE + "100"), milliseconds=1)
    assert result.answer == kept


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"error": "out of credit"}', "out of credit"), (b'{"code": "E_QUOTA"}', "E_QUOTA"), (b"<html>", "Bad Request"), (b'["x"]', "Bad Request"),
        (b'{"error": "no route to +27 82 555 0100"}', "Bad Request"), (b'{"error": "number 0825550100"}', "Bad Request"),
        (b'{"error": "bad key the-key-of-the-gateway"}', "Bad Request"), (b'{"error": {"a": 1}}', "Bad Request"), (b'{"error": "' + b"x" * 200 + b'"}', "Bad Request"),
    ],
)  # fmt: skip
def test_what_it_says_is_kept_without_numbers_and_secrets(body, kept):
    result = verdict(uuid7(), Answer(400, body, None), hidden=(KEY, "", PHONE + "100"), milliseconds=1)
    assert result.answer == kept


def test_keys_stand_sealed_in_the_database_and_nowhere_else(sql, cast, mailserver, work_off, gateway, caplog):
    caplog.set_level(logging.DEBUG)
    connect(1, gateway)
    people(sql, PHONE + "401", PHONE + "100")
    send(1, channel="sms")
    work_off()
    with acting_for(1):
        assert KEY not in repr(texting.opened("sms"))
    for (table,) in sql.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall():
        for secret in (KEY, SECRET):
            assert not sql.execute(f"SELECT 1 FROM {table} t WHERE t::text LIKE %s", (f"%{secret}%",)).fetchone(), table
    assert KEY not in caplog.text + json.dumps([str(record.__dict__) for record in caplog.records])
    assert PHONE not in caplog.text


def test_the_channels_have_a_gateway_each(sql, cast, gateway):
    connect(1, gateway, "whatsapp")
    with acting_for(1):
        assert texting.opened("sms") is None
        assert isinstance(texting.opened("whatsapp"), gateways.HttpsGateway)
    with acting_for(2):
        assert texting.opened("whatsapp") is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"url": "https://10.0.0.1/send"}, "The settings of the gateway have to be looked at: its key or its address cannot be used."),
        ({"key": "sealed under another secret"}, "The settings of the gateway have to be looked at: its key or its address cannot be used."),
    ],
)  # fmt: skip
def test_a_gateway_that_cannot_be_used_is_said_in_words(sql, cast, work_off, gateway, row, words):
    connect(1, gateway)
    for name, value in row.items():
        sql.execute(f"UPDATE gateway SET {name} = %s", (value,))
    people(sql, PHONE + "100", email="")
    send(1, channel="sms")
    work_off()
    event, code, answer = sql.execute("SELECT event, code, answer FROM attempt").fetchone()
    assert reason_for(event, code, answer, "sms") == words
    assert states(sql) == {"dead": 1}
