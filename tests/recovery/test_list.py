"""/operator/dead-letters: what failed in all schools, narrowed, counted, paged; and nobody's name in it."""

import re

import pytest

from app.ids import uuid7
from tests.deliveries.failing import FULL, NOBODY, add_failed
from tests.recovery.looking import FULL_KEY, LIST, NOBODY_KEY, cells, counts, platform_events, schools

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def failures(cast, sql):
    """Three full mailboxes at Thaba Nkulu (one two days old), two addresses that do not exist at Karoo, one of nine days."""
    full, nobody = add_failed(sql, cast.thaba, dead=3), add_failed(sql, cast.karoo, dead=2, why=NOBODY)
    sql.execute("UPDATE delivery SET ended_at = now() - interval '2 days' WHERE id = %s", (full[0],))
    sql.execute("UPDATE delivery SET ended_at = now() - interval '9 days' WHERE id = %s", (nobody[0],))
    return full, nobody


def test_failures_of_all_schools_stand_in_one_list(operator, failures):
    page = operator.get(LIST)
    assert page.h1 == "Failed deliveries of all schools"
    assert schools(page) == ["Laerskool Karoo", *["Thaba Nkulu Primary"] * 3, "Laerskool Karoo"]
    assert "The mailbox is full.3 messages" in page.main
    assert "In 2 schools" in page.main
    assert "552 5.2.2 mailbox full" in page.main


def test_no_name_and_no_whole_address_is_shown(operator, failures, sql):
    page = operator.get(LIST)
    assert "example.com" in page.main
    assert not re.search(r"dead ?[0-9]|[^ ]@example", page.main)
    letter = operator.get(f"{LIST}/1/{failures[0][0]}")
    assert "Parent or guardian · example.com" in letter.main
    assert not re.search(r"dead ?[0-9]|[^ ]@example", letter.main)


def test_the_oldest_come_first_on_request(operator, failures):
    assert schools(operator.get(f"{LIST}?order=oldest"))[:2] == ["Laerskool Karoo", "Thaba Nkulu Primary"]


def test_it_is_narrowed_by_reason(operator, failures):
    page = operator.get(f"{LIST}?reason={FULL_KEY}")
    assert schools(page) == ["Thaba Nkulu Primary"] * 3
    assert counts(page, "Channel") == ["All 3", "Email 3", "App 0", "SMS 0", "WhatsApp 0"]
    assert counts(page, "Failed") == ["Whenever 3", "Over an hour ago 1", "Over a day ago 1", "Over a week ago 0"]


@pytest.mark.parametrize("typed", ["1", "Thaba Nkulu Primary", "thaba nkulu  PRIMARY", "thaba", "nkulu"])
def test_it_is_narrowed_by_school_however_that_is_called(operator, failures, typed):
    page = operator.get(LIST, query_string={"school": typed})
    assert schools(page) == ["Thaba Nkulu Primary"] * 3
    assert page.one("input", name="school").get("value") == "Thaba Nkulu Primary"
    assert "In 1 school" in page.main


def test_where_several_schools_are_meant_one_is_chosen(operator, failures):
    both = operator.get(f"{LIST}?school=a&channel=email")
    assert "Which school?" in both.main
    assert both.links()["Laerskool Karoo"] == "?channel=email&school=2"
    assert not cells(both)


def test_a_school_that_nobody_knows_is_said_so(operator, failures):
    assert "No school is called that" in operator.get(f"{LIST}?school=nowhere").main


def test_it_is_narrowed_by_channel(operator, failures, sql):
    sql.execute("UPDATE delivery SET channel = 'sms', cause = 'sms~permanent~404~' WHERE id = %s", (failures[0][1],))
    page = operator.get(f"{LIST}?channel=sms")
    ((school, reason, *_),) = cells(page)
    assert (school, reason.partition(".")[0]) == ("Thaba Nkulu Primary", "The gateway says that this number cannot be reached")
    assert counts(page, "Channel") == ["All 5", "Email 4", "App 0", "SMS 1", "WhatsApp 0"]


@pytest.mark.parametrize(("age", "found"), [("1h", 2), ("1d", 2), ("7d", 1)])
def test_it_is_narrowed_by_age(operator, failures, age, found):
    assert len(cells(operator.get(f"{LIST}?age={age}"))) == found


def test_the_filters_hold_together(operator, failures):
    page = operator.get(f"{LIST}?age=7d&reason={NOBODY_KEY}&school=2&channel=email")
    assert schools(page) == ["Laerskool Karoo"]
    assert "No failed deliveries match" in operator.get(f"{LIST}?age=7d&reason={FULL_KEY}").main


@pytest.mark.parametrize(
    "wrong", ["channel=fax", "age=2h", "order=best", "reason=Not%20a%20key", "school=99", "school=99999999999999999999", "after=x",
              "after=2026-01-01T00:00:00~x", "after=2026-01-01T00:00:00%2B00:00"],
)  # fmt: skip
def test_what_cannot_be_is_404(operator, wrong):
    assert operator.get(f"{LIST}?{wrong}").status == 404


def test_fifty_a_page_and_none_twice_even_where_all_failed_at_one_moment(operator, cast, sql):
    add_failed(sql, cast.thaba, dead=60)
    add_failed(sql, cast.karoo, dead=50)
    sql.execute("UPDATE delivery SET ended_at = '2026-11-01 08:00+02'")
    for narrowed in ("?", f"?reason={FULL_KEY}", "?order=oldest", f"?order=oldest&reason={FULL_KEY}"):
        seen, address = [], LIST + narrowed
        for size in (50, 50, 10):
            page = operator.get(address)
            assert len(cells(page)) == size
            seen += re.findall(rf'"{LIST}/([0-9]/[0-9a-f-]+)/discard', page.text)
            address = LIST + (page.links().get("Older") or page.links().get("Newer", ""))
        assert len(seen) == len(set(seen)) == 110


def test_the_way_back_from_a_page_keeps_the_filters(operator, failures):
    page = operator.get(f"{LIST}?reason={FULL_KEY}&order=oldest")
    actions = {form.get("action") for form in page.all("form") if "retry" in (form.get("action") or "")}
    assert len(actions) == 3
    assert all(f"reason={FULL_KEY}" in action and "order=oldest" in action for action in actions)


def test_what_is_on_its_way_or_dealt_with_is_not_there(operator, cast, sql):
    one, other = add_failed(sql, cast.thaba, dead=2)
    sql.execute("UPDATE delivery SET state = 'deferred', ended_at = NULL WHERE id = %s", (one,))
    sql.execute("UPDATE delivery SET state = 'discarded' WHERE id = %s", (other,))
    assert "All clear" in operator.get(LIST).main


def test_a_suspended_school_is_shown_and_cannot_be_retried(operator, failures, sql):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    page = operator.get(f"{LIST}?school=1")
    assert [row[0] for row in cells(page)] == ["Thaba Nkulu Primary Disabled"] * 3
    assert not [form for form in page.all("form") if "/retry" in (form.get("action") or "")]


def test_an_address_that_does_not_work_and_a_text_that_is_gone_are_said(operator, failures, sql):
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE school_id = 1")
    sql.execute("DELETE FROM message_text WHERE school_id = 2")
    rows = {row[0]: row[1] for row in cells(operator.get(LIST))}
    assert "The address does not work" in rows["Thaba Nkulu Primary"]
    assert "Text deleted" in rows["Laerskool Karoo"]


def test_hostile_words_are_words(operator, cast, sql):
    add_failed(sql, cast.thaba, why=("permanent", 550, f"5.9.9 {HOSTILE}"))
    sql.execute("UPDATE school SET name = %s WHERE id = 1", (HOSTILE,))
    sql.execute("UPDATE person SET email = %s WHERE email LIKE 'dead%%'", ('x@<b onload="x">.example.com',))
    page = operator.get(LIST)
    assert HOSTILE in page.main
    assert "<script>alert" not in page.text
    letter = operator.get(f"{LIST}/1/{sql.execute('SELECT id FROM delivery').fetchone()[0]}")
    assert "<script>alert" not in letter.text
    assert operator.get(LIST, query_string={"school": HOSTILE}).one("input", name="school").get("value") == HOSTILE


def test_a_letter_tells_what_was_tried(operator, failures, sql):
    page = operator.get(f"{LIST}/1/{failures[0][0]}")
    assert page.h1 == "A failed delivery"
    assert [row[2] for row in cells(page)] == ["Queued.", "The mailbox is full."]
    assert "552 5.2.2 mailbox full" in page.main


def test_a_letter_is_looked_for_in_its_own_school_only(operator, failures):
    theirs = failures[1][0]
    answers = {
        operator.get(f"{LIST}/{place}").status for place in (f"1/{theirs}", f"2/{uuid7()}", f"0/{theirs}", f"{2**40}/{theirs}")
    }
    assert answers == {404}


def test_reading_is_on_record_once_and_not_for_each_page(operator, cast, sql):
    add_failed(sql, cast.thaba, dead=60)
    page = operator.get(LIST)
    operator.get(LIST + page.links()["Older"])
    assert len(platform_events(sql, "tenancy")) == 1


@pytest.mark.parametrize("role", ["owner", "admin", "teacher", "officer", "guardian", "student"])
def test_a_role_of_a_school_is_turned_away_and_that_is_on_record(browser, cast, sql, failures, role):
    someone = browser.as_(getattr(cast.thaba, role))
    letter = f"{LIST}/1/{failures[0][0]}"
    for path in (LIST, letter, f"{LIST}/reasons/{FULL_KEY}/retry", f"{letter}/discard"):
        page = someone.get(path)
        assert page.status == 403
        assert "Karoo" not in page.text
    assert someone.post(f"{letter}/retry").status == 403
    assert [action for action, _ in platform_events(sql, "access")] == ["access.turned_away"] * 5
    assert sql.execute("SELECT count(*) FROM delivery WHERE state = 'dead'").fetchone() == (5,)


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_speaks_each_language(browser, cast, sql, failures, language):
    sql.execute("UPDATE app_user SET language = %s", (language,))
    someone = browser.as_(cast.operator, language=language)
    for path in (LIST, f"{LIST}/1/{failures[0][0]}", f"{LIST}/reasons/{FULL_KEY}/retry", f"{LIST}/reasons/{FULL_KEY}/discard"):
        assert someone.get(path).status == 200


def test_the_reasons_are_those_of_the_schools_own_page(operator, browser, cast, sql):
    add_failed(sql, cast.thaba, dead=2, why=FULL)
    add_failed(sql, cast.thaba, "Other", why=("exhausted", 451, "4.7.1 later"))
    ours = operator.get(f"{LIST}?school=1")
    own = browser.as_(cast.thaba.admin).get("/schedule-notices/dead-letters/")
    keys = [set(re.findall(r"reason=([a-z-]+)", page.text)) for page in (ours, own)]
    assert keys[0] == keys[1]
