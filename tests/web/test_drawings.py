"""A page is read without what its icons are made of; only of those that are sound in themselves."""

from __future__ import annotations

import pytest

from app.web.icons import icon
from tests.pages import BARE, SVG, Page, is_sound

HOUSE = '<svg class="ico" aria-hidden="true" width="18"><path d="M1 1" /></svg>'


def test_an_icon_of_ours_is_sound():
    assert is_sound(str(icon("house")))
    assert is_sound(HOUSE)
    assert is_sound(BARE)


@pytest.mark.parametrize(
    ("of", "made"),
    [
        ("<path", '<path id="twice"'),
        ("<path", '<path style="fill: red"'),
        ("<path", '<path onclick="go()"'),
        ("<path", '<path aria-labelledby="nowhere"'),
        ("<path", "<title>A house</title><path"),
        ("<path", "<script>go()</script><path"),
        ("<path", "<p>A house</p><path"),
        ("<path", "words<path"),
        ("<path", "<svg><path"),
        ('d="M1 1"', 'd="M1 1" d="M2 2"'),
        (' aria-hidden="true"', ""),
        ('aria-hidden="true"', 'aria-hidden="true" aria-label="A house"'),
    ],
)
def test_one_with_anything_that_a_page_is_held_to_is_not(of, made):
    assert not is_sound(HOUSE.replace(of, made))


@pytest.mark.parametrize(("drawn", "words"), [(HOUSE, ""), (HOUSE.replace("<path", "<title>A house</title><path"), "A house")])
def test_a_page_loses_only_what_is_sound(app, drawn, words):
    page = Page(
        app.response_class(f"<!doctype html><title>Home</title><main><h1>Home</h1> {drawn}</main>", mimetype="text/html")
    )
    assert page.main == f"Home {words}".strip()
    assert [e.tag for e in page.tree.iter() if e.tag.endswith("path")] == ([SVG + "path"] if words else [])


@pytest.mark.parametrize(
    "fault", ['<path id="a" /><path id="a" />', '<path onclick="go()" />', '<path d="" d="" />', "<p>A house</p>"]
)
def test_a_fault_planted_in_an_icon_is_found_on_the_page(app, fault):
    drawn = HOUSE.replace('<path d="M1 1" />', fault)
    page = Page(
        app.response_class(f"<!doctype html><html lang=en><title>Home</title><h1>Home</h1>{drawn}", mimetype="text/html")
    )
    with pytest.raises(AssertionError, match=r"invalid HTML|ids twice|onclick"):
        page.check()
