"""A page of a website: every kind of block, in every language, without a script, a cookie or a session."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from app.web.assets import asset
from tests.notices.arranged import HOUR, add_notice
from tests.pages import Page, words
from tests.public_site.arranged import a_document, a_page, add_event, add_picture, add_review, block, publish, three

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)


def data_of(page: Page) -> list[dict]:
    """What stands in the data block."""
    return json.loads(page.one("script").text or "")["@graph"]


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_every_kind_of_block_stands_on_the_page(browser, site, language):
    browser.language = language
    page = browser.get(f"{site}/{language}/")
    assert page.status == 200
    tail = "" if language == "en" else f" ({language})"
    assert page.h1 == f"A school among trees{tail}"
    assert [words(h2) for h2 in page.all("h2")] == [
        f"{heading}{tail}"
        for heading in (
            "Who we are", "Staff", "Classes and times", "Notices", "Events", "Ask us", "What families say", "Where we are", "Contact",
        )
    ]  # fmt: skip
    assert f"Our day{tail}" in [words(h3) for h3 in page.all("h3")]
    for said in (
        "Nomvula Khumalo",
        "Choir",
        "14:00–15:00",
        "School hall",
        "12 Hill Road, Bergville",
        "+27 36 555 0101",
        "Ayanda D.",
    ):
        assert said in page.main
    assert {"en": "Sports day", "af": "Sportdag", "zu": "Usuku lwezemidlalo"}[language] in page.main


def test_marks_in_a_text_become_words_lists_and_links(browser, site):
    page = browser.get(f"{site}/en/")
    assert "together" in [words(strong) for strong in page.all("strong")]
    assert [words(li) for li in page.all("li") if "languages" in words(li) or "Grade" in words(li)] == [
        "Grade R to 7",
        "Three languages, read on",
    ]
    assert page.links()["read on"] == "https://example.org/more"
    assert page.links()["Ask about a place"] == f"{site}/en/about"
    assert page.links()["Show on a map"] == "https://www.openstreetmap.org/node/1"


def test_a_text_in_another_language_than_the_page_says_so(browser, cast, sql):
    only = {"zu": "Wamukelekile"}
    publish(sql, cast.thaba, a_document(a_page(block("t", "text", heading=only, text=only), title=only)))
    page = browser.get("/s/thaba/en/")
    assert [words(e) for e in page.tree.iter() if e.get("lang") == "zu" and e.tag.endswith(("h1", "h2", "div"))] == [
        "Wamukelekile"
    ] * 3
    assert browser.get("/s/thaba/zu/").all("h2")[0].get("lang") is None


def test_pictures_come_in_the_width_that_is_needed_and_keep_their_place(browser, cast, sql, site):
    hero, shown, person = browser.get(f"{site}/en/").all("img")
    for one in (hero, shown, person):
        assert one.get("alt") == "Children in a garden"
        assert [part.split()[-1] for part in (one.get("srcset") or "").split(",")] == ["400w", "800w", "1600w"]
        assert one.get("width")
        assert one.get("height")
    assert (hero.get("fetchpriority"), hero.get("loading")) == ("high", None)
    assert (shown.get("fetchpriority"), shown.get("loading")) == (None, "lazy")


def test_a_picture_that_decorates_is_silent(browser, cast, sql):
    picture = add_picture(sql, cast.thaba, alt={})
    publish(sql, cast.thaba, a_document(a_page(block("p", "picture", picture=str(picture)))))
    assert browser.get("/s/thaba/en/").one("img").get("alt") == ""


def test_a_block_with_nothing_to_show_is_left_out(browser, cast, sql):
    blocks = (
        block("f", "lead_form", heading=three("Ask us")), block("r", "reviews", heading=three("Reviews")),
        block("c", "classes", heading=three("Classes")), block("s", "staff", heading=three("Staff")), block("p", "picture"),
    )  # fmt: skip
    publish(sql, cast.thaba, a_document(a_page(*blocks)))
    assert browser.get("/s/thaba/en/").all("h2") == []


def test_lists_that_are_empty_say_so(browser, cast, sql):
    publish(
        sql, cast.thaba,
        a_document(a_page(block("n", "notices", heading=three("Notices")), block("e", "events", heading=three("Events")))),
    )  # fmt: skip
    main = browser.get("/s/thaba/en/").main
    assert "There are no notices at the moment." in main
    assert "Nothing is planned at the moment." in main


def test_only_what_is_for_everyone_and_current_stands_there(browser, cast, sql, site):
    add_notice(sql, cast.thaba, "For staff alone", audience="staff")
    add_notice(sql, cast.thaba, "Tomorrow", starts=24 * HOUR)
    add_notice(sql, cast.thaba, "Yesterday", starts=-24 * HOUR, ends=-HOUR)
    add_notice(sql, cast.karoo, "Of another school")
    add_event(sql, cast.thaba, three("A secret meeting"), is_shown=False)
    add_event(sql, cast.thaba, three("Last week"), starts=-7 * 24 * HOUR)
    main = browser.get(f"{site}/en/").main
    for hidden in ("For staff alone", "Tomorrow", "Yesterday", "Of another school", "A secret meeting", "Last week"):
        assert hidden not in main


def test_the_form_is_shown_without_a_token_that_would_be_everybodys(browser, site):
    page = browser.get(f"{site}/zu/")
    form = page.one("form")
    assert form.get("action") == f"{site}/lead?lang=zu"
    sent = {e.get("name"): e.get("value") for e in form.iter() if e.get("type") == "hidden"}
    assert sent == {"step": "check", "via": "site"}


def test_the_form_leads_on_with_what_was_typed(browser, site):
    page = Page(browser.client.post(f"{site}/lead?lang=en", data={"step": "check", "via": "site", "name": "Zodwa Cele"}))
    assert page.status in (200, 422)
    assert page.form()["name"] == "Zodwa Cele"


def test_no_cookie_is_set_and_none_is_read(browser, cast, site):
    plain = browser.client.get(f"{site}/en/")
    admin = browser.as_(cast.thaba.admin)
    for client in (browser.client, admin.client):
        for path in (
            f"{site}/en/about",
            f"{site}/",
            f"{site}/en/nowhere",
            f"{site}/en/?language=zu",
            "/s/never/",
            f"{site}/a/b",
        ):
            assert "Set-Cookie" not in client.get(path).headers, path
    assert admin.client.get(f"{site}/en/").get_data() == plain.get_data()
    assert cast.thaba.admin.name not in plain.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/en/", "/en/about", "/", "/en/nowhere", "/look-fynbos-0-0.css"])
def test_the_policy_allows_no_script_at_all(browser, site, path):
    assert browser.get(f"{site}{path}").headers.getlist("Content-Security-Policy") == [POLICY]


def test_search_engines_learn_the_languages_the_address_and_the_words(browser, site):
    page = browser.get(f"{site}/af/about")
    links = {
        (e.get("rel"), e.get("hreflang")): e.get("href") for e in page.all("link") if e.get("rel") in ("canonical", "alternate")
    }
    assert links == {
        ("canonical", None): "http://localhost/s/thaba/af/about",
        ("alternate", "en"): "http://localhost/s/thaba/en/about",
        ("alternate", "af"): "http://localhost/s/thaba/af/about",
        ("alternate", "zu"): "http://localhost/s/thaba/zu/about",
        ("alternate", "x-default"): "http://localhost/s/thaba/about",
    }  # fmt: skip
    said = {e.get("property") or e.get("name"): e.get("content") for e in page.all("meta")}
    assert said["description"] == said["og:description"] == "In 1952, under a tree. (af)"
    assert (said["og:title"], said["og:locale"], said["og:type"]) == ("About (af)", "af_ZA", "website")
    assert page.title == "About (af) – Thaba Nkulu Primary"
    assert "og:image" in {e.get("property") for e in browser.get(f"{site}/af/").all("meta")}


def test_the_data_block_tells_of_the_school_its_events_and_its_real_reviews(browser, cast, sql, site):
    add_review(sql, cast.thaba, milestone="year:2026", rating=5, body="")
    school, event = data_of(browser.get(f"{site}/en/"))
    assert (school["@type"], school["name"], school["telephone"]) == ("School", "Thaba Nkulu Primary", "+27 36 555 0101")
    assert school["aggregateRating"] | {"@type": ""} == {
        "@type": "", "ratingValue": "4.5", "reviewCount": 2, "bestRating": 5, "worstRating": 1,
    }  # fmt: skip
    assert sorted(one["reviewRating"]["ratingValue"] for one in school["review"]) == [4, 5]
    assert (event["@type"], event["name"], event["location"]["name"]) == ("Event", "Open day", "School hall")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+02:00", event["startDate"])


def test_without_reviews_there_is_no_rating(browser, cast, sql):
    publish(sql, cast.thaba, a_document(a_page(block("r", "reviews", heading=three("Reviews")))))
    assert "aggregateRating" not in data_of(browser.get("/s/thaba/en/"))[0]


@pytest.mark.parametrize(("template", "looks"), [
    ("classic", {"data-header": "start", "data-corners": "round"}), ("bands", {"data-header": "centre", "data-letters": "serif"}),
    ("column", {"data-letters": "serif"}),
])  # fmt: skip
def test_a_template_is_a_way_to_lay_the_same_blocks_out(browser, cast, sql, template, looks):
    publish(sql, cast.thaba, a_document(a_page(block("t", "text", text=three("Words"))), template=template, theme="jacaranda"))
    page = browser.get("/s/thaba/en/")
    assert page.one("html").get("data-theme") == "jacaranda"
    assert {name: page.one("body").get(name) for name in looks} == looks
    assert page.one("body").get("data-template") == template


def test_the_whole_page_weighs_little(browser, site):
    """Uncompressed and compressed: the page, its sheet and its icon, without pictures."""
    parts = [
        browser.client.get(f"{site}/zu/"),
        *(browser.client.get(asset(name), buffered=True) for name in ("site.css", "icon.svg")),
    ]
    bodies = [part.get_data() for part in parts]
    assert sum(map(len, bodies)) <= 60_000
    assert sum(len(gzip.compress(body)) for body in bodies) <= 16_000
