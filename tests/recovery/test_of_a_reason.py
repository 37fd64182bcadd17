"""All failed deliveries of a reason at once, in every school: previewed, done by each school's verbs, never twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.models.recovery import RecoveryRun
from app.tenancy.doors import across_schools
from blueprints.recovery import running
from tests.conftest import Browser
from tests.deliveries.failing import NOBODY, add_failed, audited, state_of
from tests.pages import words
from tests.recovery.looking import FULL_KEY, LIST, NOBODY_KEY, add_school, platform_events

RETRY, DISCARD = f"{LIST}/reasons/{FULL_KEY}/retry", f"{LIST}/reasons/{FULL_KEY}/discard"


def states(sql):
    return dict(sql.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())


def runs(sql):
    return sql.execute(
        "SELECT deed, total, schools, done, ended_at IS NOT NULL FROM recovery_run ORDER BY created_at"
    ).fetchall()


@pytest.fixture
def two_schools(cast, sql):
    return (
        add_failed(sql, cast.thaba, dead=4),
        add_failed(sql, cast.karoo, dead=2),
        add_failed(sql, cast.karoo, "Other", why=NOBODY),
    )


def test_it_is_asked_about_with_its_numbers_first(operator, two_schools, sql):
    sql.execute("UPDATE person SET email_flagged_at = now() WHERE school_id = 1 AND email = 'dead3@example.com'")
    page = operator.get(RETRY)
    assert page.h1 == "Send 5 messages again?"
    assert "It is about 2 schools." in page.main
    assert "1 has an address that does not work: the school has to mend it first." in page.main
    assert states(sql) == {"dead": 7}


def test_all_of_it_goes_out_again_and_nothing_else(operator, two_schools, sql, work_off, mailserver):
    page = operator.post(RETRY)
    assert (page.status, page.location.startswith(f"{LIST}/runs/")) == (302, True)
    told = operator.get(page.location)
    assert told.h1 == "Sending failed messages again"
    assert "6 of 6 messages are on their way again." in told.main
    work_off()
    assert states(sql) == {"sent": 6, "dead": 1}
    assert len(mailserver.mails) == 6
    assert [(action, values["number:after"], values["actor"]) for action, values in audited(sql)] == [
        ("deliveries.retry_all", "4", "Olive Operator"), ("deliveries.retry_all", "2", "Olive Operator"),
    ]  # fmt: skip
    ((action, values),) = platform_events(sql)
    assert (action, values["number:after"], values["schools:after"]) == ("recovery.retry_all", "6", "2")
    assert runs(sql) == [("retry", 6, 2, 6, True)]


def test_each_schools_log_says_it_in_its_own_language(operator, two_schools, sql):
    operator.post(RETRY)
    labels = {values["label"] for _, values in audited(sql)}
    assert len(labels) == 2
    assert "The mailbox is full." not in labels


def test_it_can_be_narrowed_to_a_school_and_an_age(operator, two_schools, sql):
    sql.execute("UPDATE delivery SET ended_at = now() - interval '2 days' WHERE id = %s", (two_schools[0][0],))
    assert operator.get(f"{RETRY}?age=1d").h1 == "Send 1 message again?"
    operator.post(f"{RETRY}?age=1d&school=1")
    assert states(sql) == {"dead": 6, "queued": 1}
    operator.post(f"{RETRY}?school=karoo")
    assert states(sql) == {"dead": 4, "queued": 3}


def test_twice_is_once(operator, two_schools, sql, work_off, mailserver):
    operator.post(RETRY)
    second = operator.post(RETRY)
    assert second.location == LIST
    assert operator.get(LIST).banners[-1] == "Nothing was changed: somebody has dealt with it already."
    work_off()
    assert len(mailserver.mails) == 6
    assert len(runs(sql)) == 1


def test_two_operators_at_once_are_one(app, operator, cast, two_schools, sql, work_off, mailserver):
    def press(someone):
        with app.app_context():
            browser = Browser(app).as_(someone)
            return browser.post(RETRY).status

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(press, [cast.operator, cast.superuser] * 2)) == {302}
    work_off()
    assert states(sql) == {"sent": 6, "dead": 1}
    assert len(mailserver.mails) == 6
    assert sum(int(values["number:after"]) for _, values in audited(sql)) == 6


def test_a_suspended_school_is_left_out_and_said(operator, two_schools, sql):
    sql.execute("UPDATE school SET state = 'disabled' WHERE id = 2")
    page = operator.get(RETRY)
    assert page.h1 == "Send 4 messages again?"
    assert "2 belong to schools that are suspended: nothing is sent for them." in page.main
    told = operator.get(operator.post(RETRY).location)
    assert "4 of 6 messages are on their way again." in told.main
    assert "2 belong to schools that are suspended: nothing is sent for them." in told.main
    assert states(sql) == {"queued": 4, "dead": 3}


def test_where_none_can_go_the_page_says_so(operator, two_schools, sql):
    sql.execute("DELETE FROM message_text")
    page = operator.get(RETRY)
    assert page.h1 == "Nothing can be sent again"
    assert not [button for button in page.all("button") if "Send" in words(button)]


def test_giving_up_needs_a_reason_and_says_how_many(operator, two_schools, sql):
    assert operator.get(DISCARD).h1 == "Discard 6 messages?"
    refused = operator.post(DISCARD, {"why": ""})
    assert (refused.status, refused.problems) == (422, ["Enter a reason"])
    told = operator.get(operator.post(DISCARD, {"why": "Old news"}).location)
    assert "6 of 6 messages were discarded." in told.main
    assert "Old news" in told.main
    assert states(sql) == {"discarded": 6, "dead": 1}
    assert {values["why:after"] for _, values in (*audited(sql), *platform_events(sql))} == {'"Old news"'}


def test_a_reason_that_is_over_leads_back(operator):
    for path in (RETRY, DISCARD):
        page = operator.get(path)
        assert (page.status, page.location) == (302, LIST)
    assert set(operator.get(LIST).banners) == {"Nothing was changed: somebody has dealt with it already."}


@pytest.mark.parametrize("path", [f"{RETRY}?school=nowhere", f"{RETRY}?school=a", f"{RETRY}?age=2h"])
def test_with_a_filter_that_is_none_it_is_404(operator, two_schools, path):
    assert operator.get(path).status == 404


def test_two_hundred_in_three_schools_are_a_workers(operator, cast, sql, work_off, mailserver):
    third = add_school(sql, 3, "School 3")
    for school in (cast.thaba, cast.karoo, third):
        add_failed(sql, school, dead=80)
    add_failed(sql, third, "Other", why=NOBODY)
    place = operator.post(RETRY).location
    waiting = operator.get(place)
    assert "0 of 240 messages are on their way again." in waiting.main
    assert waiting.all("div", data_poll=place)
    assert states(sql) == {"dead": 241}, "a press does not wait for so many"
    again = operator.post(RETRY)
    assert again.location == place, "the same wish is the same run"
    work_off()
    assert states(sql) == {"sent": 240, "dead": 1}
    assert len(mailserver.mails) == 240
    told = operator.get(place)
    assert "240 of 240 messages are on their way again." in told.main
    assert not told.all("div", data_poll=place)
    assert [values["number:after"] for _, values in audited(sql)] == ["80", "80", "80"]
    assert len(platform_events(sql)) == 1
    fragment = operator.get(place, headers={"X-Fragment": "1"}, check=False)
    assert "<html" not in fragment.text
    assert "data-poll-stop" in fragment.text


def test_a_run_that_was_interrupted_goes_on_where_it_was(operator, cast, sql, app, work_off, mailserver):
    for school in (cast.thaba, cast.karoo, add_school(sql, 3, "School 3")):
        add_failed(sql, school, dead=70)
    operator.post(RETRY)
    (run_id,) = sql.execute("SELECT id FROM recovery_run").fetchone()
    steps = iter([True, True, False, False])  # time for one school, then the worker dies
    assert running.carry_out(run_id, lambda: next(steps)) is False
    assert runs(sql) == [("retry", 210, 3, 70, False)]
    with across_schools("test") as session:
        assert session.get(RecoveryRun, run_id).at_school == 1
    work_off()
    assert states(sql) == {"sent": 210}
    assert len(mailserver.mails) == 210
    assert runs(sql) == [("retry", 210, 3, 210, True)]
    assert running.carry_out(run_id, lambda: True) is True, "once more is nothing more"


def test_what_fails_again_meanwhile_is_not_sent_a_third_time(operator, cast, sql):
    add_failed(sql, cast.thaba, dead=1)
    place = operator.post(RETRY).location
    run_id = place.rpartition("/")[2]
    sql.execute("UPDATE delivery SET state = 'dead', ended_at = now() + interval '1 minute'")
    sql.execute("UPDATE recovery_run SET ended_at = NULL, at_school = 0")
    running.carry_out(run_id, lambda: True)
    assert states(sql) == {"dead": 1}


def test_the_list_tells_of_a_run_for_a_day(operator, two_schools, sql):
    operator.post(RETRY)
    assert "6 of 6 messages are on their way again." in operator.get(LIST).main
    sql.execute("UPDATE recovery_run SET ended_at = now() - interval '25 hours'")
    assert "6 of 6" not in operator.get(LIST).main


def test_a_run_that_never_was_is_404(operator):
    assert operator.get(f"{LIST}/runs/01890000-0000-7000-8000-000000000000").status == 404


def test_the_other_reason_stays(operator, two_schools, sql):
    operator.post(f"{LIST}/reasons/{NOBODY_KEY}/discard", {"why": "Wrong list"})
    assert state_of(sql, two_schools[2][0]) == "discarded"
    assert states(sql) == {"dead": 6, "discarded": 1}
