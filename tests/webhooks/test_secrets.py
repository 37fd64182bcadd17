"""Secrets of providers: shown once, sealed at rest, two while one rolls over, none from the moment it is retired."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app.delivery import webhook_secrets
from app.delivery.webhook_secrets import USED_ONCE_IN, is_provider, usable
from app.tenancy.doors import across_schools
from tests.webhooks.arranged import BY, NOW, PROVIDER, SECRET, refusals, states

OTHER = "whsec_the secret of the operator"
DAY = dt.timedelta(days=1)


@pytest.fixture
def settings_now(app, shared):
    return app.extensions["settings"]


def added(settings, provider=PROVIDER, text=OTHER):
    with across_schools("a test", routine=True) as session:
        made = webhook_secrets.add(session, settings, provider, text, by=BY)
        session.commit()
        return made.row.id


def held(settings, provider=PROVIDER, now=None):
    with across_schools("a test", routine=True) as session:
        return [secret.text for secret in usable(session, settings, provider, now=now or dt.datetime.now(dt.UTC))]


def test_what_was_entered_and_what_the_settings_have_hold_beside_each_other(sql, tell, settings_now):
    added(settings_now)
    assert tell(secret=OTHER).status_code == 200
    assert tell(secret=SECRET, id="evt_2").status_code == 200
    assert held(settings_now) == [OTHER, SECRET]


def test_it_is_sealed_and_opens_nothing_elsewhere(sql, app, settings_now):
    added(settings_now)
    assert OTHER not in sql.execute("SELECT sealed || fingerprint FROM webhook_secret").fetchone()[0]
    assert held(replace(settings_now, secret="another secret of this server, long")) == [SECRET]
    sql.execute("UPDATE webhook_secret SET provider = 'elsewhere'")
    assert held(settings_now, "elsewhere") == []


def test_a_new_one_is_long_and_by_chance(settings_now):
    with across_schools("a test", routine=True) as session:
        one, two = (webhook_secrets.add(session, settings_now, PROVIDER, by=BY) for _ in range(2))
        assert one.text != two.text
        assert len(one.text) > 40
        assert one.row.fingerprint != two.row.fingerprint


@pytest.mark.parametrize(
    ("provider", "text", "fault"),
    [
        ("mail", "", "NotAProvider"), ("UPPER", "", "NotAProvider"), ("a/b", "", "NotAProvider"), ("", "", "NotAProvider"),
        (PROVIDER, "short", "SecretTooShort"),
    ],
)  # fmt: skip
def test_what_is_no_secret_of_a_provider_is_refused(settings_now, provider, text, fault):
    with pytest.raises(getattr(webhook_secrets, fault)):
        added(settings_now, provider, text)


def test_the_same_secret_twice_is_refused(settings_now):
    added(settings_now)
    with pytest.raises(webhook_secrets.SecretKnown):
        added(settings_now)


def test_the_simulator_is_no_provider_in_production(settings_now):
    assert is_provider(settings_now, "simulator")
    assert not is_provider(replace(settings_now, environment=settings_now.environment.PRODUCTION), "simulator")


def test_while_one_rolls_over_both_hold_and_afterwards_the_new_one_alone(sql, tell, settings_now):
    old, now = added(settings_now), dt.datetime.now(dt.UTC)
    with across_schools("a test", routine=True) as session:
        made = webhook_secrets.roll_over(session, settings_now, old, retires_at=now + DAY, by=BY)
        session.commit()
        new = made.text
    assert tell(secret=OTHER).status_code == tell(secret=new, id="evt_2").status_code == 200
    assert held(settings_now, now=now + DAY) == [new, SECRET]


def test_what_is_retired_opens_nothing_from_the_next_request_on(sql, tell, settings_now):
    secret = added(settings_now)
    assert tell(secret=OTHER).status_code == 200
    with across_schools("a test", routine=True) as session:
        webhook_secrets.retire(session, secret, now=NOW, by=BY)
        session.commit()
    assert tell(secret=OTHER, id="evt_2").status_code == 400
    assert refusals(sql) == {(PROVIDER, "bad_signature"): 1}
    assert list(states(sql)) == ["evt_1"]
    with across_schools("a test", routine=True) as session, pytest.raises(webhook_secrets.AlreadyRetired):
        webhook_secrets.retire(session, secret, now=dt.datetime.now(dt.UTC), by=BY)


def test_its_last_use_is_written_once_a_minute(sql, tell, settings_now):
    added(settings_now)
    tell(secret=OTHER)
    first = sql.execute("SELECT last_used_at, xmin::text FROM webhook_secret").fetchone()
    tell(secret=OTHER, id="evt_2")
    assert sql.execute("SELECT last_used_at, xmin::text FROM webhook_secret").fetchone() == first
    sql.execute("UPDATE webhook_secret SET last_used_at = last_used_at - %s", (USED_ONCE_IN,))
    tell(secret=OTHER, id="evt_3")
    assert sql.execute("SELECT last_used_at > %s FROM webhook_secret", (first[0],)).fetchone() == (True,)


def test_a_signature_that_is_refused_uses_no_secret(sql, tell, settings_now):
    added(settings_now)
    tell(secret=OTHER, signed=NOW - DAY)
    tell(secret=OTHER, raw=b"{")
    assert sql.execute("SELECT last_used_at FROM webhook_secret").fetchone() == (None,)


def test_each_deed_stands_in_the_platforms_log_without_the_secret(sql, settings_now):
    secret = added(settings_now)
    with across_schools("a test", routine=True) as session:
        webhook_secrets.retire(session, secret, now=NOW, by=BY)
        session.commit()
    found = sql.execute("SELECT action FROM platform_event WHERE action LIKE 'webhooks.%' ORDER BY seq").fetchall()
    assert found == [("webhooks.add_secret",), ("webhooks.retire_secret",)]
    assert not sql.execute("SELECT 1 FROM platform_value WHERE position(%s in value) > 0", (OTHER,)).fetchall()
