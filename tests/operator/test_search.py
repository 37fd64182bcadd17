"""The one search box: what the areas find, by kind; nothing is guessed, and what could not be asked is said."""

from __future__ import annotations

import pytest

from app.area import Area
from app.domain.searching import MOST, Hit, Search
from tests.domain.counting import rebuild
from tests.pages import words

PATH = "/operator/search"


@pytest.fixture
def operator(browser, cast, sql):
    rebuild()
    return browser.as_(cast.operator)


def found(page):
    """Kind to titles, as the page groups them."""
    return {
        words(box.find(".//{*}h2")): [words(a) for a in box.iter("{http://www.w3.org/1999/xhtml}strong")]
        for box in page.all("section")
        if (box.get("aria-labelledby") or "").startswith("kind-")
    }


def test_the_box_stands_on_the_console_and_leads_to_what_it_finds(operator):
    (form,) = [form for form in operator.get("/operator").all("form") if form.get("action") == PATH]
    assert form.get("role") == "search"
    page = operator.get(PATH, query_string={"q": "thaba"})
    assert found(page) == {"School": ["Thaba Nkulu Primary"]}
    assert page.h1 == "Search: thaba"
    assert "It looks in all 2 schools." in page.main
    assert page.one("input", name="q").get("value") == "thaba"
    assert operator.get(page.links()["Thaba Nkulu Primary"]).h1 == "Thaba Nkulu Primary"


@pytest.mark.parametrize("path", ["/operator", PATH])
def test_the_box_says_what_has_to_be_typed_whole(operator, path):
    page = operator.get(path)
    box = page.one("input", name="q")
    hint = page.one("p", id=box.get("aria-describedby"))
    assert words(hint) == "Enter an id or an address whole; of a school’s name a part is enough."


def test_a_person_is_found_by_their_address(operator, cast):
    assert cast.thaba.guardian.name in str(found(operator.get(PATH, query_string={"q": cast.thaba.guardian.email})))


def test_one_exact_hit_is_shown_and_nobody_is_led_anywhere(operator, cast):
    page = operator.get(PATH, query_string={"q": str(cast.karoo.admin.user_id)})
    assert (page.status, page.location) == (200, "")
    assert found(page) == {"User": [cast.karoo.admin.name]}


def test_nothing_typed_asks_nothing(operator, caplog):
    caplog.set_level("INFO")
    page = operator.get(f"{PATH}?q=%20%20")
    assert page.h1 == "Search the platform"
    assert caplog.records[-1].fields["queries"] == 0


def test_nothing_found_says_so_and_offers_a_next_step(operator):
    page = operator.get(f"{PATH}?q=zzzz")
    assert "Nothing was found" in page.main
    assert page.links()["All schools"] == "/operator/schools"


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'", '"><script>', "x" * 5000, "é" * 300, "0" * 40, "-1", "1e9", "@", "%00"])
def test_whatever_is_typed_is_only_words(operator, typed):
    page = operator.get(PATH, query_string={"q": typed})
    assert page.status == 200
    assert "<script>" not in page.text.partition("<main")[2].partition("<script src")[0]


def test_a_nul_is_refused_and_harms_nothing(operator):
    assert operator.get(f"{PATH}?q=%00", check=False).status in (200, 400)


@pytest.mark.parametrize("typed", ["thaba", "admin@thaba.example.com", "01890000-0000-7000-8000-000000000000", "1"])
def test_it_costs_at_most_thirteen_statements(operator, caplog, typed):
    caplog.set_level("INFO")
    operator.get(PATH, query_string={"q": typed})
    assert caplog.records[-1].fields["queries"] <= 13


def test_every_look_is_announced_and_says_not_for_what(operator, sql):
    operator.get(f"{PATH}?q=somebody@x.example")
    rows = sql.execute(
        "SELECT v.value FROM platform_event e JOIN platform_value v ON v.event_id = e.id"
        " WHERE e.action = 'tenancy.crossed' AND v.field = 'label'"
    ).fetchall()
    assert ("The search",) in rows
    assert not any("somebody@" in value for (value,) in rows)


def test_a_source_that_fails_is_told_and_the_others_answer(app, operator, monkeypatch):
    def broken(session, _):
        session.connection().exec_driver_sql("SELECT nonsense")

    def many(*_):
        return [Hit("School", f"School {n}", "", "/") for n in range(MOST)]

    one = app.extensions["areas"][0].blueprint
    areas = (Area(one, search=(Search("broken", broken), Search("many", many))), *app.extensions["areas"])
    monkeypatch.setitem(app.extensions, "areas", areas)
    page = operator.get(f"{PATH}?q=thaba")
    assert "Some places could not be searched." in page.main
    assert "There is more than is shown here." in page.main
    assert len(found(page)["School"]) == MOST + 1


def test_it_is_for_those_who_run_the_platform(browser, cast):
    assert browser.as_(cast.thaba.owner).get(f"{PATH}?q=thaba").status == 403
