"""Failed messages sent again: one, all of a reason; once, and on the record."""

import pytest

from app.ids import uuid7
from tests.access.sweeping import NEVER
from tests.deliveries.failing import FULL, NOBODY, add_failed, audited, state_of

LIST = "/schedule-notices/dead-letters/"
OF_FULL = f"{LIST}reasons/the-mailbox-is-full/retry"


def flash(admin):
    return admin.get(LIST).banners


def test_one_goes_again_and_the_others_stay(admin, cast, sql, work_off, mailserver):
    one, other = add_failed(sql, cast.thaba, dead=2)
    page = admin.post(f"{LIST}{one}/retry")
    assert (page.status, page.location) == (302, LIST)
    assert flash(admin) == ["1 message is on its way again."]
    work_off()
    assert (state_of(sql, one), state_of(sql, other)) == ("sent", "dead")
    assert [mail.to for mail in mailserver.mails] == ["dead0@example.com"]
    ((action, values),) = audited(sql)
    assert (action, values["label"], values["number:after"]) == ("deliveries.retry", "dead 0", "1")


def test_a_second_click_changes_nothing_and_says_so(admin, cast, sql, work_off, mailserver):
    (one,) = add_failed(sql, cast.thaba)
    for _ in range(2):
        admin.post(f"{LIST}{one}/retry")
    assert flash(admin)[-1] == "Nothing was changed: somebody has dealt with it already."
    work_off()
    assert len(mailserver.mails) == 1
    assert len(audited(sql)) == 1


def test_the_way_back_keeps_the_filters(admin, cast, sql):
    (one,) = add_failed(sql, cast.thaba)
    assert admin.post(f"{LIST}{one}/retry?channel=email&q=dead").location == f"{LIST}?channel=email&q=dead"


def test_an_address_that_does_not_work_is_refused_with_a_word(admin, cast, sql):
    (one,) = add_failed(sql, cast.thaba, why=NOBODY)
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE email = 'dead0@example.com'")
    admin.post(f"{LIST}{one}/retry")
    assert flash(admin) == ["1 has an address that does not work: mend it first."]
    assert (state_of(sql, one), audited(sql)) == ("dead", [])


def test_a_text_that_was_deleted_is_refused_with_a_word(admin, cast, sql):
    (one,) = add_failed(sql, cast.thaba)
    sql.execute("DELETE FROM message_text")
    admin.post(f"{LIST}{one}/retry")
    assert flash(admin) == ["1 can no longer be sent: its text was deleted when its time was over."]
    assert state_of(sql, one) == "dead"


def test_all_of_a_reason_are_asked_about_with_their_number_first(admin, cast, sql, work_off, mailserver):
    full, nobody = add_failed(sql, cast.thaba, dead=4), add_failed(sql, cast.thaba, "Other", why=NOBODY)
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE email = 'dead3@example.com'")
    page = admin.get(OF_FULL)
    assert page.h1 == "Send 3 messages again?"
    assert "1 has an address that does not work, and stays here until it is mended." in page.main
    assert state_of(sql, full[0]) == "dead"
    assert admin.post(OF_FULL).location == LIST
    assert flash(admin) == ["3 messages are on their way again. 1 has an address that does not work: mend it first."]
    work_off()
    assert [state_of(sql, each) for each in (*full, *nobody)] == ["sent", "sent", "sent", "dead", "dead"]
    ((action, values),) = audited(sql)
    assert (action, values["number:after"], values["label"]) == ("deliveries.retry_all", "3", "The mailbox is full.")
    assert values["reason:after"] == '"the-mailbox-is-full"'


def test_all_of_a_reason_twice_is_once(admin, cast, sql, work_off, mailserver):
    add_failed(sql, cast.thaba, dead=3)
    for _ in range(2):
        admin.post(OF_FULL)
    work_off()
    assert len(mailserver.mails) == 3
    assert len(audited(sql)) == 1


def test_where_none_can_go_the_page_says_so(admin, cast, sql):
    add_failed(sql, cast.thaba)
    sql.execute("DELETE FROM message_text")
    page = admin.get(OF_FULL)
    assert page.h1 == "Nothing can be sent again"
    assert not [form for form in page.all("form") if form.get("action") == OF_FULL]


def test_a_reason_that_is_over_leads_back(admin):
    page = admin.get(OF_FULL)
    assert (page.status, page.location) == (302, LIST)
    assert flash(admin) == ["Nothing was changed: somebody has dealt with it already."]


def test_another_schools_answers_like_one_that_never_was(admin, cast, sql):
    (theirs,) = add_failed(sql, cast.karoo)
    answers = [admin.post(f"{LIST}{id}/retry") for id in (theirs, NEVER, uuid7())]
    assert {answer.status for answer in answers} == {404}
    assert state_of(sql, theirs) == "dead"
    admin.post(OF_FULL)
    assert state_of(sql, theirs) == "dead"


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_may_not(browser, cast, sql, role):
    (one,) = add_failed(sql, cast.thaba)
    someone = browser.as_(getattr(cast.thaba, role))
    assert {someone.post(f"{LIST}{one}/retry").status, someone.post(OF_FULL).status} == {403}
    assert state_of(sql, one) == "dead"


def test_looking_at_it_does_nothing(admin, cast, sql):
    (one,) = add_failed(sql, cast.thaba, why=FULL)
    assert admin.get(f"{LIST}{one}/retry").status == 405
    assert admin.get(OF_FULL).status == 200
    assert state_of(sql, one) == "dead"
