"""One outbox row, run: as its school, once, with its end in the transaction of its work."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.access.actor import current_actor
from app.i18n.speech import speech
from app.models.person import Person
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for
from app.tenancy.scope import WrongSchool, scope_or_none
from app.web.request_log import JsonLines
from app.work import runner
from app.work.jobs import Job, register
from app.work.outbox import queue
from app.work.relay import claim
from tests.work.conftest import noting


def due_now(sql):
    sql.execute("UPDATE outbox SET due_at = now()")


def test_a_copy_of_a_job_that_was_handed_out_anew_does_nothing(sql, cast, jobs, file):
    ran = []
    jobs["test.x"] = noting(ran)
    (row,) = file(1)
    claim()
    due_now(sql)
    claim()
    for run in (1, 2, 2):
        runner.perform(1, str(row), run)
    assert [task.runs for task in ran] == [2]


def test_a_run_that_lost_its_row_meanwhile_does_not_close_it(sql, cast, jobs, file):
    def slow(task):
        sql.execute("UPDATE outbox SET runs = 2")  # its lease ran out, and the relay handed the row out again

    jobs["test.x"] = Job("test.x", slow)
    (row,) = file(1)
    claim()
    runner.perform(1, str(row), 1)
    assert sql.execute("SELECT done_at FROM outbox").fetchone() == (None,)


def test_a_job_that_fails_undoes_its_work_leaves_its_reason_and_comes_back(sql, cast, jobs, file):
    def fails(task):
        db.session.add(Person(kind="guardian", name="Half done", sort_key="half done"))
        db.session.flush()
        return 1 / 0

    jobs["test.x"] = Job("test.x", fails)
    (row,) = file(1)
    claim()
    with pytest.raises(runner.JobFailed, match="ZeroDivisionError"):
        runner.perform(1, str(row), 1)
    kept = sql.execute("SELECT error, leased, due_at > now(), done_at FROM outbox").fetchone()
    assert kept == ("ZeroDivisionError: division by zero", False, True, None)
    assert not sql.execute("SELECT 1 FROM person WHERE name = 'Half done'").fetchone()
    assert scope_or_none() is None
    jobs["test.x"] = noting([])
    due_now(sql)
    claim()
    runner.perform(1, str(row), 2)
    assert sql.execute("SELECT error, done_at IS NOT NULL FROM outbox").fetchone() == (None, True)


def test_what_has_failed_often_still_goes_on_soon_after_the_fault_is_mended(sql, cast, jobs, file):
    jobs["test.x"] = Job("test.x", lambda task: 1 / 0)
    (row,) = file(1)
    claim()
    sql.execute("UPDATE outbox SET runs = 40")
    with pytest.raises(runner.JobFailed):
        runner.perform(1, str(row), 40)
    (rest,) = sql.execute("SELECT due_at - now() FROM outbox").fetchone()
    assert timedelta(seconds=100) < rest <= runner.LONGEST_REST


def test_redis_and_rq_are_told_nothing_but_the_type_of_a_failure(cast, jobs, file):
    def fails(task):
        raise ValueError("nomsa@example.com is not an address")

    jobs["test.x"] = Job("test.x", fails)
    (row,) = file(1)
    claim()
    with pytest.raises(runner.JobFailed) as told:
        runner.perform(1, str(row), 1)
    assert (str(told.value), told.value.__suppress_context__) == ("ValueError", True)


def test_a_job_sees_its_own_school_and_cannot_reach_another(cast, jobs, work_off, file):
    seen = []

    def look(task):
        seen.append({row.school_id for row in db.session.scalars(select(Person))})
        with pytest.raises(WrongSchool), acting_for(2):
            seen.append("entered another school")
        with pytest.raises(WrongSchool), across_schools("test", routine=True):
            seen.append("entered all schools")
        with pytest.raises(WrongSchool):
            db.session.add(Person(school_id=2, kind="staff", name="x", sort_key="x"))

    jobs["test.x"] = Job("test.x", look)
    file(1)
    work_off()
    assert seen == [{1}]


def test_a_job_speaks_its_schools_language_and_acts_under_its_own_name(cast, jobs, work_off, file):
    said = []
    jobs["test.x"] = Job("test.x", lambda task: said.append((speech().language, speech().timezone, current_actor())))
    file(1)
    file(2)
    work_off()
    assert sorted((language, zone, who.kind, who.name) for language, zone, who in said) == [
        ("af", "Africa/Johannesburg", "job", "test.x"), ("zu", "Africa/Johannesburg", "job", "test.x"),
    ]  # fmt: skip


def test_work_of_the_platform_runs_across_schools(cast, jobs, work_off):
    seen = []

    def look(task):
        seen.append({row.school_id for row in db.session.scalars(select(Person))})

    jobs["test.x"] = Job("test.x", look)
    with across_schools("test", routine=True) as session:
        queue("test.x")
        session.commit()
    work_off()
    assert seen == [{1, 2}]


def test_a_job_that_wants_to_go_on_comes_back_when_it_says(sql, cast, jobs, work_off, file):
    later = sql.execute("SELECT now() + interval '1 hour'").fetchone()[0]
    answers = [later, None]
    jobs["test.x"] = Job("test.x", lambda task: answers.pop(0))
    file(1)
    assert work_off() == 1
    assert sql.execute("SELECT due_at, done_at FROM outbox").fetchone() == (later, None)
    assert work_off(until=later) == 1
    assert answers == []


def test_a_row_of_a_job_that_is_no_longer_there_says_so(sql, cast, jobs, file):
    (row,) = file(1)
    del jobs["test.x"]
    claim()
    with pytest.raises(runner.JobFailed, match="UnknownJob"):
        runner.perform(1, str(row), 1)
    assert sql.execute("SELECT error FROM outbox").fetchone() == ("UnknownJob: test.x",)


def test_each_run_is_one_line_that_names_no_person(cast, jobs, file, caplog):
    def fails(task):
        raise ValueError("@".join(("nomsa", "example.com")))

    caplog.set_level(logging.INFO, "umthi.job")
    (first,) = file(1)
    claim()
    runner.perform(1, str(first), 1)
    jobs["test.x"] = Job("test.x", fails)
    (second,) = file(1)
    claim()
    with pytest.raises(runner.JobFailed):
        runner.perform(1, str(second), 1)
    text = [JsonLines().format(record) for record in caplog.records]
    lines = [json.loads(line) for line in text]
    assert [(line["job"], line["row"], line["school"], line["outcome"]) for line in lines] == [
        ("test.x", str(first), 1, "done"), ("test.x", str(second), 1, "failed"),
    ]  # fmt: skip
    assert all(line["ms"] > 0 and line["queries"] > 0 for line in lines)
    assert lines[1]["error"] == "ValueError"
    assert "nomsa@example.com" not in text[1]


def test_two_jobs_of_one_name_do_not_start(app, jobs):
    with pytest.raises(ValueError, match=r"two jobs are called test\.x"):
        register(app, [noting([])])


def test_a_server_that_was_started_anew_costs_no_run(sql, cast, jobs, file):
    ran = []
    jobs["test.x"] = noting(ran)
    (row,) = file(1)
    claim()
    sql.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'umthi_app'"
    )
    runner.perform(1, str(row), 1)
    assert [task.id for task in ran] == [row]
