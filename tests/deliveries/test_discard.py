"""Failed messages given up: with a reason, for good, and on the record."""

import pytest

from tests.access.sweeping import NEVER
from tests.deliveries.failing import NOBODY, add_failed, audited, state_of

LIST = "/schedule-notices/dead-letters/"
OF_FULL = f"{LIST}reasons/the-mailbox-is-full/discard"


def test_one_is_discarded_with_a_reason(admin, cast, sql):
    one, other = add_failed(sql, cast.thaba, dead=2)
    page = admin.get(f"{LIST}{one}/discard")
    assert page.h1 == "Discard 1 message?"
    assert "Sports day" in page.main
    assert admin.post(f"{LIST}{one}/discard", {"why": " They moved away "}).location == LIST
    assert admin.get(LIST).banners == ["1 message discarded."]
    assert (state_of(sql, one), state_of(sql, other)) == ("discarded", "dead")
    assert sql.execute("SELECT discard_reason FROM delivery WHERE id = %s", (one,)).fetchone() == ("They moved away",)
    ((action, values),) = audited(sql)
    assert (action, values["why:after"], values["number:after"]) == ("deliveries.discard", '"They moved away"', "1")


@pytest.mark.parametrize("why", ["", "   ", "x" * 301])
def test_without_a_reason_or_with_a_novel_nothing_happens(admin, cast, sql, why):
    (one,) = add_failed(sql, cast.thaba)
    for address in (f"{LIST}{one}/discard", OF_FULL):
        page = admin.post(address, {"why": why})
        assert page.status == 422
        assert page.problems == (["Enter a reason"] if not why.strip() else ["Too long: at most 300 characters"])
        assert page.form()["why"] == why.strip()
    assert state_of(sql, one) == "dead"
    assert audited(sql) == []


def test_all_of_a_reason_are_asked_about_with_their_number_first(admin, cast, sql):
    full, (nobody,) = add_failed(sql, cast.thaba, dead=3), add_failed(sql, cast.thaba, why=NOBODY)
    assert admin.get(OF_FULL).h1 == "Discard 3 messages?"
    admin.post(OF_FULL, {"why": "Old news"})
    assert [state_of(sql, each) for each in (*full, nobody)] == ["discarded"] * 3 + ["dead"]
    ((action, values),) = audited(sql)
    assert (action, values["number:after"], values["label"]) == ("deliveries.discard", "3", "The mailbox is full.")


def test_a_second_time_changes_nothing(admin, cast, sql):
    (one,) = add_failed(sql, cast.thaba)
    admin.post(f"{LIST}{one}/discard", {"why": "First"})
    admin.get(LIST)
    admin.post(f"{LIST}{one}/discard", {"why": "Second"})
    assert admin.get(LIST).banners == ["Nothing was changed: somebody has dealt with it already."]
    assert sql.execute("SELECT discard_reason FROM delivery").fetchone() == ("First",)
    assert len(audited(sql)) == 1
    assert admin.post(OF_FULL, {"why": "Third"}).location == LIST
    assert len(audited(sql)) == 1


def test_what_was_discarded_does_not_go_again(admin, cast, sql, work_off, mailserver):
    (one,) = add_failed(sql, cast.thaba)
    admin.post(f"{LIST}{one}/discard", {"why": "Old"})
    admin.post(f"{LIST}{one}/retry")
    work_off()
    assert mailserver.mails == []


def test_another_schools_answers_like_one_that_never_was(admin, cast, sql):
    (theirs,) = add_failed(sql, cast.karoo)
    for id in (theirs, NEVER):
        assert admin.get(f"{LIST}{id}/discard").status == 404
        assert admin.post(f"{LIST}{id}/discard", {"why": "Mine"}).status == 404
    admin.post(OF_FULL, {"why": "Mine"})
    assert state_of(sql, theirs) == "dead"


@pytest.mark.parametrize("role", ["teacher", "officer", "guardian", "student"])
def test_others_may_not(browser, cast, sql, role):
    (one,) = add_failed(sql, cast.thaba)
    someone = browser.as_(getattr(cast.thaba, role))
    assert {someone.post(f"{LIST}{one}/discard", {"why": "x"}).status, someone.get(OF_FULL).status} == {403}
    assert state_of(sql, one) == "dead"
