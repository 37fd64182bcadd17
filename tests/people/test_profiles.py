"""Somebody new, their page, what changes about them, and what becomes of them when they leave."""

from __future__ import annotations

import pytest

from app.ids import uuid7
from tests.people.conftest import events

LEARNER = {
    "first_name": " Thabo  Sipho ", "last_name": "van der Merwe", "known_as": "Tee", "birth_date": "2016-03-04",
    "number": "2026-17", "status": "enrolled", "photo_consent": "given", "email": "", "phone": "", "language": "",
}  # fmt: skip
ADULT = {"name": "Lindiwe Nkosi", "email": "Lindiwe@Example.org", "phone": "082 555 0101", "language": "zu"}


def test_a_new_learner_has_a_page_a_profile_and_words_to_be_found_by(admin, sql):
    answer = admin.post("/people/learners/new", LEARNER)
    assert answer.status == 303
    page = admin.get(answer.location)
    assert page.h1 == "Thabo Sipho van der Merwe"
    assert "2026-17" in page.main
    assert "4 Mar 2016" in page.main
    assert "Given since" in page.main
    assert sql.execute("SELECT sort_key, kind FROM person WHERE name LIKE 'Thabo%'").fetchone() == (
        "van der merwe thabo sipho", "learner",
    )  # fmt: skip
    assert "Thabo Sipho van der Merwe" in admin.get("/people/?q=merwe tee").main
    assert events(sql)[-1] == "people.add"


def test_a_learner_needs_a_name_and_was_born_before_today(admin):
    page = admin.post("/people/learners/new", {"birth_date": "2090-01-01", "phone": "12", "email": "x"})
    assert page.status == 422
    assert page.problems == [
        "Enter the first names", "Enter the surname", "The date of birth is in the future",
        "Enter an email address in the form name@example.com",
        "Enter a phone number such as 082 555 0101 or +27 82 555 0101",
    ]  # fmt: skip
    assert page.one("input", id="birth_date").get("value") == "2090-01-01"


def test_a_learner_number_is_one_learners(admin, somebody):
    somebody("Anna Botha", number="2026-17")
    page = admin.post("/people/learners/new", LEARNER)
    assert page.status == 422
    assert page.problems == ["Anna Botha has this learner number"]


def test_whoever_looks_like_somebody_is_asked_about_first(admin, somebody, sql):
    somebody("Thabo Sipho van der Merwe", birth_date="2016-03-04")
    sql.execute("UPDATE person SET sort_key = 'van der merwe thabo sipho' WHERE name LIKE 'Thabo%'")
    page = admin.post("/people/learners/new", LEARNER)
    assert page.status == 422
    assert "Is it one of these?" in page.main
    assert "The same name and date of birth" in page.main
    assert admin.post("/people/learners/new", {**LEARNER, "anyway": "yes"}).status == 303


def test_a_guardian_is_kept_as_gateways_want_them(admin, sql):
    answer = admin.post("/people/guardians/new", ADULT)
    assert answer.status == 303
    found = sql.execute("SELECT email, phone, language, kind FROM person WHERE name = 'Lindiwe Nkosi'").fetchone()
    assert found == ("lindiwe@example.org", "+27825550101", "zu", "guardian")
    assert "No learner" in admin.get(answer.location).main


def test_an_address_that_somebody_has_is_asked_about(admin, somebody):
    somebody("L. Nkosi", "guardian", email="lindiwe@example.org")
    page = admin.post("/people/guardians/new", ADULT)
    assert page.status == 422
    assert "The same email address" in page.main


def test_staff_are_added_without_an_account(admin):
    answer = admin.post("/people/staff/new", {"name": "Sizwe Zulu"})
    page = admin.get(answer.location)
    assert page.h1 == "Sizwe Zulu"
    assert "No account" in page.main


@pytest.mark.parametrize("kind", ["learner", "guardian", "staff"])
def test_an_edit_that_changes_nothing_says_so(admin, somebody, kind, sql):
    person = somebody("Anna Botha", kind)
    path = f"/people/{person}/edit"
    values = admin.get(path).form()
    before = events(sql)
    answer = admin.post(path, values)
    assert admin.get(answer.location).banners == ["Nothing was changed."]
    assert events(sql) == before


def test_a_photo_consent_has_its_date_and_its_history(admin, somebody, sql):
    person = somebody("Anna Botha")
    path = f"/people/{person}/edit"
    for consent in ("given", "refused"):
        admin.post(path, {**admin.get(path).form(), "photo_consent": consent})
    page = admin.get(f"/people/{person}")
    assert "Not asked yet → Given" in page.main
    assert "Given → Refused" in page.main
    assert events(sql)[-2:] == ["people.consent", "people.consent"]
    assert sql.execute("SELECT photo_consent_at IS NOT NULL FROM learner WHERE id = %s", (person,)).fetchone() == (True,)


def test_a_mended_address_works_again(admin, somebody, sql):
    person = somebody("Piet Vos", "guardian", email="piet@example.org")
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE id = %s", (person,))
    path = f"/people/{person}/edit"
    admin.post(path, {**admin.get(path).form(), "email": "piet.vos@example.org"})
    assert sql.execute("SELECT email_flagged_at FROM person WHERE id = %s", (person,)).fetchone() == (None,)


def test_who_leaves_leaves_classes_account_and_list_and_can_come_back(admin, cast, sql, placed):
    learner = cast.thaba.student.person_id
    placed("4A", learner)
    path = f"/people/{learner}/archive"
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    admin.post(path, {**admin.get(path).form(), "why": "Moved to Durban"})
    page = admin.get(f"/people/{learner}")
    assert "Archived" in page.main
    assert "Moved to Durban" in page.main
    assert sql.execute(
        "SELECT p.ended_at IS NOT NULL, l.status, l.left_on IS NOT NULL, e.ends_on = l.left_on, m.ended_at IS NOT NULL"
        " FROM person p JOIN learner l USING (school_id, id) JOIN enrolment e ON e.learner_id = p.id"
        " JOIN membership m ON m.person_id = p.id WHERE p.id = %s", (learner,)
    ).fetchone() == (True, "left", True, True, True)  # fmt: skip
    admin.post(f"/people/{learner}/bring-back")
    assert sql.execute("SELECT ended_at, status, left_on FROM person JOIN learner USING (school_id, id) WHERE id = %s", (learner,)).fetchone() == (None, "enrolled", None)  # fmt: skip
    assert events(sql)[-2:] == ["people.archive", "people.bring_back"]


def test_a_place_that_begins_later_does_not_come_to_be(admin, somebody, placed, sql):
    learner = somebody("Thabo Nkosi")
    placed("5A", learner)
    sql.execute("UPDATE enrolment SET starts_on = now()::date + 30")
    path = f"/people/{learner}/archive"
    admin.post(path, {**admin.get(path).form(), "why": "Moved"})
    assert sql.execute("SELECT count(*) FROM enrolment").fetchone() == (0,)


def test_leaving_needs_a_day_that_has_been_and_a_reason(admin, somebody):
    page = admin.post(f"/people/{somebody('Thabo Nkosi')}/archive", {"on": "2090-01-01"})
    assert page.status == 422
    assert page.problems == ["The last day cannot be in the future", "Enter a reason"]


def test_nobody_archives_themselves_or_an_owner(admin, english, cast, sql):
    why = {"why": "No longer here", "on": "2026-01-05"}
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
    assert admin.post(f"/people/{cast.thaba.owner.person_id}/archive", why).problems == [
        "This is an owner of the school. Only an owner can do that."
    ]
    page = english(cast.thaba.admin).post(f"/people/{cast.thaba.admin.person_id}/archive", why)
    assert page.status == 422
    assert sql.execute("SELECT count(*) FROM person WHERE ended_at IS NOT NULL").fetchone() == (0,)


@pytest.mark.parametrize("path", ["", "/edit", "/archive", "/merge"])
def test_another_schools_people_are_answered_like_nobody(admin, cast, path):
    foreign = admin.get(f"/people/{cast.karoo.student.person_id}{path}")
    never = admin.get(f"/people/{uuid7()}{path}")
    assert foreign.status == never.status == 404


def test_the_page_of_a_teacher_has_their_classes(admin, cast, placed, sql):
    made = placed("4A")
    sql.execute(
        "INSERT INTO class_teacher (school_id, id, class_id, person_id) VALUES (1, %s, %s, %s)",
        (uuid7(), made, cast.thaba.teacher.person_id),
    )
    assert "4A" in admin.get(f"/people/{cast.thaba.teacher.person_id}").links()
