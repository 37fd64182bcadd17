"""Work that takes longer than a lease keeps its row, as long as nobody else was given it."""

from __future__ import annotations

import signal

from app.ids import uuid7
from app.tenancy.doors import acting_for
from app.work.holding import hold
from app.work.jobs import Task
from app.work.queues import LEASE


def a_row(sql, cast, *, done="NULL"):
    """A row of the outbox that a worker has begun, with a second of its lease left."""
    made = uuid7()
    sql.execute(
        "INSERT INTO outbox (school_id, id, job, leased, runs, due_at, done_at)"
        f" VALUES (%s, %s, 'exports.make', true, 3, now() + interval '1 second', {done})",
        (cast.thaba.id, made),
    )
    return Task(cast.thaba.id, made, "exports.make", None, 3)


def left(sql):
    """Whether nearly all of a lease is left."""
    row = sql.execute("SELECT due_at - now() FROM outbox ORDER BY id DESC LIMIT 1").fetchone()
    return LEASE * 0.8 < row[0] <= LEASE


def test_a_row_is_held_for_another_lease(app, cast, sql):
    task = a_row(sql, cast)
    with acting_for(cast.thaba.id):
        assert hold(task)
    assert left(sql)


def test_a_row_that_was_handed_out_anew_is_not(app, cast, sql):
    task = a_row(sql, cast)
    sql.execute("UPDATE outbox SET runs = 4 WHERE id = %s", (task.id,))
    with acting_for(cast.thaba.id):
        assert not hold(task)
    assert not left(sql)


def test_a_row_that_is_done_is_not(app, cast, sql):
    task = a_row(sql, cast, done="now()")
    with acting_for(cast.thaba.id):
        assert not hold(task)


def test_the_alarm_of_rq_begins_anew(app, cast, sql):
    task = a_row(sql, cast)
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        signal.alarm(5)
        with acting_for(cast.thaba.id):
            hold(task)
        assert LEASE.total_seconds() * 0.8 < signal.alarm(0) <= LEASE.total_seconds()
        with acting_for(cast.thaba.id):
            hold(task)
        assert signal.alarm(0) == 0  # where nobody set one
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
