"""Moving somebody to another school: by who manages both, or by the platform; in one step that both logs tell."""

from __future__ import annotations

import pytest

from app.ids import uuid7
from tests.cast import add_person
from tests.conftest import Browser

pytestmark = pytest.mark.usefixtures("stepped_up")
TO_KAROO = {"school": "2", "role": "teacher"}


@pytest.fixture
def admin(browser, cast) -> Browser:
    """An admin of both schools who acts in the first one."""
    return browser.as_(cast.multi, language="en")


@pytest.fixture
def operator(browser, cast) -> Browser:
    return browser.as_(cast.operator, language="en")


def at(someone) -> str:
    return f"/settings/people/{someone.person_id}/move"


def theirs(sql, someone):
    return sql.execute(
        "SELECT school_id, role, end_reason FROM membership WHERE user_id = %s ORDER BY school_id", (someone.user_id,)
    ).fetchall()


def logs(sql, school):
    return [a for (a,) in sql.execute("SELECT action FROM audit_event WHERE school_id = %s ORDER BY seq", (school,))]


def test_it_is_said_what_goes_along_and_what_stays(admin, cast, sql):
    group = uuid7()
    sql.execute("INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (1, %s, '3A', '3a', 2026)", (group,))
    sql.execute(
        "INSERT INTO class_teacher (school_id, id, class_id, person_id) VALUES (1, %s, %s, %s)",
        (uuid7(), group, cast.thaba.teacher.person_id),
    )
    page = admin.get(at(cast.thaba.teacher))
    assert page.h1 == "Move Lerato Dlamini to another school"
    assert "Classes that they teach: 1" in page.main
    assert "Registers that they took" not in page.main, "there are none"
    assert "Laerskool Karoo" in page.main
    assert theirs(sql, cast.thaba.teacher) == [(1, "teacher", None)]


def test_the_account_goes_on_there_and_ends_here(admin, browser, cast, sql):
    sql.execute(
        "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)"
        " VALUES (1, %s, %s, 'https://fcm.googleapis.com/fcm/send/1', 'p', 'a', 'k', 'Chrome/Android')",
        (uuid7(), cast.thaba.teacher.person_id),
    )
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, push, quiet_from, quiet_until, unsubscribed_at)"
        " VALUES (1, %s, %s, true, '21:00', '06:00', now())",
        (uuid7(), cast.thaba.teacher.person_id),
    )
    page = admin.post(at(cast.thaba.teacher), TO_KAROO, follow_redirects=True)
    assert page.banners == ["Lerato Dlamini belongs to Laerskool Karoo now."]
    assert theirs(sql, cast.thaba.teacher) == [(1, "teacher", "moved"), (2, "teacher", None)]
    person = sql.execute(
        "SELECT p.name, p.email, p.kind FROM person p JOIN membership m ON m.school_id = p.school_id AND m.person_id = p.id"
        " WHERE m.user_id = %s AND p.school_id = 2", (cast.thaba.teacher.user_id,),
    ).fetchone()  # fmt: skip
    assert person == ("Lerato Dlamini", "teacher@thaba.example.com", "staff")
    assert sql.execute("SELECT school_id, device FROM push_subscription").fetchall() == [(2, "Chrome/Android")]
    chosen = "SELECT quiet_from::text, unsubscribed_at FROM contact_preference WHERE school_id = 2"
    assert sql.execute(chosen).fetchall() == [("21:00:00", None)], "consent to mail is each school's"
    assert browser.as_(cast.thaba.teacher).get("/dashboard/", check=False).location.startswith("/login")
    assert (logs(sql, 1), logs(sql, 2)) == (["members.move_away"], ["members.move_in"])


def test_the_other_schools_own_record_of_them_is_taken(admin, cast, sql):
    known = add_person(sql, 2, "L. Dlamini", "staff", "teacher@thaba.example.com")
    admin.post(at(cast.thaba.teacher), TO_KAROO)
    found = "SELECT person_id FROM membership WHERE school_id = 2 AND user_id = %s"
    assert sql.execute(found, (cast.thaba.teacher.user_id,)).fetchone() == (known,)


def test_a_learner_becomes_a_learner_there(admin, cast, sql):
    admin.post(at(cast.thaba.student), {"school": "2", "role": "student"})
    assert theirs(sql, cast.thaba.student) == [(1, "student", "moved"), (2, "student", None)]
    query = "SELECT first_name, last_name FROM learner WHERE school_id = 2 AND last_name = 'Zungu'"
    assert sql.execute(query).fetchall() == [("Thandeka", "Zungu")]


def test_who_manages_one_school_only_can_move_nobody(browser, cast, sql):
    owner = browser.as_(cast.thaba.owner)
    assert not owner.get(at(cast.thaba.teacher)).all("input", name="school")
    assert owner.post(at(cast.thaba.teacher), TO_KAROO).status == 422
    assert theirs(sql, cast.thaba.teacher) == [(1, "teacher", None)]


def test_a_right_in_the_other_school_that_was_taken_away_is_gone(admin, cast, sql):
    sql.execute("UPDATE membership SET role = 'teacher' WHERE user_id = %s AND school_id = 2", (cast.multi.user_id,))
    assert admin.post(at(cast.thaba.teacher), TO_KAROO).status == 422
    assert theirs(sql, cast.thaba.teacher) == [(1, "teacher", None)]


def test_a_closed_school_receives_nobody(admin, cast, sql):
    sql.execute("UPDATE school SET state = 'disabled', disabled_at = now() WHERE id = 2")
    assert admin.post(at(cast.thaba.teacher), TO_KAROO).problems[0] == "Choose a school from the list"


def test_an_admin_makes_no_owner_by_moving(admin, cast, sql):
    page = admin.post(at(cast.thaba.teacher), {"school": "2", "role": "owner"})
    assert page.problems == ["Choose a role"]
    page = admin.post(at(cast.thaba.owner), TO_KAROO)
    assert page.problems == ["Only somebody who owns a school decides about its owners."]
    assert theirs(sql, cast.thaba.owner) == [(1, "owner", None)]


def test_the_last_owner_does_not_move(operator, cast, sql):
    page = operator.post(f"/operator/schools/1/people/{cast.thaba.owner.person_id}/move", TO_KAROO)
    assert page.problems == ["A school needs an owner, and this is the only one. Make somebody else an owner first."]
    assert theirs(sql, cast.thaba.owner) == [(1, "owner", None)]


def test_who_is_there_already_does_not_move(admin, cast, sql):
    page = admin.post(at(cast.multi), {"school": "2", "role": "admin"})
    assert page.problems == ["This person has an account in that school already."]
    assert theirs(sql, cast.multi) == [(1, "admin", None), (2, "admin", None)]


def test_it_asks_anew_who_it_is(admin, cast, sql):
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    assert admin.post(at(cast.thaba.teacher), TO_KAROO).location.startswith("/settings/confirm")
    assert theirs(sql, cast.thaba.teacher) == [(1, "teacher", None)]


def test_an_operator_finds_the_other_school_and_moves_somebody(operator, cast, sql):
    path = f"/operator/schools/1/people/{cast.thaba.teacher.person_id}/move"
    assert "Laerskool Karoo" in operator.get(f"{path}?q=karoo").main
    assert not operator.get(f"{path}?q=%25").all("input", name="school")
    page = operator.post(path, TO_KAROO, follow_redirects=True)
    assert page.banners == ["Lerato Dlamini belongs to Laerskool Karoo now."]
    assert theirs(sql, cast.thaba.teacher) == [(1, "teacher", "moved"), (2, "teacher", None)]
    kinds = sql.execute("SELECT school_id, actor_kind FROM audit_event ORDER BY school_id").fetchall()
    assert kinds == [(1, "operator"), (2, "operator")]
    of_platform = sql.execute("SELECT action FROM platform_event WHERE action LIKE 'members.%' ORDER BY seq").fetchall()
    assert of_platform == [("members.move_away",), ("members.move_in",)]


@pytest.mark.parametrize("school", ["1", "2", "99999999999"])
def test_an_operator_moves_only_who_is_there(operator, cast, school):
    path = f"/operator/schools/{school}/people/{uuid7()}"
    assert operator.get(path).status == operator.get(f"{path}/move").status == 404
