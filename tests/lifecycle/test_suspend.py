"""Suspending a school: the name typed out, everything in one transaction, everybody out."""

from __future__ import annotations

import threading

import pytest

from app.domain import lifecycle as domain
from app.tenancy.doors import across_schools
from tests.cast import PASSWORD
from tests.conftest import Browser

CAPTION = "Suspending blocks all logins and gate scans for this school."


def _events(sql, table="platform_event"):
    return [
        row[0] for row in sql.execute(f"SELECT action FROM {table} WHERE action LIKE 'lifecycle.%%' ORDER BY seq").fetchall()
    ]


def test_the_page_says_what_it_does_before_it_does_it(cast, lifecycle):
    page = lifecycle.operator.get("/operator/schools/1/suspend")
    assert page.h1 == f"Suspend {cast.thaba.name}?"
    assert CAPTION in page.text
    assert "6 people cannot sign in any more: they have no other school that is open." in page.text
    assert "1 person loses this school only, and goes on working elsewhere." in page.text
    assert "6 devices are signed out at once." in page.text
    assert page.form()["confirm_name"] == ""
    assert lifecycle.state(cast.thaba) == "active"


@pytest.mark.parametrize("typed", ["thaba nkulu primary", "Thaba Nkulu", "Thaba  Nkulu Primary", "Laerskool Karoo", "1"])
def test_another_name_or_another_spelling_changes_nothing_and_what_was_typed_stays(cast, sql, lifecycle, typed):
    page = lifecycle.suspend(cast.thaba, typed)
    assert page.status == 422
    assert page.problems == ["This is not the name of the school. Type it exactly as it stands above; capital letters count."]
    assert page.form()["confirm_name"] == typed
    assert (lifecycle.state(cast.thaba), _events(sql)) == ("active", [])


def test_without_a_name_nothing_happens(cast, lifecycle):
    page = lifecycle.suspend(cast.thaba, "  ")
    assert (page.status, page.problems) == (422, ["Type the name of the school to confirm"])


def test_the_name_with_space_around_it_suspends_the_school(cast, sql, lifecycle):
    page = lifecycle.suspend(cast.thaba, f"  {cast.thaba.name} ")
    assert (page.status, page.location) == (303, "/operator/schools/1")
    row = sql.execute(
        "SELECT state, state_before, disabled_at BETWEEN now() - interval '1 min' AND now() FROM school WHERE id = 1"
    )
    assert row.fetchone() == ("disabled", "active", True)
    assert lifecycle.state(cast.karoo) == "active"


def test_a_name_is_typed_as_it_is_shown(cast, sql, lifecycle):
    sql.execute("UPDATE school SET name = 'Sentrum  vir  Le\u0301er' WHERE id = 1")
    assert lifecycle.suspend(cast.thaba, "Sentrum vir L\u00e9er").status == 303


def test_it_is_written_in_both_logs(cast, sql, lifecycle):
    lifecycle.suspend(cast.thaba)
    assert _events(sql) == _events(sql, "audit_event") == ["lifecycle.suspend"]
    assert sql.execute("SELECT school_id FROM audit_event WHERE action = 'lifecycle.suspend'").fetchall() == [(1,)]


def test_who_had_only_this_school_is_signed_out_and_cannot_sign_in(browser, cast, lifecycle):
    lifecycle.suspend(cast.thaba)
    for someone in cast.thaba.everyone():
        there = browser.as_(someone).get("/dashboard/")
        assert (there.status, there.location) == (302, "/login?next=/dashboard/"), someone.role
    page = browser.post("/login", {"email": cast.thaba.admin.email, "password": PASSWORD})
    assert page.status == 422
    assert page.problems == [f"{cast.thaba.name} is suspended. Ask the office of the school when it opens again."]
    assert "Set-Cookie" not in page.headers


def test_a_wrong_password_does_not_tell_that_the_school_is_suspended(browser, cast, lifecycle):
    lifecycle.suspend(cast.thaba)
    page = browser.post("/login", {"email": cast.thaba.admin.email, "password": "another one"})
    assert page.problems == ["The email address or password is not right. Check both and try again."]


def test_a_person_with_two_schools_keeps_the_other(browser, cast, sql, lifecycle):
    multi = browser.as_(cast.multi)
    assert multi.get("/schedule-notices/").status == 200
    lifecycle.suspend(cast.thaba)
    assert multi.get("/schedule-notices/").status == 403
    token = multi.token()

    def switch(school):
        return multi.post("/portal/select-school/", {"school": str(school), "csrf_token": token}, token=False).status

    assert (switch(1), switch(2)) == (404, 303)
    assert multi.get("/schedule-notices/").status == 200


def test_a_person_with_two_schools_still_signs_in_to_the_other(browser, cast, sql, lifecycle):
    lifecycle.suspend(cast.thaba)
    assert browser.post("/login", {"email": cast.multi.email, "password": PASSWORD}).status == 303
    acts_in = "SELECT active_school FROM login_session WHERE user_id = %s ORDER BY created_at DESC, id DESC LIMIT 1"
    assert sql.execute(acts_in, [cast.multi.user_id]).fetchone() == (2,)


def test_when_both_schools_are_suspended_nothing_is_left(browser, cast, lifecycle):
    lifecycle.suspend(cast.thaba)
    lifecycle.suspend(cast.karoo)
    assert browser.as_(cast.multi).get("/dashboard/").location == "/login?next=/dashboard/"
    page = browser.post("/login", {"email": cast.multi.email, "password": PASSWORD})
    assert page.problems == [
        "Laerskool Karoo, Thaba Nkulu Primary are suspended. Ask the office of your school when it opens again."
    ]


def test_operators_and_those_without_a_school_are_not_concerned(browser, cast, sql, lifecycle):
    lifecycle.suspend(cast.thaba)
    assert browser.as_(cast.nobody).get("/dashboard/").status == 200
    assert lifecycle.operator.get("/settings/profile").status == 200
    assert browser.as_(cast.karoo.admin).get("/schedule-notices/").status == 200


def test_an_open_support_visit_ends_with_the_name_of_who_suspended_the_school(cast, sql, lifecycle):
    sql.execute(
        "INSERT INTO support_visit (school_id, id, user_id, session_id, operator, reason, expires_at)"
        " SELECT 1, uuid7(), user_id, id, 'Sam Superuser', 'A question', now() + interval '20 min' FROM login_session WHERE user_id = %s",
        [cast.superuser.user_id],
    )
    assert "1 support visit ends." in lifecycle.operator.get("/operator/schools/1/suspend").text
    lifecycle.suspend(cast.thaba)
    assert sql.execute("SELECT ended_at IS NOT NULL, ended_by FROM support_visit").fetchall() == [(True, cast.operator.name)]


def test_suspended_twice_is_said_and_written_once(cast, sql, lifecycle):
    lifecycle.suspend(cast.thaba)
    since = sql.execute("SELECT disabled_at FROM school WHERE id = 1").fetchone()
    assert lifecycle.suspend(cast.thaba).status == 303
    assert lifecycle.operator.get("/operator/schools/1/suspend").status == 303
    assert sql.execute("SELECT disabled_at FROM school WHERE id = 1").fetchone() == since
    assert _events(sql) == ["lifecycle.suspend"]


def test_a_pending_school_is_suspended_and_is_pending_again_afterwards(cast, sql, lifecycle):
    sql.execute("UPDATE school SET state = 'pending' WHERE id = 1")
    lifecycle.suspend(cast.thaba)
    assert sql.execute("SELECT state, state_before FROM school WHERE id = 1").fetchone() == ("disabled", "pending")
    assert "Pending" in lifecycle.operator.get("/operator/schools/1/reactivate").text
    lifecycle.reactivate(cast.thaba)
    assert sql.execute("SELECT state, state_before, disabled_at FROM school WHERE id = 1").fetchone() == ("pending", None, None)


def test_of_two_operators_at_once_one_suspends_the_school(app, cast, sql):
    came: list[str] = []
    both = threading.Barrier(2)

    def suspend():
        with app.app_context(), across_schools("the test of two operators", routine=True) as session:
            both.wait()
            try:
                domain.suspend(session, 1, name=cast.thaba.name, doors=())
                session.commit()
                came.append("suspended")
            except domain.SuspendedAlready:
                came.append("already")

    threads = [threading.Thread(target=suspend) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["already", "suspended"]
    assert _events(sql) == ["lifecycle.suspend"]


def test_a_sign_in_at_the_same_moment_comes_wholly_before_or_is_refused(app, browser, cast, sql):
    """The school is held by a suspension that is not committed yet: the sign-in waits for it, and hears of it."""
    with across_schools("the test of a suspension", routine=True) as session:
        domain.suspend(session, 1, name=cast.thaba.name, doors=())
        answers = []

        def sign_in():
            with app.app_context():
                answers.append(Browser(app).post("/login", {"email": cast.thaba.owner.email, "password": PASSWORD}))

        thread = threading.Thread(target=sign_in)
        thread.start()
        while not sql.execute(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone():
            assert thread.is_alive()
        session.commit()
    thread.join()
    assert answers[0].status == 422
    assert "is suspended" in answers[0].problems[0]


@pytest.mark.parametrize("school", [99, 0, 2**31, 10**30])
@pytest.mark.parametrize("deed", ["suspend", "reactivate"])
def test_a_school_that_there_is_not_is_not_found(lifecycle, school, deed):
    path = f"/operator/schools/{school}/{deed}"
    assert lifecycle.operator.get(path).status == 404
    assert lifecycle.operator.post(path, {"confirm_name": "x"}).status == 404


@pytest.mark.parametrize("deed", ["suspend", "reactivate"])
def test_only_operators_may(browser, cast, sql, lifecycle, deed):
    path = f"/operator/schools/1/{deed}"
    for someone in (*cast.thaba.everyone(), cast.nobody, cast.multi):
        assert browser.as_(someone).get(path).status == 403
        assert browser.as_(someone).post(path, {"confirm_name": cast.thaba.name}).status == 403
    assert browser.get(path).status == 302
    assert browser.as_(cast.superuser).get(path).status in (200, 303)
    assert lifecycle.state(cast.thaba) == "active"
