"""How the website looks, in which languages it is: checked by the schema before any of it is saved."""

from __future__ import annotations

import pytest

from tests.site.arranged import add_site

WHERE = "/site/settings/"


@pytest.fixture
def typed(browser, cast, sql):
    """The form of the settings as it stands, and what posts it."""
    add_site(sql, cast.thaba)
    site = browser.as_(cast.thaba.admin)
    form = site.get(WHERE).form()

    def post(**change):
        return site.post(WHERE, form | change)

    return post


def test_settings_are_saved_in_the_draft(typed, cast, draft, events, sql):
    saved = typed(
        template="bands", corners="square", theme="atlantic", accent="#123456", first="zu", second="en", third="",
        title_zu="Isikole", description_zu="Isikole sethu.",
    )  # fmt: skip
    assert saved.status == 303, saved.problems
    site = draft(cast.thaba)
    assert (site.template, site.options["corners"], site.theme, site.accent) == ("bands", "square", "atlantic", "#123456")
    assert site.languages == ("zu", "en")
    assert site.title == {"en": "Thaba Nkulu", "zu": "Isikole"}
    assert events(cast.thaba) == ["site.change_settings"]
    assert sql.execute("SELECT draft_revision FROM site").fetchone() == (2,)


def test_a_wrong_template_says_check_the_template_key_on_its_field(typed, cast, draft):
    page = typed(template="clasic")
    assert (page.status, page.problems) == (422, ["There is no such template: check the template key."])
    (field,) = [e for e in page.all("div") if e.get("id") == "template-error"]
    assert field is not None
    assert draft(cast.thaba).template == "classic"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"theme": "neon"}, "There is no such theme: choose one of these."),
        ({"corners": "wavy"}, "The template has no such setting: choose one of these."),
        ({"accent": "red"}, "Enter a colour as # and six digits or letters, like #0f6b5c. Leave it empty for the theme’s."),
        ({"accent": "#fff;}"}, "Enter a colour as # and six digits or letters, like #0f6b5c. Leave it empty for the theme’s."),
        ({"first": ""}, "Choose the language that the website is written in first."),
        ({"first": "de"}, "Choose the language that the website is written in first."),
        ({"second": "de"}, "Choose one of these languages."), ({"second": "en"}, "This language is chosen twice."),
        ({"title_en": "x" * 81}, "Too long: at most 80 characters"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_on_its_field(typed, change, problem):
    assert typed(**change).problems == [problem]


def test_options_that_a_template_does_not_have_are_left_out(typed, cast, draft):
    typed(template="column", corners="wavy")
    assert draft(cast.thaba).options == {"letters": "plain"}


def test_colours_that_cannot_be_read_are_told_at_once(typed, browser, cast):
    typed(accent="#ffff00")
    assert "The contrast of the words on buttons is 1.07 to 1" in browser.as_(cast.thaba.admin).get(WHERE).main


def test_two_people_who_change_the_settings_do_not_undo_each_other(typed, browser, cast, draft):
    other = browser.as_(cast.thaba.owner)
    other.post(WHERE, other.get(WHERE).form() | {"theme": "granite"})
    late = typed(theme="jacaranda")
    assert late.status == 409
    assert "What is saved now" in late.main
    assert late.form()["theme"] == "jacaranda"
    assert draft(cast.thaba).theme == "granite"
    typed(**late.form())
    assert draft(cast.thaba).theme == "jacaranda"


def test_without_a_website_the_page_says_how_one_begins(browser, cast):
    page = browser.as_(cast.thaba.admin).get(WHERE)
    assert page.h1 == "Website settings"
    assert "Begin the website" in page.main


def test_who_may_not_manage_the_website_gets_403(browser, cast):
    assert browser.as_(cast.thaba.teacher).get(WHERE).status == 403
