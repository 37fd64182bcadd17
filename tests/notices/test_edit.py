"""/schedule-notices/<id>/edit: what an edit does before and after the sending, and two editors at once."""

import datetime as dt

import pytest

from tests.notices.arranged import HOUR, NOW, add_notice
from tests.notices.sent import add_sent_message
from tests.pages import words

DAY = dt.timedelta(days=1)


def path(notice, way="/edit"):
    return f"/schedule-notices/{notice}{way}"


def column(sql, notice, name):
    return sql.execute(f"SELECT {name} FROM notice WHERE id = %s", (notice,)).fetchone()[0]


def queued(sql):
    return sql.execute("SELECT due_at FROM outbox WHERE job = 'notices.send' AND done_at IS NULL ORDER BY due_at").fetchall()


@pytest.fixture
def admin(browser, cast, sql):
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin, language="en")


def test_the_form_holds_what_is_stored(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, {"en": "Sports", "af": "Sport"}, "Text", audience="staff", urgent=True, ends=DAY)
    form = admin.get(path(notice)).form()
    assert (form["title_en"], form["title_af"], form["title_zu"], form["message_en"]) == ("Sports", "Sport", "", "Text")
    assert (form["audience"], form["urgent"], form["revision"]) == ("staff", "y", "1")
    assert form["starts_at"] < form["ends_at"]


def test_saving_the_form_as_it_came_changes_nothing_to_the_second(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Same")
    sql.execute("UPDATE notice SET starts_at = '2027-01-01T10:20:33.5Z' WHERE id = %s", (notice,))
    admin.post(path(notice), admin.get(path(notice)).form())
    assert column(sql, notice, "starts_at") == dt.datetime(2027, 1, 1, 10, 20, 33, 500_000, tzinfo=dt.UTC)
    assert column(sql, notice, "revision") == 1
    assert admin.get("/dashboard/").banners == ["Nothing was changed."]
    assert sql.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


def test_the_second_of_two_equal_hours_survives_an_edit(admin, cast, sql):
    sql.execute("UPDATE school SET timezone = 'Europe/Berlin' WHERE id = 1")
    notice = add_notice(sql, cast.thaba, "Doubled hour")
    sql.execute("UPDATE notice SET starts_at = '2027-10-31T01:30Z' WHERE id = %s", (notice,))
    form = admin.get(path(notice)).form()
    assert form["starts_at"] == "2027-10-31T02:30"
    admin.post(path(notice), {**form, "title_en": "New title"})
    assert column(sql, notice, "starts_at") == dt.datetime(2027, 10, 31, 1, 30, tzinfo=dt.UTC)


def test_an_edit_records_only_what_changed(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Old", starts=DAY)
    admin.post(path(notice), {**admin.get(path(notice)).form(), "title_en": "New"})
    event, action = sql.execute("SELECT id, action FROM audit_event").fetchone()
    values = dict(sql.execute("SELECT field, value FROM audit_value WHERE event_id = %s", (event,)).fetchall())
    assert action == "notices.edit"
    assert {name for name in values if ":" in name} == {"title_en:before", "title_en:after"}
    assert column(sql, notice, "edited_at") is not None


def test_emptying_a_language_takes_its_text_away(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, {"en": "Sports", "af": "Sport"})
    admin.post(path(notice), {**admin.get(path(notice)).form(), "title_af": "", "message_af": ""})
    assert column(sql, notice, "title") == {"en": "Sports"}


def test_mistakes_keep_what_was_typed(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Old")
    page = admin.post(path(notice), {**admin.get(path(notice)).form(), "title_en": "", "message_en": "New text"})
    assert (page.status, page.problems) == (422, ["Enter a title"])
    assert page.title.startswith("Error: Edit the notice")
    assert page.form()["message_en"] == "New text"
    assert column(sql, notice, "title") == {"en": "Old"}


def test_a_start_that_moves_moves_the_sending(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Moves", starts=2 * DAY)
    form = admin.get(path(notice)).form()
    admin.post(path(notice), {**form, "starts_at": "2098-12-31T08:00"})
    assert queued(sql) == [(dt.datetime(2098, 12, 31, 6, 0, tzinfo=dt.UTC),)]
    assert admin.get("/dashboard/").banners == ["Saved. It goes out on 31 Dec 2098 at 08:00."]


def test_an_edit_of_the_words_alone_queues_nothing(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Old", starts=DAY)
    admin.post(path(notice), {**admin.get(path(notice)).form(), "title_en": "New"})
    assert queued(sql) == []


@pytest.mark.parametrize(("starts", "due"), [("2026-01-01T08:00", True), ("2099-01-01T08:00", False)])
def test_what_was_over_before_it_could_be_sent_is_sent_after_all_when_its_time_is_extended(
    admin, cast, sql, work_off, mailserver, starts, due
):
    notice = add_notice(sql, cast.thaba, "Too late", starts=-2 * DAY, ends=-DAY)
    admin.post(path(notice), {**admin.get(path(notice)).form(), "starts_at": starts, "ends_at": "2099-12-31T08:00"})
    work_off()
    assert bool(mailserver.mails) is due
    assert len(queued(sql)) == (0 if due else 1)


def test_an_edit_after_the_sending_says_what_it_does_not_do_before_and_after(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Sent", message_id=add_sent_message(sql, cast.thaba, sent=1))
    page = admin.get(path(notice))
    assert "What was mailed stays as it was, and nobody is mailed again." in page.main
    assert page.one("input", id="starts_at").get("readonly") is not None
    admin.post(path(notice), {**page.form(), "title_en": "Changed"})
    assert admin.get("/dashboard/").banners == [
        "Saved. The page and the dashboards show it from now on. What was mailed stays as it was."
    ]
    assert column(sql, notice, "title") == {"en": "Changed"}
    assert queued(sql) == []


def test_the_start_of_what_was_sent_cannot_change(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Sent", message_id=add_sent_message(sql, cast.thaba, sent=1))
    before = column(sql, notice, "starts_at")
    page = admin.post(path(notice), {**admin.get(path(notice)).form(), "starts_at": "2099-01-01T08:00", "title_en": "Kept"})
    assert page.status == 422
    assert page.problems == [
        "It has been sent, so its start can no longer change. Change the end, or remove it and schedule a new one."
    ]
    assert page.form()["title_en"] == "Kept"
    assert column(sql, notice, "starts_at") == before


def test_the_channel_can_change_until_it_is_sent(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Soon", starts=DAY)
    admin.post(path(notice), {**admin.get(path(notice)).form(), "channel": "whatsapp"})
    assert column(sql, notice, "channel") == "whatsapp"
    assert admin.get(path(notice)).form()["channel"] == "whatsapp"
    sent = add_notice(sql, cast.thaba, "Sent", message_id=add_sent_message(sql, cast.thaba, sent=1))
    page = admin.post(path(sent), {**admin.get(path(sent)).form(), "channel": "sms"})
    assert (page.status, page.problems) == (422, ["It has been sent, so how it goes out can no longer change."])
    assert column(sql, sent, "channel") is None


def test_the_second_of_two_editors_keeps_what_they_typed_and_sees_what_the_first_saved(admin, browser, cast, sql):
    notice = add_notice(sql, cast.thaba, "Old", starts=DAY)
    second = browser.as_(cast.thaba.owner, language="en")
    first_form, second_form = admin.get(path(notice)).form(), second.get(path(notice)).form()
    assert admin.post(path(notice), {**first_form, "title_en": "First"}).status in (302, 303)
    page = second.post(path(notice), {**second_form, "title_en": "Second"})
    assert page.status == 409
    assert "This notice was changed after you opened it." in page.main
    assert [words(h3) for h3 in page.all("h3")] == ["First"]
    assert page.form()["title_en"] == "Second"
    assert column(sql, notice, "title") == {"en": "First"}
    assert second.post(path(notice), page.form()).status in (302, 303)
    assert column(sql, notice, "title") == {"en": "Second"}


def test_who_opened_it_before_it_was_sent_is_told(admin, cast, sql, work_off, mailserver):
    notice = add_notice(sql, cast.thaba, "Soon", starts=DAY)
    form = admin.get(path(notice)).form()
    admin.post(path(notice), {**form, "starts_at": "2026-01-01T08:00"})
    form = admin.get(path(notice)).form()
    work_off()
    page = admin.post(path(notice), {**form, "title_en": "Typed while it was sent"})
    assert page.status == 409
    assert page.form()["title_en"] == "Typed while it was sent"


def test_what_was_removed_is_restored_before_it_is_edited(admin, cast, sql):
    notice = add_notice(sql, cast.thaba, "Gone", removed_at=NOW)
    for page in (
        admin.get(path(notice)),
        admin.post(path(notice), {"title_en": "x", "message_en": "y", "starts_at": "2099-01-01T08:00"}),
    ):
        assert (page.status, page.location) == (302, path(notice, ""))
    assert "Undo the removal first." in admin.get(path(notice, "")).banners[0]
    assert column(sql, notice, "title") == {"en": "Gone"}


def test_an_end_may_be_brought_forward_to_take_it_from_the_dashboards(admin, browser, cast, sql):
    notice = add_notice(sql, cast.thaba, "Ends", starts=-DAY, message_id=add_sent_message(sql, cast.thaba, sent=1))
    over = (NOW - HOUR).astimezone(dt.timezone(2 * HOUR)).strftime("%Y-%m-%d %H:%M")
    admin.post(path(notice), {**admin.get(path(notice)).form(), "ends_at": over})
    assert "Ends" not in [words(h3) for h3 in browser.as_(cast.thaba.guardian).get("/dashboard/").all("h3")]
