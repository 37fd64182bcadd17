"""The schools of the health page: four words, the quiet first, and nothing that nobody knows."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from app import clock
from tests.conftest import Browser
from tests.domain.counting import rebuild
from tests.pages import words
from tests.platform_health.arranged import PATH, add_ended, add_school, listed, part, rows_of, was_active

DAY = dt.timedelta(days=1)
NOT_KNOWN = "Activity temporarily unavailable"


@pytest.fixture
def monday(monkeypatch):
    """The last Monday, 8 o'clock, for the whole test, in a time without holidays."""
    monkeypatch.setattr("app.domain.quietness.public_holidays", lambda *_: {})
    now = clock.now()
    moment = (now - now.weekday() * DAY).replace(hour=8, minute=0, second=0, microsecond=0)
    moment = moment if moment < now else moment - 7 * DAY
    monkeypatch.setattr("app.clock.now", lambda: moment)
    return moment


@pytest.fixture
def someone(browser, cast):
    return browser.as_(cast.operator)


def cells(page, school):
    return next(row for row in rows_of(part(page, "schools")) if row[0] == school)


def test_each_school_has_one_of_four_words_and_the_quiet_come_first(someone, sql):
    add_school(sql, "Umlazi High", state="pending")
    add_school(sql, "Bergrivier", state="disabled")
    quiet = add_school(sql, "Zonnebloem")
    was_active(sql, quiet, clock.now() - 60 * DAY)
    assert listed(someone.get(PATH)) == [
        ("Zonnebloem", "Went quiet"),
        ("Umlazi High", "Onboarding"),
        ("Laerskool Karoo", "Live"),
        ("Thaba Nkulu Primary", "Live"),
        ("Bergrivier", "Disabled"),
    ]


def test_the_longest_quiet_are_at_the_top(someone, sql):
    for number, name in enumerate(("Amandla", "Bosveld", "Ceres"), start=1):
        add_school(sql, name, days=100 * number)
    rebuild()
    assert [name for name, health in listed(someone.get(PATH)) if health == "Went quiet"] == ["Ceres", "Bosveld", "Amandla"]


def test_quiet_is_amber_and_disabled_is_grey(someone, sql):
    add_school(sql, "Zonnebloem")
    add_school(sql, "Bergrivier", state="disabled")
    rebuild()
    badges = {words(e): e.get("class") for e in part(someone.get(PATH), "schools").iter() if "badge" in (e.get("class") or "")}
    assert badges["Went quiet"] == "badge warn"
    assert badges["Disabled"] == "badge neutral"


@pytest.mark.parametrize(
    ("back", "health"),
    [
        (dt.timedelta(days=15), "Live"),  # fourteen days and more, but not of school
        (dt.timedelta(days=20) - dt.timedelta(minutes=1), "Live"),  # the Tuesday of the third week before
        (dt.timedelta(days=20, minutes=1), "Went quiet"),
    ],
)
def test_fourteen_days_of_school_make_a_school_quiet_and_weekends_are_none(someone, sql, monday, back, health):
    was_active(sql, 1, monday - back)
    assert dict(listed(someone.get(PATH)))["Thaba Nkulu Primary"] == health


def test_how_many_days_is_a_setting(another_app, settings, cast, sql, monday):
    for days, health in ((2, "Went quiet"), (5, "Live")):
        other = another_app(dataclasses.replace(settings, quiet_days=days))
        with other.app_context():
            was_active(sql, 1, monday - 5 * DAY)
        someone = Browser(other).as_(cast.operator)
        page = someone.get(PATH)
        assert dict(listed(page))["Thaba Nkulu Primary"] == health
        assert f"after {days} school days" in page.main


def test_a_school_in_which_nothing_ever_happened_goes_quiet_by_its_age(someone, sql):
    add_school(sql, "Ou Skool", days=60)
    add_school(sql, "Nuwe Skool", days=1)
    rebuild()
    page = someone.get(PATH)
    assert dict(listed(page)) | {"Ou Skool": "Went quiet", "Nuwe Skool": "Live"} == dict(listed(page))
    assert cells(page, "Nuwe Skool")[-1] == "No activity yet"


def test_a_suspended_school_that_was_quiet_is_disabled(someone, sql):
    add_school(sql, "Bergrivier", state="disabled")
    rebuild()
    assert dict(listed(someone.get(PATH)))["Bergrivier"] == "Disabled"


def test_the_numbers_are_those_of_the_rows(someone, cast, sql):
    now = clock.now()
    add_ended(sql, cast.thaba, now - DAY, sent=8, dead=1)
    add_ended(sql, cast.thaba, now - 9 * DAY, sent=5)
    rebuild()
    count = {
        kind: str(number)
        for kind, number in sql.execute(
            "SELECT kind, count(*) FROM person WHERE school_id = 1 AND ended_at IS NULL GROUP BY 1"
        ).fetchall()
    }
    row = cells(someone.get(PATH), "Thaba Nkulu Primary")
    assert row[2:6] == [count["learner"], count["guardian"], count["staff"], "88,8%"], "8 of 9, rounded down, of 7 days"


def test_a_school_that_sent_nothing_has_no_rate(someone):
    rebuild()
    assert cells(someone.get(PATH), "Laerskool Karoo")[5] == "–Nothing was sent"


def test_what_nobody_has_counted_is_said_to_be_unknown_and_is_no_silence(someone, sql):
    add_school(sql, "Zonnebloem")
    page = someone.get(PATH)
    assert cells(page, "Zonnebloem")[:3] == ["Zonnebloem", "Live", NOT_KNOWN]
    assert cells(page, "Zonnebloem")[-1] == NOT_KNOWN


def test_what_was_counted_too_long_ago_is_unknown(someone, sql):
    add_school(sql, "Zonnebloem")
    rebuild()
    sql.execute("UPDATE metric SET computed_at = now() - interval '181 minutes'")
    page = someone.get(PATH)
    assert cells(page, "Zonnebloem")[1:3] == ["Live", NOT_KNOWN]


def test_a_count_that_fails_does_not_take_the_schools_away(someone, sql):
    rebuild()
    sql.execute("ALTER TABLE metric_bucket RENAME TO gone")
    row = cells(someone.get(PATH), "Laerskool Karoo")
    assert row[:2] == ["Laerskool Karoo", "Live"]
    assert row[2] == "1"
    assert row[5] == NOT_KNOWN


def test_a_word_can_be_chosen_and_each_has_its_count(someone, sql):
    add_school(sql, "Zonnebloem")
    add_school(sql, "Umlazi High", state="pending")
    rebuild()
    page = someone.get(f"{PATH}?health=quiet")
    assert listed(page) == [("Zonnebloem", "Went quiet")]
    links = {text: address for text, address in page.links().items() if address.startswith("?")}
    assert links == {
        "All 4": "?", "Went quiet 1": "?health=quiet", "Onboarding 1": "?health=onboarding", "Live 2": "?health=live",
        "Disabled 0": "?health=disabled",
    }  # fmt: skip
    assert page.one("a", aria_current="true", href="?health=quiet") is not None
    assert "No school is in this state" in someone.get(f"{PATH}?health=disabled").main
    assert someone.get(f"{PATH}?health=other").status == 404


def test_many_schools_come_in_pages_and_none_is_left_out_or_doubled(someone, sql):
    for number in range(60):
        add_school(sql, f"Quiet {number:02}", days=60 + number // 2)
    for number in range(50):
        add_school(sql, f"Begun {number:02}", state="pending")
    rebuild()
    seen, address = [], PATH
    for size in (50, 50, 12):
        page = someone.get(address)
        found = listed(page)
        assert len(found) == size
        seen += found
        address = PATH + page.links().get("More", "")
    assert len(set(seen)) == 112
    assert [health for _, health in seen] == ["Went quiet"] * 60 + ["Onboarding"] * 50 + ["Live"] * 2
    assert address == PATH


@pytest.mark.parametrize("after", ["x", "0~yesterday~a", "0~2026-11-20T00:00:00~a", "~", "0~~"])
def test_a_place_that_is_none_is_not_found(someone, after):
    assert someone.get(PATH, query_string={"after": after}).status == 404


def test_a_school_leads_to_its_page(someone):
    rebuild()
    address = someone.get(PATH).links()["Laerskool Karoo"]
    assert address == "/operator/schools/2"
    assert someone.get(address).status == 200
