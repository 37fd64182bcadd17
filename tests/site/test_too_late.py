"""Editors of the draft who come too late: what they typed about a part that was removed meanwhile is kept, and has a place."""

from __future__ import annotations

import pytest

from tests.site.arranged import a_block, a_document, a_page, add_site

HALL = "/site/builder/pages/hall"
BLOCK = "/site/builder/blocks/words"
DEAR = "Long and dear words."


@pytest.fixture
def site(sql, cast):
    """A home, and a page with a block of text."""
    words = a_block("text", "words", heading={"en": "The hall"}, text={"en": "It is large."})
    add_site(sql, cast.thaba, a_document(a_page("home", "", a_block("hero", "top")), a_page("hall", "hall", words)))


@pytest.fixture
def one(browser, cast, site):
    """Who removes."""
    return browser.as_(cast.thaba.admin)


@pytest.fixture
def two(browser, cast, site):
    """Who is still writing."""
    return browser.as_(cast.thaba.owner)


def forget_what_was_removed(sql):
    """As after a dozen further removals."""
    sql.execute("UPDATE site SET removed = '[]'")


def test_a_page_that_was_removed_meanwhile_comes_back_with_its_blocks_and_with_what_was_typed(one, two, cast, draft, events):
    typed = two.get(f"{HALL}/edit").form() | {"description_en": DEAR, "slug": "sports-hall"}
    one.post(f"{HALL}/remove", {})
    late = two.post(f"{HALL}/edit", typed)
    assert late.status == 409
    assert "Somebody else has removed this page meanwhile." in late.main
    assert (late.form()["description_en"], late.form()["slug"]) == (DEAR, "sports-hall")
    assert draft(cast.thaba).page("hall") is None
    assert two.post(f"{HALL}/edit", late.form()).location == HALL
    page = draft(cast.thaba).page("hall")
    assert (page.slug, page.description, [block.key for block in page.blocks]) == ("sports-hall", {"en": DEAR}, ["words"])
    assert "Removed lately" not in two.get("/site/builder/").main
    assert events(cast.thaba) == ["site.remove_page", "site.put_back"]


def test_a_page_whose_address_is_taken_meanwhile_comes_back_at_another_one(one, two, cast, draft):
    typed = two.get(f"{HALL}/edit").form() | {"description_en": DEAR}
    one.post(f"{HALL}/remove", {})
    one.post("/site/builder/pages/new", {"title_en": "Hall"})
    late = two.post(f"{HALL}/edit", two.post(f"{HALL}/edit", typed).form())
    assert (late.status, late.problems) == (422, ["Another page has this address. Choose another one."])
    assert late.form()["description_en"] == DEAR
    two.post(f"{HALL}/edit", late.form() | {"slug": "old-hall"})
    assert draft(cast.thaba).page("hall").slug == "old-hall"


def test_a_page_that_cannot_be_put_back_any_more_is_added_anew(one, two, cast, sql, draft):
    typed = two.get(f"{HALL}/edit").form() | {"description_en": DEAR}
    one.post(f"{HALL}/remove", {})
    forget_what_was_removed(sql)
    late = two.post(f"{HALL}/edit", typed)
    assert (late.status, late.form()["description_en"]) == (409, DEAR)
    assert "save it to add the page anew" in late.main
    two.post(f"{HALL}/edit", late.form())
    page = draft(cast.thaba).page("hall")
    assert (page.slug, page.description, page.blocks) == ("hall", {"en": DEAR}, ())


def test_an_error_in_the_form_of_a_page_that_was_removed_loses_nothing(one, two):
    typed = two.get(f"{HALL}/edit").form() | {"description_en": DEAR, "title_en": ""}
    one.post(f"{HALL}/remove", {})
    late = two.post(f"{HALL}/edit", typed)
    assert (late.status, late.form()["description_en"]) == (422, DEAR)


def test_there_may_be_too_many_pages_for_one_to_come_back(one, two, cast, sql, draft):
    typed = two.get(f"{HALL}/edit").form() | {"description_en": DEAR}
    one.post(f"{HALL}/remove", {})
    for number in range(19):
        one.post("/site/builder/pages/new", {"title_en": f"Page {number}"})
    late = two.post(f"{HALL}/edit", two.post(f"{HALL}/edit", typed).form())
    assert (late.status, late.form()["description_en"]) == (409, DEAR)
    assert "A website has at most 20 pages. Remove one first." in late.main


def test_a_block_whose_page_was_removed_brings_the_page_back(one, two, cast, draft, events):
    typed = two.get(BLOCK).form() | {"text_en": DEAR}
    one.post(f"{HALL}/remove", {})
    late = two.post(BLOCK, typed)
    assert (late.status, late.form()["text_en"]) == (409, DEAR)
    assert "save it to put the page back" in late.main
    assert two.post(BLOCK, late.form()).location == f"{HALL}#block-words"
    page, block = draft(cast.thaba).place("words")
    assert (page.key, block.content["text"]) == ("hall", {"en": DEAR})
    assert events(cast.thaba) == ["site.remove_page", "site.put_back", "site.change_block"]


def test_a_block_that_was_removed_before_its_page_brings_both_back(one, two, cast, sql, draft):
    typed = two.get(BLOCK).form() | {"text_en": DEAR}
    one.post(f"{BLOCK}/remove", {})
    one.post(f"{HALL}/remove", {})
    late = two.post(BLOCK, typed)
    assert "save it to put the page back" in late.main
    two.post(BLOCK, late.form())
    page, block = draft(cast.thaba).place("words")
    assert (page.key, block.content["text"]) == ("hall", {"en": DEAR})
    assert sql.execute("SELECT removed FROM site").fetchone() == ([],)


def test_a_block_that_cannot_be_put_back_any_more_comes_to_the_end_of_its_page(one, two, cast, sql, draft):
    typed = two.get(BLOCK).form() | {"text_en": DEAR}
    one.post(f"{BLOCK}/remove", {})
    forget_what_was_removed(sql)
    late = two.post(BLOCK, typed)
    assert (late.status, late.form()["text_en"]) == (409, DEAR)
    assert "at the end of the page “Hall”" in late.main
    two.post(BLOCK, late.form())
    page, block = draft(cast.thaba).place("words")
    assert (page.key, block.content) == ("hall", {"heading": {"en": "The hall"}, "level": "2", "text": {"en": DEAR}})


def test_a_block_whose_page_is_gone_for_good_comes_to_the_home_page(one, two, cast, sql, draft):
    typed = two.get(BLOCK).form() | {"text_en": DEAR}
    one.post(f"{HALL}/remove", {})
    forget_what_was_removed(sql)
    late = two.post(BLOCK, typed)
    assert "at the end of the page “Home”" in late.main
    two.post(BLOCK, late.form())
    assert [block.key for block in draft(cast.thaba).home.blocks] == ["top", "words"]


def test_a_block_for_which_there_is_no_place_is_kept_as_it_was_typed(one, two, cast, draft):
    where = "/site/builder/blocks/top"
    typed = two.get(where).form() | {"text_en": DEAR}
    one.post(f"{where}/remove", {})
    one.post("/site/builder/pages/home/blocks", {"kind": "hero"})
    late = two.post(where, two.post(where, typed).form())
    assert (late.status, late.form()["text_en"]) == (422, DEAR)
    assert "A page has at most one block of this kind." in late.main
    assert draft(cast.thaba).place("top") is None


def test_who_does_anything_else_with_what_was_removed_is_told(one, two):
    one.post(f"{BLOCK}/remove", {})
    one.post(f"{HALL}/remove", {})
    for where in (f"{HALL}/move", f"{HALL}/remove", f"{HALL}/blocks", f"{BLOCK}/move", f"{BLOCK}/copy", f"{BLOCK}/remove"):
        assert two.post(where, {}).location == "/site/builder/"
        assert "Somebody else has removed this meanwhile. Nothing was changed." in two.get("/site/builder/").banners
    for where in (f"{HALL}/edit", BLOCK):
        assert two.get(where).location == "/site/builder/"


def test_what_never_was_is_not_found(two):
    for where in ("pages/never/edit", "blocks/never", "pages/words/edit", "blocks/hall"):
        assert two.post(f"/site/builder/{where}", {}).status == 404
        assert two.get(f"/site/builder/{where}").status == 404
