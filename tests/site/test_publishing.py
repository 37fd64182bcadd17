"""Publishing, versions, and the way back to one of them: to the byte."""

from __future__ import annotations

import hashlib

import pytest

from app.domain.site import versions
from app.domain.site.document import SiteDocument
from tests.site.arranged import a_block, a_document, a_page, a_picture, add_site, add_version

OTHER = a_document(a_page("home", "", a_block("text", "welcome", heading={"en": "Welcome"}, text={"en": "Other words."})))


def published(sql, school):
    """The number and the bytes that everybody sees."""
    return sql.execute(
        "SELECT v.number, v.document FROM site s JOIN site_version v ON v.school_id = s.school_id"
        " AND v.number = s.published_version WHERE s.school_id = %s",
        (school.id,),
    ).fetchone()


def test_publishing_asks_for_proof_first(browser, cast, sql):
    add_site(sql, cast.thaba, published=False)
    answer = browser.as_(cast.thaba.owner).get("/site/builder/publish")
    assert answer.status == 303
    assert answer.location.startswith("/account/confirm") or "confirm" in answer.location


def test_the_first_publishing_puts_the_website_online(browser, cast, sql, proven, events):
    add_site(sql, cast.thaba, published=False)
    site = browser.as_(proven(cast.thaba.owner))
    form = site.get("/site/builder/publish").form()
    answer = site.post("/site/builder/publish", form | {"note": "We begin"})
    assert answer.location == "/site/versions/1"
    number, document = published(sql, cast.thaba)
    assert (number, document) == (1, a_document().written)
    row = sql.execute("SELECT is_on, stamp > 1 FROM site").fetchone()
    assert row == (True, True)
    version = sql.execute("SELECT sha256, note, by_name FROM site_version").fetchone()
    assert version == (hashlib.sha256(document).hexdigest(), "We begin", "Nomvula Khumalo")
    assert events(cast.thaba) == ["site.publish"]


def test_a_bad_page_is_not_published_and_every_line_leads_to_what_mends_it(browser, cast, sql, proven):
    bad = a_document(
        a_page("home", "", a_block("picture", "tree"), a_block("text", "words")), a_page("hall", "hall"), accent="#ffffff"
    )
    add_site(sql, cast.thaba, bad, published=False)
    site = browser.as_(proven(cast.thaba.owner))
    page = site.get("/site/builder/publish")
    assert "It cannot be published like this" in page.main
    links = page.links()
    assert links["No picture is chosen."] == "/site/builder/blocks/tree"
    assert links["“Text” is empty in every language."] == "/site/builder/blocks/words"
    assert links["The page is empty. Add a block or hide the page."] == "/site/builder/pages/hall"
    assert any(address == "/site/settings/" and "contrast" in text for text, address in links.items())
    refused = site.post("/site/builder/publish", {"revision": "1"})
    assert refused.status == 422
    assert sql.execute("SELECT count(*) FROM site_version").fetchone() == (0,)


def test_what_somebody_changed_since_one_looked_is_not_published_unseen(browser, cast, sql, proven):
    add_site(sql, cast.thaba, published=False)
    site = browser.as_(proven(cast.thaba.owner))
    form = site.get("/site/builder/publish").form() | {"note": "Dear words"}
    other = browser.as_(cast.thaba.admin)
    other.post(
        "/site/builder/blocks/welcome", other.get("/site/builder/blocks/welcome").form() | {"text_en": "Quite other words."}
    )
    late = site.post("/site/builder/publish", form)
    assert late.status == 409
    assert "Somebody has changed the draft since you looked at it" in late.main
    assert late.form("/site/builder/publish")["note"] == "Dear words"
    assert sql.execute("SELECT count(*) FROM site_version").fetchone() == (0,)


def test_the_same_is_not_published_twice(browser, cast, sql, proven):
    add_site(sql, cast.thaba)
    site = browser.as_(proven(cast.thaba.owner))
    assert "There is nothing to publish" in site.get("/site/builder/publish").main
    assert site.post("/site/builder/publish", {"revision": "1"}).status == 409


def test_rolling_back_publishes_the_old_bytes_byte_for_byte(browser, cast, sql, proven, events, draft):
    add_site(sql, cast.thaba)
    (_, old), site = published(sql, cast.thaba), browser.as_(proven(cast.thaba.owner))
    sql.execute("UPDATE site SET draft = %s::jsonb", (OTHER.written.decode(),))
    site.post("/site/builder/publish", {"revision": "1"})
    assert published(sql, cast.thaba) == (2, OTHER.written)
    answer = site.post("/site/versions/1/roll-back", {"note": "Too soon"})
    assert answer.location == "/site/versions/3"
    number, now = published(sql, cast.thaba)
    assert (number, now) == (3, old)
    page = site.get("/site/versions/3")
    assert hashlib.sha256(old).hexdigest() in page.main
    assert "Brought back" in page.main
    assert site.get("/site/versions/3/document.json").response.get_data() == old
    assert draft(cast.thaba) == OTHER
    assert events(cast.thaba) == ["site.publish", "site.roll_back"]


def test_bytes_that_were_written_by_another_release_come_back_as_they_were(browser, cast, sql, proven):
    """Spaces and an order of keys that we would not write: nothing is written anew on the way back."""
    add_site(sql, cast.thaba, OTHER)
    odd = b" " + a_document().written.replace(b'"languages":["en"]', b'"languages" : [ "en" ]')
    sql.execute(
        "INSERT INTO site_version (school_id, id, number, document, sha256, by_name) SELECT 1, gen_random_uuid(), 2, %s, %s, 'X'",
        (odd, hashlib.sha256(odd).hexdigest()),
    )
    browser.as_(proven(cast.thaba.owner)).post("/site/versions/2/roll-back", {})
    assert published(sql, cast.thaba) == (3, odd)


def test_a_version_that_would_be_broken_now_is_not_brought_back(browser, cast, sql, proven):
    picture = a_picture(sql, cast.thaba)
    add_site(sql, cast.thaba, OTHER)
    add_version(sql, cast.thaba, 2, a_document(a_page("home", "", a_block("picture", "tree", picture=str(picture)))))
    sql.execute("DELETE FROM site_picture")
    site = browser.as_(proven(cast.thaba.owner))
    page = site.get("/site/versions/2/roll-back")
    assert "The picture is no longer there. Choose another one." in page.main
    assert site.post("/site/versions/2/roll-back", {}).status == 422
    assert published(sql, cast.thaba)[0] == 1


def test_an_old_version_becomes_the_draft_without_visitors_seeing_it(browser, cast, sql, draft, events):
    add_site(sql, cast.thaba)
    sql.execute("UPDATE site SET draft = %s::jsonb", (OTHER.written.decode(),))
    asked = browser.as_(cast.thaba.admin).get("/site/versions/1/draft")
    assert "Other words." in asked.main
    browser.as_(cast.thaba.admin).post("/site/versions/1/draft", {})
    assert draft(cast.thaba) == a_document()
    assert published(sql, cast.thaba)[0] == 1
    assert events(cast.thaba) == ["site.take_draft_from"]


def test_two_versions_are_compared_in_plain_words(browser, cast, sql):
    add_site(sql, cast.thaba)
    hall = a_page("hall", "hall", a_block("text", "more", text={"en": "A hall."}), title="The hall")
    changed = a_block(
        "text", "welcome", heading={"en": "Welcome"}, text={"en": "We are <b>many</b>.", "zu": "Siningi."}, level="3"
    )
    add_version(sql, cast.thaba, 2, a_document(a_page("home", "", changed), hall, theme="atlantic"))
    page = browser.as_(cast.thaba.admin).get("/site/versions/2?with=1")
    for sentence in (
        "The website has other colours.", "On page “Home”, Text: “Text” is different in English.", "We are a school.",
        "We are <b>many</b>.", "On page “Home”, Text: “Text” is different in isiZulu.", "A part of the section above",
        "Page “The hall” was added.", "On page “The hall” a block was added: Text.",
    ):  # fmt: skip
        assert sentence in page.main
    assert browser.as_(cast.thaba.admin).get("/site/versions/3").status == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d["pages"].reverse(), "page_moved"), (lambda d: d["pages"].pop(), "page_removed"),
        (lambda d: d["pages"][1].update(is_hidden=True), "page_hidden"), (lambda d: d["pages"][1].update(in_menu=False), "page_out_of_menu"),
        (lambda d: d["pages"][1].update(slug="hall2"), "page_slug"), (lambda d: d["pages"][1].update(title={"en": "X"}), "page_title"),
        (lambda d: d["pages"][0].update(description={"af": "X"}), "page_description"),
        (lambda d: d["pages"][0]["blocks"].reverse(), "block_moved"), (lambda d: d["pages"][0]["blocks"].pop(), "block_removed"),
        (lambda d: d.update(title={"en": "X"}), "site_title"), (lambda d: d.update(description={}), "site_description"),
        (lambda d: d.update(languages=["en", "zu"]), "languages"), (lambda d: d["options"].update(corners="square"), "options"),
        (lambda d: d.update(template="column", options={"letters": "plain"}), "template"), (lambda d: d.update(accent="#123456"), "theme"),
    ],
)  # fmt: skip
def test_each_difference_is_named(change, code):
    blocks = [a_block("text", "one", text={"en": "1"}), a_block("text", "two", text={"en": "2"})]
    old = a_document(a_page("home", "", *blocks), a_page("hall", "hall"))
    data = a_document(a_page("home", "", *blocks), a_page("hall", "hall")).as_dict()
    change(data)
    assert [one.code for one in versions.difference(old, SiteDocument.read(data))] == [code]
    assert versions.difference(old, old) == []


def test_the_list_of_versions_says_who_when_and_why(browser, cast, sql):
    add_site(sql, cast.thaba)
    for number in range(2, 31):
        add_version(sql, cast.thaba, number, a_document())
    site = browser.as_(cast.thaba.admin)
    page = site.get("/site/versions/")
    assert "Version 30" in page.main
    assert "Naledi" in page.main
    assert "Version 5" not in page.main.replace("Version 5 ", "")
    older = site.get(page.links()["Older"])
    assert "Visitors see it" in older.main
    assert site.get("/site/versions/?below=x").status == 200


def test_the_website_is_taken_offline_and_put_back(browser, cast, sql, proven, events):
    add_site(sql, cast.thaba)
    site = browser.as_(proven(cast.thaba.owner))
    assert site.post("/site/settings/offline", {}).problems == ["Say why"]
    site.post("/site/settings/offline", {"why": "We move house"})
    assert sql.execute("SELECT is_on, off_why FROM site").fetchone() == (False, "We move house")
    assert "It was taken offline: We move house" in site.get("/site/settings/").main
    site.post("/site/settings/online", {})
    assert sql.execute("SELECT is_on, off_why FROM site").fetchone() == (True, "")
    assert events(cast.thaba) == ["site.take_offline", "site.put_online"]


def test_what_was_never_published_cannot_go_online(browser, cast, sql):
    add_site(sql, cast.thaba, published=False)
    browser.as_(cast.thaba.admin).post("/site/settings/online", {})
    assert sql.execute("SELECT is_on FROM site").fetchone() == (False,)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE school SET contact_phone = '+27 11 555 0000' WHERE id = 1",
        "INSERT INTO school_event (school_id, id, title, text, starts_at) VALUES (1, gen_random_uuid(), '{}', '{}', now())",
        "INSERT INTO school_logo (school_id, id, image, width, height, alt) VALUES (1, gen_random_uuid(), 'x', 1, 1, 'x')",
        "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (1, gen_random_uuid(), '3A', '3a', 2026)",
        "INSERT INTO site_picture (school_id, id, name, alt, width, height, by_name)"
        " VALUES (1, gen_random_uuid(), 'x', '{}', 1, 1, 'x')",
    ],
)
def test_whatever_public_pages_show_moves_the_stamp(sql, cast, change):
    add_site(sql, cast.thaba)
    add_site(sql, cast.karoo)
    before = sql.execute("SELECT stamp FROM site WHERE school_id = 1").fetchone()[0]
    sql.execute(change)
    assert sql.execute("SELECT school_id, stamp FROM site ORDER BY school_id").fetchall() == [(1, before + 1), (2, before)]


def test_versions_are_never_changed_by_the_application(sql):
    rights = sql.execute(
        "SELECT privilege_type FROM information_schema.role_table_grants WHERE table_name = 'site_version' AND grantee = 'umthi_app'"
    ).fetchall()
    assert sorted(right for (right,) in rights) == ["INSERT", "SELECT"]
