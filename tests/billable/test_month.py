"""/operator/billing: the billable learners of a month, the total first, a row for each school by name."""

from __future__ import annotations

import pytest

from tests.billable.arranged import add_class, add_learner, came_on, enrol, enrol_many, freeze
from tests.domain.counting import rebuild
from tests.pages import XHTML, words
from tests.schools.arranged import add_schools

PAGE = "/operator/billing"
THABA, KAROO = 1, 2


@pytest.fixture
def march(sql, at):
    """March 2026 is closed, with 3 learners at one school and 2 at the other; it is the middle of April."""
    came_on(sql, THABA, "2026-03-02")
    came_on(sql, KAROO, "2026-03-02")
    enrol_many(sql, THABA, 3, "2026-03-01")
    enrol_many(sql, KAROO, 2, "2026-03-10")
    at("2026-04-01 00:20+02:00")
    freeze()


def tiles(page):
    """What the tiles say: heading to number and sentence."""
    found = (e for e in page.all("article") if "tile" in (e.get("class") or ""))
    return {words(tile.find(f"{XHTML}h2")): [words(p) for p in tile.iter(f"{XHTML}p")] for tile in found}


def rows(page):
    """The rows of the table: school to cells."""
    bodies = (row for body in page.all("tbody") for row in body.iter(f"{XHTML}tr"))
    return {words(row.find(f"{XHTML}th")): [words(cell) for cell in row.findall(f"{XHTML}td")] for row in bodies}


def test_the_total_comes_first_and_then_the_schools_by_name(operator, march):
    page = operator.get(f"{PAGE}?month=2026-03")
    assert (page.status, page.h1) == (200, "Billable learners")
    assert tiles(page)["Billable learners in March 2026"] == ["5", "Final since 1 Apr 2026, 00:20"]
    assert rows(page) == {
        "Laerskool Karoo": ["2: Laerskool Karoo", "0: Laerskool Karoo", "2: Laerskool Karoo", "Frozen 1 Apr 2026, 00:20"],
        "Thaba Nkulu Primary": ["3: Thaba Nkulu Primary", "0: Thaba Nkulu Primary", "3: Thaba Nkulu Primary", "Frozen 1 Apr 2026, 00:20"],
    }  # fmt: skip
    assert page.text.index("Billable learners in March 2026") < page.text.index("Laerskool Karoo")


def test_there_are_no_amounts(operator, march):
    shown = operator.get(f"{PAGE}?month=2026-03").main
    assert not [word for word in shown.split() if word.startswith(("R", "ZAR", "$", "€")) and any(map(str.isdigit, word))]


def test_the_month_that_is_going_on_is_a_count_so_far(operator, sql, monkeypatch):
    enrol_many(sql, THABA, 4, "2020-01-15")
    enrol(sql, THABA, add_learner(sql, THABA, "later"), add_class(sql, THABA, "Next year"), "2099-01-01")
    rebuild()
    page = operator.get(PAGE)
    (said,) = [said for heading, said in tiles(page).items() if heading.startswith("Billable learners in")]
    assert said == ["4", "So far, not final"]
    assert rows(page)["Thaba Nkulu Primary"][0] == "4: Thaba Nkulu Primary"
    assert rows(page)["Thaba Nkulu Primary"][3] == "So far, not final"


def test_what_nobody_has_counted_is_not_shown_as_none(operator):
    page = operator.get(PAGE)
    assert {row[0] for row in rows(page).values()} == {"–"}
    assert "2 not counted yet" in page.main


def test_a_month_that_not_all_schools_have_frozen_says_so(operator, sql, at):
    came_on(sql, THABA, "2026-03-02")
    came_on(sql, KAROO, "2026-03-02", timezone="America/Lima")
    enrol_many(sql, THABA, 3, "2026-03-01")
    at("2026-04-01 00:20+02:00")
    freeze()
    page = operator.get(f"{PAGE}?month=2026-03")
    assert tiles(page)["Billable learners in March 2026"] == ["3", "Being frozen 1 of 2 schools"]
    assert rows(page)["Laerskool Karoo"][3] == "Not counted yet"


def test_an_adjustment_is_shown_beside_the_number(operator, sql, march, at):
    sql.execute("UPDATE enrolment SET starts_on = '2026-04-01' WHERE school_id = %s", (KAROO,))
    enrol(sql, THABA, add_learner(sql, THABA, "late"), add_class(sql, THABA, "Late"), "2026-03-31")
    at("2026-05-01 00:20+02:00")
    freeze()
    page = operator.get(f"{PAGE}?month=2026-04")
    assert [said[0] for said in tiles(page).values()] == ["6", "−1", "5"]
    assert [cell.split(":")[0] for cell in rows(page)["Laerskool Karoo"][:3]] == ["2", "−2", "0"]
    assert [cell.split(":")[0] for cell in rows(page)["Thaba Nkulu Primary"][:3]] == ["4", "+1", "5"]


def test_the_picker_has_this_month_and_23_earlier_ones(operator, march, at):
    at("2026-04-15 12:00+02:00")
    page = operator.get(PAGE)
    options = [o.get("value") for o in page.one("select", id="month")]
    assert len(options) == 24
    assert (options[0], options[-1]) == ("2026-04", "2024-05")
    assert page.one("option", selected="").get("value") == "2026-04"


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=2024-04", "month=2026-05", "month=x", "state=gone", "after=x", "after=a~b"]
)
def test_what_the_address_cannot_mean_is_not_found(operator, at, query):
    at("2026-04-15 12:00+02:00")
    assert operator.get(f"{PAGE}?{query}").status == 404


def test_a_month_before_the_first_school_says_so(operator, march):
    page = operator.get(f"{PAGE}?month=2025-01")
    assert "No school was on Umthi in this month" in page.main


@pytest.mark.parametrize(
    ("search", "found"), [("karoo", ["Laerskool Karoo"]), ("NKULU thaba", ["Thaba Nkulu Primary"]), ("%", []), ("x", [])]
)
def test_schools_are_found_by_name(operator, march, search, found):
    page = operator.get(PAGE, query_string={"month": "2026-03", "q": search})
    assert list(rows(page)) == found
    assert tiles(page)["Billable learners in March 2026"][0] == "5", "the total is that of all schools"


def test_what_the_filter_leaves_is_summed_too(operator, sql, march):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = %s", (KAROO,))
    page = operator.get(f"{PAGE}?month=2026-03&state=disabled")
    assert [name.split()[0] for name in rows(page)] == ["Laerskool"]
    assert "2 learners, adjustment 0, together 2" in page.main


def test_a_school_that_was_renamed_stands_under_its_name_of_then(operator, sql, march):
    sql.execute("UPDATE school SET name = 'Skool Nuwe Naam', name_key = 'skoolnuwenaam' WHERE id = %s", (KAROO,))
    page = operator.get(f"{PAGE}?month=2026-03")
    assert list(rows(page)) == ["Laerskool Karoonow called Skool Nuwe Naam", "Thaba Nkulu Primary"]
    assert list(rows(operator.get(f"{PAGE}?month=2026-03&q=nuwe"))) == ["Laerskool Karoonow called Skool Nuwe Naam"]


@pytest.mark.parametrize("is_closed", [True, False])
def test_every_school_stands_on_exactly_one_page(operator, sql, at, is_closed):
    add_schools(sql, 120)
    sql.execute("UPDATE school SET created_at = '2026-03-02 12:00+00'")
    at("2026-04-01 00:20+02:00")
    if is_closed:
        freeze()
    listed, link = [], "?month=2026-03"
    while link:
        page = operator.get(f"{PAGE}{link}")
        listed += list(rows(page))
        link = next((a.get("href") for a in page.all("a") if a.get("rel") == "next"), None)
    assert len(listed) == len(set(listed)) == 122


def test_a_number_leads_to_the_learners_behind_it(operator, march):
    links = operator.get(f"{PAGE}?month=2026-03").links()
    assert links["3: Thaba Nkulu Primary"] == f"{PAGE}/1?month=2026-03"
    assert operator.get(links["3: Thaba Nkulu Primary"]).h1 == "Thaba Nkulu Primary"


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_page_speaks_the_operators_language(browser, cast, sql, march, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.operator.user_id))
    assert browser.as_(cast.operator, language=language).get(f"{PAGE}?month=2026-03").status == 200


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv", f"{PAGE}/1"])
@pytest.mark.parametrize("role", ["owner", "teacher", "guardian"])
def test_schools_do_not_see_it(browser, cast, path, role):
    assert browser.as_(getattr(cast.thaba, role)).get(path).status == 403


def test_the_console_says_how_many_there_are_so_far(operator, sql):
    enrol_many(sql, THABA, 4, "2020-01-15")
    rebuild()
    page = operator.get("/operator")
    (panel,) = [e for e in page.all("section") if e.get("aria-labelledby") == "panel-billable"]
    assert words(panel).endswith("4 So far, not final · in 1 school")
    assert page.links()["School by school"] == PAGE
