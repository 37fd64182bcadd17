"""/schedule-notices/new: a notice from a form, and what the form makes of mistakes."""

import datetime as dt

import pytest

from tests.notices.population import connect
from tests.pages import XHTML, words

NEW = "/schedule-notices/new"
GOOD = {
    "title_en": "Sports day", "message_en": "On Friday.", "title_zu": "Usuku lwezemidlalo", "message_zu": "NgoLwesihlanu.",
    "starts_at": "2099-03-31T07:30", "ends_at": "2099-04-02T14:00", "audience": "guardians",
}  # fmt: skip


@pytest.fixture
def admin(browser, cast, sql):
    """The admin of a school that speaks isiZulu; she reads English."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (cast.thaba.admin.user_id,))
    return browser.as_(cast.thaba.admin, language="en")


@pytest.fixture
def stored(sql):
    """The only notice, as a dict."""

    def read():
        cursor = sql.execute("SELECT * FROM notice")
        rows = [dict(zip([c.name for c in cursor.description], row, strict=True)) for row in cursor.fetchall()]
        assert len(rows) == 1
        return rows[0]

    return read


def count(sql, table):
    return sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_the_form_asks_in_the_schools_language_first(admin):
    page = admin.get(NEW)
    assert [words(legend) for legend in page.all("legend")][:3] == ["isiZulu", "English", "Afrikaans"]
    assert [e.get("lang") for e in page.tree.iter() if (e.get("name") or "").startswith(("title_", "message_"))] == [
        "zu", "zu", "en", "en", "af", "af",
    ]  # fmt: skip
    assert page.form()["audience"] == "everyone"


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_form_is_there_in_every_language(browser, cast, sql, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.admin.user_id))
    reader = browser.as_(cast.thaba.admin, language=language)
    assert reader.get(NEW).status == 200
    assert len(reader.post(NEW, {}).problems) == 3


def test_a_notice_is_stored_as_it_was_typed_by_the_clock_of_the_school(admin, cast, stored):
    page = admin.post(NEW, GOOD)
    assert page.status in (302, 303)
    notice = stored()
    assert page.location == f"/schedule-notices/{notice['id']}"
    assert notice["title"] == {"en": "Sports day", "zu": "Usuku lwezemidlalo"}
    assert notice["message"] == {"en": "On Friday.", "zu": "NgoLwesihlanu."}
    assert notice["starts_at"] == dt.datetime(2099, 3, 31, 5, 30, tzinfo=dt.UTC)
    assert notice["ends_at"] == dt.datetime(2099, 4, 2, 12, 0, tzinfo=dt.UTC)
    assert (notice["audience"], notice["urgent"], notice["school_id"]) == ("guardians", False, cast.thaba.id)
    assert notice["author_id"] == cast.thaba.admin.person_id


def test_a_notice_is_for_everyone_unless_it_says_otherwise(admin, stored):
    admin.post(NEW, {name: text for name, text in GOOD.items() if name not in ("audience", "ends_at")})
    assert (stored()["audience"], stored()["ends_at"]) == ("everyone", None)


def test_it_says_when_it_goes_out(admin):
    admin.post(NEW, GOOD)
    assert admin.get("/dashboard/").banners == ["Notice scheduled. It goes out on 31 Mar 2099 at 07:30."]


def test_a_notice_needs_a_title_a_message_and_a_start(admin, sql):
    page = admin.post(NEW, {})
    assert page.status == 422
    assert page.problems == ["Enter a title", "Enter a message", "Enter when it starts"]
    assert page.title.startswith("Error: Schedule a notice")
    assert count(sql, "notice") == count(sql, "outbox") == 0


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"message_en": ""}, "Enter a message", "message_en"),
        ({"title_zu": "  "}, "Enter a title", "title_zu"),
        ({"title_af": "Net die titel"}, "Enter a message", "message_af"),
        ({"starts_at": ""}, "Enter when it starts", "starts_at"),
        ({"starts_at": "tomorrow"}, "Enter a day and a time, like 2027-03-31 07:30", "starts_at"),
        ({"starts_at": "2099-02-30T07:30"}, "Enter a day and a time, like 2027-03-31 07:30", "starts_at"),
        ({"starts_at": "0001-01-01T00:00"}, "Enter a day and a time, like 2027-03-31 07:30", "starts_at"),
        ({"ends_at": "later"}, "Enter a day and a time, like 2027-03-31 07:30", "ends_at"),
        ({"ends_at": "2099-03-31T07:30"}, "The end must be after the start", "ends_at"),
        ({"ends_at": "2099-03-30T07:30"}, "The end must be after the start", "ends_at"),
        ({"title_en": "x" * 201}, "Use at most 200 characters for the title", "title_en"),
        ({"message_en": "x" * 10_001}, "Use at most 10 000 characters for the message", "message_en"),
        ({"audience": "martians"}, "Choose whom it is for", "audience"),
        ({"audience": "class"}, "Choose a class", "class_id"),
        ({"channel": "pigeon"}, "Choose how it goes out", "channel"),
    ],
)
def test_a_mistake_is_said_on_its_field_and_nothing_typed_is_lost(admin, sql, changes, problem, field):
    typed = {**GOOD, **changes}
    page = admin.post(NEW, typed)
    assert page.status == 422
    assert [text.replace("\xa0", " ") for text in page.problems] == [problem]
    (summary,) = [a for a in page.all("a") if words(a).replace("\xa0", " ") == problem]
    assert summary.get("href") == f"#{field}"
    kept = page.form()
    chosen = ("audience", "channel")
    assert {name: kept[name] for name in typed if name not in chosen} == {
        name: text.strip() for name, text in typed.items() if name not in chosen
    }
    assert count(sql, "notice") == 0


def test_bounds_are_inclusive(admin, stored):
    admin.post(NEW, {**GOOD, "title_en": "x" * 200, "message_en": "y" * 10_000})
    assert len(stored()["message"]["en"]) == 10_000


@pytest.mark.parametrize(
    "text", ["2099-03-31T07:30", "2099-03-31 07:30", "2099-03-31T07:30:00", "2099-03-31 07:30:00", " 2099-03-31T07:30 "]
)
def test_a_time_may_be_written_as_browsers_and_people_do(admin, stored, text):
    admin.post(NEW, {**GOOD, "starts_at": text})
    assert stored()["starts_at"] == dt.datetime(2099, 3, 31, 5, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-03-28T01:30", "2027-03-28T00:30Z"),  # winter time, the night the clocks go forward
        ("2027-03-28T03:30", "2027-03-28T01:30Z"),  # summer time, an hour later
        ("2027-10-31T02:30", "2027-10-31T00:30Z"),  # shown twice: the first is meant
    ],
)
def test_times_hold_across_summer_time(admin, sql, stored, text, moment):
    sql.execute("UPDATE school SET timezone = 'Europe/Berlin' WHERE id = 1")
    admin.post(NEW, {**GOOD, "starts_at": text, "ends_at": ""})
    assert stored()["starts_at"] == dt.datetime.fromisoformat(moment)


def test_a_time_that_the_clocks_skip_is_an_error(admin, sql):
    sql.execute("UPDATE school SET timezone = 'Europe/Berlin' WHERE id = 1")
    page = admin.post(NEW, {**GOOD, "starts_at": "2027-03-28T02:30"})
    assert page.problems == ["On that day the clocks go forward and this time does not exist. Enter another time."]
    assert page.form()["starts_at"] == "2027-03-28T02:30"


def test_lines_are_kept_and_titles_are_one_line(admin, stored):
    admin.post(NEW, {**GOOD, "title_en": "Two\r\nlines  of\ttext", "message_en": "One\r\n\r\nTwo\r\nstill two"})
    assert stored()["title"]["en"] == "Two lines of text"
    assert stored()["message"]["en"] == "One\n\nTwo\nstill two"


def test_a_form_with_markup_shows_it_as_text(admin):
    page = admin.post(NEW, {**GOOD, "title_en": '"><script>alert(1)</script>', "starts_at": ""})
    assert page.form()["title_en"] == '"><script>alert(1)</script>'
    assert "<script>alert" not in page.text


def test_the_form_says_which_language_steps_in_for_an_empty_one(admin):
    hints = [words(p) for p in admin.get(NEW).all("p", class_="hint")]
    assert "If you leave this empty, readers of Afrikaans get the text in isiZulu." in hints
    hints = [words(p) for p in admin.post(NEW, {"title_en": "Sports day"}).all("p", class_="hint")]
    assert "If you leave this empty, readers of isiZulu get the text in English." in hints
    assert "If you leave this empty, readers of Afrikaans get the text in English." in hints


def test_it_says_for_how_many_it_is_and_whom_nothing_reaches(admin, cast, sql):
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.teacher.person_id,))
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE id = %s", (cast.thaba.guardian.person_id,))
    sql.execute("UPDATE person SET email = NULL WHERE id = %s", (cast.thaba.student.person_id,))
    hints = [words(small) for small in admin.get(NEW).all("small") if words(small).startswith("For")]
    assert hints[0].startswith("For 6 people. 4 of them get it by email. 2 of them cannot be reached")
    assert "1 learner has no address" in hints[0]
    assert hints[1].startswith("For 1 person. 1 of them cannot be reached and sees it after signing in.")
    assert hints[2] == "For 0 people. 1 learner has no address, so only the parent or guardian is written to."
    assert hints[3].startswith("For 5 people. 4 of them get it by email. 1 of them cannot be reached")


def test_until_a_gateway_is_connected_sms_may_be_chosen_and_the_form_says_what_happens(admin, cast, sql, stored):
    says = "SMS is not connected: this goes by app notification or email instead."
    page = admin.get(NEW)
    assert says in [words(small) for small in page.all("small")]
    assert page.form()["channel"] == ""
    page = admin.post(NEW, {**GOOD, "channel": "sms", "title_en": ""})  # a mistake elsewhere: the page comes back
    assert page.form()["channel"] == "sms"
    connect(sql, cast.thaba.id, "sms")
    page = admin.post(NEW, {**GOOD, "channel": "sms", "title_en": ""})
    assert says not in page.main
    admin.post(NEW, {**GOOD, "channel": "sms"})
    assert stored()["channel"] == "sms"


def test_a_notice_goes_by_app_and_email_unless_it_says_otherwise(admin, stored):
    admin.post(NEW, GOOD)
    assert stored()["channel"] is None


def test_the_audit_says_which_channel_was_asked_for(admin, sql):
    admin.post(NEW, {**GOOD, "channel": "whatsapp"})
    values = dict(sql.execute("SELECT field, value FROM audit_value").fetchall())
    assert values["channel:after"] == '"whatsapp"'


def test_the_audit_says_who_scheduled_what(admin, cast, sql):
    admin.post(NEW, GOOD)
    event, action, kind, actor = sql.execute(
        "SELECT id, action, actor_kind, actor_id FROM audit_event WHERE school_id = %s AND action LIKE 'notices.%%'",
        (cast.thaba.id,),
    ).fetchone()
    assert (action, kind, actor) == ("notices.schedule", "user", cast.thaba.admin.user_id)
    values = dict(sql.execute("SELECT field, value FROM audit_value WHERE event_id = %s", (event,)).fetchall())
    assert values["label"] == GOOD["title_zu"]
    assert "On Friday." in values["message_en:after"]


def test_the_sending_is_queued_for_the_start_in_the_same_transaction(admin, sql, stored):
    admin.post(NEW, {**GOOD, "urgent": "y"})
    rows = sql.execute("SELECT job, subject, queue, due_at, school_id FROM outbox").fetchall()
    notice = stored()
    assert rows == [("notices.send", notice["id"], "urgent", notice["starts_at"], 1)]
    assert notice["urgent"] is True


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_may_not(browser, cast, sql, role):
    reader = browser.as_(getattr(cast.thaba, role))
    assert (reader.get(NEW).status, reader.post(NEW, GOOD).status) == (403, 403)
    assert count(sql, "notice") == 0


def test_everyone_is_chosen_to_begin_with(admin):
    radios = [e for e in admin.get(NEW).tree.iter(f"{XHTML}input") if e.get("name") == "audience"]
    assert [(r.get("value"), r.get("checked") is not None) for r in radios] == [
        ("everyone", True), ("guardians", False), ("students", False), ("staff", False), ("class", False),
    ]  # fmt: skip


def test_the_form_can_ask_how_far_another_channel_reaches(browser, cast, sql):
    admin = browser.as_(cast.thaba.admin, language="en")
    sql.execute("UPDATE app_user SET language = 'en'")
    path = "/schedule-notices/reach?audience=everyone&channel=&urgent="
    calm = admin.get(path, headers={"X-Fragment": "1"}, check=False).response.get_json()
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, unsubscribed_at) VALUES (1, uuid7(), %s, now())",
        (cast.thaba.guardian.person_id,),
    )
    left = admin.get(path, headers={"X-Fragment": "1"}, check=False).response.get_json()
    urgent = admin.get(f"{path}yes", headers={"X-Fragment": "1"}, check=False).response.get_json()
    assert set(calm) == {"everyone", "guardians", "students", "staff", "class"}
    assert calm == urgent
    assert "1 of them cannot be reached" in left["everyone"]
