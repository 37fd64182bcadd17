"""Each panel of the health page is read apart; the ways out and the other signals are those of the rows."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app.ids import first_of, uuid7
from tests.domain.counting import rebuild
from tests.pages import words
from tests.platform_health.arranged import HOUR, PATH, USAGE, add_urgent, items, part

FAILED = "This part is temporarily unavailable. Reload the page in a minute."
PANELS = {"deliveries", "providers", "signals", "schools"}
#: a table that is away -> the panel that cannot do without it
PLANTED = {"platform_bucket": "deliveries", "gateway": "providers", "onboarding_run": "signals", "metric": "schools"}


@pytest.fixture
def someone(browser, cast):
    return browser.as_(cast.operator)


def ways(page):
    """What each provider's line says."""
    return [words(item) for item in part(page, "providers").iter() if item.tag.endswith("}li")]


@pytest.mark.parametrize("table", PLANTED)
def test_a_panel_that_fails_does_not_fail_the_others(someone, sql, table):
    rebuild()
    sql.execute(f"ALTER TABLE {table} RENAME TO gone")
    page = someone.get(PATH)
    assert page.status == 200
    assert {name for name in PANELS if FAILED in words(part(page, name))} == {PLANTED[table]}


def test_every_panel_was_seen_to_fail():
    assert set(PLANTED.values()) == PANELS


def test_a_panel_that_fails_keeps_its_name(someone, sql):
    sql.execute("ALTER TABLE gateway RENAME TO gone")
    assert words(part(someone.get(PATH), "providers")).startswith("Providers")


@pytest.mark.parametrize("role", ["owner", "admin", "teacher", "officer", "guardian", "student"])
@pytest.mark.parametrize("path", [PATH, USAGE, f"{USAGE}.csv"])
def test_a_role_of_a_school_is_turned_away(browser, cast, role, path):
    assert browser.as_(getattr(cast.thaba, role)).get(path).status == 403


@pytest.mark.parametrize("path", [PATH, USAGE, f"{USAGE}.csv"])
def test_the_superuser_may_look_and_a_stranger_is_led_to_the_door(browser, cast, path):
    assert browser.as_(cast.superuser).get(path).status == 200
    assert browser.get(path).location.startswith("/login")


@pytest.mark.parametrize("language", ["en", "af", "zu"])
@pytest.mark.parametrize("path", [PATH, USAGE])
def test_the_page_speaks_the_operators_language(browser, cast, sql, language, path):
    rebuild()
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.operator.user_id))
    assert browser.as_(cast.operator, language=language).get(path).status == 200


@pytest.mark.parametrize(
    ("condition", "detail", "said"),
    [
        ("ready", None, "Ready"),
        ("not_configured", "no_server", "Not configured"),
        ("degraded", "server_unreachable", "Degraded"),
        ("unproven", "no_receipt", "Keys made, not proven"),
    ],
)
def test_a_provider_says_how_it_is_since_when_and_why(someone, sql, condition, detail, said):
    sql.execute("UPDATE provider SET condition = %s, detail = %s, checked_at = now()", (condition, detail))
    for line in ways(someone.get(PATH))[:2]:
        assert line.endswith(said)
        assert "Checked " in line


def test_a_provider_that_rests_is_degraded_whatever_its_check_found(someone, sql):
    sql.execute("UPDATE provider SET condition = 'ready', checked_at = now(), open_until = now() + interval '30 seconds'")
    assert all(line.endswith("Degraded") for line in ways(someone.get(PATH))[:2])


def test_a_text_channel_is_what_the_gateways_of_schools_are(someone, sql):
    def connect(school, condition, rests=False):
        sql.execute(
            "INSERT INTO gateway (school_id, id, channel, url, key, condition, checked_at, open_until)"
            " VALUES (%s, %s, 'sms', 'https://x.example', 'k', %s, now(), CASE WHEN %s THEN now() + interval '1 minute' END)",
            (school, uuid7(), condition, rests),
        )

    assert [
        line.startswith(name)
        for line, name in zip(ways(someone.get(PATH)), ("Email", "App notification", "WhatsApp", "SMS"), strict=True)
    ]
    assert ways(someone.get(PATH))[3] == "SMS No school has connected a provider. Not configured"
    connect(1, "ready")
    line = ways(someone.get(PATH))[3]
    assert line.startswith("SMS Connected by 1 school. All checked since ")
    assert line.endswith("Ready")
    connect(2, "ready", rests=True)
    line = ways(someone.get(PATH))[3]
    assert line.startswith("SMS 1 provider of a school is degraded, of 2. ")
    assert line.endswith("Degraded")
    assert "WhatsApp and SMS are in preview and switch on per school" in words(part(someone.get(PATH), "providers"))


def test_the_other_signals_are_those_of_the_rows(someone, browser, cast, sql):
    now = clock.now()
    for ago in (HOUR, 23 * HOUR, 25 * HOUR):
        add_urgent(sql, cast.thaba, now - ago)
    add_urgent(sql, cast.karoo, now, urgent=False)
    add_urgent(sql, cast.karoo, now, to=cast.karoo.owner.person_id)
    for state, acknowledged in (("partial_failure", False), ("partial_failure", True), ("running", False)):
        sql.execute(
            "INSERT INTO onboarding_run (id, state, name, name_key, timezone, close_time, language, acknowledged_at)"
            " VALUES (%s, %s, 'X', %s, 'Africa/Johannesburg', '17:00', 'en', CASE WHEN %s THEN now() END)",
            (uuid7(), state, uuid7().hex, acknowledged),
        )
    for _ in range(3):
        browser.post("/login", {"email": cast.thaba.admin.email, "password": "wrong"})
    browser.as_(cast.thaba.teacher).get(PATH)
    assert items(part(someone.get(PATH), "signals")) == {
        "Emergency broadcasts in 24 hours": "0",
        "Urgent messages sent in 24 hours": "2",
        "Open school-setup tasks": "1",
        "Schools in platform": "2",
        "Failed logins in the last 1 hour": "3",
        "Attempts that were turned away in 24 hours": "1",
    }


def test_what_is_over_is_not_counted(someone, browser, cast, monkeypatch):
    browser.post("/login", {"email": cast.thaba.admin.email, "password": "wrong"})
    browser.as_(cast.thaba.teacher).get(PATH)
    later = clock.now() + dt.timedelta(minutes=61)
    monkeypatch.setattr("app.clock.now", lambda: later)
    found = items(part(someone.get(PATH), "signals"))
    assert found["Failed logins in the last 1 hour"] == "0"
    assert found["Attempts that were turned away in 24 hours"] == "1"


def test_each_signal_leads_to_the_events_that_it_counts(someone, browser, cast):
    browser.post("/login", {"email": cast.thaba.admin.email, "password": "wrong"})
    browser.as_(cast.thaba.teacher).get(PATH)
    links = someone.get(PATH).links()
    for words_, address in (
        ("Emergency broadcasts in 24 hours", "/operator/audit?action=emergency.send"),
        ("Urgent messages sent in 24 hours", "/operator/audit?action=notices.send"),
        ("Open school-setup tasks", "/operator/runs"),
        ("Schools in platform", "/operator/schools"),
        ("Failed logins in the last 1 hour", "/operator/audit?action=account.sign_in_failed"),
        ("Attempts that were turned away in 24 hours", "/operator/audit?action=access.turned_away"),
    ):
        assert links[words_].startswith(address)
        assert someone.get(links[words_]).status == 200
    assert cast.thaba.admin.email in someone.get(links["Failed logins in the last 1 hour"]).main


def test_an_attack_is_counted_up_to_a_limit(someone, sql):
    sql.execute(
        "INSERT INTO platform_event (id, action, actor_kind, target_kind, changes)"
        " SELECT uuid7(), 'account.sign_in_failed', 'visitor', 'app_user', '{}' FROM generate_series(1, 10001)"
    )
    assert items(part(someone.get(PATH), "signals"))["Failed logins in the last 1 hour"] == "more than 10 000"


def test_the_first_id_of_a_moment_is_not_above_any_made_since():
    before = clock.now()
    made = uuid7()
    assert first_of(before) <= made
    assert first_of(before + dt.timedelta(minutes=1)) > made
    assert first_of(before).version == 7
