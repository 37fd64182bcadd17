"""Where whoever asks for a place comes from, and the way back: the campaign that brought them, the website, what they wrote."""

from __future__ import annotations

import pytest

from tests.lead_form.conftest import GOOD, HERE, leads
from tests.public_site.arranged import a_website

SITE = "http://localhost/s/thaba/en/"
TYPED = [("step", "check"), ("via", "site"), *GOOD.items()]
HOME = "/s/thaba/en/"


def homes(page):
    """The links of a page to the website."""
    return [a.get("href") for a in page.all("a") if (a.get("href") or "").endswith("/en/")]


def asks_from(stranger, referer):
    """The whole way from a page of the website: its form, the page that shows it once more, sent."""
    check = stranger.sends(TYPED, Referer=referer, Origin="http://localhost")
    assert check.status == 200
    stranger.wait(20)
    return stranger.sends(stranger.fills(check), Referer="http://localhost" + HERE)


def test_a_poster_that_leads_to_the_website_counts_for_its_campaign(browser, stranger, cast, sql):
    sql.execute("DELETE FROM lead_form")
    a_website(sql, cast.thaba)
    code = "/s/thaba/?utm_source=poster&utm_medium=print&utm_campaign=open-day&utm_content=en"
    led = browser.client.get(code, headers={"Accept-Language": "en"}).headers["Location"]
    for _ in range(2):  # drawn, and kept
        assert browser.client.get(led).headers["Referrer-Policy"] == "same-origin"
    assert asks_from(stranger, f"http://localhost{led}").status == 303
    assert leads(sql, "source, utm") == [
        ("site", {"source": "poster", "medium": "print", "campaign": "open-day", "content": "en"})
    ]


@pytest.mark.parametrize("referer", [
    "https://elsewhere.example/s/thaba/en/?utm_source=poster", "http://localhost/s/karoo/en/?utm_source=poster",
    "http://[/s/thaba/en/?utm_source=poster", SITE + "?" + "&".join(["utm_source=poster"] * 51), SITE + "?utm_source=%00%E2%80%AE",
    SITE + "?ref=poster", SITE, "",
])  # fmt: skip
def test_no_other_page_names_a_campaign(stranger, sql, referer):
    assert asks_from(stranger, referer).status == 303
    assert leads(sql, "utm") == [({},)]


def test_what_an_address_says_is_cleaned_and_bounded(stranger, sql):
    asks_from(stranger, SITE + "?utm_source=" + "x" * 300 + "&utm_term=a%0Ab%E2%80%AEc&utm_more=y")
    assert leads(sql, "utm") == [({"source": "x" * 100, "term": "a bc"},)]


def test_a_form_that_names_a_campaign_is_believed_before_the_page_on_which_it_stands(stranger, sql):
    page = stranger.opens(HERE + "&utm_source=radio")
    stranger.wait(20)
    stranger.sends(stranger.fills(page, **GOOD), Referer=SITE + "?utm_source=poster&utm_term=x")
    assert leads(sql, "utm") == [({"source": "radio"},)]


def test_whoever_came_from_the_website_finds_back_from_every_page(stranger, sql):
    check = stranger.sends(TYPED)
    assert homes(check) == [HOME]
    wrong = stranger.sends(stranger.fills(check, name=""))
    stranger.wait(20)
    assert (wrong.status, homes(wrong)) == (422, [HOME])
    answer = stranger.sends(stranger.fills(check))
    assert answer.location == "/s/thaba/lead/thanks?lang=en&via=site"
    assert homes(stranger.opens(answer.location)) == [HOME]
    sql.execute("UPDATE lead_form SET is_open = false")
    assert homes(stranger.sends(TYPED)) == [HOME]


def test_nobody_else_is_sent_to_a_website(stranger):
    for page in (
        stranger.opens(), stranger.opens(HERE + "&via=site&frame=1"), stranger.opens(HERE + "&via=https://evil.example/en/"),
        stranger.opens("/s/thaba/lead/thanks?lang=en"), stranger.opens("/s/thaba/lead/thanks?lang=en&via=site&frame=1"),
    ):  # fmt: skip
        assert homes(page) == []


@pytest.mark.parametrize(
    "closing", ["UPDATE lead_form SET is_open = false", "UPDATE school SET state = 'disabled' WHERE id = 1"]
)
def test_whoever_finds_the_form_closed_gets_back_all_that_they_wrote(stranger, sql, closing):
    said = GOOD | {"phone": "082 555", "child_grade": "<Grade 2>", "message": "One\ntwo"}
    page = stranger.opens()
    sql.execute(closing)
    answer = stranger.sends(stranger.fills(page, **said))
    given = {(e.get("id") or "").removeprefix("written-"): e.get("value") for e in answer.all("input")}
    given |= {(e.get("id") or "").removeprefix("written-"): e.text for e in answer.all("textarea")}
    assert given == said
    assert all(e.get("readonly") is not None for e in (*answer.all("input"), *answer.all("textarea")))
    assert "What you wrote, to copy" in answer.main
    assert "What you wrote, to copy" not in stranger.opens().main
