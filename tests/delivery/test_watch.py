"""A way out that stops is told to those who run the platform, once, by another way; and so is its end."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.work import relay
from tests.gateway import connect

OPEN = "open_until = now() + interval '1 minute', errors = 50, last_failure_at = now()"
OVER = "open_until = now() - interval '1 minute', told_at = now() - interval '3 minutes', last_failure_at = now() - interval '2 minutes'"


class Listener:
    """Who listens at UMTHI_ALERT_URL: keeps what is told, answers `status`."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.status = 200
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                kept.told.append(f"{self.path} {body['text']}")
                self.send_response(kept.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def listener(app, mailserver):
    """Somebody who is told by the application under test."""
    listening = Listener()
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, alert_url=f"http://127.0.0.1:{listening.server.server_port}/hook?team=1")
    yield listening
    app.extensions["settings"] = settings
    listening.stop()


@pytest.fixture
def look(sql, work_off):
    """The periodic job, once; what it files is done too."""

    def run() -> None:
        sql.execute("DELETE FROM outbox WHERE job IN ('providers.check', 'providers.check_school', 'delivery.watch')")
        sql.execute("INSERT INTO periodic (name) VALUES ('providers.check'), ('delivery.watch') ON CONFLICT DO NOTHING")
        sql.execute("UPDATE periodic SET next_at = now() + interval '1 hour'")
        sql.execute("UPDATE periodic SET next_at = now() WHERE name = 'delivery.watch'")
        relay.file_periodic()
        work_off()

    return run


def events(sql) -> list[str]:
    rows = sql.execute("SELECT action FROM platform_event WHERE action LIKE 'delivery.%' ORDER BY seq").fetchall()
    return [action for (action,) in rows]


def test_push_that_stops_is_told_by_hook_mail_log_and_audit(sql, cast, mailserver, listener, look, caplog) -> None:
    sql.execute(f"UPDATE provider SET {OPEN} WHERE name = 'push'")
    look()
    (told,) = listener.told
    assert told.startswith("/hook?team=1 Umthi (test, http://localhost): App notifications has stopped: 50 faults within 60 s.")
    assert sorted(mail.to for mail in mailserver.mails) == ["operator@example.com", "superuser@example.com"]
    assert mailserver.mails[0].subject == "Messages have stopped"
    assert "App notifications" in mailserver.mails[0].text
    assert "http://localhost/operator" in mailserver.mails[0].text
    assert [record.levelno for record in caplog.records if record.name == "umthi.watch"] == [logging.ERROR]
    assert events(sql) == ["delivery.breaker_open"]


def test_it_is_told_once_and_again_after_an_hour(sql, cast, listener, look) -> None:
    sql.execute(f"UPDATE provider SET {OPEN} WHERE name = 'push'")
    look()
    look()
    assert len(listener.told) == 1
    sql.execute("UPDATE provider SET told_at = now() - interval '61 minutes' WHERE name = 'push'")
    look()
    assert len(listener.told) == 2


def test_email_that_stops_is_not_told_by_email(sql, cast, mailserver, listener, look) -> None:
    sql.execute(f"UPDATE provider SET {OPEN} WHERE name = 'email'")
    look()
    assert len(listener.told) == 1
    assert "Email has stopped" in listener.told[0]
    assert sql.execute("SELECT count(*) FROM account_mail").fetchone() == (0,)
    assert events(sql) == ["delivery.breaker_open"]


def test_a_schools_gateway_is_named_with_its_school(sql, cast, mailserver, listener, look, gateway) -> None:
    connect(2, gateway)
    sql.execute(f"UPDATE gateway SET {OPEN}")
    look()
    assert "SMS of Laerskool Karoo has stopped" in listener.told[0]
    assert "SMS, Laerskool Karoo" in mailserver.mails[0].text
    sql.execute(f"UPDATE gateway SET {OVER}, last_success_at = now()")
    look()
    assert "SMS of Laerskool Karoo works again" in listener.told[1]
    assert sql.execute("SELECT told_at FROM gateway").fetchone() == (None,)
    assert events(sql) == ["delivery.breaker_open", "delivery.breaker_closed"]


@pytest.mark.parametrize(
    ("since", "is_told"),
    [
        ("last_success_at = now()", True),
        ("checked_at = now(), condition = 'unproven'", True),
        ("checked_at = now(), condition = 'degraded'", False),
        ("checked_at = now(), condition = 'ready', last_failure_at = now()", False),
        ("last_success_at = now() - interval '5 minutes'", False),
    ],
)
def test_its_end_is_told_when_something_went_out_or_a_check_found_it_well(
    sql, cast, mailserver, listener, look, since, is_told
) -> None:
    sql.execute(f"UPDATE provider SET {OVER.replace('last_failure_at', 'window_start')} WHERE name = 'push'")
    sql.execute(f"UPDATE provider SET {since} WHERE name = 'push'")
    look()
    assert [("works again" in told) for told in listener.told] == [True] * is_told
    assert [mail.subject for mail in mailserver.mails] == ["Messages go out again"] * 2 * is_told
    look()
    assert len(listener.told) == is_told


def test_a_rest_of_which_nobody_was_told_has_no_end_to_tell(sql, cast, listener, look) -> None:
    sql.execute("UPDATE provider SET open_until = now() - interval '1 minute', last_success_at = now()")
    look()
    assert listener.told == []


@pytest.mark.parametrize("status", [302, 500])
def test_a_hook_that_does_not_take_it_is_an_error_and_the_mail_goes_all_the_same(
    sql, cast, mailserver, listener, look, caplog, status
) -> None:
    listener.status = status
    sql.execute(f"UPDATE provider SET {OPEN} WHERE name = 'push'")
    look()
    assert len(listener.told) == 1  # no redirect was followed
    assert f"UMTHI_ALERT_URL answered {status}" in caplog.text
    assert len(mailserver.mails) == 2


def test_a_hook_that_is_away_is_an_error_and_the_mail_goes_all_the_same(
    app, sql, cast, mailserver, listener, look, caplog
) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], alert_url="http://127.0.0.1:1/")
    sql.execute(f"UPDATE provider SET {OPEN} WHERE name = 'push'")
    look()
    assert "UMTHI_ALERT_URL could not be told: ConnectionRefusedError" in caplog.text
    assert len(mailserver.mails) == 2


def test_without_a_hook_it_is_told_all_the_same(sql, cast, mailserver, look) -> None:
    sql.execute(f"UPDATE provider SET {OPEN} WHERE name = 'push'")
    look()
    assert len(mailserver.mails) == 2
    assert events(sql) == ["delivery.breaker_open"]


def test_somebody_who_does_not_run_the_platform_any_more_is_not_told(sql, cast, mailserver, look) -> None:
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE email = 'operator@example.com'")
    sql.execute(f"UPDATE provider SET {OPEN} WHERE name = 'push'")
    look()
    assert [mail.to for mail in mailserver.mails] == ["superuser@example.com"]
