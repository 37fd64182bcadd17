"""What a run makes of a school, and its page while it goes on and afterwards."""

from __future__ import annotations

import datetime as dt

import pytest

from app.access.passwords import HASHER
from app.domain.onboarding import address_key
from tests.onboarding.conftest import FORM, NEW, OFFICER, RUNS, TYPED, rows
from tests.pages import words

FRAGMENT = {"headers": {"X-Fragment": "1"}}


def school(sql, *columns):
    return rows(sql, f"SELECT {', '.join(columns)} FROM school WHERE name_key = 'zamanisecondary'")


def test_the_school_is_as_the_form_said(onboard, sql):
    onboard(close_time="13:30", timezone="Africa/Maputo", language="af")
    assert school(sql, "slug", "name", "state", "timezone", "close_time", "language", "money", "currency") == [
        ("zamani-secondary", "Zamani Secondary", "active", "Africa/Maputo", dt.time(13, 30), "af", "af", "ZAR")
    ]


@pytest.mark.parametrize(("name", "slug"), [("Môreson / Sunrise", "moreson-sunrise"), ("學校", "school"), ("Ma'am’s", "maams")])
def test_a_slug_is_made_of_the_letters_of_the_name(onboard, sql, name, slug):
    onboard(name=name)
    assert rows(sql, "SELECT slug FROM school WHERE name = %s", name) == [(slug,)]


def test_a_slug_that_is_taken_gets_a_number(onboard, sql):
    sql.execute("UPDATE school SET slug = 'zamani-secondary' WHERE id = 2")
    onboard()
    assert school(sql, "slug") == [("zamani-secondary-2",)]


def test_each_of_the_first_people_has_an_account_a_membership_and_one_invitation(onboard, sql, mailserver):
    onboard(**OFFICER)
    ((number,),) = school(sql, "id")
    assert rows(
        sql,
        "SELECT u.email, u.name, m.role, p.kind, p.sort_key, p.email, i.role, i.email, i.invited_by FROM membership m"
        " JOIN app_user u ON u.id = m.user_id JOIN person p USING (school_id) JOIN invitation i USING (school_id)"
        " WHERE m.school_id = %s AND p.id = m.person_id AND i.person_id = p.id ORDER BY m.role",
        number,
    ) == [
        (e, n, role, "staff", key, e, role, e, "Olive Operator")
        for e, n, role, key in [
            ("lindiwe@zamani.example", "Lindiwe Nkosi", "admin", "nkosi lindiwe"),
            ("themba@zamani.example", "Themba Radebe", "officer", "radebe themba"),
        ]
    ]
    assert sorted(mail.to for mail in mailserver.mails) == ["lindiwe@zamani.example", "themba@zamani.example"]


def test_a_typed_password_is_the_accounts_until_seven_days_are_over(onboard, sql):
    onboard(admin_password=TYPED)
    ((hashed, until, created),) = rows(
        sql, "SELECT password_hash, password_temporary_until, created_at FROM app_user WHERE email = 'lindiwe@zamani.example'"
    )
    assert HASHER.verify(hashed, TYPED)
    assert abs(until - created - dt.timedelta(days=7)) < dt.timedelta(seconds=5)


def test_without_a_typed_one_the_account_has_no_password(onboard, sql):
    onboard()
    assert rows(sql, "SELECT password_hash, password_temporary_until FROM app_user WHERE email = 'lindiwe@zamani.example'") == [
        (None, None)
    ]


def test_an_account_that_was_there_is_untouched_and_gets_a_membership_and_an_invitation(onboard, sql, cast):
    teacher = cast.thaba.teacher
    before = rows(sql, "SELECT * FROM app_user WHERE id = %s", teacher.user_id)
    run = onboard(admin_email=teacher.email.upper(), admin_name="L. Dlamini", admin_password=TYPED)
    ((number,),) = school(sql, "id")
    assert rows(sql, "SELECT * FROM app_user WHERE id = %s", teacher.user_id) == before
    assert rows(sql, "SELECT user_id, role FROM membership WHERE school_id = %s", number) == [(teacher.user_id, "admin")]
    assert rows(sql, "SELECT email FROM invitation WHERE school_id = %s", number) == [(teacher.email,)]
    assert rows(sql, "SELECT admin_is_new, admin_password_hash FROM onboarding_run WHERE id = %s", run) == [(False, None)]


def test_a_finished_run_knows_people_only_by_keyed_hashes(onboard, sql, app):
    run = onboard(admin_password=TYPED, **OFFICER)
    assert rows(
        sql,
        "SELECT admin_name, admin_email, admin_password_hash, officer_name, officer_email, officer_password_hash, admin_key,"
        " officer_key FROM onboarding_run WHERE id = %s",
        run,
    ) == [(*[None] * 6, address_key("Lindiwe@zamani.example"), address_key("themba@zamani.example"))]


def test_a_school_that_was_suspended_while_it_was_made_will_be_active_when_it_is_reactivated(create, sql, work_off, mailserver):
    run = create()
    sql.execute("UPDATE onboarding_run SET school = 2 WHERE id = %s", (run,))
    sql.execute("UPDATE onboarding_step SET state = 'done' WHERE name = 'school'")
    sql.execute("UPDATE school SET state = 'disabled', state_before = 'pending' WHERE id = 2")
    work_off()
    assert rows(sql, "SELECT state, state_before FROM school WHERE id = 2") == [("disabled", "active")]


def test_what_was_done_stands_in_both_logs_under_the_operators_name(onboard, sql, cast):
    onboard(**OFFICER)
    ((number,),) = school(sql, "id")
    done = ["onboarding.create_school", "onboarding.add_person", "onboarding.add_person", "onboarding.complete"]
    of_school = rows(sql, "SELECT action, actor_id FROM audit_event WHERE school_id = %s ORDER BY id", number)
    of_platform = rows(sql, "SELECT action, actor_id FROM platform_event WHERE action LIKE 'onboarding.%%' ORDER BY id")
    assert [row for row in of_school if row[0].startswith("onboarding.")] == [(what, cast.operator.user_id) for what in done]
    assert of_platform == [(what, cast.operator.user_id) for what in ("onboarding.start", *done)]


def test_the_page_of_a_running_one_asks_for_its_steps_every_two_seconds(operator, create):
    run = create(**OFFICER)
    page = operator.get(f"{RUNS}/{run}")
    (host,) = [e for e in page.all("div") if e.get("data-poll")]
    assert page.h1 == "Creating Zamani Secondary"
    assert (host.get("data-poll"), host.get("data-every")) == (f"{RUNS}/{run}/steps", "2000")
    said = [words(e) for e in page.one("ol", class_="run")]
    assert said == [
        "Create the school Waiting", "Create the admin account Waiting", "Create the officer account Waiting",
        "School provisioned Waiting",
    ]  # fmt: skip
    assert "You can leave this page; the run carries on." in page.main


def test_the_fragment_is_the_steps_alone_and_the_same_as_long_as_nothing_happens(operator, create, sql):
    run = create()
    first = operator.get(f"{RUNS}/{run}/steps", check=False, **FRAGMENT)
    assert "data-poll-stop" not in first.text
    assert "csrf_token" not in first.text
    tag = first.headers["ETag"]
    again = operator.get(f"{RUNS}/{run}/steps", check=False, headers={"X-Fragment": "1", "If-None-Match": tag})
    assert again.status == 304
    sql.execute("UPDATE onboarding_step SET state = 'working', attempts = 1 WHERE position = 1")
    assert "Working…" in operator.get(f"{RUNS}/{run}/steps", check=False, **FRAGMENT).text


def test_the_last_fragment_has_the_whole_page_read_once_more(operator, onboard, sql):
    run = onboard()
    before = rows(sql, "SELECT count(*) FROM platform_event")
    last = operator.get(f"{RUNS}/{run}/steps", check=False, **FRAGMENT)
    assert 'data-poll-stop="reload"' in last.text
    assert "3 of 3 steps are done" in last.text
    assert rows(sql, "SELECT count(*) FROM platform_event") == before, "what refreshes itself floods no audit"


def test_the_fragment_as_a_page_is_the_runs_page(operator, create):
    run = create()
    assert operator.get(f"{RUNS}/{run}/steps").location == f"{RUNS}/{run}"


def test_the_page_of_a_finished_one_is_complete_without_asking(operator, onboard, sql):
    run = onboard()
    ((number,),) = school(sql, "id")
    page = operator.get(f"{RUNS}/{run}")
    assert page.h1 == "Onboarding of Zamani Secondary"
    assert "Onboarding complete" in page.main
    assert not [e for e in page.all("div") if e.get("data-poll")]
    assert page.links()["Open the school"] == f"/operator/schools/{number}"
    assert page.links()["Start another onboarding"] == NEW


@pytest.mark.parametrize("path", ["", "/steps"])
def test_a_draft_has_no_run_page(operator, review, path):
    assert operator.get(f"{RUNS}/{review()}{path}", check=False, **FRAGMENT).status == 404


@pytest.mark.parametrize("deed", ["resume", "acknowledge", "passwords"])
def test_a_draft_and_what_never_was_have_no_deeds(operator, review, deed):
    for run in (review(), "01890000-0000-7000-8000-000000000000"):
        assert operator.post(f"{RUNS}/{run}/{deed}").status == 404


def test_the_list_has_every_run_but_drafts_the_newest_first(operator, onboard, create, review):
    first, second = onboard(), create(name="Lindelani Primary")
    review(name="Only a draft")
    page = operator.get(RUNS)
    table = words(page.one("tbody"))
    assert table.index("Lindelani Primary Created by Olive Operator In progress") < table.index("Zamani Secondary Created")
    assert "Only a draft" not in page.text
    assert page.links()["View onboarding Lindelani Primary"] == f"{RUNS}/{second}"
    assert words(page.one("nav", **{"aria-label": "Status"})) == (
        "All Onboarding complete 1 In progress 1 Needs follow-up 0 Failed 0"
    )
    assert words(operator.get(f"{RUNS}?state=completed").one("tbody")).startswith("Zamani Secondary")
    assert operator.get(f"{RUNS}?state=completed").links()["View onboarding Zamani Secondary"] == f"{RUNS}/{first}"
    assert operator.get(f"{RUNS}?state=draft").status == 404


def test_the_list_is_paged_by_key(operator, onboard, sql):
    sql.execute(
        "INSERT INTO onboarding_run (id, state, name, name_key, timezone, close_time, language)"
        " SELECT uuid7(), 'completed', 'School ' || n, 'x' || n, 'UTC', '17:00', 'en' FROM generate_series(1, 60) n"
    )
    first = operator.get(RUNS)
    older = first.links()["Older"]
    names = lambda page: [words(e) for e in page.all("th", scope="row")]  # noqa: E731
    assert len(names(first)) == 50
    rest = operator.get(RUNS + older)
    assert len(names(rest)) == 10
    assert not set(names(first)) & set(names(rest))


def test_with_no_run_yet_the_list_says_what_to_do(operator):
    assert operator.get(RUNS).links()["Onboard school"] == NEW


def test_the_form_of_the_next_school_begins_empty(operator, onboard):
    onboard()
    assert operator.get(NEW).form()["name"] == "" != FORM["name"]
