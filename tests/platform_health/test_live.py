"""The health page keeps itself up to date: what it asks for, what that costs, and what of it is on record."""

from __future__ import annotations

import logging

import pytest

from tests.domain.counting import rebuild
from tests.pages import XHTML
from tests.platform_health.arranged import PATH, add_school

FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def someone(browser, cast):
    rebuild()
    return browser.as_(cast.operator)


@pytest.fixture
def queries(someone, caplog):
    """How many statements an answer costs."""

    def cost(path, **headers):
        with caplog.at_level(logging.INFO, "umthi.request"):
            someone.get(path, check=False, headers=headers)
        return caplog.records[-1].fields["queries"]

    return cost


def test_it_asks_every_30_seconds_for_what_it_shows(someone, sql):
    add_school(sql, "Zonnebloem")
    rebuild()
    page = someone.get(f"{PATH}?health=quiet")
    (host,) = (e for e in page.all("div") if e.get("data-poll"))
    assert (host.get("data-poll"), host.get("data-every")) == (f"{PATH}?health=quiet", "30000")
    fragment = someone.get(host.get("data-poll"), check=False, headers=FRAGMENT)
    assert "<html" not in fragment.text
    assert "Zonnebloem" in fragment.text
    assert "Laerskool Karoo" not in fragment.text
    assert fragment.text.strip() == page.text.split('data-every="30000">')[1].split("<script")[0].rsplit("</div>", 1)[0].strip()


def test_who_has_it_already_is_told_so(someone, sql):
    first = someone.get(PATH, check=False, headers=FRAGMENT)
    tag = first.headers["ETag"]
    again = someone.get(PATH, check=False, headers={**FRAGMENT, "If-None-Match": tag})
    assert (again.status, again.text) == (304, "")
    add_school(sql, "Zonnebloem")
    assert someone.get(PATH, check=False, headers={**FRAGMENT, "If-None-Match": tag}).status == 200


def test_what_is_counted_again_and_comes_out_the_same_is_no_news(someone):
    tag = someone.get(PATH, check=False, headers=FRAGMENT).headers["ETag"]
    rebuild()
    assert someone.get(PATH, check=False, headers={**FRAGMENT, "If-None-Match": tag}).status == 304


def test_opening_it_is_on_record_and_what_it_asks_by_itself_is_not(someone, cast, sql):
    def crossings():
        return sql.execute("SELECT count(*) FROM platform_event WHERE action = 'tenancy.crossed'").fetchone()[0]

    before = crossings()
    someone.get(PATH)
    assert crossings() == before + 1
    for _ in range(3):
        someone.get(PATH, check=False, headers=FRAGMENT)
    assert crossings() == before + 1


def test_a_role_of_a_school_gets_no_fragment(browser, cast):
    assert browser.as_(cast.thaba.owner).get(PATH, check=False, headers=FRAGMENT).status == 403


def test_it_costs_at_most_12_queries_however_many_schools(queries, sql):
    for headers in (FRAGMENT, {}):
        queries(PATH, **headers)
    few, with_its_note = queries(PATH, **FRAGMENT), queries(PATH)
    for number in range(70):
        add_school(sql, f"School {number}", days=number)
    rebuild()
    assert queries(PATH, **FRAGMENT) == few <= 10
    assert queries(PATH) == with_its_note <= 12, "that somebody looks is written down"


def test_the_clock_above_it_says_when_the_page_was_made(someone):
    page = someone.get(PATH)
    (time,) = page.all("time")
    assert time.get("data-zone") == "Africa/Johannesburg"
    assert time.text.count(":") == 2
    assert "Live · updated" in page.main
    assert [e for e in page.tree.iter(XHTML + "p") if e.get("data-stale-text") is not None]
