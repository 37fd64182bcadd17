"""/schedule-notices/dead-letters/: what failed, why, and what was tried."""

import pytest

from tests.cast import add_person
from tests.deliveries.failing import NOBODY, add_failed
from tests.notices.arranged import NOW, add_notice
from tests.notices.sent import add_sent_message
from tests.pages import XHTML, words

LIST = "/schedule-notices/dead-letters/"
FULL_KEY = "the-mailbox-is-full"


def rows(page):
    return [words(th) for th in page.all("th", scope="row")]


def pages_of(reader, address):
    """Every page of a list, from the first on."""
    at = [reader.get(address)]
    while following := at[-1].all("a", rel="next"):
        at.append(reader.get(address.partition("?")[0] + following[0].get("href")))
    return at


def test_each_says_who_which_notice_why_and_what_was_tried(admin, cast, sql):
    add_failed(sql, cast.thaba, "Sports day", why=NOBODY)
    add_failed(sql, cast.karoo, "Another school’s")
    page = admin.get(LIST)
    assert rows(page) == ["dead 0Sports day"]
    assert page.links()["Sports day"].startswith("/schedule-notices/")
    assert "The mail server says that this address does not exist." in page.main
    assert "550 5.1.1 nobody here" in page.main
    assert "1 event" in page.main


def test_the_newest_is_first(admin, cast, sql):
    for title in ("First", "Second"):
        (failed,) = add_failed(sql, cast.thaba, title)
        sql.execute("UPDATE delivery SET ended_at = clock_timestamp() WHERE id = %s", (failed,))
    assert [row.removeprefix("dead 0") for row in rows(admin.get(LIST))] == ["Second", "First"]


def test_reasons_are_counted_by_their_words_the_most_frequent_first(admin, cast, sql):
    add_failed(sql, cast.thaba, "A", dead=2, why=("permanent", 552, "5.2.2 full, queue 1"))
    add_failed(sql, cast.thaba, "B", why=("permanent", 452, "5.2.2 zu voll"))
    add_failed(sql, cast.thaba, "C", dead=2, why=NOBODY)
    page = admin.get(LIST)
    assert [words(li) for li in page.one("ul", class_="list").iter(f"{XHTML}strong")] == [
        "The mailbox is full.", "The mail server says that this address does not exist.",
    ]  # fmt: skip
    assert "3 messages, the oldest of" in page.main
    assert len(rows(admin.get(f"{LIST}?reason={FULL_KEY}"))) == 3


def test_it_can_be_narrowed_by_channel_and_person(admin, cast, sql):
    (mail, _), (push,) = add_failed(sql, cast.thaba, "By mail", dead=2), add_failed(sql, cast.thaba, "By push")
    sql.execute("UPDATE delivery SET channel = 'push' WHERE id = %s", (push,))
    sql.execute("UPDATE person SET name = '50%% of_it' WHERE id = (SELECT person_id FROM delivery WHERE id = %s)", (mail,))
    assert [row.endswith("By push") for row in rows(admin.get(f"{LIST}?channel=push"))] == [True]
    assert len(rows(admin.get(f"{LIST}?q=DEAD"))) == 2
    assert rows(admin.get(f"{LIST}?q=%25+of_")) == ["50% of_itBy mail"]
    assert rows(admin.get(f"{LIST}?q=dead&channel=email")) == ["dead 1By mail"]
    page = admin.get(f"{LIST}?q=nobody+like+this")
    assert "No failed deliveries match" in page.main


def test_a_reason_that_is_over_is_no_mistake(admin, cast, sql):
    add_failed(sql, cast.thaba)
    assert "No failed deliveries match" in admin.get(f"{LIST}?reason=there-is-none").main


@pytest.mark.parametrize("wrong", ["?after=x", "?after=a~b", "?channel=pigeon", "?reason=A%20b"])
def test_an_address_that_means_nothing_is_404(admin, wrong):
    assert admin.get(LIST + wrong).status == 404


def test_nothing_failed_is_said_with_why(admin):
    page = admin.get(LIST)
    assert "All clear" in page.main
    assert "What cannot be delivered is listed here, with the reason." in page.main


def test_an_address_that_does_not_work_is_mended_first_and_what_lost_its_text_cannot_go(admin, cast, sql):
    (flagged,), (forgotten,), (able,) = (add_failed(sql, cast.thaba, title) for title in ("Flagged", "Forgotten", "Able"))
    sql.execute(
        "UPDATE person SET email_flagged_at = now() WHERE id = (SELECT person_id FROM delivery WHERE id = %s)", (flagged,)
    )
    sql.execute("DELETE FROM message_text WHERE message_id = (SELECT message_id FROM delivery WHERE id = %s)", (forgotten,))
    page = admin.get(LIST)
    actions = {form.get("action") for form in page.all("form") if form.get("method") == "post"}
    assert f"{LIST}{able}/retry" in actions
    assert not {f"{LIST}{flagged}/retry", f"{LIST}{forgotten}/retry"} & actions
    assert any(text.startswith("Mend the address") for text in page.links())
    assert "Text deleted" in page.main


def test_what_is_no_notice_is_named_by_its_subject_or_as_what_it_is(admin, cast, sql):
    (failed,) = add_failed(sql, cast.thaba, "A test")
    sql.execute("UPDATE notice SET message_id = NULL")
    assert rows(admin.get(LIST)) == ["dead 0A test"]
    sql.execute("DELETE FROM message_text")
    assert rows(admin.get(LIST)) == ["dead 0A message whose text was deleted"]
    assert admin.get(f"{LIST}{failed}/discard").status == 200


def test_titles_are_in_the_readers_language(browser, cast, sql):
    add_failed(sql, cast.thaba, "English")
    sql.execute("""UPDATE notice SET title = '{"en": "Sports day", "zu": "Usuku"}'""")
    sql.execute("UPDATE app_user SET language = 'zu'")
    assert rows(browser.as_(cast.thaba.admin, language="zu").get(LIST)) == ["dead 0Usuku"]


def test_attempts_that_were_deleted_leave_the_rest(admin, cast, sql):
    add_notice(sql, cast.thaba, "Long ago", message_id=add_sent_message(sql, cast.thaba, dead=1))
    page = admin.get(LIST)
    assert rows(page) == ["dead 0Long ago"]
    assert not [e for e in page.all("details") if e.get("class") == "tries"]


def test_many_are_paged_and_none_is_lost(admin, cast, sql):
    add_failed(sql, cast.thaba, "Bad day", dead=70)
    sql.execute("UPDATE delivery SET ended_at = %s", (NOW,))
    pages = pages_of(admin, LIST)
    assert [len(rows(page)) for page in pages] == [50, 20]
    assert len({row for page in pages for row in rows(page)}) == 70


def test_the_number_of_queries_does_not_grow_with_the_list(admin, cast, sql, caplog):
    caplog.set_level("INFO", logger="umthi.request")

    def queries():
        admin.get(LIST)
        return caplog.records[-1].fields["queries"]

    add_failed(sql, cast.thaba, "One")
    one = queries()
    add_failed(sql, cast.thaba, "Many", dead=60)
    assert queries() == one <= 6


def test_markup_in_names_and_answers_stays_text(admin, cast, sql):
    (failed,) = add_failed(sql, cast.thaba, "<b>Title", why=("permanent", 550, "5.1.1 <script>alert(1)</script>"))
    sql.execute("UPDATE person SET name = '<i>Who' WHERE id = (SELECT person_id FROM delivery WHERE id = %s)", (failed,))
    page = admin.get(LIST)
    assert rows(page) == ["<i>Who<b>Title"]
    assert "<script>alert(1)</script>" in page.main


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_it_is_there_in_every_language(browser, cast, sql, language):
    add_failed(sql, cast.thaba, why=NOBODY)
    sql.execute("UPDATE app_user SET language = %s", (language,))
    assert browser.as_(cast.thaba.owner, language=language).get(LIST).status == 200


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_may_not_see_it(browser, cast, role):
    assert browser.as_(getattr(cast.thaba, role)).get(LIST).status == 403


def test_people_without_failures_are_not_in_it(admin, cast, sql):
    add_person(sql, 1, "Well Reached", "guardian", "well@example.com")
    add_notice(sql, cast.thaba, "Fine", message_id=add_sent_message(sql, cast.thaba, sent=3, discarded=1, demoted=1))
    assert "All clear" in admin.get(LIST).main
