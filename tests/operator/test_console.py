"""The operator's console."""

import pytest


def names(page):
    return ["".join(th.itertext()) for th in page.all("th", scope="row")]


def test_an_operator_sees_the_schools_by_name(browser, cast):
    page = browser.as_(cast.operator).get("/operator")
    assert (page.status, page.h1) == (200, "Operator console")
    assert names(page) == ["Laerskool Karoo", "Thaba Nkulu Primary"]
    assert "Africa/Johannesburg" in page.main
    assert "isiZulu" in page.main


def test_the_superuser_too(browser, cast):
    assert browser.as_(cast.superuser).get("/operator").status == 200


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_page_speaks_the_operators_language(browser, cast, sql, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.operator.user_id))
    browser.as_(cast.operator, language=language).get("/operator")


@pytest.mark.parametrize(
    ("search", "found"), [("karoo", ["Laerskool Karoo"]), ("%", []), ("_", []), ("\\", []), ("O", ["Laerskool Karoo"])]
)
def test_a_search_looks_in_names(browser, cast, search, found):
    page = browser.as_(cast.operator).get("/operator", query_string={"q": search})
    assert names(page) == found
    assert page.one("input", name="q").get("value") == search


def test_a_search_without_result_says_so(browser, cast):
    page = browser.as_(cast.operator).get("/operator?q=nowhere")
    assert "No schools match" in page.main
    assert page.links()["Clear the filters"] == "/operator"


def test_a_state_can_be_chosen_and_has_its_badge(browser, cast, sql):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    someone = browser.as_(cast.operator)
    assert names(someone.get("/operator?state=disabled")) == ["Laerskool Karoo"]
    assert names(someone.get("/operator?state=active")) == ["Thaba Nkulu Primary"]
    assert names(someone.get("/operator?state=pending")) == []
    assert someone.get("/operator?state=other").status == 404


def test_many_schools_come_in_pages(browser, cast, sql):
    sql.execute(
        "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency)"
        " SELECT 's' || n, 'Éducation ~ ' || lpad(n::text, 3, '0'), 'education' || n, 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR' FROM generate_series(1, 108) n"
    )
    someone = browser.as_(cast.operator)
    seen, address = [], "/operator"
    for size in (50, 50, 10):
        page = someone.get(address)
        assert len(names(page)) == size
        seen += names(page)
        address = "/operator" + page.links().get("More", "")
    assert len(set(seen)) == 110
    assert [name for name in seen if "~" in name] == [f"Éducation ~ {n:03}" for n in range(1, 109)]


@pytest.mark.parametrize("after", ["x", "a~b", "a~0", "a~99999999999", "a~-1", "~", "a~1~2"])
def test_a_place_that_is_none_is_not_found(browser, cast, after):
    assert browser.as_(cast.operator).get("/operator", query_string={"after": after}).status == 404


def test_a_look_across_the_schools_is_on_record(browser, cast, sql):
    browser.as_(cast.operator).get("/operator")
    event = sql.execute("SELECT actor_id FROM platform_event WHERE action = 'tenancy.crossed'").fetchall()
    assert event == [(cast.operator.user_id,)]


@pytest.mark.parametrize("role", ["owner", "admin", "teacher", "officer", "guardian", "student"])
def test_a_role_of_a_school_is_turned_away_and_that_is_on_record(browser, cast, sql, role):
    someone = getattr(cast.thaba, role)
    page = browser.as_(someone).get("/operator")
    assert page.status == 403
    assert "Karoo" not in page.text
    events = sql.execute("SELECT actor_id, target_id FROM platform_event WHERE action = 'access.turned_away'").fetchall()
    assert events == [(someone.user_id, "operator.console")]


def test_only_operators_have_the_entry_in_their_menu(browser, cast):
    assert [a for a in browser.as_(cast.operator).get("/settings/profile").all("a") if a.get("href") == "/operator"]
    assert not [a for a in browser.as_(cast.thaba.owner).get("/settings/profile").all("a") if a.get("href") == "/operator"]


def test_an_operator_is_led_there(browser, cast):
    assert browser.as_(cast.operator).get("/dashboard/").location == "/operator"
