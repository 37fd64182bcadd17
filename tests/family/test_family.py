"""/family/: a guardian's own children in every school, a learner themselves, and nobody else."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from app.ids import uuid7
from tests.people.conftest import placed, somebody, tied

__all__ = ["placed", "somebody", "tied"]  # fixtures


@pytest.fixture
def guardian(browser, cast, sql):
    """The guardian of the first school, who reads English."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.guardian.user_id,))
    return browser.as_(cast.thaba.guardian, language="en")


@pytest.fixture
def child(cast, tied):
    """The first school's student is the guardian's child."""
    tied(cast.thaba.guardian.person_id, cast.thaba.student.person_id, relation="mother")
    return cast.thaba.student.person_id


def join_karoo(sql, cast, name="Ayanda Dube"):
    """Let the guardian of the first school be one of the second too; returns whom that knows them as."""
    person = uuid7()
    sql.execute(
        "INSERT INTO person (school_id, id, kind, name, sort_key, phone) VALUES (2, %s, 'guardian', %s, 'dube', '+27825559999')",
        (person, name),
    )
    sql.execute(
        "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (2, %s, %s, %s, 'guardian')",
        (uuid7(), cast.thaba.guardian.user_id, person),
    )
    return person


def test_a_guardian_sees_their_own_children_and_no_others(guardian, child, somebody, cast, placed):
    other = somebody("Thabo Nkosi")
    placed("4A", child)
    page = guardian.get("/family/")
    assert page.links()["Thandeka Zungu"] == f"/family/1/{child}"
    assert "4A" in page.main
    assert "Mother" in page.main
    assert "Thabo Nkosi" not in page.main
    assert guardian.get(f"/family/1/{other}").status == 404


def test_a_guardian_finds_the_code_for_other_families_and_a_learner_does_not(guardian, child, browser, cast, sql):
    assert guardian.get("/family/").links()["Refer a family"] == "/family/referrals/"
    sql.execute("UPDATE app_user SET language = 'en'")
    assert "Refer a family" not in browser.as_(cast.thaba.student).get("/family/").links()


def test_children_of_all_schools_stand_in_one_view(guardian, child, cast, sql, tied):
    person = join_karoo(sql, cast)
    tied(person, cast.karoo.student.person_id, school=cast.karoo)
    page = guardian.get("/family/")
    assert "Thandeka Zungu" in page.main
    assert "Ruan de Klerk" in page.main
    assert "+27825559999" in page.main
    assert guardian.get(f"/family/2/{cast.karoo.student.person_id}").h1 == "Ruan de Klerk"


def test_the_schools_do_not_see_each_other(guardian, child, cast, sql, tied, browser):
    person = join_karoo(sql, cast)
    tied(person, cast.karoo.student.person_id, school=cast.karoo)
    assert guardian.get(f"/family/2/{child}").status == 404
    assert guardian.get(f"/family/1/{cast.karoo.student.person_id}").status == 404
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.karoo.admin.user_id,))
    assert "Thandeka" not in browser.as_(cast.karoo.admin).get(f"/people/{person}").main


def test_a_guardian_without_contact_sees_nothing_of_the_child(guardian, cast, tied):
    tied(cast.thaba.guardian.person_id, cast.thaba.student.person_id, no_contact=True)
    page = guardian.get("/family/")
    assert "Thandeka" not in page.main
    assert "The school has linked no learner to you." in page.main
    assert guardian.get(f"/family/1/{cast.thaba.student.person_id}").status == 404
    assert "Thandeka" not in guardian.get("/dashboard/").main


def test_what_is_not_theirs_is_answered_like_what_never_was(guardian, cast):
    def masked(path):
        return guardian.get(path).text.replace(path, "")

    other, never = f"/family/1/{cast.thaba.student.person_id}", f"/family/1/{uuid7()}"
    assert re.sub(r'value="[^"]*"', "", masked(other)) == re.sub(r'value="[^"]*"', "", masked(never))


def test_a_learner_sees_themselves(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.student.user_id,))
    student = browser.as_(cast.thaba.student, language="en")
    assert student.get("/family/").links()["Thandeka Zungu"] == f"/family/1/{cast.thaba.student.person_id}"
    page = student.get(f"/family/1/{cast.thaba.student.person_id}")
    assert page.h1 == "Thandeka Zungu"
    assert "You may collect" not in page.main


def test_a_child_who_left_or_a_school_that_is_suspended_is_gone(guardian, child, sql):
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (child,))
    assert guardian.get(f"/family/1/{child}").status == 404
    sql.execute("UPDATE person SET ended_at = NULL WHERE id = %s", (child,))
    assert guardian.get(f"/family/1/{child}").status == 200


def test_what_the_school_answered_somebody_else_is_not_for_this_reader(guardian, child, cast, sql, somebody, tied):
    """Parents live apart: both see that an absence is accounted for, and only who reported it what was written about it."""
    other = somebody("Other Parent", kind="guardian")
    tied(other, child, relation="father")
    add = (
        "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason, note, state, answer)"
        " VALUES (1, %s, %s, %s, current_date - 1, current_date - 1, %s, %s, %s, %s)"
    )
    for by, reason, state, answer in (
        (other, "b", "accepted", "Ask the clinic for a letter"),
        (other, "c", "declined", "That day was no holiday"),
        (cast.thaba.guardian.person_id, "d", "declined", "Please phone the office"),
    ):
        sql.execute(add, (uuid7(), child, by, reason, f"A note with {answer}", state, answer))
    main = guardian.get(f"/family/1/{child}").main
    assert "Please phone the office" in main
    assert "Accepted" in main, "the absence of the other's report is accounted for"
    for secret in ("Ask the clinic", "That day was no holiday", "A note with Ask", "A note with That"):
        assert secret not in main


def test_the_day_of_a_child_shows_register_gate_and_lessons(guardian, child, placed, sql):
    group = placed("4A", child)
    now = dt.datetime.now(dt.UTC)
    register = uuid7()
    sql.execute(
        "INSERT INTO register (school_id, id, class_id, on_date, saved_name)"
        " VALUES (1, %s, %s, (now() AT TIME ZONE 'Africa/Johannesburg')::date, 'Lerato')", (register, group)
    )  # fmt: skip
    sql.execute(
        "INSERT INTO attendance_mark (school_id, register_id, learner_id, on_date, status, reason, by_name)"
        " VALUES (1, %s, %s, (now() AT TIME ZONE 'Africa/Johannesburg')::date, 'absent', 'b', 'Lerato')", (register, child)
    )  # fmt: skip
    sql.execute(
        "INSERT INTO class_session (school_id, id, class_id, on_date, starts_at, ends_at, room)"
        " VALUES (1, %s, %s, (now() + interval '1 day')::date, %s, %s, 'Hall')",
        (uuid7(), group, now + dt.timedelta(days=1), now + dt.timedelta(days=1, hours=1)),
    )
    sql.execute(
        "INSERT INTO gate_state (school_id, id, on_site, since, on_date)"
        " VALUES (1, %s, false, now(), (now() AT TIME ZONE 'Africa/Johannesburg')::date)", (child,)
    )  # fmt: skip
    page = guardian.get(f"/family/1/{child}")
    assert "Absent, explained" in page.main
    assert "Illness" in page.main
    assert "Left at" in page.main
    assert "Hall" in page.main
    overview = guardian.get("/family/")
    assert "Absent, explained" in overview.main
    assert "Next: 4A" in overview.main
    assert "Absent, explained" in guardian.get("/dashboard/").main


def test_a_guardian_reads_what_the_school_knows_about_them(guardian, child, cast):
    page = guardian.get("/family/")
    assert cast.thaba.guardian.email in page.main
    assert "You may collectYes" in guardian.get(f"/family/1/{child}").main


@pytest.mark.parametrize("role", ["owner", "admin", "teacher", "officer"])
def test_staff_have_no_family_page(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get("/family/").status == 403
    assert browser.as_(getattr(cast.thaba, role)).get(f"/family/1/{cast.thaba.student.person_id}").status == 403
