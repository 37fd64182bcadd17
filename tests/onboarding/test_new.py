"""The form of a new school: what it asks for, what it refuses, and what it keeps."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from app.web.timezone_field import AFRICA, WORLD, zones
from tests.onboarding.conftest import FORM, NEW, OFFICER, RUNS, TYPED, rows, run_of


def test_the_form_begins_with_what_is_usual(operator):
    page = operator.get(NEW)
    form = page.form()
    assert page.h1 == "Onboard a school"
    assert (form["timezone"], form["close_time"], form["language"]) == ("Africa/Johannesburg", "17:00", "en")


def test_africas_time_zones_come_first_and_the_worlds_after(operator):
    page = operator.get(NEW)
    groups = page.one("select", id="timezone").findall("{*}optgroup")
    assert [group.get("label") for group in groups] == ["Africa", "Rest of the world"]
    assert {"Africa/Lagos", "Africa/Nairobi", "Indian/Mauritius"} <= {option.get("value") for option in groups[0]}
    assert {"Europe/Lisbon", "America/Sao_Paulo", "UTC"} <= {option.get("value") for option in groups[1]}


def test_every_zone_that_is_offered_exists_once():
    every = [*zones()[AFRICA], *zones()[WORLD]]
    assert len(every) == len(set(every)) > 400
    assert all(ZoneInfo(name) for name in every)


def test_a_school_needs_a_name_and_an_admin(operator):
    page = operator.post(NEW, {"name": " ", "timezone": "Africa/Johannesburg", "close_time": "17:00"})
    assert page.status == 422
    assert page.problems == ["Enter the school’s name", "Enter the first admin’s name", "Enter the first admin’s email address"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "!?"}, "The name needs letters or digits"),
        ({"name": "x" * 101}, "Too long: at most 100 characters"),
        ({"timezone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ({"close_time": "late"}, "Enter a time of day, like 21:30"),
        ({"close_time": ""}, "Enter when the campus closes"),
        ({"language": "xx"}, "Choose a language"),
        ({"admin_email": "nobody"}, "Enter an email address in the form name@example.com"),
        ({"admin_password": "short"}, "Use at least 12 characters. A few words together are easy to remember."),
        (
            {"admin_password": "password123456"},
            "Many people use this password, so it is easy to guess. Choose another one.",
        ),
        (
            {"officer_name": "Themba Radebe"},
            "Enter the first officer’s email address, or leave all of the first officer blank",
        ),
        (
            {"officer_email": "themba@zamani.example"},
            "Enter the first officer’s name, or leave all of the first officer blank",
        ),
        (
            OFFICER | {"officer_email": "Lindiwe@Zamani.example"},
            "The first admin has this address. Enter another one for the officer.",
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_is(operator, sql, fields, problem):
    page = operator.post(NEW, FORM | fields)
    assert (page.status, page.problems) == (422, [problem])
    assert rows(sql, "SELECT 1 FROM onboarding_run") == []


def test_what_was_typed_is_there_again_but_no_password(operator):
    page = operator.post(NEW, FORM | OFFICER | {"close_time": "13:30", "admin_password": TYPED, "name": ""})
    form = page.form()
    assert form["close_time"] == "13:30"
    assert form["officer_email"] == OFFICER["officer_email"]
    assert form["admin_password"] == ""
    assert TYPED not in page.text


def test_a_good_form_leads_to_its_review_and_makes_no_school(operator, sql):
    page = operator.post(NEW, FORM)
    assert page.status == 303
    assert page.location.startswith(NEW + "/")
    assert rows(sql, "SELECT state, name_key FROM onboarding_run") == [("draft", "zamanisecondary")]
    assert rows(sql, "SELECT count(*) FROM school") == [(2,)]


def test_a_scripts_form_may_leave_out_what_is_usual(operator, sql):
    usual = {name: FORM[name] for name in ("name", "admin_name", "admin_email")}
    assert operator.post(NEW, usual).status == 303
    assert rows(sql, "SELECT timezone, close_time::text, language FROM onboarding_run") == [
        ("Africa/Johannesburg", "17:00:00", "en")
    ]


def test_of_a_typed_password_only_the_hash_is_kept(operator, sql):
    operator.post(NEW, FORM | {"admin_password": TYPED})
    ((hashed,),) = rows(sql, "SELECT admin_password_hash FROM onboarding_run")
    assert hashed.startswith("$argon2id$")
    assert rows(sql, "SELECT 1 FROM onboarding_run r WHERE r::text LIKE %s", f"%{TYPED}%") == []


def test_changing_the_form_keeps_everything_but_the_passwords(operator, review, sql):
    draft = review(admin_password=TYPED, close_time="14:00", language="zu", **OFFICER)
    page = operator.get(f"{NEW}?draft={draft}")
    form = page.form()
    assert {name: form[name] for name in FORM | OFFICER} == FORM | OFFICER | {"close_time": "14:00"}
    assert (form["language"], form["admin_password"]) == ("zu", "")
    assert "You typed one before; it is not shown." in page.main
    again = operator.post(f"{NEW}?draft={draft}", form | {"name": "Zamani Secondary, Nongoma"})
    assert run_of(again.location) == draft
    assert rows(sql, "SELECT name, admin_password_typed, admin_password_hash FROM onboarding_run") == [
        ("Zamani Secondary, Nongoma", False, None)
    ]


def test_a_draft_that_was_created_meanwhile_cannot_be_changed(operator, create):
    run = create()
    assert operator.get(f"{NEW}?draft={run}").location == f"{RUNS}/{run}"
    assert operator.post(f"{NEW}?draft={run}", FORM).location == f"{RUNS}/{run}"


@pytest.mark.parametrize("draft", ["01890000-0000-7000-8000-000000000000", "none"])
def test_a_draft_that_never_was_is_not_found(operator, draft):
    assert operator.get(f"{NEW}?draft={draft}").status == 404


@pytest.mark.parametrize("name", ["Thaba Nkulu Primary", "thaba nkulu  PRIMARY", "Thabá-Nkulu Primary."])
def test_a_namesake_is_an_error_that_links_it_and_suggests_the_town(operator, name):
    page = operator.post(NEW, FORM | {"name": name})
    assert page.status == 422
    assert page.problems == [
        "There is already a school called Thaba Nkulu Primary. If yours is another one, add its town to the name."
    ]
    assert page.links()["Thaba Nkulu Primary"] == "/operator/schools/1"


def test_a_school_that_is_being_set_up_has_its_name_already(operator, create):
    run = create()
    page = operator.post(NEW, FORM | {"name": "ZAMANI secondary"})
    assert page.problems == [
        "A school called Zamani Secondary is being set up already. If yours is another one, add its town to the name."
    ]
    assert page.links()["Zamani Secondary"] == f"{RUNS}/{run}"


def test_an_address_whose_account_is_disabled_is_refused(operator, cast, sql):
    sql.execute("UPDATE app_user SET disabled_at = now() WHERE id = %s", (cast.nobody.user_id,))
    page = operator.post(NEW, FORM | OFFICER | {"officer_email": cast.nobody.email})
    assert page.problems == ["The account with this address is disabled. Have it enabled first, or enter another address."]


@pytest.mark.parametrize("who", ["owner", "admin", "officer", "guardian"])
def test_people_of_schools_are_turned_away(browser, cast, who):
    mine = browser.as_(getattr(cast.thaba, who))
    assert mine.get(NEW).status == 403
    assert mine.get(RUNS).status == 403


def test_a_draft_is_forgotten_after_a_day(operator, review, sql, work_off):
    review()
    kept = review(name="Another School")
    sql.execute("UPDATE onboarding_run SET created_at = now() - interval '25 hours' WHERE id <> %s", (kept,))
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'work.prune')")
    work_off()
    assert [str(row[0]) for row in rows(sql, "SELECT id FROM onboarding_run")] == [kept]
