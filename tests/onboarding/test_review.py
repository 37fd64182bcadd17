"""The review page: everything that was typed, no password, and the deed."""

from __future__ import annotations

from tests.onboarding.conftest import FORM, NEW, OFFICER, RUNS, TYPED, rows
from tests.pages import words


def facts(page):
    """What the summaries say, by their terms; each in the order of the groups."""
    found = {}
    for group in page.all("dl"):
        for term, said in group:
            found.setdefault(words(term), []).append(words(said))
    return found


def test_it_shows_what_will_be_created(operator, review):
    draft = review(close_time="13:45", language="af", admin_password=TYPED, **OFFICER)
    page = operator.get(f"{NEW}/{draft}")
    assert page.h1 == "Review onboarding"
    assert "Review the onboarding payload before creating live school and staff records." in page.main
    said = facts(page)
    assert said["School name"] == ["Zamani Secondary"]
    assert (said["Time zone"], said["Campus close time"]) == (["Africa/Johannesburg"], ["13:45"])
    assert said["Name"] == ["Lindiwe Nkosi", "Themba Radebe"]
    assert said["Email address"] == ["lindiwe@zamani.example", "themba@zamani.example"]
    assert said["Temporary password"] == ["You supplied", "Will be generated"]
    assert TYPED not in page.text
    assert page.form() | {"csrf_token": ""} == {"csrf_token": ""}
    assert "Create school" in page.main


def test_without_an_officer_it_says_so(operator, review):
    assert facts(operator.get(f"{NEW}/{review()}"))["Name"] == ["Lindiwe Nkosi", "Not added"]


def test_each_group_can_be_changed(operator, review):
    draft = review()
    links = operator.get(f"{NEW}/{draft}").links()
    for group in ("School", "First admin", "First officer"):
        assert links[f"Change {group}"] == f"{NEW}?draft={draft}"
    assert links["Edit details"] == f"{NEW}?draft={draft}"


def test_an_address_with_an_account_is_said_to_keep_its_password(operator, review, cast):
    page = operator.get(f"{NEW}/{review(admin_email=cast.thaba.teacher.email.upper(), admin_password=TYPED)}")
    assert facts(page)["Temporary password"] == [
        "Already has an account: gets a membership and an invitation, the password stays"
    ]


def test_create_begins_a_run_with_its_steps_and_no_school_yet(create, sql, state_of):
    run = create(**OFFICER)
    assert state_of(run) == "running"
    assert [row[0] for row in rows(sql, "SELECT name FROM onboarding_step ORDER BY position")] == [
        "school", "admin", "officer", "finish",
    ]  # fmt: skip
    assert rows(sql, "SELECT school_id, job, queue, subject::text FROM outbox") == [(0, "onboarding.step", "urgent", run)]
    assert rows(sql, "SELECT count(*) FROM school") == [(2,)]


def test_without_an_officer_there_is_no_step_for_one(create, sql):
    create()
    assert [row[0] for row in rows(sql, "SELECT name FROM onboarding_step ORDER BY position")] == ["school", "admin", "finish"]


def test_pressed_twice_it_makes_one_school(operator, create, work_off, mailserver, sql):
    run = create()
    again = operator.post(f"{NEW}/{run}/create")
    assert (again.status, again.location) == (303, f"{RUNS}/{run}")
    assert "Nothing was made twice." in operator.get(again.location).banners[0]
    work_off()
    assert rows(sql, "SELECT count(*) FROM school WHERE name_key = 'zamanisecondary'") == [(1,)]


def test_the_review_of_what_was_created_leads_to_its_run(operator, create):
    run = create()
    assert operator.get(f"{NEW}/{run}").location == f"{RUNS}/{run}"


def test_the_second_of_two_drafts_is_led_to_the_first(operator, review, create, state_of):
    second = review(name="Zamani  SECONDARY")
    first = create()
    page = operator.post(f"{NEW}/{second}/create")
    assert page.status == 422
    assert "A school called Zamani Secondary is being set up already." in page.main
    assert page.links()["View onboarding"] == f"{RUNS}/{first}"
    assert state_of(second) == "draft"


def test_the_second_of_two_drafts_is_led_to_the_school_that_is_there_by_now(operator, review, onboard, sql):
    second = review(name="Zámani Secondary")
    onboard()
    page = operator.post(f"{NEW}/{second}/create")
    ((school,),) = rows(sql, "SELECT id FROM school WHERE name_key = 'zamanisecondary'")
    assert page.status == 422
    assert page.links()["Open the school"] == f"/operator/schools/{school}"
    changed = operator.post(f"{NEW}?draft={second}", FORM | {"name": "Zamani Secondary, Nongoma"})
    assert changed.status == 303


def test_who_created_what_stands_in_the_audit(create, sql, cast):
    run = create()
    assert rows(sql, "SELECT actor_id, target_kind, target_id FROM platform_event WHERE action = 'onboarding.start'") == [
        (cast.operator.user_id, "onboarding_run", run)
    ]
