"""What a check of each provider finds, against real servers and real keys."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from app.delivery import keys, readiness
from app.domain.providers import DETAILS, WORDS, Way, conditions, gateways_in_trouble, shared_conditions
from app.i18n.speech import speaking, speech_for
from app.models.provider import Condition
from app.tenancy.doors import across_schools, acting_for
from app.work import relay
from tests.gateway import KEY, GatewayServer, connect
from tests.mailserver import MailServer


def found(sql, table: str = "provider", name: str = "name") -> dict[str, tuple[str, str | None]]:
    """Each provider's condition and detail as it is stored."""
    rows = sql.execute(f"SELECT {name}, condition, detail FROM {table} WHERE checked_at IS NOT NULL").fetchall()
    return {each: (condition, detail) for each, condition, detail in rows}


@pytest.fixture
def home(app, tmp_path):
    """The application with an instance folder of its own, which has no keys."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, home=tmp_path)
    yield app.extensions["settings"]
    app.extensions["settings"] = settings


def test_the_mail_server_is_greeted_and_nothing_is_sent(settings, mailserver: MailServer) -> None:
    assert readiness.email(replace(settings, smtp_url=mailserver.url)) == (Condition.READY, None)
    assert mailserver.mails == []


def test_without_a_mail_server_email_is_not_configured(settings) -> None:
    for url in ("", "smtp://"):
        assert readiness.email(replace(settings, smtp_url=url)) == (Condition.NOT_CONFIGURED, "no_server")


def test_what_keeps_the_mail_server_from_talking_to_us_has_a_name(settings, mailserver: MailServer) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        nobody = deaf.getsockname()[1]
        assert readiness.email(replace(settings, smtp_url=f"smtp://127.0.0.1:{nobody}"))[1] == "server_unreachable"
    port = mailserver.port
    assert (
        readiness.email(replace(settings, smtp_url=f"smtp+starttls://127.0.0.1:{port}"))[1] == "server_refuses"
    )  # it has no TLS
    assert readiness.email(replace(settings, smtp_url=f"smtp://name:pass@127.0.0.1:{port}"))[1] == "server_refuses"  # nor AUTH
    assert readiness.email(replace(settings, smtp_url=f"smtps://127.0.0.1:{port}"))[1] in (
        "server_certificate",
        "server_unreachable",
    )


class Doorkeeper:
    """An SMTP server that knows nobody."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))

    def serve(self) -> None:
        line, _ = self.listening.accept()
        with line, line.makefile("rb") as lines:
            line.sendall(b"220 hello\r\n")
            for said in lines:
                answer = b"250-hello\r\n250 AUTH PLAIN\r\n" if said[:4].upper() == b"EHLO" else b"535 5.7.8 unknown\r\n"
                line.sendall(answer)


def test_a_name_that_the_mail_server_does_not_know_is_told_apart(settings) -> None:
    door = Doorkeeper()
    thread = threading.Thread(target=door.serve, daemon=True)
    thread.start()
    url = f"smtp://name:pass@127.0.0.1:{door.listening.getsockname()[1]}"
    assert readiness.email(replace(settings, smtp_url=url)) == (Condition.DEGRADED, "server_sign_in")
    thread.join(5)
    door.listening.close()


def test_push_needs_keys_then_a_device_that_answers(home) -> None:
    assert readiness.push(home, proven=False) == (Condition.NOT_CONFIGURED, "no_keys")
    keys.make(home)
    assert readiness.push(home, proven=False) == (Condition.UNPROVEN, "no_receipt")
    assert readiness.push(home, proven=True) == (Condition.READY, None)


def test_a_key_that_cannot_be_read_is_seen(home) -> None:
    keys.folder_of(home).mkdir()
    (keys.folder_of(home) / "vapid-20270101T000000.000000Z.pem").write_text("no key")
    assert readiness.push(home, proven=True) == (Condition.DEGRADED, "bad_keys")


def test_the_periodic_job_checks_everything_and_every_schools_gateway(sql, cast, home, mailserver, work_off, gateway) -> None:
    sql.execute("UPDATE periodic SET next_at = now() + interval '1 hour'")
    connect(1, gateway)
    connect(2, gateway, key="another")
    sql.execute("DELETE FROM outbox")
    relay.file_periodic()
    work_off()
    assert found(sql) == {"email": ("ready", None), "push": ("not_configured", "no_keys")}
    assert sql.execute("SELECT school_id, condition, detail FROM gateway ORDER BY 1").fetchall() == [
        (1, "ready", None), (2, "degraded", "key_refused"),
    ]  # fmt: skip
    assert gateway.pings == ["/ping", "/ping"]
    jobs = dict(sql.execute("SELECT job, count(*) FROM outbox WHERE done_at IS NOT NULL GROUP BY 1").fetchall())
    assert (jobs["providers.check"], jobs["providers.check_school"]) == (1, 2)


def test_what_is_degraded_is_looked_at_again_soon_until_it_is_not(sql, cast, home, app, mailserver, work_off) -> None:
    settings, past = app.extensions["settings"], "UPDATE provider SET checked_at = now() - interval '1 minute'"
    open_check = "SELECT due_at > now() AND due_at < now() + interval '30 seconds' FROM outbox WHERE job = 'providers.check_again' AND done_at IS NULL"
    again = "UPDATE outbox SET due_at = now() WHERE job = 'providers.check_again' AND done_at IS NULL"
    sql.execute("DELETE FROM outbox")
    app.extensions["settings"] = replace(settings, smtp_url="smtp://127.0.0.1:1")
    relay.file_periodic()
    work_off()
    assert found(sql)["email"] == ("degraded", "server_unreachable")
    for statement in (past, again):
        sql.execute(statement)
    work_off()
    assert sql.execute(open_check).fetchall() == [(True,)]
    app.extensions["settings"] = settings
    for statement in (past, again):
        sql.execute(statement)
    work_off()
    assert found(sql)["email"] == ("ready", None)
    assert sql.execute(open_check).fetchall() == []


def test_a_school_that_is_closed_has_nothing_checked(sql, cast, work_off, gateway) -> None:
    connect(1, gateway)
    sql.execute("DELETE FROM outbox")
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    relay.file_periodic()
    work_off()
    assert found(sql, "gateway", "channel") == {}


@pytest.mark.parametrize(
    ("changes", "condition", "detail"),
    [
        ({}, "ready", None), ({"ping": 204}, "ready", None), ({"ping": 404}, "degraded", "bad_answer"),
        ({"ping": 301}, "degraded", "bad_answer"), ({"ping": 503}, "degraded", "bad_answer"), ({"ping": 403}, "degraded", "key_refused"),
    ],
)  # fmt: skip
def test_what_a_ping_answers(sql, cast, work_off, gateway: GatewayServer, changes, condition, detail) -> None:
    for name, value in changes.items():
        setattr(gateway, name, value)
    connect(1, gateway)
    work_off()
    assert found(sql, "gateway", "channel") == {"sms": (condition, detail)}


def test_without_an_address_for_checks_it_only_has_to_answer(sql, cast, work_off, gateway: GatewayServer) -> None:
    connect(1, gateway, ping_url=None)
    work_off()
    assert found(sql, "gateway", "channel") == {"sms": ("ready", None)}
    assert gateway.pings == []
    gateway.stop()
    sql.execute("DELETE FROM gateway")
    connect(1, gateway, ping_url=None)
    work_off()
    assert found(sql, "gateway", "channel") == {"sms": ("degraded", "unreachable")}


def test_a_key_sealed_under_another_secret_has_to_be_entered_again(sql, cast, work_off, gateway) -> None:
    connect(1, gateway)
    sql.execute("UPDATE gateway SET key = 'sealed under another secret'")
    work_off()
    assert found(sql, "gateway", "channel") == {"sms": ("degraded", "sealed")}
    assert gateway.pings == []


def test_schools_do_not_ask_the_shared_providers_again_and_again(sql, cast, mailserver, work_off, gateway) -> None:
    for school in (1, 2):
        connect(school, gateway)
    work_off()
    first = sql.execute("SELECT checked_at FROM provider WHERE name = 'email'").fetchone()
    with acting_for(1) as session:
        readiness.check_soon()
        session.commit()
    work_off()
    assert sql.execute("SELECT checked_at FROM provider WHERE name = 'email'").fetchone() == first


def test_a_check_that_is_asked_for_again_and_again_is_one_row_of_work_that_nobody_waits_behind(sql, cast, work_off) -> None:
    def ask(school: int) -> None:
        with acting_for(school) as session:
            readiness.check_soon()
            session.commit()

    checks = "SELECT school_id, queue FROM outbox WHERE job = 'providers.check_school' ORDER BY school_id, id"
    for school in (1, 1, 1, 2):
        ask(school)
    assert sql.execute(checks).fetchall() == [(1, "default"), (2, "default")]
    work_off()
    ask(1)
    assert sql.execute(checks).fetchall() == [(1, "default"), (1, "default"), (2, "default")]


def test_pages_learn_of_every_way_out_of_their_school(sql, cast, gateway) -> None:
    connect(1, gateway, "whatsapp")
    sql.execute("UPDATE provider SET checked_at = now(), condition = 'ready' WHERE name = 'email'")
    with acting_for(1):
        ways = {way.name: (way.condition, way.detail) for way in conditions()}
    assert ways == {
        "email": ("ready", None), "push": ("not_configured", "unchecked"), "sms": ("not_configured", "no_gateway"),
        "whatsapp": ("not_configured", "unchecked"),
    }  # fmt: skip
    with acting_for(2):
        assert [way.detail for way in conditions()][2:] == ["no_gateway", "no_gateway"]
    with across_schools("test", routine=True) as session:
        assert set(shared_conditions(session)) == {"email", "push"}
        assert gateways_in_trouble(session) == (1, 0)


def test_a_breaker_that_is_open_is_degraded_whatever_the_check_says(sql, cast, gateway) -> None:
    connect(1, gateway)
    for table in ("provider", "gateway"):
        sql.execute(f"UPDATE {table} SET checked_at = now(), condition = 'ready', open_until = now() + interval '1 minute'")
    with acting_for(1):
        by_name = {way.name: way for way in conditions()}
    assert {name: way.detail for name, way in by_name.items()} == {
        "email": "stopped", "push": "stopped", "sms": "stopped", "whatsapp": "no_gateway",
    }  # fmt: skip
    assert by_name["sms"].words == "Degraded"
    assert by_name["sms"].why == DETAILS["stopped"]
    with across_schools("test", routine=True) as session:
        assert gateways_in_trouble(session) == (1, 1)


def test_every_condition_has_words() -> None:
    assert set(WORDS) == set(Condition)
    way = Way("sms", "ready", None, None, None, None, None)
    with speaking(speech_for("en", "Africa/Johannesburg", "en_ZA", "ZAR")):
        assert (way.words, way.why, way.is_connected) == ("Ready", "", True)


def test_the_key_goes_with_the_ping(sql, cast, work_off, gateway) -> None:
    connect(1, gateway, key=KEY)
    work_off()
    assert gateway.pings == ["/ping"]
