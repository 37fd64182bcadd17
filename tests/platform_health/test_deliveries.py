"""The deliveries of the health page: rates, hours and reasons are those of the rows, and the chart says in words what it draws."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from tests.domain.counting import rebuild
from tests.pages import XHTML, words
from tests.platform_health.arranged import FULL, HOUR, NOBODY, PATH, add_ended, items, part, rows_of

SVG = "{http://www.w3.org/2000/svg}"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def someone(browser, cast):
    return browser.as_(cast.operator)


@pytest.fixture
def this_hour():
    return clock.now().replace(minute=0, second=0, microsecond=0)


def figures(page):
    """What each big number says, by what it counts."""
    found = {}
    for figure in part(page, "deliveries").iter(XHTML + "p"):
        if figure.get("class") == "figure":
            number, *said = [words(e) for e in figure]
            found[said[0]] = (number, *said[1:])
    return found


def bars(page):
    """The bars of the chart: (class, x, y, height) as numbers."""
    return [
        (e.get("class"), *(float(e.get(name).rstrip("%")) for name in ("x", "y", "height")))
        for e in part(page, "deliveries").iter(SVG + "rect")
        if e.get("class") in ("whole", "part")
    ]


def test_the_rates_are_of_one_and_of_24_hours(someone, cast, sql):
    now = clock.now()
    add_ended(sql, cast.thaba, now - 10 * MINUTE, sent=3, dead=1)
    add_ended(sql, cast.karoo, now - 3 * HOUR, sent=995, dead=0)
    add_ended(sql, cast.karoo, now - 30 * HOUR, sent=5, dead=5)
    rebuild()
    found = figures(someone.get(PATH))
    assert found["Last 1 hour delivery success"] == ("75%", "1 of 4 failed")
    assert found["Last 24 hours delivery success"] == ("99,8%", "1 of 999 failed")


def test_without_deliveries_there_is_no_rate(someone):
    rebuild()
    found = figures(someone.get(PATH))
    assert found["Last 1 hour delivery success"] == ("–", "Nothing was sent")
    assert found["Last 24 hours delivery success"] == ("–", "Nothing was sent")


def test_what_somebody_gave_up_had_failed_and_what_was_withheld_had_not(someone, cast, sql):
    now = clock.now()
    given_up = add_ended(sql, cast.thaba, now - 2 * HOUR, sent=1, discarded=1)
    add_ended(sql, cast.karoo, now - 2 * HOUR, discarded=1)
    sql.execute(
        "UPDATE delivery SET discard_reason = 'They have left' WHERE message_id = %s AND state = 'discarded'", (given_up,)
    )
    rebuild()
    assert figures(someone.get(PATH))["Last 24 hours delivery success"] == ("50%", "1 of 2 failed")


def test_failed_deliveries_needing_review_are_of_all_schools_with_the_oldest(someone, cast, sql):
    now = clock.now()
    add_ended(sql, cast.thaba, now - HOUR, dead=2)
    add_ended(sql, cast.karoo, now - 100 * HOUR, dead=1)
    rebuild()
    page = someone.get(PATH)
    number, oldest = figures(page)["Failed deliveries needing review"]
    assert number == "3"
    assert oldest.startswith("The oldest since ")
    assert page.links()["Failed deliveries needing review"] == "/operator/dead-letters"


def test_what_nobody_has_counted_is_not_none(someone):
    assert figures(someone.get(PATH))["Failed deliveries needing review"] == ("–", "Not counted yet")


def test_the_reasons_are_those_of_a_day_and_lead_to_what_failed_for_them(someone, cast, sql):
    now = clock.now()
    add_ended(sql, cast.thaba, now - HOUR, dead=2, cause=FULL)
    add_ended(sql, cast.karoo, now - 2 * HOUR, dead=1, cause=FULL)
    add_ended(sql, cast.karoo, now - 2 * HOUR, dead=1, cause=NOBODY)
    add_ended(sql, cast.karoo, now - 25 * HOUR, dead=4, cause=NOBODY)
    page = someone.get(PATH)
    assert items(part(page, "deliveries")) == {
        "The mailbox is full.": "3",
        "The mail server says that this address does not exist.": "1",
    }
    address = page.links()["The mailbox is full."]
    assert address == "/operator/dead-letters?reason=the-mailbox-is-full"
    assert someone.get(address).status == 200


def test_without_failures_it_says_so(someone):
    assert "Nothing failed that nobody has dealt with." in words(part(someone.get(PATH), "deliveries"))


def test_a_bad_day_does_not_make_the_page_dearer(someone, cast, sql):
    add_ended(sql, cast.thaba, clock.now() - HOUR, dead=1, cause=FULL)
    row = "school_id, message_id, person_id, batch_id"
    sql.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key)"
        " SELECT 1, uuid7(), 'guardian', 'x' || n, 'x' FROM generate_series(1, 1100) n"
    )
    sql.execute(
        f"INSERT INTO delivery (id, channel, state, ended_at, cause, {row})"
        " SELECT uuid7(), 'email', 'dead', now() - interval '2 hours', d.cause, 1, d.message_id, p.id, d.batch_id"
        " FROM delivery d, person p WHERE p.school_id = 1 AND p.sort_key = 'x'"
    )
    shown = part(someone.get(PATH), "deliveries")
    assert items(shown) == {"The mailbox is full.": "1 000"}
    assert "Of the newest 1 000 that nobody has dealt with." in words(shown)


def test_the_table_of_the_chart_has_every_hour_of_the_rows(someone, cast, sql, this_hour):
    add_ended(sql, cast.thaba, this_hour - 24 * HOUR, sent=4)
    add_ended(sql, cast.thaba, this_hour - 5 * HOUR + 59 * MINUTE, sent=10, dead=2)
    add_ended(sql, cast.karoo, this_hour - 5 * HOUR, sent=7)
    add_ended(sql, cast.karoo, this_hour - 24 * HOUR - MINUTE, sent=9)
    rebuild()
    found = [(int(sent), int(failed)) for _, sent, failed in rows_of(part(someone.get(PATH), "deliveries"))]
    assert len(found) == 25, "24 whole hours, and the one that is not over"
    assert found[0] == (4, 0)
    assert found[19] == (17, 2)
    assert sum(sent + failed for sent, failed in found) == 23


def test_the_bars_are_the_numbers_of_the_table(someone, cast, sql, this_hour):
    chosen = {2: (40, 0), 9: (30, 10), 10: (20, 0), 23: (0, 20)}
    for place, (sent, dead) in chosen.items():
        add_ended(sql, cast.thaba, this_hour - (24 - place) * HOUR, sent=sent, dead=dead)
    rebuild()
    page = someone.get(PATH)
    table = [(int(sent), int(failed)) for _, sent, failed in rows_of(part(page, "deliveries"))]
    assert {place: numbers for place, numbers in enumerate(table) if any(numbers)} == chosen
    step, drawn = 100 / len(table), {}
    for kind, x, y, height in bars(page):
        drawn[int(x / step), kind] = (y, height)
    assert set(drawn) == {(2, "whole"), (9, "whole"), (9, "part"), (10, "whole"), (23, "part")}
    tallest = drawn[2, "whole"][1]
    for (place, kind), (y, height) in drawn.items():
        number = table[place][0 if kind == "whole" else 1]
        assert height == pytest.approx(tallest * number / 40, abs=0.02)
        below = drawn[place, "whole"][1] if kind == "part" and table[place][0] else 0
        assert y + height + below == pytest.approx(100, abs=0.03), "they stand on the ground or on each other"


def test_one_failure_among_thousands_can_be_seen_and_stays_in_the_picture(someone, sql, this_hour):
    rebuild()
    for name, number in (("deliveries.sent", 9_999), ("deliveries.failed", 1)):
        sql.execute(
            "INSERT INTO platform_bucket (span, begins_at, name, number) VALUES ('hour', %s, %s, %s)",
            (this_hour - HOUR, name, number),
        )
    (_, _, top, whole), (_, _, y, height) = bars(someone.get(PATH))
    assert height >= 3
    assert y >= 0
    assert whole + height <= 100
    assert y + height == pytest.approx(top, abs=0.03)


def test_the_picture_has_a_name_and_a_sentence(someone, cast, sql, this_hour):
    add_ended(sql, cast.thaba, this_hour - 3 * HOUR, sent=10, dead=2)
    add_ended(sql, cast.thaba, this_hour - 7 * HOUR, sent=3)
    rebuild()
    page = someone.get(PATH)
    (picture,) = (e for e in part(page, "deliveries").iter(SVG + "svg") if e.get("role") == "img")
    by_id = {e.get("id"): e for e in page.tree.iter() if e.get("id")}
    named = [words(by_id[name]) for name in picture.get("aria-labelledby").split()]
    assert named[0] == "Deliveries by hour, last 24 hours"
    assert named[1].startswith("Deliveries since ")
    assert ": 15. Failed: 2. The most in one hour: 12, from " in named[1]


def test_nothing_sent_is_said_in_words_too(someone):
    assert "Nothing was sent since " in words(part(someone.get(PATH), "deliveries"))
