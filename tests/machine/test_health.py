"""What machines ask: whether we live, and whether we are ready."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from app.config import Settings
from app.domain import health


def test_healthz_is_cheap_and_asks_nobody(browser) -> None:
    answer = browser.get("/healthz")
    assert answer.response.json == {"status": "ok"}
    assert "Set-Cookie" not in answer.headers


def test_readyz_has_a_line_for_each_check(browser) -> None:
    answer = browser.get("/readyz")
    assert answer.status == 200
    assert list(answer.response.json["checks"]) == [
        "database",
        "platform",
        "migrations",
        "redis",
        "outbox",
        "mail",
        "push",
        "gateways",
    ]
    assert '\n  "migrations": "ok"' in answer.text


def test_redis_away_is_degraded_and_found_out_quickly(browser) -> None:
    begun = time.monotonic()
    answer = browser.get("/readyz")
    assert (answer.status, answer.response.json["checks"]["redis"]) == (200, "degraded")
    assert time.monotonic() - begun < 2


def test_a_redis_that_swallows_everything_costs_a_third_of_a_second(app, settings: Settings) -> None:
    black_hole = replace(settings, redis_url="redis://192.0.2.1:6379/0")  # RFC 5737: reaches nobody
    begun = time.monotonic()
    (redis,) = [check for check in health.checks(black_hole) if check.name == "redis"]
    assert redis.state == "degraded"
    assert time.monotonic() - begun < 2


def test_a_database_that_is_away_is_not_ready(another_app, settings: Settings) -> None:
    away = "postgresql://umthi_app@127.0.0.1:1/umthi"
    client = another_app(replace(settings, database_url=away, platform_database_url=away)).test_client()
    answer = client.get("/readyz", base_url="http://localhost")
    assert answer.status_code == 503
    assert answer.json["status"] == "not ready"
    assert answer.json["checks"]["database"] == answer.json["checks"]["migrations"] == "failed"


def test_an_address_of_the_wrong_role_is_not_ready(another_app, settings: Settings) -> None:
    """It would stand on the wrong side of the wall."""
    client = another_app(replace(settings, database_url=settings.platform_database_url)).test_client()
    answer = client.get("/readyz", base_url="http://localhost")
    assert (answer.status_code, answer.json["checks"]["database"]) == (503, "failed")


@pytest.mark.parametrize("version", ["0000", "9999"])
def test_another_schema_than_the_codes_is_not_ready(browser, sql, version: str) -> None:
    sql.execute("UPDATE alembic_version SET version_num = %s", [version])
    answer = browser.get("/readyz")
    assert (answer.status, answer.response.json["checks"]["migrations"]) == (503, "failed")


def test_work_that_nobody_does_is_degraded(browser, sql, settings: Settings) -> None:
    sql.execute(
        "INSERT INTO outbox (school_id, id, job, due_at) VALUES (0, uuid7(), 'work.prune', now() - interval '2 minutes')"
    )
    answer = browser.get("/readyz")
    assert (answer.status, answer.response.json["checks"]["outbox"]) == (200, "degraded")
    (outbox,) = [check for check in health.checks(settings) if check.name == "outbox"]
    assert "120 s" in outbox.found
    assert "relay" in outbox.advice


def test_mail_that_goes_nowhere_is_degraded(app, settings: Settings) -> None:
    for url in ("", "http://mail.example", "smtp://"):
        (mail,) = [check for check in health.checks(replace(settings, smtp_url=url)) if check.name == "mail"]
        assert (mail.state, "SMTP_URL" in mail.advice) == ("degraded", True)
