"""Families: their own children and themselves, and nobody else, whoever is asked for."""

from __future__ import annotations

import pytest

from tests.cast import add_person
from tests.personal_data.arranged import a_request
from tests.personal_data.conftest import NAME


def test_a_guardian_sees_what_is_held_about_their_child(browser, cast, family):
    page = browser.as_(cast.thaba.guardian, language="en").get(family.own)
    assert page.status == 200
    for word in (NAME, "Grade 5B", "Peanut allergy"):
        assert word in page.text
    assert NAME in browser.as_(cast.thaba.guardian).get("/family/data/").text


@pytest.mark.parametrize("whose", ["other", "foreign", "staff", "student"])
def test_everybody_else_is_not_there(browser, cast, family, whose):
    person = {
        "other": family.other, "foreign": cast.karoo.student.person_id, "staff": cast.thaba.admin.person_id,
        "student": cast.thaba.student.person_id,
    }[whose]  # fmt: skip
    guardian = browser.as_(cast.thaba.guardian)
    assert guardian.get(f"/family/data/{person}/").status == 404
    assert guardian.get(f"/family/data/{person}/ask").status == 404
    assert guardian.post(f"/family/data/{person}/consent", {"purpose": "photo", "answer": "given"}).status == 404


def test_a_guardian_without_contact_has_no_child_here(browser, cast, sql, family):
    sql.execute("UPDATE guardianship SET no_contact = true")
    assert browser.as_(cast.thaba.guardian).get(family.own).status == 404


def test_a_learner_sees_themselves_and_consents_to_nothing(browser, cast, sql):
    student = browser.as_(cast.thaba.student, language="en")
    own = f"/family/data/{cast.thaba.student.person_id}/"
    assert cast.thaba.student.name in student.get(own).text
    assert student.post(f"{own}consent", {"purpose": "photo", "answer": "given"}).status == 404
    assert sql.execute("SELECT count(*) FROM consent").fetchone() == (0,)


def test_the_office_has_no_page_of_a_family(browser, cast, family):
    assert browser.as_(cast.thaba.admin).get(family.own).status == 403


def test_somebody_elses_request_cannot_be_taken_back(browser, cast, sql, family):
    stranger = add_person(sql, 1, "Some Body", "guardian", None)
    request = a_request(sql, cast.thaba, "access", family.learner, asked_by_id=stranger)
    assert browser.as_(cast.thaba.guardian).post(f"/family/data/requests/{request}/withdraw").status == 404
