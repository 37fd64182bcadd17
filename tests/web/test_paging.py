"""The one paging and the one filter bar: what stands in an address is read back as it was, or is 404."""

import datetime as dt
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from app.web.filters import LONGEST, asked
from app.web.paging import BY_MOMENT, BY_NAME, PAGE, NoSuchPlace, cut, read_place, write_place

KEY = UUID("01a1fc55-58f9-7b01-9e5a-289c0baaf451")


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ((dt.datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=dt.UTC), KEY), BY_MOMENT),
        ((dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30))), KEY), BY_MOMENT),
        (("mokoena naledi", KEY), BY_NAME),
        (("a~b%7Ec&d=é +/", KEY), BY_NAME),
        ((7, "x"), (int, str)),
    ],
)
def test_a_place_is_read_back_as_it_was_written(key, kinds):
    assert read_place(write_place(key), kinds) == key


@pytest.mark.parametrize(
    "text", ["", "x", "~", f"2026-01-01~{KEY}", f"2026-01-01T00:00~{KEY}", "2026-01-01T00:00Z~1", f"2026-01-01T00:00Z~{KEY}~x"]
)
def test_what_names_no_place_is_said(text):
    with pytest.raises(NoSuchPlace):
        read_place(text, BY_MOMENT)


@pytest.mark.parametrize(("found", "shown", "has_more"), [(0, 0, False), (PAGE, PAGE, False), (PAGE + 1, PAGE, True)])
def test_a_page_knows_whether_another_follows(found, shown, has_more):
    page = cut(range(found), lambda number: (number,))
    assert (len(page.rows), page.older) == (shown, str(PAGE - 1) if has_more else None)


def ask(query, **segments):
    with Flask("t").test_request_context(f"/?{query}"):
        return asked(**segments)


def test_filters_are_kept_by_the_links_of_a_list():
    filters = ask("state=past&q=%20sport%20&after=2026-01-01T00:00Z~" + str(KEY), state=("past",))
    assert (filters.chosen, filters.search) == ({"state": "past"}, "sport")
    assert filters.link() == "?state=past&q=sport"
    assert filters.link(state="") == "?q=sport"
    assert filters.link(after="x~1") == "?state=past&q=sport&after=x~1"


@pytest.mark.parametrize(
    ("query", "narrows"), [("", False), ("q=", False), ("q=a", True), ("state=past", True), ("other=1", False)]
)
def test_it_knows_whether_anything_narrows_the_list(query, narrows):
    assert ask(query, state=("past",)).is_anything is narrows


@pytest.mark.parametrize(("search", "pattern"), [("", ""), ("50%", "%50\\%%"), ("a_b", "%a\\_b%"), ("a\\b", "%a\\\\b%")])
def test_a_search_has_no_wildcards_of_its_own(search, pattern):
    with Flask("t").test_request_context("/", query_string={"q": search}):
        assert asked().pattern == pattern


def test_a_search_is_cut_to_what_a_person_types():
    assert len(ask("q=" + "x" * 5000).search) == LONGEST


@pytest.mark.parametrize("query", ["state=lost", "after=lost"])
def test_what_does_not_exist_is_404(query):
    with pytest.raises(NotFound):
        ask(query, state=("past",))
