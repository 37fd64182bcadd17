"""Preview links: they show the draft, hold for a while, can be ended, and are worth nothing in another school."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app.domain.site import previews
from app.domain.site.previews import own_token, previewed, token_of
from app.models.site import SitePreview
from app.tenancy.database import db
from app.tenancy.doors import acting_for, outside
from tests.site.arranged import a_block, a_document, a_page, add_site

DRAFT = a_document(a_page("home", "", a_block("text", "welcome", text={"en": "Only in the draft."})))


@pytest.fixture
def site(sql, cast):
    for school in (cast.thaba, cast.karoo):
        add_site(sql, school)
        sql.execute("UPDATE site SET draft = %s::jsonb WHERE school_id = %s", (DRAFT.written.decode(), school.id))


@pytest.fixture
def seen(app):
    """What a token shows in a school."""

    def look(token, school=1):
        with outside(), acting_for(school):
            return previewed(app.extensions["settings"], token)

    return look


def made(browser, cast, sql, app):
    """A shared link that somebody has just made: its token, and its row."""
    browser.as_(cast.thaba.admin).post("/site/previews/", {"note": "The governing body", "days": "7"})
    (preview_id,) = sql.execute("SELECT id FROM site_preview").fetchone()
    with outside(), acting_for(1):
        return token_of(app.extensions["settings"], preview_id), preview_id


def test_a_shared_link_shows_the_draft_until_it_expires(site, browser, cast, sql, app, seen, events):
    token, _ = made(browser, cast, sql, app)
    assert seen(token).document == DRAFT
    assert token in browser.as_(cast.thaba.admin).get("/site/previews/").main
    assert events(cast.thaba) == ["site.share_preview"]
    sql.execute("UPDATE site_preview SET expires_at = now() - interval '1 second'")
    assert seen(token) is None
    assert token not in browser.as_(cast.thaba.admin).get("/site/previews/").main


def test_a_link_that_was_ended_leads_nowhere(site, browser, cast, sql, app, seen, events):
    token, preview_id = made(browser, cast, sql, app)
    browser.as_(cast.thaba.admin).post(f"/site/previews/{preview_id}/end", {})
    assert seen(token) is None
    assert events(cast.thaba) == ["site.share_preview", "site.end_preview"]


def test_the_database_does_not_know_the_token(site, browser, cast, sql, app):
    token, _ = made(browser, cast, sql, app)
    assert token not in str(sql.execute("SELECT * FROM site_preview").fetchall())


def test_a_token_is_worth_nothing_in_another_school(site, browser, cast, sql, app, seen):
    shared, _ = made(browser, cast, sql, app)
    with outside(), acting_for(1):
        own = own_token(app.extensions["settings"])
    assert seen(own, 1).document == DRAFT
    assert seen(own, 2) is None
    assert seen(shared, 2) is None


def test_a_link_of_ones_own_holds_for_half_an_hour_and_shows_a_version_too(site, app, seen):
    with outside(), acting_for(1):
        draft, version = own_token(app.extensions["settings"]), own_token(app.extensions["settings"], 1)
    assert seen(draft).version is None
    assert (seen(version).version, seen(version).document) == (1, a_document())
    left = seen(draft).expires_at - clock.now()
    assert dt.timedelta(minutes=29) < left <= dt.timedelta(minutes=30)


@pytest.mark.parametrize("token", ["", "o", "p", "x", "o" * 48, "p" * 48, "o====", "ö", "o" + "A" * 38, "p" + "A" * 2000])
def test_tokens_that_nobody_made_show_nothing(site, seen, token):
    assert seen(token) is None


def test_a_token_that_was_altered_shows_nothing(site, app, seen):
    with outside(), acting_for(1):
        token = own_token(app.extensions["settings"])
    for place in (1, 5, 9, 14, 30):
        altered = token[:place] + ("B" if token[place] != "B" else "C") + token[place + 1 :]
        assert seen(altered) is None


def test_what_is_missing_is_said_and_there_is_an_end_to_links(site, browser, cast, app):
    page = browser.as_(cast.thaba.admin).post("/site/previews/", {"days": "400"})
    assert page.problems == ["Choose how long it holds", "Say whom it is for"]
    with outside(), acting_for(1):
        for number in range(previews.MOST):
            db.session.add(
                SitePreview(token_hash=str(number), expires_at=clock.now() + dt.timedelta(days=1), by_name="x")
            )  # fmt: skip
        db.session.commit()
    assert browser.as_(cast.thaba.admin).post("/site/previews/", {"days": "7", "note": "x"}).status == 422


def test_every_preview_link_of_the_builder_leads_to_a_page(browser, cast, sql):
    pages = (
        a_page("home", "", a_block("text", "welcome", text={"en": "Words."})),
        a_page("hall", "hall", a_block("text", "more")),
    )
    add_site(sql, cast.thaba, a_document(*pages, a_page("attic", "attic", is_hidden=True)))
    builder = browser.as_(cast.thaba.admin)
    for where in (
        "builder/",
        "builder/pages/home",
        "builder/pages/hall",
        "builder/pages/attic",
        "builder/blocks/more",
        "versions/1",
    ):
        link = builder.get(f"/site/{where}").links()["Preview (opens in a new tab)"]
        assert browser.client.get(link, follow_redirects=True).status_code == 200, where
