"""Follow-ups are made when a stage changes or a date comes, once each, and go with their leads."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.follow_ups.making import come_due
from app.domain.leads import hooks, merging, retention, stages
from app.domain.leads.copies import copy_of
from app.domain.leads.records import lead_for_change, plan_step, unsubscribe

NOW = dt.datetime.now(dt.UTC)
TODAY = NOW.astimezone(dt.timezone(dt.timedelta(hours=2))).date()


def at(days: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


@pytest.fixture
def come(at_school):
    """What the periodic job does in Thaba Nkulu."""

    def run(now: dt.datetime | None = None) -> int:
        with at_school():
            return come_due(now or dt.datetime.now(dt.UTC))

    return run


def test_a_lead_that_comes_gets_the_follow_up_of_its_stage(items, lead, template):
    template()
    template(stage="contacted", name="Later")
    lead()
    assert items("state", "revision", "language", "subject") == [("open", 1, "en", None)]


def test_it_is_due_in_the_morning_so_many_days_later(items, lead, template):
    template(occasion="days", days=3)
    lead()
    ((due, state),) = items("due_at", "state")
    local = due.astimezone(dt.timezone(dt.timedelta(hours=2)))
    assert (local.date(), local.time(), state) == (TODAY + dt.timedelta(days=3), dt.time(0), "open")


def test_a_retired_template_makes_nothing(sql, items, lead, template, come):
    template()
    sql.execute("UPDATE follow_up_template SET is_active = false")
    lead()
    assert come() == 0
    assert items("id") == []


def test_a_lead_that_moves_on_takes_what_was_not_said_with_it(items, lead, template, change, by):
    template()
    template(stage="contacted", name="After a call")
    made = lead()
    change(made, lambda held: stages.move(held, "contacted", by=by))
    assert items("state", "dropped") == [("dismissed", "moved_on"), ("open", None)]


def test_a_lead_that_comes_back_finds_it_again_and_gets_no_second_one(items, lead, template, change, by):
    template()
    made = lead()
    change(made, lambda held: stages.move(held, "contacted", by=by))
    change(made, lambda held: stages.move(held, "new", by=by))
    assert items("state", "dropped") == [("open", None)]


def test_what_somebody_dismissed_does_not_come_back(sql, items, lead, template, change, by):
    template()
    made = lead()
    sql.execute("UPDATE follow_up SET state = 'dismissed', reason = 'They phoned'")
    change(made, lambda held: stages.move(held, "contacted", by=by))
    change(made, lambda held: stages.move(held, "new", by=by))
    assert items("state", "reason") == [("dismissed", "They phoned")]


def test_an_archived_lead_takes_all_along_and_brings_them_back(items, lead, template, change, come, by):
    template()
    template(occasion="step", stage=None, name="Step")
    made = lead()
    change(made, lambda held: plan_step(held, "Phone them", TODAY, by=by))
    come()
    change(made, lambda held: stages.archive(held, "Another school", by=by))
    assert items("state", "dropped") == [("dismissed", "archived")] * 2
    change(made, lambda held: stages.bring_back(held, by=by))
    assert [state for (state,) in items("state")] == ["open", "open"]


def test_the_day_of_the_next_step_makes_one_late_or_twice(items, lead, template, change, come, by):
    template(occasion="step", stage=None, since=dt.timedelta(days=9))
    made = lead()
    change(made, lambda held: plan_step(held, "Phone them", TODAY - dt.timedelta(days=3), by=by))
    assert come() == 1
    assert come() == 0
    assert items("state", "occasion") == [("open", str(TODAY - dt.timedelta(days=3)))]


def test_what_comes_back_waits_for_its_days_again(sql, items, lead, template, change, by):
    template(occasion="days", days=3)
    made = lead()
    change(made, lambda held: stages.move(held, "contacted", by=by))
    sql.execute("UPDATE follow_up SET due_at = now() - interval '9 days'")
    change(made, lambda held: stages.move(held, "new", by=by))
    ((due, state),) = items("due_at", "state")
    assert (due.astimezone(dt.timezone(dt.timedelta(hours=2))).date(), state) == (TODAY + dt.timedelta(days=3), "open")


def test_the_day_of_a_next_step_stays_as_it_comes_back(items, lead, template, change, come, by):
    template(occasion="step", stage=None)
    made = lead()
    change(made, lambda held: plan_step(held, "Phone them", TODAY, by=by))
    come()
    before = items("due_at")
    change(made, lambda held: stages.archive(held, "Another school", by=by))
    change(made, lambda held: stages.bring_back(held, by=by))
    assert (items("due_at"), items("state")) == (before, [("open",)])


@pytest.mark.parametrize("became", ["stage = 'enrolled'", "learner_id = %s"])
def test_a_step_that_a_learner_still_has_makes_nothing(sql, cast, items, lead, template, change, come, by, became):
    template(occasion="step", stage=None)
    made = lead()
    change(made, lambda held: plan_step(held, "Phone them", TODAY, by=by))
    learner = sql.execute("SELECT id FROM learner WHERE school_id = 1 LIMIT 1").fetchone()
    sql.execute(f"UPDATE lead SET {became}", learner if "%s" in became else ())
    assert come() == 0
    assert items("id") == []


def test_a_day_that_is_still_to_come_makes_nothing_and_another_day_takes_the_old_one_away(
    items, lead, template, change, come, by
):
    template(occasion="step", stage=None)
    made = lead()
    change(made, lambda held: plan_step(held, "Phone them", TODAY + dt.timedelta(days=1), by=by))
    assert come() == 0
    change(made, lambda held: plan_step(held, "Phone them", TODAY, by=by))
    assert come() == 1
    change(made, lambda held: plan_step(held, "Phone them", TODAY + dt.timedelta(days=4), by=by))
    come()
    assert items("state", "dropped") == [("dismissed", "moved_on")]
    assert come(at(4)) == 1


def test_a_template_that_is_newer_than_a_date_makes_no_flood(sql, items, lead, template, come):
    made = lead()
    sql.execute("UPDATE lead SET stage_at = now() - interval '40 days' WHERE id = %s", (made,))
    template()
    template(occasion="days", days=30, name="Long ago")
    template(occasion="days", days=60, name="To come")
    assert come() == 1
    assert come() == 0
    ((due,),) = items("due_at")
    assert due > NOW


def test_a_lead_that_no_hook_saw_is_caught_up(sql, items, lead, template, come):
    template()
    lead()
    sql.execute("DELETE FROM follow_up")
    assert come() == 1


def test_whoever_left_gets_none_and_loses_those_that_wait(items, lead, template, change, come, by):
    template()
    template(stage="contacted", name="After a call")
    made = lead()
    change(made, lambda held: unsubscribe(held, "link", by=by))
    come()
    assert items("state", "dropped") == [("dismissed", "unsubscribed")]
    change(made, lambda held: stages.move(held, "contacted", by=by))
    come()
    assert len(items("id")) == 1


def test_two_leads_that_become_one_are_told_once(sql, items, lead, template, at_school, by):
    template()
    template(occasion="days", days=2, name="Second")
    kept, other = lead(), lead(email="other@example.org")
    sql.execute("DELETE FROM follow_up WHERE lead_id = %s AND due_at > now()", (kept,))
    with at_school():
        merging.merge(*merging.held(kept, other), {}, by=by)
    found = items("lead_id", "state", "dropped")
    assert sorted(row[1:] for row in found if row[0] == kept) == [("open", None), ("open", None)]
    assert [row[1:] for row in found if row[0] == other] == [("dismissed", "merged")]


def test_an_erased_lead_leaves_no_word_in_what_was_written_to_it(sql, items, lead, template, at_school, by):
    template()
    made = lead()
    sql.execute(
        "UPDATE follow_up SET state = 'sent', subject = 'Welcome, Lindiwe', body = 'Dear Lindiwe', email = 'lindiwe@example.org',"
        " approved_at = now(), approved_by = 'Nomvula', sent_at = now(), way = 'email'"
    )
    with at_school():
        retention.erase(lead_for_change(made), retention.ASKED, by=by)
    assert items("state", "subject", "body", "email") == [("sent", "", "", "")]
    assert sql.execute("SELECT 1 FROM follow_up f WHERE f::text ILIKE '%%lindiwe%%'").fetchone() is None


def test_an_open_one_goes_with_an_erased_lead(items, lead, template, at_school, by):
    template()
    made = lead()
    with at_school():
        retention.erase(lead_for_change(made), retention.ASKED, by=by)
    assert items("state", "dropped") == [("dismissed", "erased")]


def test_a_copy_of_all_that_is_held_has_what_was_written(lead, template, at_school):
    template()
    made = lead()
    with at_school():
        told = copy_of(lead_for_change(made))
    assert [row["state"] for row in told["follow_ups"]] == ["open"]


def test_the_default_owner_looks_after_new_leads(sql, cast, lead):
    sql.execute(
        "INSERT INTO marketing_setting (school_id, id, owner_id) VALUES (1, gen_random_uuid(), %s)",
        (cast.thaba.admin.person_id,),
    )
    made = lead()
    assert sql.execute("SELECT owner_id FROM lead WHERE id = %s", (made,)).fetchone() == (cast.thaba.admin.person_id,)
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (cast.thaba.admin.person_id,))
    later = lead(email="other@example.org")
    assert sql.execute("SELECT owner_id FROM lead WHERE id = %s", (later,)).fetchone() == (None,)


def test_the_periodic_job_goes_to_every_open_school_once(sql, app, cast, lead, template, work_off, items):
    template()
    lead()
    sql.execute("DELETE FROM follow_up")
    sql.execute(
        "INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'follow_ups.come'), (0, gen_random_uuid(),"
        " 'follow_ups.come')"
    )
    work_off()
    assert items("state") == [("open",)]
    filed = sql.execute("SELECT school_id, count(*) FROM outbox WHERE job = 'follow_ups.make' GROUP BY 1").fetchall()
    assert [school for school, _ in filed] == [1]


def test_who_hears_of_stages_hears_once():
    names = [hear.__name__ for hear in hooks._stage]
    assert names.count("follow") == 1
