"""/settings/school/gateways/<channel>: connecting a gateway, changing it, trying it out, and letting go of it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from app.access.throttle import GATEWAY_TEST
from app.config import Environment
from blueprints.settings import operations
from tests.cast import add_person
from tests.delivery.sending import send, states
from tests.gateway import KEY, PHONE, SECRET, GatewayServer, connect

SMS, WHATSAPP = "/settings/school/gateways/sms", "/settings/school/gateways/whatsapp"
GOOD = {"url": "https://gateway.example/send", "key": "a-key", "secret": "", "sender": "", "ping_url": ""}


@pytest.fixture
def admin(browser, cast):
    """Somebody who manages the first school and reads English."""
    return browser.as_(cast.multi, language="en")


def row(sql):
    return sql.execute("SELECT channel, url, ping_url, sender, secret IS NOT NULL FROM gateway").fetchone()


def events(sql) -> list[str]:
    return [action for (action,) in sql.execute("SELECT action FROM audit_event ORDER BY seq").fetchall()]


def only_guardian(sql, phone: str | None, email: str = "guardian@x.example") -> None:
    sql.execute("UPDATE person SET ended_at = now() WHERE school_id = 1 AND kind <> 'staff'")
    person = add_person(sql, 1, "Guardian", "guardian", email, "en")
    sql.execute("UPDATE person SET phone = %s WHERE id = %s", (phone, person))


def test_from_connecting_to_the_phone(admin, sql, mailserver, work_off, gateway: GatewayServer) -> None:
    """End to end: connect, send, refuse, disconnect."""
    gateway.secret = SECRET
    typed = {
        "url": f"{gateway.url}/send/{{to}}",
        "key": KEY,
        "secret": SECRET,
        "sender": "Thaba",
        "ping_url": f"{gateway.url}/ping",
    }
    page = admin.post(SMS, typed, follow_redirects=True)
    assert page.banners == ["The gateway is connected and is being checked."]
    work_off()
    assert sql.execute("SELECT condition FROM gateway").fetchone() == ("ready",)
    only_guardian(sql, PHONE + "100")
    send(1, audience="guardians", channel="sms")
    work_off()
    assert [text.path for text in gateway.texts] == ["/send/%2B27825550100"]
    assert mailserver.mails == []
    only_guardian(sql, None, "none@x.example")
    send(1, audience="guardians", channel="sms")
    work_off()
    assert [mail.to for mail in mailserver.mails] == ["none@x.example"]
    only_guardian(sql, PHONE + "400", "refused@x.example")
    send(1, audience="guardians", channel="sms")
    work_off()
    assert [mail.to for mail in mailserver.mails][1:] == ["refused@x.example"]
    assert admin.post(f"{SMS}/disconnect", follow_redirects=True).banners == [
        "The gateway is disconnected. Its messages go by app notification and email."
    ]
    only_guardian(sql, PHONE + "100", "later@x.example")
    send(1, audience="guardians", channel="sms")
    work_off()
    assert [mail.to for mail in mailserver.mails][2:] == ["later@x.example"]
    assert sql.execute("SELECT instead FROM delivery WHERE instead IS NOT NULL ORDER BY created_at").fetchall() == [
        ("no_number",), ("not_connected",),
    ]  # fmt: skip
    assert states(sql) == {"sent": 4, "demoted": 1}


def test_a_gateway_is_the_schools_alone(browser, cast, admin, sql) -> None:
    admin.post(SMS, GOOD)
    assert sql.execute("SELECT school_id FROM gateway").fetchall() == [(1,)]
    assert browser.as_(cast.karoo.admin).get(SMS).form()["url"] == ""


@pytest.mark.parametrize("path", [SMS, WHATSAPP])
def test_each_channel_has_its_own(admin, sql, path) -> None:
    assert admin.get(path).h1 == f"Gateway for {'SMS' if path == SMS else 'WhatsApp'}"
    admin.post(path, GOOD)
    assert row(sql)[0] == path.rpartition("/")[2]


def test_there_are_no_other_channels(admin) -> None:
    assert admin.get("/settings/school/gateways/pigeon").status == 404


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"url": ""}, "url", "Enter the address for messages"),
        ({"url": "gateway.example"}, "url", "Enter a whole address, like https://gateway.example/messages"),
        ({"url": "https://{to}.example/"}, "url", "Enter a whole address, like https://gateway.example/messages"),
        ({"url": "https://[{to}]/"}, "url", "Enter a whole address, like https://gateway.example/messages"),
        ({"url": "https://[::{to}1]/"}, "url", "Enter a whole address, like https://gateway.example/messages"),
        ({"url": "http://gateway.example/"}, "url", "The address must begin with https://"),
        ({"url": "https://10.0.0.1/"}, "url", "This address leads into a private network. Enter one that is reached over the internet."),
        ({"url": "https://gateway.example/{number}"}, "url", "Only {to} and {sender} may stand in braces"),
        ({"url": "https://gateway.example/" + "x" * 500}, "url", "Use at most 500 characters for an address"),
        ({"key": ""}, "key", "Enter the key that the gateway gave you"),
        ({"key": "two words"}, "key", "A key has letters, digits and signs, and no spaces"),
        ({"key": "sleutël"}, "key", "A key has letters, digits and signs, and no spaces"),
        ({"sender": "Ê"}, "sender", "Enter a number or a name of 2 to 20 letters and digits, like +27825550100 or School"),
        ({"ping_url": "http://169.254.169.254/"}, "ping_url", "The address must begin with https://"),
        ({"ping_url": "https://gateway.example/{to}"}, "ping_url", "Enter a whole address, like https://gateway.example/messages"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(admin, sql, changes, field, problem) -> None:
    typed = GOOD | {"secret": "a secret", "sender": "Thaba", "ping_url": "https://gateway.example/ping"} | changes
    page = admin.post(SMS, typed)
    assert (page.status, page.problems) == (422, [problem])
    assert page.one("a", href=f"#{field}") is not None
    assert {name: page.form(SMS)[name] for name in typed} == typed
    assert row(sql) is None
    assert events(sql) == []


def test_what_is_stored_is_never_shown(admin, sql) -> None:
    admin.post(SMS, GOOD | {"key": "k-7c1d", "secret": "s-93be"})
    page = admin.get(SMS)
    assert page.form(SMS) | {"csrf_token": "", "_school": ""} == {
        "csrf_token": "", "_school": "", "url": GOOD["url"], "key": "", "secret": "", "sender": "", "ping_url": "",
    }  # fmt: skip
    for text in (page.text, admin.get("/audit/").text, str(sql.execute("SELECT * FROM gateway").fetchall())):
        assert "k-7c1d" not in text
        assert "s-93be" not in text


def test_fields_left_empty_keep_what_there_is(admin, sql) -> None:
    admin.post(SMS, GOOD | {"secret": "a secret"})
    before = sql.execute("SELECT key, secret FROM gateway").fetchone()
    page = admin.post(SMS, GOOD | {"key": "", "sender": "Thaba"}, follow_redirects=True)
    assert page.banners == ["The gateway is saved and is being checked."]
    assert sql.execute("SELECT key, secret, sender FROM gateway").fetchone() == (*before, "Thaba")
    admin.post(SMS, GOOD | {"key": "another", "secret": "another"})
    after = sql.execute("SELECT key, secret FROM gateway").fetchone()
    assert after[0] != before[0]
    assert after[1] != before[1]
    admin.post(SMS, GOOD | {"key": "", "unsign": "y"})
    assert row(sql)[-1] is False


@pytest.mark.parametrize("name", ["url", "ping_url"])
def test_a_key_is_not_handed_to_another_host(admin, sql, name) -> None:
    """Or whoever may edit the address could read the key that nobody is shown."""
    admin.post(SMS, GOOD)
    page = admin.post(SMS, GOOD | {"key": "", name: "https://elsewhere.example/"})
    assert page.problems == [
        "The address has another host than before. Enter the key too, so that the old one is not sent there."
    ]
    assert admin.post(SMS, GOOD | {name: "https://elsewhere.example/"}).status == 303
    assert admin.post(SMS, GOOD | {"key": "", name: "https://elsewhere.example/other"}).status == 303  # it knows the key by now


@pytest.mark.parametrize(
    "meanwhile", ["UPDATE gateway SET url = 'https://elsewhere.example/', key = 'of elsewhere'", "DELETE FROM gateway"]
)
def test_a_key_that_came_meanwhile_is_not_handed_to_the_host_of_before(admin, sql, monkeypatch, meanwhile) -> None:
    """The row is judged again when it is held: two who save at once do not mix their keys and addresses."""
    admin.post(SMS, GOOD)
    held = operations._held

    def saved_by_another_first(channel: str):
        sql.execute(meanwhile)
        return held(channel)

    monkeypatch.setattr(operations, "_held", saved_by_another_first)
    page = admin.post(SMS, GOOD | {"key": "", "sender": "Thaba"})
    assert (page.status, page.problems) == (
        422,
        ["The address has another host than before. Enter the key too, so that the old one is not sent there."],
    )
    assert page.form(SMS)["sender"] == "Thaba"
    assert row(sql) in (None, ("sms", "https://elsewhere.example/", None, None, False))


def test_a_key_of_another_secret_has_to_be_entered_again(admin, sql) -> None:
    admin.post(SMS, GOOD | {"secret": "a secret"})
    sql.execute(
        "UPDATE gateway SET key = 'sealed under another secret', checked_at = now(), condition = 'degraded', detail = 'sealed'"
    )
    page = admin.get(SMS)
    assert "The key cannot be read any more" in page.main
    assert "Its key cannot be read any more and has to be entered again." in page.main
    assert "Its key cannot be read any more" in admin.get("/settings/school/messages").main
    assert admin.post(SMS, GOOD | {"key": ""}).problems == ["Enter the key that the gateway gave you"]
    assert admin.post(SMS, GOOD).status == 303
    assert "cannot be read" not in admin.get(SMS).main
    assert row(sql)[-1] is False  # the old secret could not be read either


def test_a_new_address_is_a_new_beginning_for_its_breaker(admin, sql) -> None:
    admin.post(SMS, GOOD)
    sql.execute(
        "UPDATE gateway SET errors = 50, open_until = now() + interval '1 hour', checked_at = now(), condition = 'degraded'"
    )
    admin.post(SMS, GOOD)
    assert sql.execute("SELECT errors, open_until, checked_at, condition FROM gateway").fetchone() == (
        0,
        None,
        None,
        "not_configured",
    )
    assert "It has not been checked yet." in admin.get(SMS).main


def test_the_audit_keeps_the_address_and_no_key_of_it(admin, sql) -> None:
    admin.post(SMS, GOOD | {"url": "https://gateway.example/v1/{to}?apikey=k-5a5a", "secret": "s"})
    admin.post(SMS, GOOD | {"url": "https://gateway.example/v2?apikey=k-5a5a"})
    admin.post(f"{SMS}/disconnect")
    assert events(sql) == ["settings.connect_gateway", "settings.connect_gateway", "settings.disconnect_gateway"]
    values = sql.execute("SELECT field, value FROM audit_value").fetchall()
    assert ("address:after", '"https://gateway.example/v1/{to}"') in values
    assert ("address:after", '"https://gateway.example/v2"') in values
    assert ("new_key:after", "true") in values
    assert "k-5a5a" not in str(values)


def test_disconnecting_asks_first_and_twice_is_once(admin, sql) -> None:
    admin.post(SMS, GOOD)
    page = admin.get(f"{SMS}/disconnect")
    assert (page.status, page.h1) == (200, "Disconnect this gateway?")
    assert row(sql)
    for _ in range(2):
        assert admin.post(f"{SMS}/disconnect").status == 303
    assert row(sql) is None
    assert events(sql) == ["settings.connect_gateway", "settings.disconnect_gateway"]


@pytest.mark.parametrize(
    ("digits", "banner"),
    [
        ("100", "The gateway took a test message for your number."),
        ("400", "The gateway did not take the test message. It said: 400 Bad Request"),
        ("401", "The gateway did not take the test message. It said: 401 try later"),
        ("009", "The gateway did not take the test message. It said: the gateway did not answer: RemoteDisconnected"),
    ],
)
def test_a_test_goes_to_ones_own_number_and_the_answer_is_shown(admin, sql, cast, gateway, digits, banner) -> None:
    connect(1, gateway)
    sql.execute("UPDATE person SET phone = %s WHERE id = %s", (PHONE + digits, cast.multi.person_id))
    page = admin.post(f"{SMS}/test", follow_redirects=True)
    assert page.banners == [banner]
    assert [(text.to, text.text) for text in gateway.texts] == [
        (PHONE + digits, "Thaba Nkulu Primary: This is a test of SMS. http://localhost")
    ]
    assert events(sql)[-1] == "settings.test_gateway"
    assert PHONE not in str(sql.execute("SELECT value FROM audit_value").fetchall())


def test_a_school_cannot_have_its_gateway_asked_without_end(browser, admin, sql, cast, gateway) -> None:
    """Each test holds a thread of the web server until the gateway has answered."""
    connect(1, gateway)
    sql.execute("UPDATE person SET phone = %s", (PHONE + "100",))
    for _ in range(GATEWAY_TEST.account):
        assert admin.post(f"{SMS}/test").status == 303
    page = admin.post(f"{SMS}/test", follow_redirects=True)
    assert page.banners == ["Too many tries. Try again in 15 minutes."]
    assert len(gateway.texts) == GATEWAY_TEST.account
    connect(2, gateway)
    browser.as_(cast.karoo.admin).post(f"{SMS}/test")
    assert len(gateway.texts) == GATEWAY_TEST.account + 1


def test_a_test_waits_two_seconds_and_no_longer(admin, sql, cast, gateway) -> None:
    connect(1, gateway)
    sql.execute("UPDATE person SET phone = %s WHERE id = %s", (PHONE + "008", cast.multi.person_id))
    begun = time.monotonic()
    assert admin.post(f"{SMS}/test").status == 303
    assert time.monotonic() - begun < 4


def test_no_test_without_a_number_or_a_gateway(admin, sql, cast, gateway) -> None:
    assert admin.post(f"{SMS}/test", follow_redirects=True).banners == ["No gateway is connected."]
    connect(1, gateway)
    for phone in (None, "082 555 0100"):
        sql.execute("UPDATE person SET phone = %s WHERE id = %s", (phone, cast.multi.person_id))
        assert admin.post(f"{SMS}/test", follow_redirects=True).banners == [
            "The school has no phone number of yours that works, so no test can be sent to you."
        ]
    assert gateway.texts == []


def test_in_an_acceptance_test_a_test_goes_to_listed_numbers_only(app, admin, sql, cast, gateway) -> None:
    connect(1, gateway)
    sql.execute("UPDATE person SET phone = %s WHERE id = %s", (PHONE + "100", cast.multi.person_id))
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, environment=Environment.UAT)
    try:
        banners = admin.post(f"{SMS}/test", follow_redirects=True).banners
    finally:
        app.extensions["settings"] = settings
    assert banners == ["This copy of Umthi only writes to test addresses."]
    assert gateway.texts == []


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_nobody_else_comes_near(browser, cast, role) -> None:
    someone = browser.as_(getattr(cast.thaba, role))
    assert someone.get(SMS).status == someone.post(SMS, GOOD).status == someone.post(f"{SMS}/test").status == 403
