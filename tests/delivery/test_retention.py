"""What was said is forgotten after a time, and nothing of what is still to be sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import clock
from app.delivery import retention
from app.ids import uuid7
from app.tenancy.doors import acting_for
from app.tenancy.reading import DIALECT
from app.work.progress import start
from tests.delivery.sending import only, send, states


@pytest.fixture
def forget(sql, work_off):
    """Let the job run; returns how many runs it took."""

    def forget():
        sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'delivery.forget')")
        return work_off()

    return forget


@pytest.fixture
def old(sql, cast, mailserver, work_off):
    """A message of each school to two people, sent a hundred days ago; with one try each."""
    for school in (1, 2):
        only(sql, school, "a@x.example", "b@x.example")
        send(school)
    work_off()
    age(sql, 100)


def age(sql, days):
    for table, column in (("message", "created_at"), ("attempt", "at"), ("delivery", "created_at")):
        sql.execute(f"UPDATE {table} SET {column} = now() - make_interval(days => %s)", [days])


def left(sql):
    """How many rows there are of texts, tries, messages and deliveries."""
    count = "SELECT (SELECT count(*) FROM message_text), (SELECT count(*) FROM attempt), (SELECT count(*) FROM message)"
    return sql.execute(f"{count}, (SELECT count(*) FROM delivery)").fetchone()


def test_texts_and_tries_go_and_the_counts_stay(sql, old, forget):
    assert left(sql) == (6, 4, 2, 4)
    forget()
    assert left(sql) == (0, 0, 2, 4)
    assert states(sql) == {"sent": 4}


def test_what_is_younger_stays(app, sql, old, forget):
    age(sql, 89)
    forget()
    assert left(sql) == (6, 4, 2, 4)
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, keep_messages=30)
    forget()
    app.extensions["settings"] = settings
    assert left(sql) == (0, 0, 2, 4)


def test_a_message_of_which_something_is_still_to_be_sent_stays_whole(sql, old, forget):
    sql.execute(
        "UPDATE delivery SET state = 'deferred', ended_at = NULL, due_at = now() + interval '1 hour'"
        " WHERE id = (SELECT id FROM delivery WHERE school_id = 2 LIMIT 1)"
    )
    forget()
    assert left(sql) == (3, 2, 2, 4)
    assert sql.execute("SELECT DISTINCT school_id FROM message_text").fetchall() == [(2,)]


def test_a_message_that_has_not_been_fanned_out_stays(sql, old, forget):
    sql.execute(
        "UPDATE outbox SET done_at = NULL, due_at = now() + interval '1 hour' WHERE job = 'delivery.fan_out' AND school_id = 1"
    )
    forget()
    assert left(sql) == (3, 2, 2, 4)
    assert sql.execute("SELECT DISTINCT school_id FROM message_text").fetchall() == [(1,)]


def test_much_goes_in_batches_and_in_as_many_runs_as_it_takes(sql, old, forget, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    forget()
    assert left(sql) == (0, 0, 2, 4)
    send(1)
    age(sql, 100)
    sql.execute("UPDATE outbox SET done_at = now()")
    monkeypatch.setattr("app.work.jobs.BUDGET", -1.0)
    with pytest.raises(AssertionError, match="does not end"):
        forget()
    assert left(sql)[0] == 3


def test_how_work_went_is_forgotten_after_a_month(sql, cast, forget):
    with acting_for(1) as session:
        for label in ("old", "new", "running"):
            start("send", uuid7(), person_id=cast.thaba.admin.person_id, label=label, url="/")
        session.commit()
    sql.execute("UPDATE progress SET ended_at = now() - interval '31 days' WHERE label = 'old'")
    sql.execute("UPDATE progress SET ended_at = now() - interval '29 days' WHERE label = 'new'")
    forget()
    assert sql.execute("SELECT label FROM progress ORDER BY id").fetchall() == [("new",), ("running",)]


def test_it_finds_what_is_old_without_reading_every_delivery_for_every_try(sql, old):
    """The two conditions are joins: as subplans they would be read once a row."""
    sql.execute("ANALYZE")
    for statement in retention._old(clock.now(), retention.PROGRESS):
        text = str(statement.compile(compile_kwargs={"literal_binds": True}, dialect=DIALECT))
        plan = "\n".join(row[0] for row in sql.execute(f"EXPLAIN {text}").fetchall())
        assert "SubPlan" not in plan, plan
