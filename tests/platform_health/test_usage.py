"""Channel usage: by school, month, channel and result; the totals first; and the same rows as a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import logging
from zoneinfo import ZoneInfo

import pytest

from app import clock
from blueprints.platform_health.channel_usage import months
from tests.domain.counting import rebuild
from tests.pages import words
from tests.platform_health.arranged import USAGE, add_ended, add_school

CSV = f"{USAGE}.csv"
ZONE = ZoneInfo("Africa/Johannesburg")
COLUMNS = ["Channel", "Sent", "Undeliverable", "Discarded", "Sent another way"]


@pytest.fixture
def someone(browser, cast):
    return browser.as_(cast.operator)


@pytest.fixture
def this_month():
    """The middle of the first day of this month, on the clock of the schools."""
    return clock.now().astimezone(ZONE).replace(day=1, hour=0, minute=30)


@pytest.fixture
def last_month(this_month):
    return this_month - dt.timedelta(days=5)


def key(moment):
    return f"{moment:%Y-%m}"


def tables(page):
    """The rows of each table of the page, with its heads."""
    return [
        ([words(th) for th in table.iter() if th.tag.endswith("}th") and th.get("scope") == "col"],
         [[words(cell) for cell in row] for body in table.iter() if body.tag.endswith("}tbody") for row in body])
        for table in page.all("table")
    ]  # fmt: skip


def rows_of_file(answer):
    return list(csv.reader(io.StringIO(answer.text, newline="")))


@pytest.fixture
def sent(sql, cast, this_month, last_month):
    """Something by email and SMS in both schools this month, and by email last month."""
    add_ended(sql, cast.thaba, this_month, sent=3, dead=1)
    texts = add_ended(sql, cast.thaba, this_month, sent=2, demoted=1)
    sql.execute("UPDATE delivery SET channel = 'sms' WHERE message_id = %s", (texts,))
    add_ended(sql, cast.karoo, this_month, sent=5, discarded=2)
    add_ended(sql, cast.karoo, last_month, sent=9)
    rebuild()


def test_the_totals_come_first_and_then_the_schools_by_name(someone, sent):
    (heads, totals), (more_heads, schools) = tables(someone.get(USAGE))
    assert heads == COLUMNS
    assert totals == [["Email", "8", "1", "2", "0"], ["SMS", "2", "0", "0", "1"]]
    assert more_heads == ["School", *COLUMNS]
    assert schools == [
        ["Laerskool Karoo", "Email", "5", "0", "2", "0"],
        ["Thaba Nkulu Primary", "Email", "3", "1", "0", "0"],
        ["Thaba Nkulu Primary", "SMS", "2", "0", "0", "1"],
    ]


def test_the_numbers_are_those_of_the_rows(someone, sent, sql, this_month):
    first = this_month.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = sql.execute(
        "SELECT channel, count(*) FILTER (WHERE state = 'sent'), count(*) FILTER (WHERE state = 'dead'),"
        " count(*) FILTER (WHERE state = 'discarded'), count(*) FILTER (WHERE state = 'demoted')"
        " FROM delivery WHERE ended_at >= %s GROUP BY channel ORDER BY channel",
        (first,),
    ).fetchall()
    (_, totals), _ = tables(someone.get(USAGE))
    assert [row[1:] for row in totals] == [[str(number) for number in row[1:]] for row in rows]
    assert "14 messages in all" in someone.get(USAGE).main


def test_thirteen_months_can_be_chosen_and_this_one_is(someone, sent, this_month, last_month):
    page = someone.get(USAGE)
    options = page.one("select", name="month")
    offered = [option.get("value") for option in options]
    assert offered == months(ZONE)
    assert len(offered) == 13
    assert offered[:2] == [key(this_month), key(last_month)]
    assert [option.get("value") for option in options if option.get("selected") is not None] == [key(this_month)]
    assert words(options[0]).endswith(str(this_month.year))
    (_, totals), _ = tables(someone.get(f"{USAGE}?month={key(last_month)}"))
    assert totals == [["Email", "9", "0", "0", "0"]]


@pytest.mark.parametrize("month", ["2019-01", "2099-01", "x", "2026-13", "2026-11-01"])
@pytest.mark.parametrize("path", [USAGE, CSV])
def test_another_month_is_not_found(someone, path, month):
    assert someone.get(f"{path}?month={month}").status == 404


def test_january_follows_december(monkeypatch):
    monkeypatch.setattr("app.clock.now", lambda: dt.datetime(2027, 1, 31, 22, 30, tzinfo=dt.UTC))
    assert months(ZONE)[:3] == ["2027-02", "2027-01", "2026-12"], "the clock in Johannesburg is ahead"
    assert months(ZONE)[-1] == "2026-02"
    assert months(ZoneInfo("UTC"))[0] == "2027-01"


def test_a_month_is_one_of_the_schools_own_clock(someone, cast, sql, this_month):
    """Half past midnight in Johannesburg is still last month in London, and long before it on the other side of the world."""
    places = {"Kiritimati": "Pacific/Kiritimati", "Niue": "Pacific/Niue", "Baker": "Etc/GMT+12"}
    numbers = {name: add_school(sql, name, zone=zone) for name, zone in places.items()}
    add_ended(sql, cast.thaba, this_month, sent=1)
    for name, number in numbers.items():
        first = this_month.replace(minute=0, second=0, microsecond=0, tzinfo=ZoneInfo(places[name]))
        for moment, sent in ((first, 1), (first - dt.timedelta(seconds=1), 2)):
            school = type(cast.thaba)(number, name, name, "en", *[cast.nobody] * 6)
            add_ended(sql, school, moment, sent=sent)
    rebuild()
    _, (_, schools) = tables(someone.get(USAGE))
    assert {row[0]: row[2] for row in schools} == {"Thaba Nkulu Primary": "1", "Kiritimati": "1", "Niue": "1", "Baker": "1"}
    (_, totals), _ = tables(someone.get(USAGE))
    assert totals == [["Email", "4", "0", "0", "0"]]


def test_a_search_narrows_rows_totals_and_file(someone, sent, this_month):
    page = someone.get(f"{USAGE}?q=KAROO")
    (_, totals), (_, schools) = tables(page)
    assert [row[0] for row in schools] == ["Laerskool Karoo"]
    assert totals == [["Email", "5", "0", "2", "0"]]
    link = page.links()["Download as CSV"]
    assert link == f"{CSV}?month={key(this_month)}&q=KAROO"
    assert [row[0] for row in rows_of_file(someone.get(link))[1:]] == ["Laerskool Karoo"]


@pytest.mark.parametrize(("search", "found"), [("nkulu thaba", 2), ("%", 0), ("_", 0), ("nowhere", 0), ("skool", 1)])
def test_a_search_looks_for_every_word(someone, sent, search, found):
    page = someone.get(USAGE, query_string={"q": search})
    assert len(tables(page)[-1][1] if tables(page) else []) == found
    if not found:
        assert "No schools match" in page.main
        assert page.links()["Clear the filters"] == USAGE


def test_a_month_without_anything_says_so(someone):
    rebuild()
    assert "No school sent anything in" in someone.get(USAGE).main


def test_the_file_has_the_rows_of_all_pages(someone, cast, sql, sent, this_month):
    for number in range(60):
        school = add_school(sql, f"School {number:02}")
        sql.execute(
            "INSERT INTO metric_bucket (school_id, name, span, begins_at, number)"
            " SELECT %s, name, span, begins_at, 7 FROM metric_bucket WHERE school_id = 1 AND span = 'month'",
            (school,),
        )
    shown, address = [], USAGE
    for schools in (50, 12):
        page = someone.get(address)
        assert f"{schools} schools on this page" in page.main
        shown += tables(page)[-1][1]
        address = USAGE + page.links().get("More", "")
    header, *rows = rows_of_file(someone.get(f"{CSV}?month={key(this_month)}"))
    assert header == ["School", "Month", *COLUMNS]
    assert [[row[0], *row[2:]] for row in rows] == shown
    assert {row[1] for row in rows} == {key(this_month)}
    assert len(rows) == 2 * 60 + 3


def test_the_file_has_its_header_in_the_readers_language_and_no_cell_is_a_formula(someone, cast, sql, sent):
    sql.execute("UPDATE app_user SET language = 'af' WHERE id = %s", (cast.operator.user_id,))
    sql.execute("UPDATE school SET name = '=1+1' WHERE id = 2")
    answer = someone.get(CSV)
    header, first, *_ = rows_of_file(answer)
    assert header[0] == "Skool"
    assert "Gestuur" in header
    assert first[0] == "'=1+1"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=umthi-channel-usage-")


def test_who_took_how_much_is_on_record(someone, cast, sql, sent, this_month):
    someone.get(f"{CSV}?q=thaba")
    event, actor = sql.execute("SELECT id, actor_id FROM platform_event WHERE action = 'exports.download'").fetchone()
    values = dict(sql.execute("SELECT field, value FROM platform_value WHERE event_id = %s", (event,)).fetchall())
    assert actor == cast.operator.user_id
    assert (values["rows:after"], values["search:after"], values["month:after"]) == ("2", '"thaba"', f'"{key(this_month)}"')


def test_a_page_costs_the_same_however_many_schools(someone, sql, sent, caplog):
    def cost():
        with caplog.at_level(logging.INFO, "umthi.request"):
            someone.get(USAGE)
        return caplog.records[-1].fields["queries"]

    cost()
    few = cost()
    for number in range(60):
        school = add_school(sql, f"School {number:02}")
        sql.execute(
            "INSERT INTO metric_bucket (school_id, name, span, begins_at, number)"
            " SELECT %s, name, span, begins_at, 7 FROM metric_bucket WHERE school_id = 1 AND span = 'month'",
            (school,),
        )
    assert cost() == few <= 12


@pytest.mark.parametrize("after", ["", "~", "a~b"])
def test_a_place_that_is_none_is_not_found(someone, after):
    assert someone.get(USAGE, query_string={"after": after}).status == (404 if after else 200)
