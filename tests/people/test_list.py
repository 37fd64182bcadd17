"""/people/: one list of everybody, its filters, its search, and who may see it."""

from __future__ import annotations

import pytest

PEOPLE = "/people/"


def names(page):
    """The people on a page, in order."""
    small = {id(e) for e in page.all("small")}
    return ["".join(e.text or "" for e in cell.iter() if id(e) not in small).strip() for cell in page.all("th", scope="row")]


@pytest.fixture
def many(somebody, tied, placed, cast):
    """A handful of people; returns them by first name."""
    found = {
        "thabo": somebody("Thabo Nkosi", number="20260001", known_as="Tee"),
        "elsabe": somebody("Elsabé van der Merwe", number="20260002", status="applied"),
        "lindiwe": somebody("Lindiwe Nkosi", "guardian", email="lindiwe@example.org", phone="+27825550101"),
        "piet": somebody("Piet Vos", "guardian"),
    }
    tied(found["lindiwe"], found["thabo"])
    placed("4A", found["thabo"])
    return found


def test_everybody_who_is_here_is_listed_by_surname(admin, many, sql, cast):
    gone = many["piet"]
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (gone,))
    shown = names(admin.get(PEOPLE))
    assert "Thabo Nkosi" in shown
    assert "Lindiwe Nkosi" in shown
    assert "Piet Vos" not in shown
    assert len(shown) == 10


def test_the_kinds_are_counted_and_narrow_the_list(admin, many):
    page = admin.get(PEOPLE + "?kind=learner")
    assert names(page) == ["Elsabé van der Merwe", "Thabo Nkosi", "Thandeka Zungu"]
    assert "Learners 3" in page.main


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tha nko", ["Thabo Nkosi"]),
        ("elsabe", ["Elsabé van der Merwe"]),
        ("TEE", ["Thabo Nkosi"]),
        ("20260002", ["Elsabé van der Merwe"]),
        ("082 555 0101", ["Lindiwe Nkosi"]),
        ("lindiwe@exa", ["Lindiwe Nkosi"]),
        ("habo", []),
        ("%", None),
    ],
)
def test_a_search_goes_by_the_beginnings_of_words_numbers_addresses_and_phones(admin, many, query, found):
    shown = names(admin.get(PEOPLE, query_string={"q": query}))
    assert shown == found if found is not None else len(shown) == 11


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=applied", ["Elsabé van der Merwe"]),
        ("lacks=guardian&kind=learner", ["Elsabé van der Merwe", "Thandeka Zungu"]),
        ("lacks=number", ["Thandeka Zungu"]),
        ("lacks=class", ["Elsabé van der Merwe", "Thandeka Zungu"]),
        ("lacks=address", ["Piet Vos"]),
    ],
)
def test_what_is_missing_has_a_list(admin, many, query, found):
    assert names(admin.get(f"{PEOPLE}?{query}")) == found


def test_a_class_has_its_learners(admin, many, placed):
    other = placed("5B", many["elsabe"])
    page = admin.get(f"{PEOPLE}?class={other}")
    assert names(page) == ["Elsabé van der Merwe"]
    assert "5B" in page.main


def test_who_left_is_found_by_the_status(admin, many, sql):
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (many["piet"],))
    assert names(admin.get(f"{PEOPLE}?status=left")) == ["Piet Vos"]


@pytest.mark.parametrize("query", ["kind=pupil", "status=x", "lacks=x", "class=x", "after=x"])
def test_a_filter_that_does_not_exist_is_not_found(admin, query):
    assert admin.get(f"{PEOPLE}?{query}").status == 404


def test_while_somebody_types_only_the_list_is_answered(admin, many):
    answer = admin.client.get(PEOPLE + "?q=thabo", headers={"X-Fragment": "1"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Thabo Nkosi" in text
    assert "<h1" not in text
    assert "csrf" not in text


def test_a_long_list_goes_on_where_the_page_ends(admin, somebody):
    for number in range(60):
        somebody(f"Zodwa Zz{number:02}", "guardian")
    first = admin.get(PEOPLE + "?kind=guardian")
    second = admin.get(PEOPLE + first.links()["Next"].removeprefix("/people/"))
    assert len(names(first)) == 50
    assert len(names(second)) == 11
    assert not set(names(first)) & set(names(second))


def test_people_of_another_school_are_not_found(admin, cast, somebody):
    somebody("Thabo Elders", school=cast.karoo)
    assert names(admin.get(PEOPLE + "?q=thabo")) == []


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
@pytest.mark.parametrize("path", ["", "learners/new", "guardians/new", "staff/new", "duplicates", "medical/"])
def test_only_those_who_run_the_school_manage_people(browser, cast, role, path):
    assert browser.as_(getattr(cast.thaba, role)).get(PEOPLE + path).status == 403


def test_the_dashboard_counts_people(admin, many):
    page = admin.get("/dashboard/")
    assert page.links()["All people"] == "/people/"
