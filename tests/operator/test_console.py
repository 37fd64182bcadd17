"""The operator's console: a wall-board that says what is so, what is not known, and what waits for somebody."""

from __future__ import annotations

import datetime as dt

import pytest

from app.access.permissions import Permission
from app.area import Area
from app.domain.triage import Found, Need, Triage, most_urgent
from app.ids import uuid7
from app.web.panels import CONSOLE, Panel
from tests.cast import PASSWORD
from tests.domain.counting import rebuild
from tests.operator.arranged import add_dead, add_run, all_is_well
from tests.pages import words

CONSOLE_PAGE = "/operator"
UNKNOWN = "Activity temporarily unavailable"
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def operator(browser, cast, sql):
    """The operator, on a platform on which all is well."""
    all_is_well(sql)
    return browser.as_(cast.operator)


def card(page, title):
    """What a card with this heading says."""
    for tag in ("article", "section"):
        for box in page.all(tag):
            if words(box).startswith(title):
                return words(box)
    raise AssertionError(f"no card {title}")


def test_the_page_is_for_those_who_run_the_platform(browser, cast):
    assert browser.as_(cast.superuser).get(CONSOLE_PAGE).h1 == "Operator console"
    assert browser.get(CONSOLE_PAGE).location.startswith("/login")
    assert browser.as_(cast.thaba.owner).get(CONSOLE_PAGE).status == 403


def test_the_three_cards_say_what_is_so(operator):
    page = operator.get(CONSOLE_PAGE)
    assert card(page, "Platform access").startswith("Platform access Active Signed in since ")
    assert card(page, "Schools in platform") == "Schools in platform 2 2 active · 0 pending · 0 disabled"
    assert card(page, "Messaging setup") == (
        "Messaging setup Ready App notifications and email are the live channels. WhatsApp and SMS are in preview and switch on"
        " per school once a provider is connected."
    )


def test_a_session_that_is_about_to_end_is_not_as_healthy(operator, sql):
    sql.execute("UPDATE login_session SET expires_at = now() + interval '30 minutes'")
    assert card(operator.get(CONSOLE_PAGE), "Platform access").startswith("Platform access Ends soon Your session ends on ")


@pytest.mark.parametrize(
    ("provider", "condition", "says"),
    [
        ("email", "not_configured", "Not configured"),
        ("push", "not_configured", "Not configured"),
        ("push", "unproven", "Keys made, not proven"),
        ("email", "degraded", "Degraded"),
    ],
)
def test_messaging_is_as_ready_as_the_worse_of_its_two_channels(operator, sql, provider, condition, says):
    sql.execute("UPDATE provider SET condition = %s WHERE name = %s", (condition, provider))
    assert card(operator.get(CONSOLE_PAGE), "Messaging setup").startswith(f"Messaging setup {says} App")


def test_when_nothing_waits_it_says_so(operator):
    needs = card(operator.get(CONSOLE_PAGE), "Needs you now")
    assert needs == "Needs you now All clear Nothing needs you right now Across all 2 schools"


def test_failed_deliveries_are_red_name_the_school_and_lead_to_the_queue_of_it(operator, sql, cast):
    add_dead(sql, cast.thaba, 2)
    add_dead(sql, cast.karoo, 1)
    page = operator.get(CONSOLE_PAGE)
    cards = [item for item in page.all("li") if "crit" in (item.get("class") or "")]
    assert [words(item).partition("Oldest")[0] for item in cards] == [
        "Thaba Nkulu Primary: 2 failed deliveries need review",
        "Laerskool Karoo: 1 failed delivery needs review",
    ]
    links = {a.get("href"): words(a) for a in page.all("a")}
    assert "/operator/dead-letters?school=1" in links
    assert operator.get("/operator/dead-letters?school=1").status == 200
    assert "Needs you now 2 open" in page.main


def test_a_card_goes_when_the_thing_is_mended_and_not_when_it_is_looked_at(operator, sql, cast):
    add_dead(sql, cast.thaba)
    for _ in range(2):
        assert "Thaba Nkulu Primary: 1 failed delivery" in operator.get(CONSOLE_PAGE).main
    sql.execute("UPDATE delivery SET state = 'discarded', discard_reason = 'left' WHERE state = 'dead'")
    rebuild()
    assert "All clear" in operator.get(CONSOLE_PAGE).main


def test_a_suspended_school_asks_for_nothing(operator, sql, cast):
    add_dead(sql, cast.thaba)
    sql.execute("UPDATE school SET state = 'disabled', state_before = 'active', disabled_at = now() WHERE id = 1")
    rebuild()
    page = operator.get(CONSOLE_PAGE)
    assert "All clear" in page.main
    assert card(page, "Schools in platform") == "Schools in platform 2 1 active · 0 pending · 1 disabled"


def test_ways_out_in_trouble_and_quiet_schools_are_worth_a_look(operator, sql):
    sql.execute("UPDATE provider SET condition = 'degraded', detail = 'server_unreachable' WHERE name = 'email'")
    sql.execute(
        "INSERT INTO gateway (school_id, id, channel, url, key, condition) VALUES (2, %s, 'sms', 'https://x.example/', 'k', 'degraded')",
        (uuid7(),),
    )
    sql.execute("UPDATE school SET created_at = now() - interval '60 days' WHERE id = 1")
    rebuild()
    page = operator.get(CONSOLE_PAGE)
    needs = card(page, "Needs you now")
    assert needs.startswith("Needs you now 3 open Thaba Nkulu Primary went quietNo activity since ")
    assert "Email has a problemThe mail server cannot be reached.Worth a look" in needs
    assert "Laerskool Karoo: the text gateway has a problem" in needs
    assert "Stuck" not in needs
    links = {a.get("href") for a in page.all("a")}
    assert {"/operator/schools/1/support", "/operator/schools/2/settings", "/operator/health#providers"} <= links


def test_a_set_up_that_stopped_stands_on_top_and_among_what_waits(operator, sql):
    add_run(sql)
    page = operator.get(CONSOLE_PAGE)
    assert card(page, "School setup tasks needing help").startswith("School setup tasks needing help1 task Umlazi High")
    assert "Needs you now 1 open Umlazi High" in page.main


def test_the_recent_schools_stand_by_the_date_that_is_shown(operator, sql):
    sql.execute("UPDATE school SET created_at = now() - interval '3 days' WHERE id = 2")
    sql.execute("UPDATE school SET created_at = now() - interval '1 day' WHERE id = 1")
    shown = card(operator.get(CONSOLE_PAGE), "Recent schools")
    assert shown.index("Thaba Nkulu Primary") < shown.index("Laerskool Karoo")
    sql.execute("UPDATE school SET created_at = now() WHERE id = 2")
    shown = card(operator.get(CONSOLE_PAGE), "Recent schools")
    assert shown.index("Laerskool Karoo") < shown.index("Thaba Nkulu Primary")


def test_the_stuck_come_first_then_the_oldest_eight_at_most_and_the_rest_is_counted():
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    hour = dt.timedelta(hours=1)
    looks = Found([Need(f"look {n}", at + n * hour, "/") for n in range(6)], 20)
    stuck = Found([Need(f"stuck {n}", at + (9 - n) * hour, "/", is_stuck=True) for n in range(4)], 4)
    shown = most_urgent([looks, stuck])
    assert [need.sentence for need in shown.needs] == [
        "stuck 3", "stuck 2", "stuck 1", "stuck 0", "look 0", "look 1", "look 2", "look 3",
    ]  # fmt: skip
    assert shown.total == 24


def test_what_is_not_shown_is_counted(operator, sql):
    sql.execute(
        "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency, created_at)"
        " SELECT 'q' || n, 'Quiet ' || n, 'quiet' || n, 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR',"
        " now() - n * interval '60 days' FROM generate_series(1, 11) n"
    )
    rebuild()
    needs = card(operator.get(CONSOLE_PAGE), "Needs you now")
    assert needs.startswith("Needs you now 11 open Quiet 11 went quiet")
    assert needs.count("went quiet") == 8
    assert needs.endswith("and 3 more Across all 13 schools")


def test_the_last_hour_is_told_exactly(operator, sql, cast, browser):
    health = card(operator.get(CONSOLE_PAGE), "Platform health")
    assert "Last 1 hour delivery success – nothing was sent" in health.replace("–nothing", "– nothing")
    add_dead(sql, cast.thaba, 1)
    sql.execute("UPDATE platform_bucket SET number = 1 WHERE name = 'deliveries.failed'")
    sql.execute(
        "INSERT INTO platform_bucket (span, begins_at, name, number) SELECT span, begins_at, 'deliveries.sent', 999"
        " FROM platform_bucket WHERE name = 'deliveries.failed' AND span = 'minute'"
    )
    browser.post("/login", {"email": cast.thaba.admin.email, "password": PASSWORD + "?"})
    health = card(operator.get(CONSOLE_PAGE), "Platform health")
    assert "Last 1 hour delivery success 99,9%of 1 000" in health.replace("\xa0", " ")
    assert "Failed deliveries needing review 1oldest " in health
    assert "Failed logins in the last 1 hour 1" in health
    assert "Open health console" in health


def test_numbers_that_nobody_counts_any_more_say_how_old_they_are(operator, sql):
    assert "have not counted" not in operator.get(CONSOLE_PAGE).main
    sql.execute("UPDATE platform_metric SET moment = now() - interval '4 minutes' WHERE name = 'rollups.refreshed'")
    assert "The workers have not counted since." in operator.get(CONSOLE_PAGE).main


def test_what_nobody_has_counted_yet_is_no_zero(browser, cast):
    page = browser.as_(cast.operator).get(CONSOLE_PAGE)
    assert card(page, "Schools in platform") == f"Schools in platform –{UNKNOWN}"
    assert f"Failed deliveries needing review {UNKNOWN}" in page.main
    assert f"WhatsApp {UNKNOWN} SMS {UNKNOWN}" in page.main


@pytest.mark.parametrize(
    ("table", "unknown"),
    [
        ("platform_metric", {"Schools in platform", "Needs you now", "Provider readiness", "Platform health"}),
        ("platform_bucket", {"Platform access", "Platform health"}),
        ("provider", {"Messaging setup", "Needs you now", "Provider readiness"}),
        ("metric", {"Needs you now"}),
        ("onboarding_step", {"Needs you now"}),
    ],
)
def test_one_part_that_cannot_be_read_does_not_take_the_others_with_it(operator, sql, table, unknown):
    sql.execute(f"ALTER TABLE {table} RENAME TO gone")
    page = operator.get(CONSOLE_PAGE)
    titles = {
        "Platform access",
        "Schools in platform",
        "Messaging setup",
        "Needs you now",
        "Provider readiness",
        "Platform health",
    }
    assert page.status == 200
    assert {title for title in titles if UNKNOWN in card(page, title)} == unknown
    assert "All clear" not in page.main or "Needs you now" not in unknown


def test_a_source_or_a_panel_that_fails_is_told_in_its_place(app, operator, monkeypatch, sql, cast):
    add_dead(sql, cast.thaba)

    def broken(*_):
        raise RuntimeError("broken")

    one = app.extensions["areas"][0]
    broken_area = Area(
        one.blueprint, triage=(Triage("broken", broken),),
        panels=(Panel("broken", Permission.PLATFORM_OPERATE, broken, "operator/no_panel.html", board=CONSOLE),),
    )  # fmt: skip
    monkeypatch.setitem(app.extensions, "areas", (broken_area, *app.extensions["areas"]))
    page = operator.get(CONSOLE_PAGE)
    needs = card(page, "Needs you now")
    assert "Thaba Nkulu Primary: 1 failed delivery" in needs
    assert "Something could not be looked at: this list may be longer." in needs
    assert [words(box) for box in page.all("section") if words(box) == UNKNOWN] == [UNKNOWN]


def test_the_fragment_is_the_same_part_light_and_answers_304_while_nothing_happens(operator, sql, cast):
    add_dead(sql, cast.thaba, 9)
    whole = operator.client.get(CONSOLE_PAGE)
    part = operator.client.get(CONSOLE_PAGE, headers=FRAGMENT)
    assert part.get_data(as_text=True).strip() in whole.get_data(as_text=True)
    assert "csrf_token" not in part.get_data(as_text=True)
    again = operator.client.get(CONSOLE_PAGE, headers=FRAGMENT | {"If-None-Match": part.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    light = operator.client.get(CONSOLE_PAGE, headers=FRAGMENT | {"Accept-Encoding": "gzip"})
    assert len(light.get_data()) <= 4096
    add_dead(sql, cast.karoo)
    changed = operator.client.get(CONSOLE_PAGE, headers=FRAGMENT | {"If-None-Match": part.headers["ETag"]})
    assert changed.status_code == 200


def test_a_full_board_stays_below_four_kilobytes(operator, sql):
    sql.execute(
        "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency, created_at)"
        " SELECT 'q' || n, 'A school with quite a long name of ' || md5(n::text), 'quiet' || n, 'active', 'Africa/Johannesburg',"
        " '17:00', 'en', 'en_ZA', 'ZAR', now() - n * interval '60 days' FROM generate_series(1, 20) n"
    )
    for number in range(4):
        sql.execute("UPDATE onboarding_run SET name_key = name_key || %s", (str(number),))
        add_run(sql)
    rebuild()
    for language in ("en", "af", "zu"):
        sql.execute("UPDATE app_user SET language = %s", (language,))
        for encoding in ("gzip", "br"):
            part = operator.client.get(CONSOLE_PAGE, headers=FRAGMENT | {"Accept-Encoding": encoding})
            assert len(part.get_data()) <= 4096, (language, encoding)


def test_the_board_is_drawn_anew_in_another_language(operator, sql, cast):
    assert "Needs you now" in operator.get(CONSOLE_PAGE).main
    before = operator.client.get(CONSOLE_PAGE, headers=FRAGMENT).get_data()
    sql.execute("UPDATE app_user SET language = 'zu' WHERE id = %s", (cast.operator.user_id,))
    assert operator.client.get(CONSOLE_PAGE, headers=FRAGMENT).get_data() != before


def test_each_session_sees_its_own_access(operator, browser, cast, sql):
    sql.execute("UPDATE login_session SET created_at = '2026-01-02 06:00+00' WHERE user_id = %s", (cast.superuser.user_id,))
    assert "2 Jan 2026, 08:00" in card(browser.as_(cast.superuser).get(CONSOLE_PAGE), "Platform access")
    assert "2 Jan 2026, 08:00" not in card(operator.get(CONSOLE_PAGE), "Platform access")


def test_looking_again_and_again_leaves_nothing_in_the_audit(operator, sql):
    before = sql.execute("SELECT count(*) FROM platform_event").fetchone()
    for headers in ({}, FRAGMENT):
        assert operator.client.get(CONSOLE_PAGE, headers=headers).status_code == 200
    assert sql.execute("SELECT count(*) FROM platform_event").fetchone() == before


@pytest.mark.parametrize("headers", [{}, FRAGMENT])
def test_it_costs_eleven_statements_however_much_there_is(operator, sql, cast, caplog, headers):
    caplog.set_level("INFO")
    add_dead(sql, cast.thaba, 9)
    add_run(sql)
    operator.client.get(CONSOLE_PAGE, headers=headers)
    assert caplog.records[-1].fields["queries"] == 11


def test_every_button_of_the_head_leads_somewhere(operator):
    page = operator.get(CONSOLE_PAGE)
    hrefs = {words(a): a.get("href") for a in page.all("a")}
    for button in ("Refresh", "Health console", "Onboard school", "Open health console", "All schools"):
        assert operator.get(hrefs[button]).status == 200, button


def test_without_scripts_the_clock_says_when_the_page_was_made(operator):
    (clock,) = operator.get(CONSOLE_PAGE).all("time")
    made = dt.datetime.fromisoformat(clock.get("datetime"))
    assert abs(made - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    assert words(clock) == f"{made + dt.timedelta(hours=2):%H:%M:%S}"
