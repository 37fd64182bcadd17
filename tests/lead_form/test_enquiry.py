"""The form as strangers see it: what it takes, what it shows again, what becomes of it."""

from __future__ import annotations

import threading

import pytest

from app import clock
from app.domain.leads.entry import HOLDS
from tests.lead_form.conftest import GOOD, HERE, leads, open_form, refused

THANKS = "/s/thaba/lead/thanks?lang=en"


def test_an_enquiry_becomes_one_lead_with_all_that_was_said(stranger, sql):
    page = stranger.opens(HERE + "&utm_source=radio&utm_campaign=Open%20day&utm_medium=", Referer="https://www.school.example/")
    stranger.wait(30)
    said = {"name": "  Palesa   Mahlangu ", "email": "Palesa@Example.org", "phone": "082 555 0199", "child_name": "Karabo",
            "child_grade": "Grade 2", "message": "Is there\na place?"}  # fmt: skip
    answer = stranger.sends(stranger.fills(page, **said))
    assert (answer.status, answer.location) == (303, THANKS)
    columns = (
        "name, email, phone, language, child_name, child_grade, message, source, origin, utm, stage, consent_at IS NOT NULL"
    )
    assert leads(sql, columns) == [
        ("Palesa Mahlangu", "palesa@example.org", "+27825550199", "en", "Karabo", "Grade 2", "Is there\na place?", "form",
         "www.school.example", {"source": "radio", "campaign": "Open day"}, "new", True)
    ]  # fmt: skip
    assert sql.execute("SELECT version FROM lead JOIN lead_consent_text t ON t.id = consent_text_id").fetchone() == (1,)
    assert sql.execute("SELECT kind FROM lead_event").fetchall() == [("created",)]
    thanked = stranger.opens(answer.location)
    assert thanked.h1 == "Your enquiry was sent"
    assert refused(sql) == {}


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_form_speaks_the_languages_of_the_school(stranger, language):
    page = stranger.opens(f"/s/thaba/lead?lang={language}")
    page.check(language)
    assert f"You may keep this ({language})." in page.main
    assert len(page.all("nav")[0].findall(".//{*}a")) == 3


def test_without_a_wish_the_form_speaks_as_the_browser_asks_then_as_the_school(stranger):
    assert stranger.opens("/s/thaba/lead", **{"Accept-Language": "af"}).all("html")[0].get("lang") == "af"
    assert stranger.opens("/s/thaba/lead", **{"Accept-Language": "fr"}).all("html")[0].get("lang") == "zu"
    assert stranger.opens("/s/thaba/lead?lang=xx", **{"Accept-Language": "fr"}).all("html")[0].get("lang") == "zu"


def test_no_page_of_it_sets_a_cookie(stranger):
    for page in (
        stranger.opens(),
        stranger.asks(name=""),
        stranger.asks(),
        stranger.opens(THANKS),
        stranger.opens("/s/none/lead"),
    ):
        assert "Set-Cookie" not in page.headers
    assert "Set-Cookie" not in stranger.opens(HERE + "&language=af").headers


def test_a_form_with_mistakes_comes_back_with_all_that_was_typed(stranger, sql):
    page = stranger.asks(name="", email="nobody", phone="12", message="Hello", consent="")
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert page.problems == [
        "Enter your name", "Enter an email address in the form name@example.com",
        "Enter a phone number like 082 555 0101, or with its country like +27 82 555 0101",
        "Tick this, so that the school may keep your enquiry and answer it",
    ]  # fmt: skip
    again = dict(stranger.fills(page, consent=""))
    assert (again["email"], again["phone"], again["message"]) == ("nobody", "12", "Hello")
    assert leads(sql) == []
    done = stranger.sends(stranger.fills(page, **GOOD, phone=""))
    assert (done.status, len(leads(sql))) == (303, 1)


def test_one_way_to_answer_is_enough_and_one_is_needed(stranger, sql):
    page = stranger.asks(email="", phone="")
    assert (page.status, page.problems) == (
        422, ["Enter an email address or a phone number, so that the school can answer you"],
    )  # fmt: skip
    assert stranger.sends(stranger.fills(page, phone="0825550199")).status == 303
    assert leads(sql) == [("Palesa Mahlangu", None, "+27825550199")]


def test_fields_are_asked_as_the_school_wants_them(browser, cast, sql, monkeypatch, stranger):
    sql.execute(
        "UPDATE lead_form SET fields = %s",
        ('{"email": "off", "phone": "required", "child_name": "off", "child_grade": "required", "child_birth_date": "required",'
         ' "message": "off"}',),
    )  # fmt: skip
    page = stranger.asks(phone="", child_grade="")
    assert page.problems == [
        "Enter your phone number", "Enter the grade that the child would join", "Enter the date of birth of the child",
        ]  # fmt: skip
    assert not page.all("input", name="email")
    page = stranger.sends(stranger.fills(page, phone="0825550199", child_grade="1", child_birth_date="2099-01-01"))
    assert page.problems == ["Enter the date of birth of a child"]
    assert stranger.sends(stranger.fills(page, child_birth_date="2021-02-03")).status == 303
    assert str(leads(sql, "child_birth_date")[0][0]) == "2021-02-03"


def test_what_is_too_long_is_said_at_its_field_and_kept(stranger, sql):
    long = "x" * 5000
    page = stranger.asks(name=long, message=long)
    assert (page.status, page.problems) == (
        422, ["Too long: at most 120 characters", "Too long: at most 4 000 characters"]
    )  # fmt: skip
    assert dict(stranger.fills(page))["message"] == long
    assert leads(sql) == []


def test_hostile_sizes_are_refused_without_a_trace(stranger, sql):
    assert stranger.sends([("message", "x" * (2 << 20))]).status == 413
    assert stranger.sends([(f"f{n}", "") for n in range(600)]).status == 413
    nul = stranger.sends([("name", "a\0b")])
    assert (nul.status, nul.h1) == (400, "This could not be read")
    assert "Set-Cookie" not in nul.headers
    assert leads(sql) == []


def test_what_nobody_sees_is_taken_out_of_what_is_typed(stranger, sql):
    stranger.asks(name="Pa\u202elesa\u200b", message="a\x08b\u200d")
    assert leads(sql, "name, message") == [("Palesa", "ab\u200d")]


def test_a_hostile_text_is_only_text(stranger, sql):
    hostile = "<script>alert(1)</script>\" onload='x' {{ 7*7 }} %(school)s"
    page = stranger.asks(name=hostile, email="")
    assert "<script>alert" not in page.text
    assert dict(stranger.fills(page))["name"] == hostile
    assert stranger.sends(stranger.fills(page, email="a@example.org")).status == 303
    assert leads(sql, "name") == [(hostile,)]


def test_a_double_click_makes_one_lead(stranger, sql):
    page = stranger.opens()
    stranger.wait(20)
    fields = stranger.fills(page, **GOOD)
    assert [stranger.sends(fields).location for _ in range(3)] == [THANKS] * 3
    assert len(leads(sql)) == 1
    assert refused(sql) == {}


def test_two_at_the_same_moment_are_one_lead_too(stranger, sql, app):
    page = stranger.opens()
    stranger.wait(20)
    fields = stranger.fills(page, **GOOD)
    found = []

    def send():
        with app.test_client() as client:
            found.append(client.post(HERE, data=dict(fields)).status_code)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(leads(sql))) == ([303] * 6, 1)
    assert sql.execute("SELECT count(*) FROM lead_event").fetchone() == (1,)


def test_whoever_goes_back_and_changes_something_can_send_it_as_a_second_enquiry(stranger, sql):
    page = stranger.opens()
    stranger.wait(20)
    stranger.sends(stranger.fills(page, **GOOD))
    again = stranger.sends(stranger.fills(page, **{**GOOD, "email": "other@example.org"}))
    assert again.status == 422
    assert "We have your enquiry already" in again.main
    stranger.wait(20)
    assert stranger.sends(stranger.fills(again)).status == 303
    assert [row[1] for row in leads(sql)] == ["palesa@example.org", "other@example.org"]
    assert refused(sql) == {"replay": 1}


def test_whoever_is_slow_loses_nothing(stranger, sql):
    page = stranger.opens()
    stranger.wait(HOLDS.total_seconds() + 60)
    again = stranger.sends(stranger.fills(page, **GOOD))
    assert again.status == 422
    assert "open for a long time" in again.main
    assert dict(stranger.fills(again))["message"] == GOOD["message"]
    stranger.wait(5)
    assert stranger.sends(stranger.fills(again)).status == 303
    assert len(leads(sql)) == 1


def test_an_agreement_is_kept_with_the_version_that_was_shown(stranger, sql):
    page = stranger.opens()
    sql.execute(
        "INSERT INTO lead_consent_text (school_id, id, version, texts, by_name) VALUES (1, uuid7(), 2, '{\"en\": \"New\"}', 'N')"
    )
    stranger.wait(20)
    stranger.sends(stranger.fills(page, **GOOD))
    assert sql.execute("SELECT version FROM lead JOIN lead_consent_text t ON t.id = consent_text_id").fetchone() == (1,)
    assert "New" in stranger.opens().main


def test_who_is_shown_a_new_text_on_the_way_agrees_to_that_one(stranger, sql):
    page = stranger.opens()
    sql.execute(
        "INSERT INTO lead_consent_text (school_id, id, version, texts, by_name) VALUES (1, uuid7(), 2, '{\"en\": \"New\"}', 'N')"
    )
    stranger.wait(20)
    again = stranger.sends(stranger.fills(page, **GOOD | {"name": ""}))
    assert (again.status, "New" in again.main, "consent" in again.form()) == (422, True, False)
    stranger.sends(stranger.fills(again, **GOOD))
    assert sql.execute("SELECT version FROM lead JOIN lead_consent_text t ON t.id = consent_text_id").fetchone() == (2,)


def test_a_closed_form_says_so_and_takes_nothing(stranger, sql):
    page = stranger.opens()
    sql.execute("UPDATE lead_form SET is_open = false")
    stranger.wait(20)
    answer = stranger.sends(stranger.fills(page, **GOOD))
    assert (answer.status, answer.h1) == (409, "This form is closed")
    assert GOOD["message"] in answer.text
    assert "kantoor@thaba.example.com" in answer.main
    assert stranger.opens().status == 200
    assert leads(sql) == []


def test_a_school_without_a_form_has_a_closed_one_and_no_school_none(browser, cast):
    assert browser.get("/s/karoo/lead?lang=en").h1 == "This form is closed"
    missing = browser.get("/s/nowhere/lead")
    assert (missing.status, missing.h1) == (404, "Page not found")
    assert browser.post("/s/nowhere/lead", token=False).status == 404


@pytest.mark.parametrize(
    ("state", "says"), [("disabled", "This school is suspended"), ("pending", "This school is not open yet")]
)
def test_a_closed_school_takes_nothing(stranger, sql, state, says):
    page = stranger.opens()
    sql.execute("UPDATE school SET state = %s WHERE id = 1", (state,))
    stranger.wait(20)
    for answer in (stranger.opens(), stranger.sends(stranger.fills(page, **GOOD))):
        assert (answer.status, answer.h1) == (403, says)
    assert leads(sql) == []
    assert refused(sql) == {}


def test_another_schools_token_is_none(stranger, cast, sql):
    open_form(sql, cast.karoo)
    page = stranger.opens("/s/karoo/lead?lang=en")
    stranger.wait(20)
    answer = stranger.sends(stranger.fills(page, **GOOD))
    assert (answer.status, leads(sql), refused(sql)) == (422, [], {"no_token": 1})


def test_so_many_from_one_network_and_then_wait(stranger, sql):
    stranger.wait(901 - clock.now().timestamp() % 900)  # a quarter of an hour has just begun
    sql.execute("UPDATE lead_form SET per_address = 2")
    for number in range(2):
        assert stranger.asks(email=f"p{number}@example.org").status == 303
    page = stranger.asks(email="p3@example.org")
    assert page.status == 429
    assert 0 < int(page.headers["Retry-After"]) <= 900
    assert dict(stranger.fills(page))["email"] == "p3@example.org"
    assert len(leads(sql)) == 2
    stranger.wait(901)
    assert stranger.sends(stranger.fills(page)).status == 303
    assert (len(leads(sql)), refused(sql)) == (3, {"rate": 1})
    assert "127.0.0.1" not in str(sql.execute("SELECT who FROM lead_form_pace").fetchall())


def test_it_leaves_an_event_by_a_visitor(stranger, sql):
    stranger.asks()
    assert sql.execute("SELECT action, actor_kind FROM audit_event ORDER BY id").fetchall() == [("leads.add", "visitor")]


def test_a_form_on_the_schools_own_site_says_so(stranger, sql):
    page = stranger.opens(HERE + "&via=site")
    stranger.wait(20)
    stranger.sends(stranger.fills(page, **GOOD))
    assert leads(sql, "source") == [("site",)]


def test_the_plain_form_of_another_page_is_shown_once_more_and_then_taken(stranger, sql):
    sql.execute("UPDATE lead_form SET origins = '{https://www.school.example}'")
    typed = [("step", "check"), *GOOD.items()]
    check = stranger.sends(typed, Origin="https://www.school.example")
    assert check.status == 200
    assert "One more step" in check.main
    stranger.wait(4)
    assert stranger.sends(stranger.fills(check)).status == 303
    assert leads(sql, "name, origin") == [("Palesa Mahlangu", "www.school.example")]
    assert refused(sql) == {}
