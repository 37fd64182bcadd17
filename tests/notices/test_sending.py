"""From the form to the mailbox: whom a notice reaches, when, in which language, and how often."""

import datetime as dt

import pytest

from tests.cast import add_person
from tests.notices.arranged import NOW, add_notice
from tests.notices.population import connect, subscribe

NEW = "/schedule-notices/new"
DAY = dt.timedelta(days=1)
TEXTS = {
    "title_en": "Sports day", "message_en": "On Friday.\n\nBring water.",
    "title_af": "Sportdag", "message_af": "Op Vrydag.", "title_zu": "Usuku lwezemidlalo", "message_zu": "NgoLwesihlanu.",
}  # fmt: skip
PAST = "2026-01-01T08:00"


@pytest.fixture
def admin(browser, cast):
    return browser.as_(cast.thaba.admin)


def stored(sql):
    return sql.execute("SELECT id FROM notice ORDER BY created_at DESC LIMIT 1").fetchone()[0]


def by_address(mailserver):
    return {mail.to: mail for mail in mailserver.mails}


def test_a_published_notice_reaches_the_guardian_in_isizulu(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE person SET language = 'zu' WHERE id = %s", (cast.thaba.guardian.person_id,))
    admin.post(NEW, {**TEXTS, "starts_at": PAST, "audience": "guardians"})
    work_off()
    (mail,) = mailserver.mails
    assert (mail.to, mail.subject) == ("guardian@thaba.example.com", "Usuku lwezemidlalo")
    assert "NgoLwesihlanu." in mail.text
    assert f"http://localhost/schedule-notices/{stored(sql)}" in mail.text


def test_nobody_of_the_other_school_gets_it(admin, cast, sql, work_off, mailserver):
    admin.post(NEW, {**TEXTS, "starts_at": PAST})
    work_off()
    assert set(by_address(mailserver)) == {someone.email for someone in cast.thaba.everyone()} | {cast.multi.email}


@pytest.mark.parametrize(
    ("audience", "roles"),
    [("guardians", {"guardian"}), ("students", {"student"}), ("staff", {"owner", "admin", "teacher", "officer"})],
)
def test_an_audience_and_nobody_else_gets_it(admin, cast, work_off, mailserver, audience, roles):
    admin.post(NEW, {**TEXTS, "starts_at": PAST, "audience": audience})
    work_off()
    assert {to.partition("@")[0] for to in by_address(mailserver)} - {"multi"} == roles


def test_each_recipient_gets_their_own_language_and_else_the_schools(admin, cast, sql, work_off, mailserver):
    for language in ("en", "af", "zu", None):
        add_person(sql, 1, f"Reader {language}", "guardian", f"reader-{language}@example.com", language)
    admin.post(NEW, {**TEXTS, "starts_at": PAST})
    work_off()
    subjects = {to: mail.subject for to, mail in by_address(mailserver).items() if to.startswith("reader")}
    assert subjects == {
        "reader-en@example.com": "Sports day", "reader-af@example.com": "Sportdag",
        "reader-zu@example.com": "Usuku lwezemidlalo", "reader-None@example.com": "Usuku lwezemidlalo",
    }  # fmt: skip


def test_a_language_without_text_gets_the_schools_before_english(admin, cast, sql, work_off, mailserver):
    add_person(sql, 1, "Reader", "guardian", "reader@example.com", "af")
    admin.post(NEW, {name: text for name, text in TEXTS.items() if not name.endswith("_af")} | {"starts_at": PAST})
    work_off()
    assert by_address(mailserver)["reader@example.com"].subject == "Usuku lwezemidlalo"


def test_a_coming_notice_waits_for_its_start(admin, sql, work_off, mailserver):
    admin.post(NEW, {**TEXTS, "starts_at": "2099-01-01T08:00", "audience": "guardians"})
    assert work_off() == 0
    assert work_off(until=NOW + 50_000 * DAY, rounds=3) == 1  # a relay that is early: the job looks at the start itself
    assert mailserver.mails == []
    assert sql.execute("SELECT due_at, done_at FROM outbox").fetchone() == (dt.datetime(2099, 1, 1, 6, 0, tzinfo=dt.UTC), None)
    sql.execute("UPDATE notice SET starts_at = now()")
    sql.execute("UPDATE outbox SET due_at = now()")
    work_off()
    assert len(mailserver.mails) == 1


def test_a_start_that_moved_earlier_sends_once(admin, sql, work_off, mailserver):
    admin.post(NEW, {**TEXTS, "starts_at": "2099-01-01T08:00", "audience": "guardians"})
    edit = f"/schedule-notices/{stored(sql)}/edit"
    admin.post(edit, {**admin.get(edit).form(), "starts_at": PAST})
    work_off()
    assert len(mailserver.mails) == 1
    assert work_off(until=NOW + 50_000 * DAY) == 1
    assert len(mailserver.mails) == 1


def test_rows_too_many_send_nothing_twice(admin, sql, work_off, mailserver):
    admin.post(NEW, {**TEXTS, "starts_at": PAST, "audience": "guardians"})
    for _ in range(3):
        sql.execute(
            "INSERT INTO outbox (school_id, id, job, subject) VALUES (1, gen_random_uuid(), 'notices.send', %s)", (stored(sql),)
        )
    work_off()
    assert len(mailserver.mails) == 1
    assert sql.execute("SELECT count(*) FROM message").fetchone() == (1,)


def test_what_is_over_before_it_could_go_is_not_sent(admin, sql, work_off, mailserver):
    sql.execute("UPDATE app_user SET language = 'en'")
    admin.post(NEW, {**TEXTS, "starts_at": PAST, "ends_at": "2026-01-02T08:00"})
    assert admin.get("/dashboard/").banners == ["Saved. It is already over, so nobody is mailed."]
    work_off()
    assert mailserver.mails == []


def test_the_sending_is_audited_as_the_jobs(admin, sql, work_off, mailserver):
    admin.post(NEW, {**TEXTS, "starts_at": PAST})
    work_off()
    kind, actor = sql.execute("SELECT actor_kind, actor_id FROM audit_event WHERE action = 'notices.send'").fetchone()
    assert (kind, actor) == ("job", None)


def test_the_page_counts_what_the_mail_server_took_and_what_it_refused(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE app_user SET language = 'en'")
    refused = add_person(sql, 1, "Nobody There", "guardian", "r550-nobody@example.com")
    admin.post(NEW, {**TEXTS, "starts_at": PAST, "audience": "guardians"})
    work_off()
    page = admin.get(f"/schedule-notices/{stored(sql)}")
    assert "Accepted by the mail server" in page.main
    assert "Nobody There" in page.main
    assert sql.execute("SELECT email_flagged_at IS NOT NULL FROM person WHERE id = %s", (refused,)).fetchone() == (True,)
    assert "Nobody There" in admin.get("/schedule-notices/unreachable").main
    assert "Nobody There" in admin.get("/schedule-notices/dead-letters/").main


def test_a_test_goes_to_the_one_who_asks_in_their_language_and_to_nobody_else(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE person SET language = 'af' WHERE id = %s", (cast.thaba.admin.person_id,))
    notice = add_notice(sql, cast.thaba, {"en": "Sports day", "af": "Sportdag"}, starts=DAY)
    assert admin.post(f"/schedule-notices/{notice}/test").status in (302, 303)
    work_off()
    (mail,) = mailserver.mails
    assert mail.to == cast.thaba.admin.email
    assert mail.subject.endswith("Sportdag")
    assert mail.subject != "Sportdag"
    assert sql.execute("SELECT message_id FROM notice").fetchone() == (None,)
    assert sql.execute("SELECT action FROM audit_event").fetchall() == [("notices.send_test",)]


def test_without_an_address_of_ones_own_there_is_no_test(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE app_user SET language = 'en'")
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE id = %s", (cast.thaba.admin.person_id,))
    notice = add_notice(sql, cast.thaba, "Sports day", starts=DAY)
    page = admin.post(f"/schedule-notices/{notice}/test")
    assert admin.get(page.location).banners[0].startswith("Nothing of this school reaches you: no device, and no address")
    assert work_off() == 0


def test_a_test_says_by_which_channel_it_goes(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE app_user SET language = 'en'")
    notice = add_notice(sql, cast.thaba, "Sports day", starts=DAY, urgent=True)

    def said():
        return admin.get(admin.post(f"/schedule-notices/{notice}/test").location).banners

    assert said() == [f"A test message is on its way to {cast.thaba.admin.email}."]
    subscribe(sql, 1, cast.thaba.admin.person_id)
    assert said() == ["A test message is on its way to you, as an app notification."]
    work_off()
    went = "SELECT channel, count(*) FROM delivery WHERE state <> 'demoted' GROUP BY 1"
    assert sql.execute("SELECT DISTINCT count(*) FROM delivery GROUP BY message_id, channel").fetchall() == [(1,)]
    assert dict(sql.execute(went).fetchall()).keys() <= {"email", "push"}
    sql.execute("UPDATE notice SET channel = 'sms'")
    sql.execute("UPDATE person SET phone = '+27821234567'")
    connect(sql, 1, "sms")
    assert said() == ["A test message is on its way to you, by SMS."]


def test_a_test_in_quiet_hours_says_when_it_goes_out(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE app_user SET language = 'en'")
    sql.execute("UPDATE school SET quiet_from = '00:00', quiet_until = '23:59:59'")
    notice = add_notice(sql, cast.thaba, "Sports day", starts=DAY)
    page = admin.get(admin.post(f"/schedule-notices/{notice}/test").location)
    assert "It is quiet hours: it goes out on" in page.banners[0]


def test_the_author_and_the_channel_go_with_the_message(admin, cast, sql, work_off, mailserver):
    admin.post(NEW, {**TEXTS, "starts_at": PAST, "audience": "guardians", "channel": "sms"})
    work_off()
    assert sql.execute("SELECT channel, author_id FROM message").fetchall() == [("sms", cast.thaba.admin.person_id)]
    assert sql.execute("SELECT channel, instead FROM delivery").fetchall() == [("email", "not_connected")]


def test_of_a_removed_notice_there_is_no_test(admin, cast, sql, work_off, mailserver):
    sql.execute("UPDATE app_user SET language = 'en'")
    notice = add_notice(sql, cast.thaba, "Sports day", removed_at=NOW)
    page = admin.post(f"/schedule-notices/{notice}/test")
    assert page.location == f"/schedule-notices/{notice}"
    assert admin.get(page.location).banners == ["This notice has been removed. Undo the removal first."]
    assert work_off() == 0
    assert mailserver.mails == []
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


def test_a_braced_word_in_a_message_is_just_that(admin, cast, work_off, mailserver):
    admin.post(
        NEW, {"title_en": "About {name}", "message_en": "Use {name} and {link}.", "starts_at": PAST, "audience": "guardians"}
    )
    work_off()
    (mail,) = mailserver.mails
    assert "Dube" not in mail.text.split("Use")[1].splitlines()[0]
    assert mail.text.split("Use")[1].splitlines()[0].count("http") == 0
