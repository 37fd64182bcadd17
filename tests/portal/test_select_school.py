"""Switching between schools, and forms that were opened before a switch."""

import re

import pytest
from flask import Blueprint
from wtforms import StringField, TextAreaField

from app.access.gate import allow, signed_in
from app.access.permissions import Permission
from app.area import Area
from app.factory import create_app
from app.tenancy.database import db
from app.web.forms import Form
from app.web.page import render
from blueprints import AREAS
from tests.conftest import Browser

SELECT = "/portal/select-school/"


def place(page):
    """The school that the shell shows."""
    return page.one("header", id="menu").find(".//{*}strong").text


def active(sql, someone):
    return sql.execute("SELECT active_school FROM login_session WHERE user_id = %s", (someone.user_id,)).fetchone()[0]


def test_the_page_lists_schools_with_role_and_marks_the_current_one(browser, cast):
    page = browser.as_(cast.multi).get(SELECT)
    rows = [
        re.sub(r"\s+", " ", "".join(li.itertext())).strip()
        for li in page.all("main")[0].iter("{http://www.w3.org/1999/xhtml}li")
    ]
    assert rows == ["Laerskool KarooAdmin Work in Laerskool Karoo", "Thaba Nkulu PrimaryAdmin You are here"]


def test_a_switch_holds_at_once_and_is_on_record(browser, cast, sql):
    someone = browser.as_(cast.multi)
    page = someone.post(SELECT, {"school": "2"})
    assert (page.status, page.location) == (303, "/dashboard/")
    page = someone.get("/settings/profile")
    assert (place(page), page.banners) == ("Laerskool Karoo", ["You are now working in Laerskool Karoo."])
    assert sql.execute("SELECT actor_id, target_id FROM platform_event WHERE action = 'portal.switch_school'").fetchall() == [
        (cast.multi.user_id, "2")
    ]


@pytest.mark.parametrize("school", ["3", "0", "-1", "", "x", "99999999999999999999", "2 "])
def test_what_is_no_school_of_theirs_is_not_found(browser, cast, sql, school):
    someone = browser.as_(cast.thaba.admin if school == "2 " else cast.multi)
    assert someone.post(SELECT, {"school": school}).status == 404
    assert active(sql, cast.multi) == 1


def test_another_school_and_one_that_never_was_look_alike(browser, cast):
    someone = browser.as_(cast.thaba.admin)
    pages = [someone.post(SELECT, {"school": school}) for school in ("2", "12345")]
    assert [page.status for page in pages] == [404, 404]
    assert len({re.sub(r'value="[^"]*"', "", page.text) for page in pages}) == 1


@pytest.mark.parametrize("change", [
    "UPDATE membership SET ended_at = now() WHERE school_id = 2",
    "UPDATE school SET state = 'disabled' WHERE id = 2",
])  # fmt: skip
def test_a_school_that_was_taken_away_cannot_be_chosen(browser, cast, sql, change):
    sql.execute(change)
    assert browser.as_(cast.multi).post(SELECT, {"school": "2"}).status == 404


def test_with_one_school_there_is_nothing_to_choose(browser, cast):
    someone = browser.as_(cast.karoo.owner)
    assert someone.get(SELECT).location == "/dashboard/"
    someone.post("/settings/language", {"language": "en"})
    someone.get("/settings/language")
    someone.get(SELECT)
    assert someone.get("/settings/profile").banners == ["There is no other school that you belong to."]
    assert SELECT not in someone.get("/settings/profile").text


def test_a_stuck_context_can_be_left(browser, cast, sql):
    someone = browser.as_(cast.multi)
    page = someone.post(f"{SELECT}reset")
    assert (page.status, page.location) == (303, SELECT)
    assert active(sql, cast.multi) is None
    assert someone.get(SELECT).banners == ["Choose the school in which you want to work."]
    assert someone.post(SELECT, {"school": "1"}).status == 303
    assert active(sql, cast.multi) == 1


def test_a_person_with_one_school_gets_unstuck_too(browser, cast, sql):
    someone = browser.as_(cast.karoo.owner)
    someone.post(f"{SELECT}reset")
    assert someone.get(SELECT).status == 200
    someone.post(SELECT, {"school": "2"})
    assert active(sql, cast.karoo.owner) == 2


def test_who_left_their_school_is_told_to_choose_one_and_not_that_they_have_no_right(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    for person in (cast.multi, cast.karoo.owner):
        someone = browser.as_(person)
        assert someone.post(f"{SELECT}reset").status == 303
        page = someone.get("/schedule-notices/")
        assert (page.status, page.h1) == (403, "Choose a school")
        assert "you are not working in one at the moment" in page.main
        assert "Your role does not open this page" not in page.main
        assert page.links()["Choose a school"] == SELECT
        assert "Switch school" not in page.main
        assert someone.get("/dashboard/").h1 == "Choose a school"


def test_choosing_a_school_is_not_advised_where_it_does_not_help(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    someone = browser.as_(cast.multi)
    someone.post(f"{SELECT}reset")
    for person, path in ((cast.multi, "/operator"), (cast.nobody, "/schedule-notices/"), (cast.thaba.guardian, "/audit/")):
        page = browser.as_(person).get(path)
        assert (page.status, page.h1) == (403, "You do not have access to this")


def test_the_page_of_those_without_a_school_says_the_next_step(browser, cast, app):
    person = browser.as_(cast.nobody).get("/settings/profile")
    assert person.status == 200
    page = browser.as_(cast.nobody).get("/dashboard/")
    assert page.h1 == "No school membership"
    assert "Ask your school’s administrator to add you." in page.main


# ---- Forms of another school. An area of the tests' own, so that they depend on no other.


class LetterForm(Form):
    heading = StringField("Heading")
    story = TextAreaField("Story")
    new_password = StringField("New password")


letters = Blueprint("letters", __name__)
received: list[dict[str, str]] = []


@letters.route("/letters/new", methods=["GET", "POST"])
@signed_in
def new_letter():
    form = LetterForm()
    if form.validate_on_submit():
        received.append({name: form[name].data for name in ("heading", "story", "new_password")})
        return "", 204
    return render("web/fault.html", fault=None, person=None)


@letters.post("/letters/only-admins")
@allow(Permission.NOTICES_MANAGE)
def only_admins():
    received.append({"only": "admins"})
    return "", 204


@pytest.fixture
def app_with_letters(app, settings):
    """The product and, in a school, letters."""
    del received[:]
    with_letters = create_app((*AREAS, Area(letters)), settings)
    with with_letters.app_context():
        yield with_letters
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def typist(app_with_letters, cast):
    """Somebody with two schools, whose form is of the second while the first is active."""
    return Browser(app_with_letters).as_(cast.multi)


TYPED = {"_school": "2", "heading": "Sports & <day>", "story": "First line\r\n\r\nlast line", "new_password": "geheim genoeg"}


def test_a_form_of_another_school_changes_nothing_and_names_both(typist):
    page = typist.post("/letters/new", TYPED)
    assert (page.status, received) == (409, [])
    assert (
        "This form belongs to Laerskool Karoo, but you are now working in Thaba Nkulu Primary. Nothing was changed."
        in page.main
    )


def test_what_was_typed_stays_readable_and_secrets_do_not(typist):
    page = typist.post("/letters/new", TYPED)
    assert "Heading" in page.main
    assert "Sports & <day>" in page.main
    assert page.all("textarea")[0].text.replace("\r\n", "\n") == "First line\n\nlast line"
    assert "geheim genoeg" not in page.text


@pytest.mark.parametrize("name", ["key", "secret", "api_key", "signing_Key", "webhook_secret", "access_token"])
def test_no_key_that_was_typed_is_shown(typist, name):
    page = typist.post("/letters/new", TYPED | {name: "opens-the-gateway"})
    assert page.status == 409
    assert "opens-the-gateway" not in page.text


def test_the_way_back_sends_the_very_same_fields_there(typist, cast, sql):
    page = typist.post("/letters/new", TYPED)
    back = page.form(f"{SELECT}return")
    answer = typist.client.post(f"{SELECT}return", data=back)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/letters/new")
    assert active(sql, cast.multi) == 2
    assert typist.client.post("/letters/new", data=back).status_code == 204
    (letter,) = received
    assert letter["heading"] == "Sports & <day>"
    assert letter["story"].split() == ["First", "line", "last", "line"]
    assert letter["new_password"] is None


def test_one_may_stay(typist):
    page = typist.post("/letters/new", TYPED)
    assert page.links()["Stay in Thaba Nkulu Primary"] == "/letters/new"


def test_a_form_of_the_active_school_passes(typist):
    assert typist.post("/letters/new", TYPED | {"_school": "1"}).status == 204


def test_a_number_in_a_form_does_not_name_a_school_of_others(app_with_letters, cast):
    page = Browser(app_with_letters).as_(cast.thaba.guardian).post("/letters/new", TYPED | {"_school": "2"})
    other = Browser(app_with_letters).as_(cast.thaba.guardian).post("/letters/new", TYPED | {"_school": "77"})
    assert (page.status, other.status) == (409, 409)
    assert "Karoo" not in page.text
    assert "Sports & <day>" in page.main, "it can still be copied"
    assert not [form for form in page.all("form") if form.get("action") == f"{SELECT}return"]


def test_the_school_is_asked_before_the_right(typist, cast, sql):
    sql.execute("UPDATE membership SET role = 'guardian' WHERE user_id = %s AND school_id = 1", (cast.multi.user_id,))
    page = typist.post("/letters/only-admins", {"_school": "2", "heading": "kept"})
    assert page.status == 409
    assert "kept" in page.main


def test_a_stale_form_without_a_token_is_refused_first(typist):
    assert typist.post("/letters/new", TYPED, token=False).status == 400


@pytest.mark.parametrize(
    "path", ["//evil.example/", "https://evil.example/", "/nowhere", "/logout", "/settings/language", f"{SELECT}return", ""]
)
def test_the_way_back_leads_to_forms_of_a_school_only(typist, cast, sql, path):
    answer = typist.post(f"{SELECT}return", {"_school": "2", "_path": path})
    assert answer.status == 404
    assert active(sql, cast.multi) == 1


def test_the_way_back_needs_a_membership(typist, cast, sql):
    sql.execute("UPDATE membership SET ended_at = now() WHERE school_id = 2")
    assert typist.post(f"{SELECT}return", {"_school": "2", "_path": "/letters/new"}).status == 404


def test_an_ended_membership_keeps_the_text_too(typist, cast, sql):
    token = typist.token()
    sql.execute("UPDATE membership SET ended_at = now() WHERE school_id = 1 AND user_id = %s", (cast.multi.user_id,))
    page = typist.post("/letters/new", TYPED | {"_school": "1", "csrf_token": token})
    assert page.status == 409
    assert "Sports & <day>" in page.main
    assert "Choose a school" in page.links()
