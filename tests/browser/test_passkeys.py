"""Passkeys in a real browser, with the authenticator that Chromium has for tests. WebAuthn wants a host name: localhost."""

from __future__ import annotations

import dataclasses
import re

import pytest

from tests.browser.conftest import LOOKS, fits, serving, violations
from tests.cast import PASSWORD

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip
CODE = re.compile(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}")


@pytest.fixture
def site(app, another_app):
    """The application under the address at which it is served."""
    settings = app.extensions["settings"]
    served = another_app(settings)
    with serving(served) as address:
        here = address.replace("127.0.0.1", "localhost")
        served.extensions["settings"] = dataclasses.replace(settings, public_url=here)
        yield here


@pytest.fixture
def english(cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return cast.thaba.admin


def authenticator(page, **changes):
    """Give the window a device, on which the right finger always lies."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | changes})


def add_one(page):
    """Add the first passkey of the person of the window, by password."""
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name of the passkey").fill("Test device")
    page.get_by_role("button", name="Create a passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()


def test_a_passkey_is_added_opens_the_door_and_confirms(visit, site, english, sql):
    page = visit(english, "/settings/passkeys", address=site)
    authenticator(page)
    add_one(page)
    page.get_by_role("link", name="I have kept them").click()
    assert page.get_by_role("strong").filter(has_text="Test device").is_visible()

    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")  # else it is taken at once
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    page.get_by_text("Account menu").locator("xpath=ancestor::summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login?news=signed-out")
    page.goto(f"{site}/login?next=/emergency/new")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{site}/settings/confirm?next=/emergency/new")  # signed in, and asked for what reaches far

    page.get_by_role("button", name="Confirm with a passkey").click()
    page.wait_for_url(f"{site}/emergency/new")
    ways = "SELECT way FROM login_session WHERE revoked_at IS NULL AND user_id = %s"
    assert sql.execute(ways, (english.user_id,)).fetchall() == [("passkey",)]


def test_the_codes_can_be_copied_and_printed(visit, site, english, axe):
    page = visit(english, "/settings/passkeys", address=site)
    authenticator(page)
    add_one(page)
    assert len(set(CODE.findall(page.locator("#recovery-codes").inner_text()))) == 10
    assert page.get_by_role("button", name="Copy").is_visible()
    assert page.get_by_role("button", name="Print").is_visible()
    assert violations(axe, page) == []  # last: it takes the authenticator along


def test_it_is_suggested_at_the_user_name(visit, site, english):
    page = visit(english, "/settings/passkeys", address=site)
    authenticator(page)
    add_one(page)
    page.context.clear_cookies()
    page.goto(f"{site}/login?next=/settings/passkeys")
    page.wait_for_url(f"{site}/settings/passkeys")  # the only passkey of the device is taken without a click
    assert page.get_by_role("heading", level=1).inner_text() == "Passkeys"


def test_what_fails_is_said_and_can_be_tried_again(visit, site, english, axe):
    page = visit(english, "/login", address=site)
    page.context.clear_cookies()
    page.goto(f"{site}/login")
    authenticator(page, isUserVerified=False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("Nothing was confirmed").wait_for()
    assert page.get_by_role("button", name="Sign in with a passkey").is_visible()
    assert violations(axe, page) == []


def test_elsewhere_it_says_where_it_works(visit, english, live):
    page = visit(None, "/login", despite="never")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("Passkeys work only at the address").wait_for()
    assert page.get_by_role("button", name="Sign in with a passkey").is_hidden()


def test_without_scripts_the_pages_say_so(visit, english, live):
    page = visit(None, "/login", scripts=False)
    assert page.get_by_text("Passkeys need JavaScript").is_visible()
    assert page.get_by_role("button", name="Sign in with a passkey").is_hidden()


def test_the_pages_fit(revisit, english, sql, axe):
    for path in ("/settings/passkeys", "/settings/confirm"):
        for width, mode in LOOKS:
            page = revisit(english, path, width=width, mode=mode)
            assert violations(axe, page) == []
            assert fits(page), (path, width)
