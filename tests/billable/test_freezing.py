"""Months are frozen at 00:15 of the school's own clock, once, for ever; what is entered later comes as an adjustment."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random

import psycopg
import pytest

from app.domain import billable
from app.models.billable import BillableMonth
from app.tenancy.doors import across_schools
from blueprints import billable as area
from blueprints.billable import jobs, operations
from tests.billable.arranged import (
    add_class,
    add_learner,
    came_on,
    closed,
    day,
    enrol,
    enrol_many,
    freeze,
    frozen,
    lines,
    month,
)

THABA, KAROO = 1, 2


@pytest.fixture(autouse=True)
def _since_march(app, sql):
    came_on(sql, THABA, "2026-03-02")
    came_on(sql, KAROO, "2026-03-02")


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-03-01", "2026-03-31", 31),
        ("2026-01-10", None, 31),
        ("2026-03-31", None, 1),
        ("2026-02-01", "2026-03-01", 1),
        ("2026-01-01", "2026-02-28", None),
        ("2026-04-01", None, None),
    ],
)
def test_one_day_of_active_enrolment_is_enough(sql, at, since, until, days):
    enrol(sql, THABA, add_learner(sql, THABA, "A1"), add_class(sql, THABA), since, until)
    at("2026-04-01 00:15+02:00")
    freeze()
    assert frozen(sql, THABA) == {"2026-03": (1 if days else 0, 0)}
    assert [line[3] for line in lines(sql, THABA, month("2026-03"))] == ([days] if days else [])


def test_days_in_two_classes_are_counted_once_and_a_gap_is_none(sql, at):
    learner = add_learner(sql, THABA, "A1")
    enrol(sql, THABA, learner, add_class(sql, THABA, "5A"), "2026-03-01", "2026-03-10")
    enrol(sql, THABA, learner, add_class(sql, THABA, "5B"), "2026-03-08", "2026-03-12")
    enrol(sql, THABA, learner, add_class(sql, THABA, "Choir"), "2026-03-20", None)
    at("2026-04-01 00:15+02:00")
    freeze()
    first, last = day("2026-03-01"), day("2026-03-31")
    assert lines(sql, THABA, month("2026-03")) == [("A1", "counted", first, 12 + 12, first, last)]


def test_who_waits_is_not_counted(sql, at):
    enrol(sql, THABA, add_learner(sql, THABA, "A1"), add_class(sql, THABA), "2026-03-01", state="waiting")
    at("2026-04-01 00:15+02:00")
    freeze()
    assert frozen(sql, THABA) == {"2026-03": (0, 0)}


@pytest.mark.parametrize("how", ["left", "archived"])
def test_who_left_or_was_archived_counts_for_the_days_until_then(sql, at, how):
    for number, last in (("A1", "2026-03-04"), ("A2", "2026-02-27")):
        learner = add_learner(sql, THABA, number)
        enrol(sql, THABA, learner, add_class(sql, THABA, number), "2026-01-14")
        if how == "left":
            sql.execute("UPDATE learner SET status = 'left', left_on = %s WHERE id = %s", (last, learner))
        else:
            sql.execute("UPDATE person SET ended_at = %s::timestamptz WHERE id = %s", (f"{last} 10:00+02", learner))
    at("2026-04-01 00:15+02:00")
    freeze()
    first = day("2026-03-01")
    assert lines(sql, THABA, month("2026-03")) == [("A1", "counted", first, 4, first, day("2026-03-04"))]


def test_a_month_is_frozen_a_quarter_of_an_hour_after_it_ended(sql, at):
    at("2026-04-01 00:14:59+02:00")
    freeze()
    assert frozen(sql, THABA) == {}
    at("2026-04-01 00:15+02:00")
    freeze()
    assert frozen(sql, THABA) == {"2026-03": (0, 0)}


@pytest.mark.parametrize(
    ("timezone", "not_yet", "then"),
    [
        ("Africa/Johannesburg", "2026-03-31 22:14+00:00", "2026-03-31 22:15+00:00"),  # +02:00 all year
        ("America/Lima", "2026-04-01 05:14+00:00", "2026-04-01 05:15+00:00"),  # -05:00 all year
        ("America/New_York", "2026-04-01 04:14+00:00", "2026-04-01 04:15+00:00"),  # -04:00, in summer
        ("Pacific/Kiritimati", "2026-03-31 10:14+00:00", "2026-03-31 10:15+00:00"),  # +14:00
    ],
)
def test_each_school_by_its_own_clock(sql, at, timezone, not_yet, then):
    came_on(sql, KAROO, "2026-03-02", timezone=timezone)
    enrol_many(sql, KAROO, 2, "2026-03-31")
    at(not_yet)
    freeze()
    assert frozen(sql, KAROO) == {}
    at(then)
    freeze()
    assert frozen(sql, KAROO) == {"2026-03": (2, 0)}


def test_the_end_of_summer_time_moves_the_hour_and_not_the_day(sql, at):
    came_on(sql, KAROO, "2026-10-05", timezone="America/New_York")  # the clocks go back on 1 November 2026, at 02:00
    at("2026-11-01 04:14+00:00")
    freeze()
    assert frozen(sql, KAROO) == {}
    at("2026-11-01 04:15+00:00")
    freeze()
    assert list(frozen(sql, KAROO)) == ["2026-10"]
    at("2026-12-01 05:14+00:00")
    freeze()
    assert list(frozen(sql, KAROO)) == ["2026-10"]
    at("2026-12-01 05:15+00:00")
    freeze()
    assert list(frozen(sql, KAROO)) == ["2026-10", "2026-11"]


def test_a_month_whose_first_quarter_of_an_hour_does_not_exist_is_frozen(sql, at):
    came_on(sql, KAROO, "2019-08-20", timezone="America/Asuncion")  # at midnight of 6 October 2019 it was one o'clock
    came_on(sql, THABA, "2019-08-20", timezone="America/Asuncion")
    at("2019-10-06 04:00:00+00:00")
    freeze()
    assert list(frozen(sql, KAROO)) == ["2019-08", "2019-09"]


def test_a_month_is_closed_once_the_last_school_has_frozen_it(sql, at):
    came_on(sql, KAROO, "2026-03-02", timezone="America/Lima")
    enrol_many(sql, THABA, 3, "2026-03-01")
    enrol_many(sql, KAROO, 2, "2026-03-01")
    at("2026-04-01 00:15+02:00")
    freeze()
    assert (frozen(sql, THABA), closed(sql)) == ({"2026-03": (3, 0)}, {})
    at("2026-04-01 00:15-05:00")
    freeze()
    assert closed(sql) == {"2026-03": (2, 5, 0)}


def test_months_that_were_missed_are_caught_up_one_by_one(sql, at):
    enrol_many(sql, THABA, 2, "2026-03-15", "2026-05-02")
    enrol_many(sql, KAROO, 1, "2026-05-31")
    at("2026-07-09 08:00+02:00")
    freeze()
    assert frozen(sql, THABA) == {"2026-03": (2, 0), "2026-04": (2, 0), "2026-05": (2, 0), "2026-06": (0, 0)}
    assert closed(sql) == {"2026-03": (2, 2, 0), "2026-04": (2, 2, 0), "2026-05": (2, 3, 0), "2026-06": (2, 1, 0)}


def test_a_school_has_no_month_from_before_it_came(sql, at):
    came_on(sql, KAROO, "2026-04-20")
    enrol_many(sql, KAROO, 4, "2026-01-14")
    at("2026-06-01 00:15+02:00")
    freeze()
    assert frozen(sql, KAROO) == {"2026-04": (4, 0), "2026-05": (4, 0)}
    assert closed(sql)["2026-03"] == (1, 0, 0)


def test_no_more_than_the_months_of_the_report_are_caught_up(sql, at):
    came_on(sql, KAROO, "2019-01-01")
    at("2026-06-10 00:15+02:00")
    freeze()
    assert list(frozen(sql, KAROO))[:1] == ["2024-07"]
    assert len(frozen(sql, KAROO)) == 23


def test_a_second_run_changes_nothing(sql, at):
    enrol_many(sql, THABA, 3, "2026-03-01")
    at("2026-04-01 00:15+02:00")
    freeze()
    before = sql.execute("SELECT m.*, r.* FROM billable_month m, billable_report r ORDER BY m.school_id").fetchall()
    enrol_many(sql, KAROO, 3, "2026-03-01")
    at("2026-04-02 00:15+02:00")
    freeze()
    assert sql.execute("SELECT m.*, r.* FROM billable_month m, billable_report r ORDER BY m.school_id").fetchall() == before


def test_two_at_once_freeze_a_month_once(sql, at):
    enrol_many(sql, THABA, 3, "2026-03-01")
    at("2026-04-01 00:15+02:00")
    with across_schools("test", routine=True) as session:
        found = billable.due(session, jobs.clock.now())
        assert billable.freeze_some(session, jobs.clock.now(), found) == 2
        with pytest.raises(psycopg.errors.LockNotAvailable):
            sql.execute(f"SET lock_timeout = '50ms'; SELECT pg_advisory_xact_lock({billable._LOCK})")
        session.commit()
    with across_schools("test", routine=True) as session:
        assert billable.freeze_some(session, jobs.clock.now(), found) == 0, "the other had found the same"
    assert frozen(sql, THABA) == {"2026-03": (3, 0)}


def test_a_crash_loses_nothing_and_doubles_nothing(sql, at, monkeypatch):
    for school in (THABA, KAROO):
        enrol_many(sql, school, 3, "2026-03-01")
    at("2026-05-01 00:15+02:00")
    real, calls = billable.freeze_some, []

    def crash(*args):
        calls.append(real(*args))
        if len(calls) == 2:
            raise RuntimeError("the power is out")
        return calls[-1]

    monkeypatch.setattr(billable, "CHUNK", 1)
    monkeypatch.setattr(billable, "freeze_some", crash)
    with pytest.raises(RuntimeError, match="power"):
        freeze()
    assert (frozen(sql, THABA), frozen(sql, KAROO)) == ({"2026-03": (3, 0)}, {}), "the second lot is undone"
    freeze()
    assert frozen(sql, THABA) == frozen(sql, KAROO) == {"2026-03": (3, 0), "2026-04": (3, 0)}
    assert closed(sql) == {"2026-03": (2, 6, 0), "2026-04": (2, 6, 0)}


def test_a_crash_between_freezing_and_closing_is_made_good(sql, at, monkeypatch):
    at("2026-04-01 00:15+02:00")
    monkeypatch.setattr(jobs, "close_months", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        freeze()
    assert (len(frozen(sql, THABA)), closed(sql)) == (1, {})
    monkeypatch.setattr(jobs, "close_months", operations.close_months)
    freeze()
    assert closed(sql) == {"2026-03": (2, 0, 0)}


def test_what_is_entered_later_is_an_adjustment_of_the_next_month(sql, at):
    learners = enrol_many(sql, THABA, 3, "2026-03-01")
    at("2026-04-01 00:15+02:00")
    freeze()
    late = add_learner(sql, THABA, "N999")
    enrol(sql, THABA, late, add_class(sql, THABA, "Late"), "2026-03-30")
    sql.execute("DELETE FROM enrolment WHERE learner_id = ANY (%s)", (learners[:2],))
    at("2026-05-01 00:15+02:00")
    freeze()
    assert frozen(sql, THABA) == {"2026-03": (3, 0), "2026-04": (2, 1 - 2)}
    march, last = day("2026-03-01"), day("2026-03-31")
    assert lines(sql, THABA, month("2026-04"))[:3] == [
        ("N001", "removed", march, 31, march, last),
        ("N002", "removed", march, 31, march, last),
        ("N999", "added", march, 2, day("2026-03-30"), last),
    ]
    at("2026-06-01 00:15+02:00")
    freeze()
    assert frozen(sql, THABA)["2026-05"] == (2, 0), "an adjustment is made once"


def test_an_adjustment_that_was_wrong_is_taken_back(sql, at):
    (learner,) = enrol_many(sql, THABA, 1, "2026-03-01")
    for end, change in (
        ("2026-04-01", "state = 'waiting'"),
        ("2026-05-01", "state = 'active'"),
        ("2026-06-01", "starts_on = '2026-04-01'"),
        ("2026-07-01", "starts_on = '2026-04-01'"),
    ):
        at(f"{end} 00:15+02:00")
        freeze()
        sql.execute(f"UPDATE enrolment SET {change} WHERE learner_id = %s", (learner,))
    assert frozen(sql, THABA) == {"2026-03": (1, 0), "2026-04": (0, -1), "2026-05": (1, 2), "2026-06": (1, -1)}


def test_fewer_days_are_no_adjustment(sql, at):
    enrol_many(sql, THABA, 1, "2026-03-01")
    at("2026-04-01 00:15+02:00")
    freeze()
    sql.execute("UPDATE enrolment SET starts_on = '2026-03-31'")
    at("2026-05-01 00:15+02:00")
    freeze()
    assert frozen(sql, THABA)["2026-04"] == (1, 0)


def test_a_learner_who_is_gone_altogether_stays_in_what_was_frozen(sql, at):
    (learner,) = enrol_many(sql, THABA, 1, "2026-03-01")
    at("2026-04-01 00:15+02:00")
    freeze()
    for table, column in (("enrolment", "learner_id"), ("learner", "id"), ("person", "id")):
        sql.execute(f"DELETE FROM {table} WHERE {column} = %s", (learner,))
    at("2026-05-01 00:15+02:00")
    freeze()
    assert frozen(sql, THABA) == {"2026-03": (1, 0), "2026-04": (0, -1)}
    assert lines(sql, THABA, month("2026-03"))[0][0] == "N001"


def test_nobody_changes_what_is_frozen(sql, at, app):
    enrol_many(sql, THABA, 1, "2026-03-01")
    at("2026-04-01 00:15+02:00")
    freeze()
    sql.execute("SET ROLE umthi_platform")
    for table in ("billable_month", "billable_learner", "billable_report"):
        for statement in (f"UPDATE {table} SET month = month", f"DELETE FROM {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                sql.execute(statement)
    sql.execute("RESET ROLE")
    with across_schools("test", routine=True) as session:
        assert session.query(BillableMonth).count() == 2


@pytest.mark.parametrize("seed", range(4))
def test_what_was_counted_with_all_adjustments_is_the_truth(sql, at, seed):
    """Months end, and in between enrolments are entered late, mended, taken away and put on the waiting list, by chance."""
    random = Random(seed)
    learners = [add_learner(sql, THABA, f"L{n:02}") for n in range(12)]
    classes = [add_class(sql, THABA, f"Class {n}") for n in range(3)]
    begin, ends = day("2026-03-01"), [month(f"2026-{n:02}") for n in range(4, 12)]
    for end in ends:
        for _ in range(10):
            _change(sql, random, learners, classes, begin, end)
        at(f"{end} 00:15+02:00")
        freeze()
    for _ in range(10):
        _change(sql, random, learners, classes, begin, ends[-1])
    at("2026-12-01 00:15+02:00")
    freeze()
    months = [begin, *ends]
    with across_schools("test", routine=True) as session:
        truth = {first: {line.learner_id for line in billable.counted(session, [THABA], first)} for first in months}
    found = sql.execute("SELECT about, learner_id, kind FROM billable_learner WHERE school_id = %s", (THABA,)).fetchall()
    standing: Counter[tuple[dt.date, object]] = Counter()
    for about, learner, kind in found:
        standing[about, learner] += -1 if kind == "removed" else 1
    assert set(standing.values()) <= {0, 1}
    assert {first: {learner for (about, learner), n in standing.items() if about == first and n} for first in months} == truth
    assert sum(map(sum, frozen(sql, THABA).values())) == sum(map(len, truth.values()))
    assert sum(kind != "counted" for *_, kind in found) > 5, "chance made no adjustments"


def _change(sql, random, learners, classes, begin, end):
    def any_day():
        return begin + dt.timedelta(random.randrange((end - begin).days + 20))

    match random.randrange(5):
        case 0 | 1:
            since = any_day()
            until = None if random.random() < 0.3 else since + dt.timedelta(random.randrange(50))
            sql.execute(
                "INSERT INTO enrolment (school_id, id, learner_id, class_id, state, starts_on, ends_on)"
                " VALUES (1, gen_random_uuid(), %s, %s, 'active', %s, %s) ON CONFLICT DO NOTHING",
                (random.choice(learners), random.choice(classes), since, until),
            )
        case 2:
            sql.execute("DELETE FROM enrolment WHERE id = (SELECT id FROM enrolment ORDER BY random() LIMIT 1)")
        case 3:
            sql.execute(
                "UPDATE enrolment SET starts_on = %s, ends_on = NULL, state = %s WHERE id = (SELECT e.id FROM enrolment e WHERE"
                " ends_on IS NOT NULL AND NOT EXISTS (SELECT FROM enrolment o WHERE o.learner_id = e.learner_id AND"
                " o.class_id = e.class_id AND o.ends_on IS NULL) ORDER BY random() LIMIT 1)",
                (any_day(), random.choice(("active", "waiting"))),
            )
        case 4:
            sql.execute(
                "UPDATE learner SET status = %s, left_on = %s WHERE id = %s",
                (random.choice(("left", "enrolled")), any_day(), random.choice(learners)),
            )


def test_the_area_brings_its_job(app):
    assert [each.name for each in area.area.jobs] == ["billable.freeze"]
