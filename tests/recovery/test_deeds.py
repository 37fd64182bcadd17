"""One failed delivery sent again or given up by an operator: by the school's own verbs, once, and in both logs."""

import pytest

from app.domain import rollups
from app.ids import uuid7
from app.tenancy.doors import across_schools
from tests.access.sweeping import NEVER
from tests.deliveries.failing import NOBODY, add_failed, audited, state_of
from tests.recovery.looking import FULL_KEY, LIST, platform_events


@pytest.fixture
def letter(cast, sql):
    """One of Thaba Nkulu's, and its address."""
    (one,) = add_failed(sql, cast.thaba)
    return one, f"{LIST}/1/{one}"


def said(operator):
    return operator.get(LIST).banners


def counted(sql):
    """What the console reads: the school's number of failed deliveries, and the platform's."""
    return tuple(
        sql.execute(f"SELECT number FROM {table} WHERE name = 'deliveries.dead' AND {whose}").fetchone()[0]
        for table, whose in (("metric", "school_id = 1"), ("platform_metric", "true"))
    )


def test_it_goes_out_again_and_both_logs_say_who_did_it(operator, cast, sql, letter, work_off, mailserver):
    one, place = letter
    page = operator.post(f"{place}/retry")
    assert (page.status, page.location) == (302, LIST)
    assert said(operator) == ["The message is on its way again."]
    work_off()
    assert state_of(sql, one) == "sent"
    assert [mail.to for mail in mailserver.mails] == ["dead0@example.com"]
    ((action, values),) = audited(sql)
    assert (action, values["actor"], values["label"], values["number:after"]) == (
        "deliveries.retry", "Olive Operator", "dead 0", "1",
    )  # fmt: skip
    ((action, values),) = platform_events(sql, "deliveries")
    assert (action, values["actor"], values["label"]) == ("deliveries.retry", "Olive Operator", "Thaba Nkulu Primary")
    assert "dead 0" not in str(values), "a name of a school's person stays in the school's log"
    assert sql.execute("SELECT actor_kind, actor_id FROM audit_event").fetchall() == [("operator", cast.operator.user_id)]


def test_a_second_press_changes_nothing_and_says_so(operator, sql, letter, work_off, mailserver):
    for _ in range(2):
        operator.post(f"{letter[1]}/retry")
    assert said(operator)[-1] == "Nothing was changed: somebody has dealt with it already."
    work_off()
    assert len(mailserver.mails) == 1
    assert len(audited(sql)) == len(platform_events(sql, "deliveries")) == 1


@pytest.mark.parametrize(("deed", "data"), [("retry", {}), ("discard", {"why": "Old news"})])
def test_the_console_counts_it_no_more_at_once(operator, sql, letter, deed, data):
    with across_schools("test") as session:
        rollups.rebuild(session)
        session.commit()
    assert counted(sql) == (1, 1)
    operator.post(f"{letter[1]}/{deed}", data)
    assert counted(sql) == (0, 0)


def test_the_way_back_is_where_one_came_from(operator, letter):
    _, place = letter
    assert operator.post(f"{place}/retry?reason={FULL_KEY}&age=1d").location == f"{LIST}?age=1d&reason={FULL_KEY}"
    assert operator.post(f"{place}/retry?letter").location == place


def test_a_suspended_school_is_refused_with_the_reason(operator, sql, letter):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    operator.post(f"{letter[1]}/retry")
    assert said(operator) == ["Thaba Nkulu Primary is suspended: nothing is sent for it. Reactivate the school first."]
    assert (state_of(sql, letter[0]), audited(sql), platform_events(sql)) == ("dead", [], [])
    assert "is suspended" in operator.get(letter[1]).main


def test_an_address_that_does_not_work_is_refused_with_the_reason(operator, cast, sql):
    (one,) = add_failed(sql, cast.thaba, why=NOBODY)
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE email = 'dead0@example.com'")
    operator.post(f"{LIST}/1/{one}/retry")
    assert said(operator) == ["The address does not work: the school has to mend it first."]
    assert state_of(sql, one) == "dead"


def test_a_text_that_was_deleted_is_refused_with_the_reason(operator, sql, letter):
    sql.execute("DELETE FROM message_text")
    operator.post(f"{letter[1]}/retry")
    assert said(operator) == ["The message can no longer be sent: its text was deleted when its time was over."]


def test_giving_up_needs_a_reason_and_keeps_what_was_typed(operator, sql, letter):
    page = operator.get(f"{letter[1]}/discard")
    assert page.h1 == "Discard 1 message?"
    assert "Thaba Nkulu Primary" in page.main
    refused = operator.post(f"{letter[1]}/discard", {"why": " "})
    assert (refused.status, refused.problems) == (422, ["Enter a reason"])
    long = operator.post(f"{letter[1]}/discard", {"why": "<b>" * 200})
    assert long.status == 422
    assert long.one("input", name="why").get("value") == "<b>" * 200
    assert state_of(sql, letter[0]) == "dead"


def test_what_is_given_up_stands_in_both_logs_with_the_reason_in_the_schools(operator, sql, letter, work_off):
    operator.post(f"{letter[1]}/discard", {"why": "The family has <moved>"})
    assert said(operator) == ["The message was discarded."]
    assert state_of(sql, letter[0]) == "discarded"
    assert sql.execute("SELECT discard_reason FROM delivery").fetchone() == ("The family has <moved>",)
    ((school_says, values),) = audited(sql)
    work_off()
    ((platform_says, known),) = platform_events(sql, "deliveries")
    assert school_says == platform_says == "deliveries.discard"
    assert values["why:after"] == '"The family has <moved>"'
    assert known["label"] == "Thaba Nkulu Primary"
    page = operator.get(letter[1])
    assert "The family has <moved>" in page.main
    assert not page.all("form", action=f"{letter[1]}/retry?letter")


def test_it_may_be_given_up_in_a_suspended_school(operator, sql, letter):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 1")
    operator.post(f"{letter[1]}/discard", {"why": "Closed for good"})
    assert state_of(sql, letter[0]) == "discarded"


def test_another_school_in_the_address_is_404_and_changes_nothing(operator, cast, sql, letter):
    answers = {
        operator.post(f"{LIST}/{school}/{id}/{deed}").status
        for school, id in ((2, letter[0]), (1, uuid7()), (1, NEVER), (2**40, letter[0]))
        for deed in ("retry", "discard")
    }
    assert answers == {404}
    assert state_of(sql, letter[0]) == "dead"


def test_looking_does_nothing(operator, sql, letter):
    assert operator.get(f"{letter[1]}/retry").status == 405
    assert operator.get(f"{letter[1]}/discard").status == 200
    assert state_of(sql, letter[0]) == "dead"


def test_what_was_sent_in_the_meantime_is_left_alone(operator, sql, letter):
    sql.execute("UPDATE delivery SET state = 'sent'")
    operator.post(f"{letter[1]}/retry")
    operator.post(f"{letter[1]}/discard", {"why": "No"})
    assert state_of(sql, letter[0]) == "sent"
    assert audited(sql) == []
