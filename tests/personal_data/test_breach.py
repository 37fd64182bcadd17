"""Breach workbooks: whose data was seen, by the events of the audit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from tests.personal_data.conftest import NAME


def opened(browser, cast, sql, **more):
    today = clock.now().date()
    given = {
        "title": "A lost phone", "since": str(today - timedelta(days=1)), "until": str(today + timedelta(days=1)),
        "accounts": str(cast.thaba.admin.user_id),
    }  # fmt: skip
    answer = browser.post("/people/data/breaches/new", given | more)
    assert answer.status == 303, answer.text
    return sql.execute("SELECT id FROM breach ORDER BY id DESC LIMIT 1").fetchone()[0]


def affected(sql):
    return {row[0] for row in sql.execute("SELECT person_id FROM breach_person").fetchall()}


def test_it_finds_who_was_looked_at_by_an_account(browser, cast, sql, family):
    browser.as_(cast.thaba.admin).get(family.page)
    owner = browser.as_(cast.thaba.owner, language="en")
    breach = opened(owner, cast, sql)
    assert affected(sql) == {family.learner}
    page = owner.get(f"/people/data/breaches/{breach}")
    assert NAME in page.text
    assert "Looked at all that is held about somebody" in page.text
    assert cast.thaba.guardian.email in page.text


def test_what_another_account_did_is_not_in_it(browser, cast, sql, family):
    browser.as_(cast.thaba.owner).get(family.page)
    opened(browser.as_(cast.thaba.owner), cast, sql)
    assert affected(sql) == set()


def test_an_event_about_a_row_is_about_the_people_of_the_row(browser, cast, sql, family):
    """An absence that was accepted is about the learner, and about the guardian who reported it."""
    report = sql.execute("SELECT id FROM absence_report").fetchone()[0]
    browser.as_(cast.thaba.admin).post(f"/attendance/reports/{report}/decide", {"decision": "decline", "answer": "No"})
    sql.execute(
        "INSERT INTO audit_event (school_id, id, action, actor_kind, actor_id, target_kind, target_id, changes)"
        " VALUES (1, gen_random_uuid(), 'attendance.decline_report', 'user', %s, 'absence_report', %s, '{}')",
        (cast.thaba.admin.user_id, str(report)),
    )
    opened(browser.as_(cast.thaba.owner), cast, sql)
    assert affected(sql) == {family.learner, cast.thaba.guardian.person_id}


def test_a_register_is_about_all_who_stand_in_it(browser, cast, sql, family):
    register = sql.execute("SELECT id FROM register").fetchone()[0]
    sql.execute(
        "INSERT INTO audit_event (school_id, id, action, actor_kind, actor_id, target_kind, target_id, changes)"
        " VALUES (1, gen_random_uuid(), 'attendance.take', 'user', %s, 'register', %s, '{}')",
        (cast.thaba.admin.user_id, str(register)),
    )
    opened(browser.as_(cast.thaba.owner), cast, sql)
    assert affected(sql) == {family.learner}


def test_an_export_affects_everybody_in_it(browser, cast, sql, family):
    sql.execute(
        "INSERT INTO audit_event (school_id, id, action, actor_kind, actor_id, target_kind, target_id, changes)"
        " VALUES (1, gen_random_uuid(), 'exports.download', 'user', %s, 'export', 'learners', '{}')",
        (cast.thaba.admin.user_id,),
    )
    opened(browser.as_(cast.thaba.owner), cast, sql)
    assert affected(sql) == {family.learner, family.other, cast.thaba.student.person_id}


@pytest.mark.parametrize(
    ("action", "kind", "target", "is_everybody"),
    [
        ("archives.download", "archive", "00000000-0000-7000-8000-000000000001", True),
        ("api.read", "api_token", "00000000-0000-7000-8000-000000000001", True),
        ("archives.ask", "archive", "00000000-0000-7000-8000-000000000001", False),
        ("exports.ask", "export", "learners", False),
        ("exports.fail", "export", "learners", False),
    ],
)
def test_what_was_taken_out_counts_and_not_what_was_only_asked_for(
    browser, cast, sql, family, action, kind, target, is_everybody
):
    sql.execute(
        "INSERT INTO audit_event (school_id, id, action, actor_kind, actor_id, target_kind, target_id, changes)"
        " VALUES (1, gen_random_uuid(), %s, 'user', %s, %s, %s, '{}')",
        (action, cast.thaba.admin.user_id, kind, target),
    )
    opened(browser.as_(cast.thaba.owner), cast, sql)
    assert ({family.learner, cast.thaba.guardian.person_id, cast.thaba.teacher.person_id} <= affected(sql)) is is_everybody
    assert bool(affected(sql)) is is_everybody


def test_something_has_to_be_looked_for(browser, cast, sql):
    today = str(clock.now().date())
    page = browser.as_(cast.thaba.owner, language="en").post(
        "/people/data/breaches/new", {"title": "x", "since": today, "until": today}
    )  # fmt: skip
    assert page.status == 422
    assert "Choose an account" in page.text


def test_the_work_is_kept_with_who_ticked_what(browser, cast, sql, family):
    owner = browser.as_(cast.thaba.owner, language="en")
    breach = opened(owner, cast, sql)
    owner.post(f"/people/data/breaches/{breach}/work", {"state": "reported", "steps": "contain", "notes": "Phoned"})
    page = owner.get(f"/people/data/breaches/{breach}")
    assert "Phoned" in page.text
    assert "Reported" in page.text
    state, steps = sql.execute("SELECT state, steps FROM breach").fetchone()
    assert state == "reported"
    assert steps["contain"][1] == cast.thaba.owner.name


def test_the_list_can_be_taken_along_by_whoever_proves_who_they_are(stepped, browser, cast, sql, family):
    browser.as_(cast.thaba.admin).get(family.page)
    breach = opened(browser.as_(cast.thaba.owner), cast, sql)
    address = f"/people/data/breaches/{breach}/affected.csv"
    assert browser.as_(cast.thaba.owner).get(address).status == 303
    answer = stepped(cast.thaba.owner, language="en").get(address, check=False)
    assert NAME in answer.text
    assert cast.thaba.guardian.email in answer.text
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'personal_data.download_breach'").fetchone() == (1,)
