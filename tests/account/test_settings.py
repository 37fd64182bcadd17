"""The language and the profile of a person."""

import pytest


@pytest.mark.parametrize(("choice", "lang"), [("en", "en"), ("af", "af"), ("zu", "zu")])
def test_a_language_holds_at_once(browser, cast, sql, choice, lang):
    someone = browser.as_(cast.karoo.teacher)
    page = someone.post("/settings/language", {"language": choice})
    assert (page.status, page.location) == (303, "/settings/language")
    assert someone.get("/settings/language").one("html").get("lang") == lang
    assert someone.get("/dashboard/").one("html").get("lang") == lang
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'account.choose_language'").fetchone() == (1,)


def test_the_schools_language_can_be_taken_again(browser, cast, sql):
    someone = browser.as_(cast.multi)
    assert someone.get("/settings/language").one("html").get("lang") == "en"
    someone.post("/settings/language", {"language": "school"})
    assert sql.execute("SELECT language FROM app_user WHERE id = %s", (cast.multi.user_id,)).fetchone() == (None,)
    page = someone.get("/settings/language")
    assert page.one("html").get("lang") == "zu"
    assert page.form()["language"] == "school"


@pytest.mark.parametrize("typed", ["", "xx", "EN"])
def test_a_language_that_does_not_exist(browser, cast, typed):
    page = browser.as_(cast.multi).post("/settings/language", {"language": typed})
    assert (page.status, page.problems) == (422, ["Choose a language"])


def test_a_person_without_a_school_has_settings_too(browser, cast):
    for path in ("/settings/language", "/settings/profile", "/settings/password"):
        assert browser.as_(cast.nobody).get(path).status == 200
        assert browser.as_(cast.operator).get(path).status == 200


def test_a_name_can_be_changed(browser, cast, sql):
    someone = browser.as_(cast.multi)
    assert someone.post("/settings/profile", {"name": "  Zanele <b>Botha</b> "}).status == 303
    page = someone.get("/settings/profile")
    assert page.one("input", name="name").get("value") == "Zanele <b>Botha</b>"
    assert "Your name is saved." in page.banners
    changes = str(sql.execute("SELECT changes FROM platform_event WHERE action = 'account.rename'").fetchone())
    assert "Zanele" not in changes, "names stand beside the event, where they can be erased"


@pytest.mark.parametrize(("typed", "problem"), [("", "Enter your name"), ("x" * 101, "Too long: at most 100 characters")])
def test_a_name_is_needed_and_fits(browser, cast, typed, problem):
    page = browser.as_(cast.multi).post("/settings/profile", {"name": typed})
    assert (page.status, page.problems) == (422, [problem])


def test_the_profile_lists_address_and_schools(browser, cast):
    page = browser.as_(cast.multi).get("/settings/profile")
    assert "multi@example.com" in page.main
    assert "Thaba Nkulu Primary" in page.main
    assert "Laerskool Karoo" in page.main
    assert not page.all("input", name="email"), "the address is not for changing here"


def test_the_account_menu_leads_to_the_profile(browser, cast):
    page = browser.as_(cast.multi).get("/settings/profile")
    assert [a for a in page.all("a") if a.get("href") == "/settings/profile"]
