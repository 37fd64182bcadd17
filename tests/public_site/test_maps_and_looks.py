"""The sitemap, what robots are told, and the sheets with a school's own colours."""

from __future__ import annotations

import itertools
import re
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest

from app.domain.site.contrast import TEXT, contrast
from app.domain.site.looks import PALETTES
from blueprints.public_site.looks import NIGHT, sheet
from tests.public_site.arranged import a_document, a_page, block, publish, three

MAP, XHTML = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"
COLOURS = ("#000000", "#8a3b12", "#c2185b", "#0a5c2b", "#1565c0", "#4a148c", "#767676", "#ffeb3b", "#ffffff")


def test_the_sitemap_has_every_page_in_every_language_and_where_the_others_are(browser, site):
    answer = browser.client.get(f"{site}/sitemap.xml")
    assert answer.content_type == "application/xml; charset=utf-8"
    urls = ET.fromstring(answer.get_data()).findall(f"{MAP}url")
    root = f"http://localhost{site}"
    assert [url.findtext(f"{MAP}loc") for url in urls] == [
        f"{root}/{code}/{page}" for page in ("", "about") for code in ("en", "af", "zu")
    ]
    links = {link.get("hreflang"): link.get("href") for link in urls[-1].findall(f"{XHTML}link")}
    assert links == {**{code: f"{root}/{code}/about" for code in ("en", "af", "zu")}, "x-default": f"{root}/about"}


def test_every_address_of_the_sitemap_is_a_page_that_says_the_same_of_itself(browser, site):
    for loc in re.findall(
        r"<loc>http://localhost([^<]+)</loc>", browser.client.get(f"{site}/sitemap.xml").get_data(as_text=True)
    ):
        assert browser.get(loc).one("link", rel="canonical").get("href") == f"http://localhost{loc}"


def test_robots_may_read_websites_and_nothing_else(browser, site):
    robots = RobotFileParser()
    robots.parse(browser.client.get("/robots.txt").get_data(as_text=True).splitlines())
    assert robots.can_fetch("*", f"{site}/en/")
    assert robots.can_fetch("*", "/static/site.css")
    assert not robots.can_fetch("*", "/login")
    assert not robots.can_fetch("*", "/dashboard/")


def rules(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a sheet says by day and by night."""
    day, _, night = css.partition("@media")
    return tuple(dict(re.findall(r"(--[\w-]+):(#[0-9a-f]{6})", part)) for part in (day, night))  # type: ignore[return-value]


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize(("accent", "ground"), list(itertools.product(COLOURS, ("", "#fbf7f2"))))
def test_a_colour_of_the_schools_own_can_be_read_by_night(theme, accent, ground):
    day, night = rules(sheet(f"{theme}-{accent[1:]}-{ground[1:] or '0'}") or "")
    assert contrast(night["--link"], NIGHT) >= TEXT
    assert contrast(night["--link"], night["--soft"]) >= TEXT
    assert contrast(night["--on-accent"], night["--accent"]) >= TEXT
    assert contrast(night["--on-accent"], night["--accent-h"]) >= TEXT
    assert contrast(day["--on-accent"], day["--accent"]) >= TEXT
    assert contrast("#e9edf3", night["--soft"]) >= TEXT, "text on a band"
    assert day["--paper"] == (ground or "#ffffff")


def test_a_ground_alone_leaves_the_theme_its_accent():
    day, night = rules(sheet("atlantic-0-fbf7f2") or "")
    assert set(day) == {"--paper", "--soft"}
    assert contrast("#94beff", night["--soft"]) >= TEXT
    assert contrast("#e9edf3", night["--soft"]) >= TEXT


@pytest.mark.parametrize("name", [
    "never-0-0", "fynbos", "fynbos-zzzzzz-0", "fynbos-8a3b12", "fynbos-8a3b12-0-0", "fynbos-0;}body{display:none}-0", "FYNBOS-0-0",
])  # fmt: skip
def test_what_is_no_colour_is_no_sheet(browser, name):
    assert sheet(name) is None
    assert browser.client.get(f"/s/thaba/look-{name}.css").status_code == 404


def test_the_page_names_the_sheet_of_its_colours(browser, cast, sql):
    page = a_page(block("t", "text", text=three("Words")))
    publish(sql, cast.thaba, a_document(page, accent="#8a3b12", ground="#fbf7f2"))
    sheets = [e.get("href") for e in browser.get("/s/thaba/en/").all("link", rel="stylesheet")]
    assert sheets[1] == "/s/thaba/look-fynbos-8a3b12-fbf7f2.css"
    answer = browser.client.get(sheets[1])
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    publish(sql, cast.thaba, a_document(page))
    assert len(browser.get("/s/thaba/en/").all("link", rel="stylesheet")) == 1
