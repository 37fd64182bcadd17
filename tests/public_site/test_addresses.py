"""Where a website stands, whom its bare addresses lead where, and what stands where none is."""

from __future__ import annotations

import hashlib
import json

import pytest

from app.domain.site.previews import own_token
from app.ids import uuid7
from app.tenancy.doors import acting_for
from tests.public_site.arranged import a_document, a_page, add_picture, block, publish, three

PATHS = (
    "/",
    "/en/",
    "/en/about",
    "/about",
    "/notices.ics",
    "/en/notices.ics",
    "/events.ics",
    "/af/events.ics",
    "/sitemap.xml",
    "/a/b",
)


@pytest.mark.parametrize(("accepted", "language"), [("zu", "zu"), ("af-ZA,en;q=0.5", "af"), ("fr", "en"), ("", "en")])
@pytest.mark.parametrize("page", ["", "about"])
def test_a_bare_address_leads_to_the_language_of_the_reader(browser, site, accepted, language, page):
    answer = browser.client.get(f"{site}/{page}", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{site}/{language}/{page}")
    assert answer.headers["Vary"] == "Accept-Language"
    assert "public" not in answer.headers["Cache-Control"]


def test_a_bare_address_takes_along_the_campaign_and_nothing_else(browser, site):
    for page in ("", "about"):
        asked = f"{site}/{page}?utm_source=poster&language=zu&utm_campaign=Open%20day%0D%0A&utm_term=&utm_content={'x' * 300}&next=//evil"
        answer = browser.client.get(asked, headers={"Accept-Language": "en"})
        assert answer.headers["Location"] == f"{site}/en/{page}?utm_source=poster&utm_campaign=Open+day&utm_content={'x' * 100}"
        assert "public" not in answer.headers["Cache-Control"]


def test_a_page_with_a_language_is_the_same_for_everybody(browser, site):
    answers = [browser.client.get(f"{site}/zu/", headers={"Accept-Language": wish}) for wish in ("af", "en", "")]
    assert len({answer.get_data() for answer in answers}) == 1
    assert "Accept-Language" not in answers[0].headers.get("Vary", "")


def test_a_language_that_the_website_does_not_have_is_no_address_of_it(browser, cast, sql):
    publish(sql, cast.thaba, a_document(a_page(block("t", "text", text=three("Words"))), languages=["zu", "en"]))
    assert browser.get("/s/thaba/af/").status == 404
    assert browser.client.get("/s/thaba/", headers={"Accept-Language": "af"}).headers["Location"] == "/s/thaba/zu/"


@pytest.mark.parametrize("path", ["/en/nowhere", "/nowhere", "/af/a/b/c", "/en/notices.txt", "/pictures/1-2.jpg"])
def test_where_no_page_is_the_website_says_so_in_its_own_frame(browser, site, path):
    page = browser.get(f"{site}{path}", headers={"Accept-Language": "en"})
    assert page.status == 404
    assert page.title.startswith("Page not found" if "/af/" not in path else page.h1)
    assert f"{site}/{page.one('html').get('lang')}/" in [a.get("href") for a in page.all("a")]
    assert page.headers["Cache-Control"] == "no-store"


def test_a_hidden_page_is_nowhere_to_be_seen(browser, cast, sql):
    hidden = a_page(block("s", "text", text=three("Secret")), slug="secret", key="secret", is_hidden=True)
    link = block("t", "text", text={"en": "See [this](page:secret) and [that](/secret)."})
    publish(sql, cast.thaba, a_document(a_page(link), hidden))
    page = browser.get("/s/thaba/en/")
    assert "See this and that." in page.main
    assert page.links() == {}
    assert browser.get("/s/thaba/en/secret").status == 404
    assert "secret" not in browser.client.get("/s/thaba/sitemap.xml").get_data(as_text=True)


def test_a_school_that_never_was_and_one_without_a_website_give_nothing_away(browser, cast, site):
    never, without = browser.get("/s/never/en/"), browser.get("/s/karoo/en/")
    assert (never.status, never.h1) == (404, "Page not found")
    assert (without.status, without.h1) == (404, "This website is not published")
    assert cast.karoo.name not in without.text


@pytest.mark.parametrize("path", PATHS)
def test_a_website_that_was_taken_offline_is_off_everywhere(browser, sql, site, path):
    assert browser.client.get(f"{site}{path}").status_code in (200, 302, 404)
    sql.execute("UPDATE site SET is_on = false")
    assert browser.client.get(f"{site}{path}").status_code == 404
    assert browser.get(f"{site}/en/").h1 == "This website is not published"


@pytest.mark.parametrize(
    ("state", "title"), [("disabled", "This school is suspended"), ("pending", "This school is not open yet")]
)
def test_a_website_is_closed_with_its_school_at_once(browser, cast, sql, site, state, title):
    """Every page that was just read, and so is kept; calendars, pictures, and links to what is not published."""
    picture = add_picture(sql, cast.thaba)
    with acting_for(1):
        token = own_token(browser.app.extensions["settings"])
    paths = [
        *PATHS, f"/pictures/{picture}-400.jpg", f"/preview/{token}/", f"/preview/{token}/en/",
        f"/preview/{token}/pictures/{picture}-400.jpg",
    ]  # fmt: skip
    before = {path: browser.client.get(f"{site}{path}").status_code for path in paths}
    assert set(before.values()) <= {200, 302, 404}
    assert before["/en/"] == before["/notices.ics"] == before[f"/preview/{token}/en/"] == 200
    sql.execute("UPDATE school SET state = %s WHERE id = 1", [state])
    for path in paths:
        answer = browser.client.get(f"{site}{path}")
        assert answer.status_code == 403, path
        assert cast.thaba.name not in answer.get_data(as_text=True)
    assert browser.get(f"{site}/en/").h1 == title
    sql.execute("UPDATE school SET state = 'active' WHERE id = 1")
    assert {path: browser.client.get(f"{site}{path}").status_code for path in paths} == before


def test_a_picture_is_kept_for_ever_and_is_of_its_own_school(browser, cast, sql, site):
    picture = add_picture(sql, cast.thaba)
    publish(sql, cast.karoo)
    answer = browser.client.get(f"{site}/pictures/{picture}-800.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for path in (f"/s/karoo/pictures/{picture}-800.jpg", f"{site}/pictures/{picture}-801.jpg", f"{site}/pictures/{uuid7()}-800.jpg",
                 f"{site}/pictures/{picture}-99999999999.jpg"):  # fmt: skip
        assert browser.client.get(path).status_code == 404, path


def test_a_preview_shows_the_draft_to_whoever_has_the_link_and_to_no_search_engine(browser, cast, sql, site, app):
    draft = a_document(a_page(block("t", "text", heading=three("Not yet"), text=three("Soon."))))
    sql.execute("UPDATE site SET draft = %s::jsonb", [json.dumps(draft)])
    with acting_for(1):
        token = own_token(app.extensions["settings"])
    bare = browser.client.get(f"{site}/preview/{token}/", headers={"Accept-Language": "af"})
    assert bare.headers["Location"] == f"{site}/preview/{token}/af/"
    page = browser.get(f"{site}/preview/{token}/en/")
    assert "Not yet" in page.main
    assert "This is a preview." in page.text
    assert (page.headers["Cache-Control"], page.headers["X-Robots-Tag"]) == ("no-store", "noindex, nofollow, noarchive")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.one("meta", name="robots").get("content") == "noindex, nofollow"
    assert not page.all("script")
    assert [a.get("href") for a in page.one("header").iter() if a.get("hreflang")] == [
        f"{site}/preview/{token}/{code}/" for code in ("en", "af", "zu")
    ]
    assert "Not yet" not in browser.get(f"{site}/en/").main


def test_a_preview_of_a_site_that_was_never_published_has_its_pictures(browser, cast, sql, app):
    picture = add_picture(sql, cast.thaba)
    publish(sql, cast.thaba, a_document(a_page(block("p", "picture", picture=str(picture)))), is_on=False)
    with acting_for(1):
        token = own_token(app.extensions["settings"])
    src = browser.get(f"/s/thaba/preview/{token}/en/").one("img").get("src") or ""
    assert src.startswith(f"/s/thaba/preview/{token}/pictures/")
    assert browser.client.get(src).status_code == 200
    assert browser.client.get(src.replace(f"/preview/{token}", "")).status_code == 404
    assert browser.client.get(src.replace(token, "x")).status_code == 404


def test_a_preview_link_that_is_over_says_so(browser, sql, site):
    token = "p" + "x" * 40
    sql.execute(
        "INSERT INTO site_preview (school_id, id, token_hash, expires_at, by_name) VALUES (1, %s, %s, now() + interval '1 day', 'N')",
        (uuid7(), hashlib.sha256(token.encode()).hexdigest()),
    )
    assert browser.get(f"{site}/preview/{token}/en/").status == 200
    sql.execute("UPDATE site_preview SET expires_at = now()")
    for path in (f"/preview/{token}/", f"/preview/{token}/en/", f"/preview/{token}/en/about", "/preview/nonsense/en/"):
        page = browser.get(f"{site}{path}")
        assert (page.status, page.h1) == (404, "This preview link does not work any more")
