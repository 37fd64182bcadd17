"""Removing a notice, and undoing it."""

import datetime as dt

import pytest

from tests.notices.arranged import add_notice
from tests.notices.sent import add_sent_message

DAY = dt.timedelta(days=1)


def path(notice, way="/remove"):
    return f"/schedule-notices/{notice}{way}"


def is_removed(sql, notice):
    return sql.execute("SELECT removed_at IS NOT NULL FROM notice WHERE id = %s", (notice,)).fetchone()[0]


@pytest.fixture
def admin(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin, language="en")


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_asks_first_on_a_page_that_needs_no_script(browser, cast, sql, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    notice = add_notice(sql, cast.thaba, "Unwanted")
    page = browser.as_(cast.thaba.admin, language=language).get(path(notice))
    assert "Unwanted" in page.main
    assert page.form()["csrf_token"]
    assert not is_removed(sql, notice)


@pytest.mark.parametrize("way", ["", "/remove"], ids=["dialog", "page"])
@pytest.mark.parametrize(
    ("is_sent", "columns", "says"),
    [
        (True, {}, "The mails that went out stay where they are."),
        (False, {"starts": DAY}, "is not sent. Nobody has been mailed."),
        (False, {"starts": -DAY, "ends": -DAY / 2}, "is not sent. Nobody has been mailed."),
        (False, {}, "It is going out now: if the sending has not begun yet, nobody is mailed; if it has, every mail still goes out."),
    ],
    ids=["sent", "coming", "past", "going out"],
)  # fmt: skip
def test_what_it_says_depends_on_how_far_the_sending_has_come(admin, cast, sql, way, is_sent, columns, says):
    message = add_sent_message(sql, cast.thaba, sent=1) if is_sent else None
    page = admin.get(path(add_notice(sql, cast.thaba, "Unwanted", message_id=message, **columns), way))
    (words,) = page.main.split("It leaves its page and the dashboards at once")[1:]
    assert says in words
    assert "You can undo this on its page." in words
    assert ("Nobody has been mailed" in words) == ("Nobody has been mailed" in says)


def test_a_removal_is_undone_from_the_page_that_it_leads_to(admin, browser, cast, sql):
    notice = add_notice(sql, cast.thaba, "Unwanted")
    done = admin.post(path(notice), admin.get(path(notice)).form())
    assert done.location == path(notice, "")
    assert browser.as_(cast.thaba.guardian).get(path(notice, "")).status == 404
    page = admin.get(path(notice, ""))
    assert page.banners == ["Notice removed. You can undo this here."]
    undo = path(notice, "/restore")
    assert admin.post(undo, page.form(undo)).location == path(notice, "")
    assert admin.get(path(notice, "")).banners == ["The notice is back."]
    assert browser.as_(cast.thaba.guardian).get(path(notice, "")).status == 200


def test_both_are_audited_and_only_once(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Unwanted")
    for way in ("/remove", "/remove", "/restore", "/restore"):
        assert admin.post(path(notice, way)).status in (302, 303)
    actions = [row[0] for row in sql.execute("SELECT action FROM audit_event ORDER BY seq")]
    assert actions == ["notices.remove", "notices.restore"]


def test_removing_before_the_start_stops_the_sending(admin, cast, sql, work_off, mailserver):
    notice = add_notice(sql, cast.thaba, "Unwanted", starts=DAY)
    admin.post(path(notice, "/edit"), {**admin.get(path(notice, "/edit")).form(), "starts_at": "2026-01-01T08:00"})
    admin.post(path(notice))
    assert work_off() == 1
    assert mailserver.mails == []


def test_undoing_it_sends_what_was_not_sent(admin, cast, sql, work_off, mailserver):
    notice = add_notice(sql, cast.thaba, "Wanted after all")
    admin.post(path(notice))
    admin.post(path(notice, "/restore"))
    work_off()
    assert {mail.subject for mail in mailserver.mails} == {"Wanted after all"}


def test_undoing_it_does_not_send_again_what_was_sent(admin, cast, sql, work_off, mailserver):
    notice = add_notice(sql, cast.thaba, "Sent", message_id=add_sent_message(sql, cast.thaba, sent=1))
    admin.post(path(notice))
    admin.post(path(notice, "/restore"))
    work_off()
    assert mailserver.mails == []
