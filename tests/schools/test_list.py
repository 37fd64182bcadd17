"""/operator/schools: every school, found by its name, its time zone or its state."""

import json
import re
from types import SimpleNamespace

import pytest

from app.tenancy import counting
from tests.domain.counting import rebuild, refresh_changed
from tests.pages import XHTML, words
from tests.schools.arranged import add_run, add_schools

MENU = ["View progress", "Support", "Settings", "Imports", "Suspend…"]


def names(page):
    return [words(th.find(f"{XHTML}a")) for th in page.all("th", scope="row")]


def row(page, name):
    """What stands on the row of a school."""
    return next(words(tr) for tr in page.all("tr") if name in words(tr))


def menu(page, name):
    """The texts and addresses of a row's menu."""
    line = next(tr for tr in page.all("tr") if name in words(tr))
    return {words(a): a.get("href") for li in line.iter(f"{XHTML}li") for a in li.iter(f"{XHTML}a")}


def test_an_operator_sees_the_schools_by_name(operator):
    page = operator.get("/operator/schools")
    assert (page.status, page.h1) == (200, "Schools")
    assert names(page) == ["Laerskool Karoo", "Thaba Nkulu Primary"]
    assert "Africa/Johannesburg" in row(page, "Thaba Nkulu Primary")


def test_the_superuser_too(browser, cast):
    assert browser.as_(cast.superuser).get("/operator/schools").status == 200


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_page_speaks_the_operators_language(browser, cast, sql, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.operator.user_id))
    browser.as_(cast.operator, language=language).get("/operator/schools")


@pytest.mark.parametrize("role", ["owner", "admin", "teacher", "officer", "guardian", "student"])
def test_a_role_of_a_school_is_turned_away_and_that_is_on_record(browser, cast, sql, role):
    someone = getattr(cast.thaba, role)
    page = browser.as_(someone).get("/operator/schools")
    assert page.status == 403
    assert "Karoo" not in page.text
    events = sql.execute("SELECT actor_id, target_id FROM platform_event WHERE action = 'access.turned_away'").fetchall()
    assert events == [(someone.user_id, "schools.list_schools")]


def test_only_operators_have_the_entry_in_their_menu(operator, browser, cast):
    def entries(someone):
        return [a for a in someone.get("/settings/profile").all("a") if a.get("href") == "/operator/schools"]

    assert entries(operator)
    assert not entries(browser.as_(cast.thaba.owner))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("karoo", ["Laerskool Karoo"]),
        ("LAERSKOOL", ["Laerskool Karoo"]),
        ("karoo laerskool", ["Laerskool Karoo"]),
        ("nkulu prim", ["Thaba Nkulu Primary"]),
        ("karoo primary", []),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("johannesburg", ["Laerskool Karoo", "Thaba Nkulu Primary"]),
        ("africa/joh", ["Laerskool Karoo", "Thaba Nkulu Primary"]),
        ("New York", []),
    ],
)
def test_a_search_looks_in_names_and_in_time_zones(operator, search, found):
    page = operator.get("/operator/schools", query_string={"q": search})
    assert names(page) == found
    assert page.one("input", name="q").get("value") == search


def test_a_search_knows_no_accents(operator, sql):
    add_schools(sql, 2)
    assert names(operator.get("/operator/schools?q=education")) == ["Éducation ~ 001", "Éducation ~ 002"]
    assert names(operator.get("/operator/schools?q=ÉDUCATION")) == ["Éducation ~ 001", "Éducation ~ 002"]
    assert names(operator.get("/operator/schools?q=maputo")) == ["Éducation ~ 001", "Éducation ~ 002"]


def test_a_search_without_result_says_so(operator):
    page = operator.get("/operator/schools?q=nowhere")
    assert "No schools match" in page.main
    assert page.links()["Clear the filters"] == "/operator/schools"


def test_a_state_can_be_chosen_and_a_disabled_school_is_neutral(operator, sql):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    disabled = operator.get("/operator/schools?state=disabled")
    assert names(disabled) == ["Laerskool Karoo"]
    (line,) = [tr for tr in disabled.all("tr") if tr.get("class") == "off"]
    (badge,) = [span for span in line.iter(f"{XHTML}span") if words(span) == "Disabled"]
    assert badge.get("class") == "badge neutral"
    assert names(operator.get("/operator/schools?state=active")) == ["Thaba Nkulu Primary"]
    assert names(operator.get("/operator/schools?state=pending")) == []
    assert operator.get("/operator/schools?state=other").status == 404


def test_the_filters_say_how_many_there_are_once_they_are_counted(operator, sql):
    def segments():
        page = operator.get("/operator/schools?q=karoo")
        return [words(a) for a in page.one("nav", aria_label="Status").iter(f"{XHTML}a")]

    assert segments() == ["All", "Active", "Pending", "Disabled"], "nobody has counted: no number is made up"
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    rebuild()
    assert segments() == ["All 2", "Active 1", "Pending 0", "Disabled 1"]


def test_a_state_that_was_changed_past_our_deeds_is_counted_at_the_next_look(operator, sql):
    refresh_changed()
    sql.execute("UPDATE school SET state = 'pending' WHERE id = 1")
    refresh_changed()
    shown = operator.get("/operator/schools").one("nav", aria_label="Status").iter(f"{XHTML}a")
    assert [words(a) for a in shown] == ["All 2", "Active 1", "Pending 1", "Disabled 0"]


def test_the_filter_stays_while_one_searches_and_the_search_while_one_filters(operator):
    page = operator.get("/operator/schools?state=active&q=karoo")
    assert page.one("input", type="hidden", name="state").get("value") == "active"
    assert page.links()["Disabled"] == "?state=disabled&q=karoo"


def test_many_schools_come_in_pages(operator, sql):
    add_schools(sql, 108)
    seen, address = [], "/operator/schools"
    for size in (50, 50, 10):
        page = operator.get(address)
        assert len(names(page)) == size
        seen += names(page)
        address = "/operator/schools" + page.links().get("More", "")
    assert seen == [f"Éducation ~ {n:03}" for n in range(1, 109)] + ["Laerskool Karoo", "Thaba Nkulu Primary"]


def test_pages_keep_the_filter_and_the_search(operator, sql):
    add_schools(sql, 60)
    first = operator.get("/operator/schools?state=active&q=maputo")
    second = operator.get("/operator/schools" + first.links()["More"])
    assert (len(names(first)), len(names(second))) == (50, 10)
    assert second.one("input", name="q").get("value") == "maputo"
    assert "More" not in second.links()


@pytest.mark.parametrize("after", ["a~b", "~~", "a~1~2"])
def test_a_place_that_is_none_is_not_found(operator, after):
    assert operator.get("/operator/schools", query_string={"after": after}).status == 404


def test_behind_the_last_school_there_is_a_way_back(operator):
    page = operator.get("/operator/schools?after=zzz")
    assert page.links()["First page"] == "/operator/schools"


@pytest.mark.parametrize(
    ("state", "chip"),
    [
        ("running", "In progress"), ("completed", "Onboarding complete"), ("partial_failure", "Needs follow-up"),
        ("failed", "Failed"),
    ],
)  # fmt: skip
def test_a_row_says_how_the_onboarding_stands(operator, cast, sql, state, chip):
    run = add_run(sql, cast.thaba, state)
    page = operator.get("/operator/schools")
    assert chip in row(page, "Thaba Nkulu")
    assert menu(page, "Thaba Nkulu")["View onboarding"] == f"/operator/runs/{run}"
    assert list(menu(page, "Laerskool Karoo")) == MENU, "without a run there is nothing to view"


def test_the_newest_run_counts(operator, cast, sql):
    add_run(sql, cast.thaba, "failed")
    newest = add_run(sql, cast.thaba, "completed")
    page = operator.get("/operator/schools")
    assert "Onboarding complete" in row(page, "Thaba Nkulu")
    assert menu(page, "Thaba Nkulu")["View onboarding"] == f"/operator/runs/{newest}"


def test_a_row_leads_to_every_page_of_its_school(operator):
    page = operator.get("/operator/schools")
    assert menu(page, "Thaba Nkulu") == {
        "View progress": "/operator/schools/1/progress", "Support": "/operator/schools/1/support",
        "Settings": "/operator/schools/1/settings", "Imports": "/operator/schools/1/imports",
        "Suspend…": "/operator/schools/1/suspend",
    }  # fmt: skip
    assert page.links()["Overview: Thaba Nkulu Primary"] == page.links()["Thaba Nkulu Primary"] == "/operator/schools/1"


def test_a_disabled_school_can_be_reactivated(operator, sql):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    assert menu(operator.get("/operator/schools"), "Laerskool Karoo")["Reactivate…"] == "/operator/schools/2/reactivate"


def test_learners_are_shown_once_they_are_counted(operator):
    def learners(page):
        return [words(td) for td in page.all("td", data_h="Learners")]

    assert learners(operator.get("/operator/schools")) == ["–", "–"]
    rebuild()
    assert learners(operator.get("/operator/schools")) == ["1", "1"]


def test_a_look_across_the_schools_is_on_record(operator, cast, sql):
    operator.get("/operator/schools")
    event = sql.execute("SELECT actor_id FROM platform_event WHERE action = 'tenancy.crossed'").fetchall()
    assert event == [(cast.operator.user_id,)]


def test_the_picker_offers_names_as_one_types_and_leaves_no_trace_of_each_key(operator, sql):
    answer = operator.get("/operator/schools/names?q=kar")
    assert json.loads(answer.text) == [{"name": "Laerskool Karoo", "url": "/operator/schools/2"}]
    assert json.loads(operator.get("/operator/schools/names?q=").text) == []
    assert json.loads(operator.get("/operator/schools/names?q=%25").text) == []
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'tenancy.crossed'").fetchone() == (0,)


def test_the_picker_offers_eight_at_most(operator, sql):
    add_schools(sql, 20)
    assert len(json.loads(operator.get("/operator/schools/names?q=education").text)) == 8


def test_without_the_script_the_picker_is_a_search_and_progress_a_page(operator):
    page = operator.get("/operator/schools")
    (form,) = [f for f in page.all("form") if f.get("role") == "search"]
    assert form.get("method") is None, "it asks with GET, for this address"
    assert page.one("input", name="q").get("list") == page.one("datalist").get("id")
    assert operator.get(menu(page, "Thaba Nkulu")["View progress"]).h1 == "Progress"


def test_a_full_page_weighs_less_than_90_kb_and_each_of_its_icons_is_drawn(operator, sql):
    add_schools(sql, 60)
    sql.execute("UPDATE school SET state = 'disabled' WHERE id % 2 = 0")
    for number, name in sql.execute("SELECT id, name FROM school").fetchall():
        add_run(sql, SimpleNamespace(id=number, name=name), "completed")
    page = operator.get("/operator/schools")
    assert len(names(page)) == 50
    assert len(page.text.encode()) < 90_000
    drawn = re.findall(r'<symbol id="(i-[\w-]+)"', page.text)
    assert set(re.findall(r'<use href="#([\w-]+)"', page.text)) == set(drawn)
    assert len(drawn) == len(set(drawn)) == 8


def test_the_list_asks_as_much_for_two_schools_as_for_many(operator, sql):
    def asked():
        operator.client.get("/operator/schools")
        return counting.total()

    few = asked()
    add_schools(sql, 300)
    assert asked() == few <= 12
