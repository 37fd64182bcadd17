"""Pages and blocks of the draft, as somebody builds them."""

from __future__ import annotations

from app.domain.site.blocks import KINDS
from tests.site.arranged import a_block, a_document, a_page, add_site

TEXT = {"heading_en": "Our hall", "level": "2", "text_en": "It is **large**."}


def begun(browser, cast):
    site = browser.as_(cast.thaba.admin)
    site.post("/site/begin", {})
    return site


def test_a_website_begins_with_an_empty_home_in_the_languages_of_the_school(browser, cast, draft, events):
    page = browser.as_(cast.thaba.admin).get("/site/builder/")
    assert "There is no website yet" in page.main
    answer = browser.as_(cast.thaba.admin).post("/site/begin", {})
    assert answer.location == "/site/builder/"
    site = draft(cast.thaba)
    assert (site.languages, site.home.blocks) == (("zu", "en", "af"), ())
    assert events(cast.thaba) == ["site.begin"]
    assert "The page is empty" in browser.as_(cast.thaba.admin).get("/site/builder/").main


def test_a_page_is_added_with_an_address_made_of_its_title(browser, cast, draft, events):
    site = begun(browser, cast)
    answer = site.post("/site/builder/pages/new", {"title_en": "Our Teachers!", "in_menu": "y"})
    page = draft(cast.thaba).page_at("our-teachers")
    assert answer.location == f"/site/builder/pages/{page.key}"
    assert page.title == {"en": "Our Teachers!"}
    assert events(cast.thaba)[-1] == "site.add_page"


def test_an_address_is_not_taken_twice_and_not_one_of_the_websites_own(browser, cast):
    site = begun(browser, cast)
    site.post("/site/builder/pages/new", {"title_en": "Hall", "slug": "hall"})
    assert site.post("/site/builder/pages/new", {"title_en": "Hall"}).problems == [
        "Another page has this address. Choose another one."
    ]
    refused = site.post("/site/builder/pages/new", {"title_en": "Events", "slug": "lead"})
    assert (refused.status, refused.problems) == (422, ["This address is used by the website itself. Choose another one."])
    assert site.post("/site/builder/pages/new", {}).problems[0] == "Enter a title in at least one language"


def test_a_page_is_renamed_and_an_editor_who_comes_too_late_loses_nothing(browser, cast, sql, draft):
    add_site(sql, cast.thaba, a_document(a_page("home", ""), a_page("hall", "hall")))
    first = browser.as_(cast.thaba.admin).get("/site/builder/pages/hall/edit").form()
    second = browser.as_(cast.thaba.owner).get("/site/builder/pages/hall/edit").form()
    browser.as_(cast.thaba.admin).post("/site/builder/pages/hall/edit", first | {"title_en": "The hall"})
    late = browser.as_(cast.thaba.owner).post("/site/builder/pages/hall/edit", second | {"title_en": "Hall of sports"})
    assert late.status == 409
    assert "Somebody else has changed this meanwhile" in late.main
    assert late.form()["title_en"] == "Hall of sports"
    assert draft(cast.thaba).page("hall").title["en"] == "The hall"
    browser.as_(cast.thaba.owner).post("/site/builder/pages/hall/edit", late.form())
    assert draft(cast.thaba).page("hall").title["en"] == "Hall of sports"


def test_a_page_is_moved_removed_and_put_back(browser, cast, sql, draft, events):
    add_site(sql, cast.thaba, a_document(a_page("home", ""), a_page("hall", "hall"), a_page("gate", "gate")))
    site = browser.as_(cast.thaba.admin)
    site.post("/site/builder/pages/gate/move", {"to": "1"})
    assert [page.key for page in draft(cast.thaba).pages] == ["home", "gate", "hall"]
    site.post("/site/builder/pages/gate/remove", {})
    assert [page.key for page in draft(cast.thaba).pages] == ["home", "hall"]
    assert "Removed lately" in site.get("/site/builder/").main
    site.post("/site/builder/removed/gate/restore", {})
    assert [page.key for page in draft(cast.thaba).pages] == ["home", "gate", "hall"]
    assert "Removed lately" not in site.get("/site/builder/").main
    assert events(cast.thaba) == ["site.move_page", "site.remove_page", "site.put_back"]


def test_the_home_page_stays(browser, cast, sql, draft):
    add_site(sql, cast.thaba)
    browser.as_(cast.thaba.admin).post("/site/builder/pages/home/remove", {})
    assert draft(cast.thaba).home.key == "home"


def test_a_block_is_added_written_copied_moved_and_removed(browser, cast, sql, draft, events):
    add_site(sql, cast.thaba)
    site = browser.as_(cast.thaba.admin)
    answer = site.post("/site/builder/pages/home/blocks", {"kind": "text"})
    key = answer.location.rsplit("/", 1)[1]
    form = site.get(answer.location).form()
    site.post(answer.location, form | TEXT)
    _, block = draft(cast.thaba).place(key)
    assert block.content == {"heading": {"en": "Our hall"}, "level": "2", "text": {"en": "It is **large**."}}
    site.post(f"/site/builder/blocks/{key}/copy", {})
    assert [one.content == block.content for one in draft(cast.thaba).home.blocks] == [False, True, True]
    site.post(f"/site/builder/blocks/{key}/move", {"to": "0"})
    assert draft(cast.thaba).home.blocks[0].key == key
    site.post(f"/site/builder/blocks/{key}/remove", {})
    assert draft(cast.thaba).place(key) is None
    assert events(cast.thaba) == [
        "site.add_block",
        "site.change_block",
        "site.copy_block",
        "site.move_block",
        "site.remove_block",
    ]


def test_two_editors_of_one_block_the_second_is_told_and_loses_nothing(browser, cast, sql, draft):
    add_site(sql, cast.thaba)
    where = "/site/builder/blocks/welcome"
    first = browser.as_(cast.thaba.admin).get(where).form()
    second = browser.as_(cast.thaba.owner).get(where).form()
    browser.as_(cast.thaba.admin).post(where, first | {"text_en": "The words of the first."})
    late = browser.as_(cast.thaba.owner).post(where, second | {"text_en": "The words of the second."})
    assert late.status == 409
    assert "The words of the first." in late.main
    assert late.form()["text_en"] == "The words of the second."
    assert draft(cast.thaba).home.blocks[0].content["text"] == {"en": "The words of the first."}
    browser.as_(cast.thaba.owner).post(where, late.form())
    assert draft(cast.thaba).home.blocks[0].content["text"] == {"en": "The words of the second."}


def test_two_editors_of_different_blocks_do_not_disturb_each_other(browser, cast, sql, draft):
    other = a_block("text", "other", text={"en": "Old."})
    welcome = a_block("text", "welcome", text={"en": "Old."})
    add_site(sql, cast.thaba, a_document(a_page("home", "", welcome, other)))
    first = browser.as_(cast.thaba.admin).get("/site/builder/blocks/welcome").form()
    second = browser.as_(cast.thaba.owner).get("/site/builder/blocks/other").form()
    browser.as_(cast.thaba.admin).post("/site/builder/blocks/welcome", first | {"text_en": "One."})
    browser.as_(cast.thaba.owner).post("/site/builder/blocks/other", second | {"text_en": "Two."})
    assert [block.content["text"]["en"] for block in draft(cast.thaba).home.blocks] == ["One.", "Two."]


def test_a_block_that_was_removed_meanwhile_comes_back_with_what_was_typed(browser, cast, sql, draft):
    add_site(sql, cast.thaba)
    where = "/site/builder/blocks/welcome"
    typed = browser.as_(cast.thaba.owner).get(where).form() | {"text_en": "Long and dear words."}
    browser.as_(cast.thaba.admin).post(f"{where}/remove", {})
    late = browser.as_(cast.thaba.owner).post(where, typed)
    assert late.status == 409
    assert late.form()["text_en"] == "Long and dear words."
    browser.as_(cast.thaba.owner).post(where, late.form())
    assert draft(cast.thaba).home.blocks[0].content["text"] == {"en": "Long and dear words."}
    assert "Removed lately" not in browser.as_(cast.thaba.owner).get("/site/builder/").main


def test_the_fallback_of_a_text_is_visible_where_it_is_empty(browser, cast, sql):
    welcome = a_block("text", "welcome", heading={"en": "Welcome"}, text={"en": "We **are** a school."})
    add_site(sql, cast.thaba, a_document(a_page("home", "", welcome), languages=["zu", "en"]))
    page = browser.as_(cast.thaba.admin).get("/site/builder/blocks/welcome")
    assert page.main.count("Empty, so visitors read: We are a school.") == 2  # zu, and af of which the site has none


def test_staff_are_written_row_by_row(browser, cast, sql, draft):
    add_site(sql, cast.thaba, a_document(a_page("home", "", a_block("staff", "team"))))
    site, where = browser.as_(cast.thaba.admin), "/site/builder/blocks/team"
    form = site.get(where).form() | {"heading_en": "Our team", "people_0_name": "Naledi Dube", "people_0_role_en": "Head"}
    answer = site.post(where, form | {"more": "yes"})
    assert answer.location == f"{where}#rows"
    form = site.get(where).form() | {"people_1_name": "Sipho Nkosi"}
    site.post(where, form)
    people = draft(cast.thaba).home.blocks[0].content["people"]
    assert [(one["name"], one["role"]) for one in people] == [("Naledi Dube", {"en": "Head"}), ("Sipho Nkosi", {})]
    site.post(where, site.get(where).form() | {"up": "people:1"})
    assert [one["name"] for one in draft(cast.thaba).home.blocks[0].content["people"]] == ["Sipho Nkosi", "Naledi Dube"]
    site.post(where, site.get(where).form() | {"people_0_gone": "y"})
    assert [one["name"] for one in draft(cast.thaba).home.blocks[0].content["people"]] == ["Naledi Dube"]


def test_what_cannot_stand_in_a_block_is_said_where_it_was_chosen(browser, cast, sql):
    add_site(sql, cast.thaba, a_document(a_page("home", "", a_block("hero", "top"))))
    site, where = browser.as_(cast.thaba.admin), "/site/builder/blocks/top"
    page = site.post(where, site.get(where).form() | {"target": "javascript:alert(1)", "picture": "x"})
    assert page.status == 422
    assert page.problems == [
        "This picture is no longer there. Choose another one.",
        "This is no link: use https://…, mailto:…, tel:… or /page for a page of this website",
    ]


def test_a_link_leads_to_a_page_or_to_an_address_and_none_is_dropped_in_silence(browser, cast, sql, draft):
    top = a_block("hero", "top", target="page:hall")
    add_site(sql, cast.thaba, a_document(a_page("home", "", top), a_page("hall", "hall")))
    site, where = browser.as_(cast.thaba.admin), "/site/builder/blocks/top"
    page = site.post(where, site.get(where).form() | {"target": "https://hall.example/"})
    assert (page.status, page.problems) == (422, ["Choose a page or type an address, not both"])
    assert page.one("input", id="target").get("aria-invalid") == "true"
    assert (page.form()["target_page"], page.form()["target"]) == ("page:hall", "https://hall.example/")
    site.post(where, page.form() | {"target_page": ""})
    assert draft(cast.thaba).home.blocks[0].content["target"] == "https://hall.example/"
    assert site.post(where, site.get(where).form() | {"target_page": "page:hall", "target": "/hall"}).status == 303
    assert draft(cast.thaba).home.blocks[0].content["target"] == "page:hall"


def test_a_page_has_at_most_one_opening(browser, cast, sql, draft):
    add_site(sql, cast.thaba, a_document(a_page("home", "", a_block("hero", "top"))))
    page = browser.as_(cast.thaba.admin).post("/site/builder/pages/home/blocks", {"kind": "hero"})
    assert page.location == "/site/builder/pages/home"
    assert len(draft(cast.thaba).home.blocks) == 1


def test_a_kind_that_is_not_there_adds_nothing(browser, cast, sql, draft):
    add_site(sql, cast.thaba)
    browser.as_(cast.thaba.admin).post("/site/builder/pages/home/blocks", {"kind": "script"})
    assert len(draft(cast.thaba).home.blocks) == 1


def test_the_pages_of_the_builder_are_sound_in_three_languages(browser, cast, sql):
    kinds = ("hero", "picture", "staff", "map", "contact", "classes")
    blocks = [a_block(kind, f"b{number}") for number, kind in enumerate(kinds)]
    add_site(sql, cast.thaba, a_document(a_page("home", "", *blocks), a_page("hall", "hall", is_hidden=True)))
    for language in ("en", "af", "zu"):
        sql.execute("UPDATE app_user SET language = %s", (language,))
        site = browser.as_(cast.thaba.admin, language=language)
        for where in ("", "pages/home", "pages/home/edit", "pages/hall/edit", "pages/new", *(f"blocks/b{n}" for n in range(6))):
            assert site.get(f"/site/builder/{where}").status == 200


def test_who_may_not_manage_the_website_sees_none_of_it(browser, cast, sql):
    add_site(sql, cast.thaba)
    for someone in (cast.thaba.teacher, cast.thaba.officer, cast.thaba.guardian):
        assert browser.as_(someone).get("/site/builder/").status == 403


def test_every_kind_of_block_can_be_added_and_opened(browser, cast, sql):
    add_site(sql, cast.thaba)
    site = browser.as_(cast.thaba.admin)
    for kind in KINDS:
        where = site.post("/site/builder/pages/home/blocks", {"kind": kind}).location
        assert site.get(where).status == 200
        assert site.post(where, site.get(where).form()).status == 303
    assert site.get("/site/builder/pages/home").status == 200
