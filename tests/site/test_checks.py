"""What stops publishing: each check finds what is planted for it, and nothing on a site that is sound."""

from __future__ import annotations

import dataclasses

import pytest

from app.domain.site.checks import MESSAGES, WARNINGS, Facts, Picture, findings
from app.domain.site.contrast import contrast
from app.domain.site.document import SiteDocument
from tests.site.arranged import a_block, a_document, a_page

TREE = "01890000-0000-7000-8000-000000000001"
FACTS = Facts(
    {TREE: Picture("The tree", {"en": "A tree"}, is_decorative=False)}, True, {"email": True, "phone": False, "address": False}
)
TEXT = a_block("text", "words", heading={"en": "A hall"}, text={"en": "It is large."})
HERO = a_block("hero", "top", heading={"en": "Welcome"})
LONG = {"en": "x" * 6000}


def home(*blocks, **more):
    return a_document(a_page("home", "", *(blocks or (TEXT,))), **more)


def with_slugs(first, second):
    """A document with two pages at these addresses, as no form would let them be."""
    return a_document(
        a_page("home", "", TEXT), a_page("one", first, {**TEXT, "key": "w1"}), a_page("two", second, {**TEXT, "key": "w2"})
    )


PLANTED = {
    "contrast": (home(accent="#9fc5e8"), FACTS),
    "no_title": (home(title={}), FACTS),
    "no_description": (home(description={}), FACTS),
    "page_title": (a_document({**a_page("home", "", TEXT), "title": {}}), FACTS),
    "empty_page": (a_document(a_page("home", "")), FACTS),
    "same_slug": (with_slugs("hall", "hall"), FACTS),
    "reserved_slug": (with_slugs("hall", "lead"), FACTS),
    "two_openings": (home(HERO, {**HERO, "key": "other"}), FACTS),
    "late_opening": (home(TEXT, HERO), FACTS),
    "heading_order": (home(a_block("text", "x", heading={"en": "A"}, text={"en": "B"}, level="3")), FACTS),
    "needed": (home(a_block("text", "x", heading={"en": "A hall"})), FACTS),
    "needed_once": (home(TEXT, a_block("map", "x", heading={"en": "Map"}, target="https://example.com")), FACTS),
    "no_fallback": (home(a_block("text", "x", text={"zu": "Siyisikole."})), FACTS),
    "gap": (home(languages=["en", "zu"], title={"en": "A", "zu": "B"}, description={"en": "A", "zu": "B"}), FACTS),
    "page_gap": (home(languages=["en", "zu"]), FACTS),
    "no_picture": (home(a_block("picture", "x")), FACTS),
    "lost_picture": (home(a_block("picture", "x", picture=TREE)), FACTS._replace(pictures={})),
    "no_alt": (
        home(a_block("picture", "x", picture=TREE), languages=["en", "af"]), FACTS,
    ),
    "bad_link": (home(a_block("text", "x", text={"en": "[Look](http://example.com)"})), FACTS),
    "lost_page": (home(a_block("text", "x", text={"en": "[Our hall](/hall)"})), FACTS),
    "vague_link": (home(a_block("text", "x", text={"en": "[Click here](https://example.com)"})), FACTS),
    "button_nowhere": (home(a_block("hero", "x", heading={"en": "A"}, button={"en": "Go"})), FACTS),
    "button_silent": (home(a_block("hero", "x", heading={"en": "A"}, target="/")), FACTS),
    "map_link": (home(a_block("map", "x", heading={"en": "A"}, address="1 Road", target="tel:+27365550101")), FACTS),
    "closed_form": (home(a_block("lead_form", "x", heading={"en": "Ask"})), FACTS._replace(form_is_open=False)),
    "no_contact": (home(a_block("contact", "x", heading={"en": "A"})), FACTS._replace(contact={"email": False})),
    "large_page": (home(*(a_block("text", f"x{n}", text=LONG) for n in range(11))), FACTS),
    "large_site": (
        a_document(
            *(
                a_page(f"p{p}", f"p{p}" if p else "", *(a_block("text", f"x{p}y{n}", text=LONG) for n in range(9)))
                for p in range(5)
            )
        ), FACTS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", PLANTED)
def test_what_is_planted_is_found(code):
    found = findings(*PLANTED[code])
    assert code in {one.code for one in found}
    assert all(one.is_error == (one.code not in WARNINGS) for one in found)


def test_every_check_has_something_planted():
    assert set(PLANTED) == set(MESSAGES)


@pytest.mark.parametrize("code", PLANTED)
def test_a_finding_says_where(code):
    found = next(one for one in findings(*PLANTED[code]) if one.code == code)
    MESSAGES[code] % {**dict.fromkeys(("field", "colours", "languages", "instead"), "x"), **dict(found.details)}
    is_whole = code in ("contrast", "no_title", "no_description", "large_site")
    assert bool(found.page) is not is_whole
    assert is_whole or PLANTED[code][0].page(found.page)
    assert not found.block or PLANTED[code][0].place(found.block)


def test_a_sound_site_has_no_findings():
    hero = a_block("hero", "top", heading={"en": "Welcome"}, picture=TREE, button={"en": "See us"}, target="page:hall")
    third = a_block(
        "text", "third", heading={"en": "Inside"}, level="3", text={"en": "[The school](/) and [us](mailto:a@example.com)"}
    )
    document = a_document(a_page("home", "", hero, TEXT, third), a_page("hall", "hall", {**TEXT, "key": "more"}))
    assert findings(document, FACTS) == []


def test_hidden_pages_are_nobodys_business_and_links_to_them_are():
    hidden = a_page("hall", "hall", is_hidden=True)
    assert findings(a_document(a_page("home", "", TEXT), hidden), FACTS) == []
    linked = a_block("text", "x", text={"en": "[Our hall](page:hall)"})
    assert [one.code for one in findings(a_document(a_page("home", "", linked), hidden), FACTS)] == ["lost_page"]


def test_a_picture_that_only_decorates_needs_no_description():
    decorates = FACTS._replace(pictures={TREE: Picture("The tree", {}, is_decorative=True)})
    assert findings(home(a_block("picture", "x", picture=TREE)), decorates) == []


def test_errors_stand_before_notes():
    found = findings(home(a_block("text", "x"), description={}), FACTS)
    assert [one.is_error for one in found] == [True, False]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#767676", "#ffffff", 4.54), ("#777777", "#ffffff", 4.48)],
)  # fmt: skip
def test_contrast_is_what_wcag_computes(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize("theme", ["fynbos", "atlantic", "jacaranda", "granite"])
def test_the_themes_of_the_product_can_be_read(theme):
    assert findings(home(theme=theme), FACTS) == []


@pytest.mark.parametrize(
    ("accent", "ground", "is_fine"),
    [("#777777", "", False), ("#757575", "", False), ("#5a5a5a", "", True), ("", "#336699", False)],
)
def test_own_colours_are_held_to_the_same(accent, ground, is_fine):
    codes = {one.code for one in findings(home(accent=accent, ground=ground), FACTS)}
    assert codes == (set() if is_fine else {"contrast"})


def test_slugs_that_two_pages_have_can_stand_in_a_draft_only():
    document = PLANTED["same_slug"][0]
    assert dataclasses.replace(document) == SiteDocument.from_bytes(document.written)
