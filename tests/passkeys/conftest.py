"""People with passkeys."""

from __future__ import annotations

import json
import re

import pytest

from tests.passkeys.authenticator import Authenticator

CODE = re.compile(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b")
NEW, CONFIRM, LIST = "/settings/passkeys/new", "/settings/confirm", "/settings/passkeys"


def prove(sql, someone, *, ago="0 seconds"):
    """Let the sessions of somebody count as freshly proven."""
    sql.execute("UPDATE login_session SET stepped_up_at = now() - %s::interval WHERE user_id = %s", (ago, someone.user_id))


def unprove(sql, someone):
    sql.execute("UPDATE login_session SET stepped_up_at = NULL WHERE user_id = %s", (someone.user_id,))


def is_fresh(sql, someone):
    query = "SELECT bool_or(stepped_up_at > now() - interval '1 minute') FROM login_session WHERE user_id = %s"
    return bool(sql.execute(query, (someone.user_id,)).fetchone()[0])


def events(sql, action):
    """The hashed fields of the platform's events of an action, with their values."""
    found = sql.execute("SELECT id FROM platform_event WHERE action = %s ORDER BY seq", (action,)).fetchall()
    query = "SELECT field, value FROM platform_value WHERE event_id = %s"
    return [dict(sql.execute(query, (event,)).fetchall()) for (event,) in found]


def challenge(browser, path):
    """The options that a browser is given."""
    answer = browser.client.post(path, headers={"X-CSRF-Token": browser.token()})
    assert answer.status_code == 200, answer.status
    return json.loads(answer.get_data(as_text=True))


def to_add(browser):
    return challenge(browser, f"{NEW}/challenge")


def to_confirm(browser):
    return challenge(browser, f"{CONFIRM}/challenge")


def to_sign_in(browser):
    return challenge(browser, "/login/passkey/challenge")


def sign_in(browser, said, **more):
    return browser.post("/login/passkey", {"credential": said, **more})


def confirm(browser, said, onward="/audit/"):
    return browser.post(CONFIRM, {"way": "passkey", "credential": said, "next": onward})


@pytest.fixture
def english(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser


@pytest.fixture
def admin(english, cast):
    return english.as_(cast.thaba.admin)


@pytest.fixture
def with_passkey(english, sql):
    """Gives somebody a passkey; returns its device, and the recovery codes that were shown."""

    def give(someone, *, name="Phone", device=None, **kind):
        device = device or Authenticator(**kind)
        theirs = english.as_(someone)
        prove(sql, someone)
        page = theirs.post(NEW, {"name": name, "credential": device.create(to_add(theirs))})
        assert page.status in (200, 303), page.problems
        unprove(sql, someone)
        return device, CODE.findall(page.main) if page.is_html else []

    return give
