"""/settings/notifications: how one school reaches one person."""

from __future__ import annotations

import pytest

from tests.contact.arranged import actions, add_device, fact, preference

PAGE = "/settings/notifications"
TOGETHER = "Quiet for you, with yours and the school’s together"
CHOICE = {"channel": "push", "quiet_from": "", "quiet_until": ""}


def test_at_first_notifications_come_before_email_and_nothing_is_quiet(browser, cast):
    page = browser.as_(cast.thaba.guardian, language="zu").get(PAGE)
    assert page.status == 200
    assert page.form()["channel"] == "push"
    assert page.form()["quiet_from"] == ""


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_page_names_the_school(browser, cast, sql, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    assert "Laerskool Karoo" in browser.as_(cast.karoo.guardian, language=language).get(PAGE).main


def test_a_choice_is_stored_shown_and_audited(browser, cast, sql):
    someone = browser.as_(cast.multi)
    page = someone.post(PAGE, {"channel": "email", "quiet_from": "21:30", "quiet_until": "06:00"})
    assert (page.status, page.location) == (303, PAGE)
    assert preference(sql, cast.multi.person_id) == {
        "push": False, "quiet_from": "21:30:00", "quiet_until": "06:00:00", "unsubscribed": False,
    }  # fmt: skip
    shown = someone.get(PAGE)
    assert shown.banners == ["Saved: how the school reaches you."]
    assert shown.form()["channel"] == "email"
    assert shown.form()["quiet_from"] == "21:30"
    assert actions(sql) == ["contact.choose"]


def test_saving_what_holds_already_changes_and_audits_nothing(browser, cast, sql):
    page = browser.as_(cast.thaba.teacher).post(PAGE, CHOICE)
    assert page.status == 303
    assert preference(sql, cast.thaba.teacher.person_id) is None
    assert actions(sql) == []


@pytest.mark.parametrize(
    ("sent", "problem", "field"),
    [
        ({"quiet_from": "21:00"}, "Enter when the quiet hours end, or leave both empty", "quiet_until"),
        ({"quiet_until": "06:00"}, "Enter when the quiet hours begin, or leave both empty", "quiet_from"),
        ({"quiet_from": "21:00", "quiet_until": "21:00"},
         "The quiet hours end when they begin. Enter another time, or leave both empty", "quiet_until"),
        ({"quiet_from": "24:00", "quiet_until": "06:00"}, "Enter a time of day, like 21:30", "quiet_from"),
        ({"quiet_from": "midnight", "quiet_until": "06:00"}, "Enter a time of day, like 21:30", "quiet_from"),
        ({"channel": "pigeon"}, "Choose how the school reaches you", "channel"),
        ({"channel": ""}, "Choose how the school reaches you", "channel"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(browser, cast, sql, sent, problem, field):
    page = browser.as_(cast.multi).post(PAGE, CHOICE | sent)
    assert page.status == 422
    assert page.problems == [problem]
    assert page.links()[problem] == f"#{field}"
    for name in ("quiet_from", "quiet_until"):
        assert page.form()[name] == sent.get(name, "")
    assert preference(sql, cast.multi.person_id) is None


@pytest.mark.parametrize(("typed", "kept"), [("7:05", "07:05:00"), ("21h30", "21:30:00"), ("06:00:00", "06:00:00")])
def test_a_time_is_understood_as_people_write_it(browser, cast, sql, typed, kept):
    browser.as_(cast.thaba.teacher).post(PAGE, CHOICE | {"quiet_from": typed, "quiet_until": "23:59"})
    assert preference(sql, cast.thaba.teacher.person_id)["quiet_from"] == kept


def test_midnight_is_a_time(browser, cast, sql):
    browser.as_(cast.thaba.teacher).post(PAGE, CHOICE | {"quiet_from": "00:00", "quiet_until": "05:30"})
    assert preference(sql, cast.thaba.teacher.person_id)["quiet_from"] == "00:00:00"


def test_the_schools_quiet_hours_stand_beside_ones_own_and_both_count(browser, cast, sql):
    sql.execute("UPDATE school SET quiet_from = '20:00', quiet_until = '05:00' WHERE id = 1")
    someone = browser.as_(cast.multi)
    someone.post(PAGE, CHOICE | {"quiet_from": "22:00", "quiet_until": "06:30"})
    page = someone.get(PAGE)
    assert fact(page, "Quiet hours of the school") == "20:00 to 05:00"
    assert fact(page, TOGETHER) == "20:00 to 06:30"


def test_hours_that_leave_nothing_open_are_named(browser, cast, sql):
    sql.execute("UPDATE school SET quiet_from = '20:00', quiet_until = '08:00' WHERE id = 1")
    someone = browser.as_(cast.multi)
    someone.post(PAGE, CHOICE | {"quiet_from": "07:00", "quiet_until": "21:00"})
    assert fact(someone.get(PAGE), TOGETHER).startswith("All day")


def test_whoever_is_in_two_schools_chooses_for_each(browser, cast, sql):
    someone = browser.as_(cast.multi)
    someone.post(PAGE, CHOICE | {"channel": "email"})
    assert someone.get(PAGE).links()["Choose for another school"] == "/portal/select-school/"
    someone.post("/portal/select-school/", {"school": "2"})
    page = someone.get(PAGE)
    assert page.form()["channel"] == "push", "the other school knows nothing of it"
    assert "Laerskool Karoo" in page.main


@pytest.mark.parametrize("name", ["nobody", "operator"])
def test_somebody_without_a_membership_sees_the_next_step(browser, cast, name):
    page = browser.as_(getattr(cast, name)).get(PAGE)
    assert page.status == 200
    assert page.links()["Your profile"] == "/settings/profile"


def test_somebody_who_acts_in_no_school_is_led_to_choose_one(browser, cast, sql):
    sql.execute("UPDATE login_session SET active_school = NULL WHERE user_id = %s", (cast.multi.user_id,))
    assert browser.as_(cast.multi).get(PAGE).links()["Choose a school"] == "/portal/select-school/"


def test_a_learner_is_told_when_the_school_does_not_write_to_learners(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    student = browser.as_(cast.thaba.student)
    assert "not to learners" not in student.get(PAGE).main
    sql.execute("UPDATE school SET writes_to_students = false WHERE id = 1")
    assert "not to learners" in student.get(PAGE).main
    assert "not to learners" not in browser.as_(cast.multi).get(PAGE).main


def test_email_is_ended_and_begun_again_with_one_click(browser, cast, sql):
    someone = browser.as_(cast.multi)
    assert fact(someone.get(PAGE), "Email that is not urgent").startswith("Subscribed")
    assert someone.post(f"{PAGE}/unsubscribe").location == PAGE
    page = someone.get(PAGE)
    assert page.banners == ["You are unsubscribed from email that is not urgent."]
    assert fact(page, "Email that is not urgent").startswith("Unsubscribed")
    someone.post(f"{PAGE}/unsubscribe")
    someone.post(f"{PAGE}/resubscribe")
    someone.post(f"{PAGE}/resubscribe")
    assert preference(sql, cast.multi.person_id)["unsubscribed"] is False
    assert actions(sql) == ["contact.unsubscribe", "contact.resubscribe"]


def test_an_address_that_does_not_work_is_named(browser, cast, sql):
    sql.execute("UPDATE person SET email_flagged_at = '2026-11-20 10:00+02' WHERE id = %s", (cast.multi.person_id,))
    main = browser.as_(cast.multi).get(PAGE).main
    assert "multi@example.com Not working" in main
    assert "20 Nov 2026" in main


def test_without_an_address_the_page_says_whom_to_give_one(browser, cast, sql):
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.multi.person_id,))
    assert "The school has no email address for you." in browser.as_(cast.multi).get(PAGE).main


def test_without_keys_the_page_says_so_and_offers_no_button(browser, cast):
    page = browser.as_(cast.multi).get(PAGE)
    assert "App notifications are not set up in this copy of Umthi yet" in page.main
    assert page.one("section", id="this-device").get("data-key") is None


def test_with_keys_the_script_gets_the_newest(browser, cast, vapid):
    box = browser.as_(cast.multi).get(PAGE).one("section", id="this-device")
    assert (box.get("data-key"), box.get("data-key-id")) == (vapid.public, vapid.id)
    assert box.get("data-patience") == "10000"


def test_devices_are_listed_without_what_is_secret_of_them(browser, cast, sql):
    add_device(sql, cast.multi, "https://fcm.googleapis.com/fcm/send/secret")
    sql.execute("UPDATE push_subscription SET last_success_at = '2026-11-20 08:01+02', created_at = '2026-10-01 08:00+02'")
    page = browser.as_(cast.multi).get(PAGE)
    assert "Firefox on Windows" in page.main
    assert "Since 1 Oct 2026 · last notification 20 Nov 2026, 08:01" in page.main
    assert "fcm.googleapis.com" not in page.text


def test_the_account_menu_leads_here(browser, cast):
    assert browser.as_(cast.multi).get("/dashboard/").all("a", href=PAGE)


def test_a_form_of_another_school_changes_nothing(browser, cast, sql):
    page = browser.as_(cast.multi).post(PAGE, CHOICE | {"channel": "email", "_school": "2"})
    assert page.status == 409
    assert sql.execute("SELECT count(*) FROM contact_preference").fetchone() == (0,)
