"""The language and the profile of a person."""

import pytest

from tests.notices.arranged import TRILINGUAL, add_notice


def languages_at_schools(sql, someone):
    """In which language each school writes to a user who is or was its member, by school."""
    return dict(sql.execute(
        "SELECT m.school_id, p.language FROM membership m JOIN person p ON p.school_id = m.school_id AND p.id = m.person_id"
        " WHERE m.user_id = %s", (someone.user_id,),
    ).fetchall())  # fmt: skip


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


@pytest.mark.parametrize("choice", ["en", "af", "zu"])
def test_the_mail_speaks_the_language_that_was_chosen(browser, cast, sql, work_off, mailserver, choice):
    someone, notice = browser.as_(cast.karoo.admin), add_notice(sql, cast.karoo, TRILINGUAL)
    sql.execute("UPDATE person SET language = 'en' WHERE id = %s", (cast.karoo.admin.person_id,))
    someone.post("/settings/language", {"language": choice})
    someone.post(f"/schedule-notices/{notice}/test")
    work_off()
    (mail,) = mailserver.mails
    assert mail.subject.endswith(f": {TRILINGUAL[choice]}")
    assert someone.get(f"/schedule-notices/{notice}").h1 == TRILINGUAL[choice]


def test_with_the_schools_language_the_mail_speaks_it_again(browser, cast, sql, work_off, mailserver):
    someone, notice = browser.as_(cast.karoo.admin), add_notice(sql, cast.karoo, TRILINGUAL)
    someone.post("/settings/language", {"language": "zu"})
    someone.post("/settings/language", {"language": "school"})
    someone.post(f"/schedule-notices/{notice}/test")
    work_off()
    assert [mail.subject.endswith(f": {TRILINGUAL['af']}") for mail in mailserver.mails] == [True]


def test_every_school_of_a_person_hears_of_the_language_and_nobody_else_changes(browser, cast, sql):
    others = "SELECT id, language FROM person WHERE email <> %s ORDER BY id"
    before = sql.execute(others, (cast.multi.email,)).fetchall()
    browser.as_(cast.multi).post("/settings/language", {"language": "af"})
    assert languages_at_schools(sql, cast.multi) == {1: "af", 2: "af"}
    browser.as_(cast.multi).post("/settings/language", {"language": "school"})
    assert languages_at_schools(sql, cast.multi) == {1: None, 2: None}
    assert sql.execute(others, (cast.multi.email,)).fetchall() == before


def test_a_school_that_a_person_has_left_hears_nothing(browser, cast, sql):
    sql.execute("UPDATE membership SET ended_at = now() WHERE user_id = %s AND school_id = 2", (cast.multi.user_id,))
    browser.as_(cast.multi).post("/settings/language", {"language": "af"})
    assert languages_at_schools(sql, cast.multi) == {1: "af", 2: "en"}


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
