"""Beginning a support visit: where schools are found, what it takes, and what it writes down."""

import re
from datetime import timedelta

import pytest

from app.access.sessions import hash_of
from app.models.school import name_key
from tests.support.conftest import BEGIN, REASON, logs

SELECT = "/portal/select-school/"


def active(sql, someone):
    query = "SELECT active_school FROM login_session WHERE token_hash = %s"
    return sql.execute(query, (hash_of(someone.token),)).fetchone()[0]


def rows(page):
    return [re.sub(r"\s+", " ", "".join(th.itertext())).strip() for th in page.all("th", scope="row")]


def test_an_operator_finds_every_school_that_is_open(browser, cast):
    page = browser.as_(cast.operator).get(SELECT)
    assert (page.status, page.h1) == (200, "Choose a school")
    assert rows(page) == ["Laerskool Karoo", "Thaba Nkulu Primary"]
    assert page.links()["Visit Thaba Nkulu Primary"] == BEGIN.format(1)


def test_a_school_that_is_closed_is_not_offered(browser, cast, sql):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    assert rows(browser.as_(cast.operator).get(SELECT)) == ["Thaba Nkulu Primary"]


def test_schools_are_searched_by_name_and_wildcards_are_letters(browser, cast):
    someone = browser.as_(cast.operator)
    assert rows(someone.get(f"{SELECT}?q=karoo")) == ["Laerskool Karoo"]
    assert "No schools match" in someone.get(f"{SELECT}?q=%25").main
    assert someone.get(f"{SELECT}?after=nonsense").status == 404


def test_many_schools_are_paged_by_key(browser, cast, sql):
    for number in range(3, 63):
        name = f"School {number:03}"
        sql.execute(
            "INSERT INTO school (id, slug, name, name_key, state, timezone, close_time, language, money, currency) OVERRIDING SYSTEM"
            " VALUE VALUES (%s, %s, %s, %s, 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR')",
            (number, f"s{number}", name, name_key(name)),
        )
    someone = browser.as_(cast.operator)
    first = someone.get(SELECT)
    second = someone.get(SELECT + next(a for text, a in first.links().items() if text == "More"))
    assert (len(rows(first)), len(rows(second))) == (50, 12)
    assert len({*rows(first), *rows(second)}) == 62


def test_an_operators_own_schools_come_first_and_are_switched_to_as_ever(browser, cast, sql):
    sql.execute("UPDATE app_user SET platform_role = 'operator' WHERE id = %s", (cast.multi.user_id,))
    someone = browser.as_(cast.multi)
    page = someone.get(SELECT)
    assert "Work in Laerskool Karoo" in page.main
    assert page.main.index("Your schools") < page.main.index("Visit Laerskool Karoo")
    assert someone.post(SELECT, {"school": "2"}).status == 303
    assert active(sql, cast.multi) == 2


def test_a_visit_is_no_way_into_ones_own_school(browser, cast, sql):
    sql.execute("UPDATE app_user SET platform_role = 'operator' WHERE id = %s", (cast.multi.user_id,))
    page = browser.as_(cast.multi).post(BEGIN.format(2), {"reason": REASON})
    assert (page.status, page.h1) == (409, "You belong to Laerskool Karoo")
    assert sql.execute("SELECT count(*) FROM support_visit").fetchone() == (0,)


def test_the_page_says_what_a_visit_is(browser, cast):
    page = browser.as_(cast.operator).get(BEGIN.format(1))
    assert page.h1 == "Visit Thaba Nkulu Primary"
    assert "A visit ends by itself after 30 minutes." in page.main


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "Enter the reason for the visit"),
        ("  too few ", "Say a little more: at least 10 characters"),
        ("x" * 201, "Too long: at most 200 characters"),
    ],
)
def test_a_reason_is_required_and_says_something(browser, cast, sql, reason, said):
    page = browser.as_(cast.operator).post(BEGIN.format(1), {"reason": reason})
    assert (page.status, page.problems) == (422, [said])
    assert (page.one("textarea").text or "").strip() == reason.strip()
    assert sql.execute("SELECT count(*) FROM support_visit").fetchone() == (0,)


def test_a_visit_leads_to_the_schools_dashboard_and_lasts_half_an_hour(visiting, operator, sql):
    page = visiting().get("/dashboard/")
    assert page.h1 == "Dashboard"
    assert "You are visiting Thaba Nkulu Primary. Nothing can be changed until you allow it." in page.banners
    visit = "SELECT school_id, user_id, operator, reason, expires_at - began_at, raised_at, ended_at FROM support_visit"
    assert sql.execute(visit).fetchall() == [(1, operator.user_id, "Olive Operator", REASON, timedelta(minutes=30), None, None)]
    assert active(sql, operator) == 1


def test_both_logs_name_the_operator_the_school_and_the_visit(visiting, operator, sql):
    visiting()
    (visit_id,) = sql.execute("SELECT id FROM support_visit").fetchone()
    for (kind, actor, target, values), *more in logs(sql, "support.begin"):
        assert (kind, actor, target, more) == ("operator", operator.user_id, "support_visit", [])
        assert values["label"] == "Thaba Nkulu Primary"
        assert values["actor"] == "Olive Operator"
        assert values["visit"] == str(visit_id)
        assert values["reason:after"] == f'"{REASON}"'


@pytest.mark.parametrize("number", ["3", "99999999999", "0"])
def test_a_school_that_never_was_is_not_found(browser, cast, number):
    someone = browser.as_(cast.operator)
    assert someone.get(BEGIN.format(number)).status == 404
    assert someone.post(BEGIN.format(number), {"reason": REASON}).status == 404


@pytest.mark.parametrize(("state", "said"), [("disabled", "suspended"), ("pending", "still being made")])
def test_a_school_that_is_not_open_is_not_visited_and_the_page_says_the_way(browser, cast, sql, state, said):
    sql.execute("UPDATE school SET state = %s WHERE id = 1", (state,))
    for page in (
        browser.as_(cast.operator).get(BEGIN.format(1)),
        browser.as_(cast.operator).post(BEGIN.format(1), {"reason": REASON}),
    ):
        assert (page.status, page.h1) == (409, "Thaba Nkulu Primary cannot be visited")
        assert said in page.main
        assert page.links()["Open the school’s page"] == "/operator/schools/1"
    assert sql.execute("SELECT count(*) FROM support_visit").fetchone() == (0,)


def test_only_platform_staff_may_visit(browser, cast, sql):
    for person in (cast.thaba.owner, cast.nobody, cast.multi):
        assert browser.as_(person).get(BEGIN.format(2), check=False).status == 403
        assert browser.as_(person).post(BEGIN.format(2), {"reason": REASON}, check=False).status == 403
    assert sql.execute("SELECT count(*) FROM support_visit").fetchone() == (0,)


def test_a_row_alone_lets_nobody_in_who_has_no_platform_role(visiting, operator, sql):
    someone = visiting()
    sql.execute("UPDATE app_user SET platform_role = NULL WHERE id = %s", (operator.user_id,))
    assert someone.get("/schedule-notices/", check=False).status == 403
    assert "Thaba Nkulu" not in someone.get("/settings/profile").text


def test_a_second_visit_ends_the_first(visiting, browser, operator, sql):
    someone = visiting()
    someone.post(BEGIN.format(2), {"reason": REASON})
    ended = sql.execute("SELECT school_id, ended_by, ended_at IS NOT NULL FROM support_visit ORDER BY id").fetchall()
    assert ended == [(1, "Olive Operator", True), (2, None, False)]
    assert active(sql, operator) == 2
    assert len(logs(sql, "support.leave")[0]) == 1
    assert "Laerskool Karoo" in someone.get("/dashboard/").main


def test_the_bar_is_on_every_page_and_names_school_person_reason_and_time(visiting):
    someone = visiting()
    for path in ("/dashboard/", "/schedule-notices/", "/settings/profile", SELECT, "/nowhere"):
        bar = re.sub(r"\s+", " ", "".join(someone.get(path).one("aside", **{"aria-label": "Support visit"}).itertext()))
        for part in ("Thaba Nkulu Primary", "Read-only", "Support visit of Olive Operator until", "(30 minutes left)", REASON):
            assert part in bar, path
        assert "Allow changes" in bar
        assert "Leave" in bar


def test_who_visits_nothing_has_no_bar(browser, cast):
    for person in (cast.operator, cast.thaba.admin):
        assert not browser.as_(person).get("/settings/profile").all("aside", class_="visit")


def test_an_operator_who_acts_in_no_school_is_told_to_choose_one(browser, cast):
    page = browser.as_(cast.operator).get("/schedule-notices/")
    assert (page.status, page.h1) == (403, "Choose a school")
    assert page.links()["Choose a school"] == SELECT
    assert browser.as_(cast.operator).get("/nowhere").links().get("Choose a school") is None
