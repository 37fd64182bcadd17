"""Seals: every event is in one, once, however late its transaction commits and whoever seals at the same time."""

from __future__ import annotations

import threading

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import func

from app.audit import sealing
from app.audit.sealing import NumbersWentBack
from app.tenancy.doors import outside
from app.work.queues import SCHEDULE
from tests.audit.sealed import PLATFORM, THABA, add, check, found, seal, seqs, tampering
from tests.conftest import WORKER, superuser

ADD = (
    "INSERT INTO audit_event (school_id, id, action, actor_kind, target_kind, changes)"
    " VALUES (%s, gen_random_uuid(), 'notices.edit', 'job', 'notice', '{}')"
)


def seals(sql, table="audit_seal", only="true"):
    return sql.execute(f"SELECT number, events, seqs FROM {table} WHERE {only} ORDER BY number").fetchall()


@pytest.fixture
def another(sql, test_run):
    """A maker of further connections, past both walls."""
    made = []

    def connect():
        made.append(psycopg.connect(superuser(test_run, test_run.addresses(WORKER))))
        return made[-1]

    yield connect
    for connection in made:
        connection.close()


def test_every_log_has_a_chain_of_its_own_and_what_is_new_goes_into_the_next_seal(app, cast, sql):
    add(THABA, "One", "Two")
    add(PLATFORM, "x@example.com")
    seal()
    assert [row[:2] for row in seals(sql, only="school_id = 1")] == [(1, 2)]
    assert [row[:2] for row in seals(sql, "platform_seal")] == [(1, 1)]
    add(THABA, "Three")
    seal()
    assert seals(sql, only="school_id = 1")[1] == (2, 1, seqs(sql)[2:])
    assert (check().is_sound, check().events, check().seals) == (True, 3, 2)


def test_a_log_without_anything_new_gets_no_seal(app, cast, sql):
    add(THABA, "One")
    for _ in range(3):
        seal()
    assert len(seals(sql)) == 1
    assert seals(sql, only="school_id = 2") == []


def _late(another, sql):
    """An event whose transaction began first and still runs, and one that came and committed after it."""
    late = another()
    late.execute(ADD, (1,))
    sql.execute(ADD, (1,))
    return late


def test_a_transaction_that_commits_late_is_not_missed(app, cast, sql, another):
    late = _late(another, sql)
    seal()
    assert seals(sql) == [], "the one that came after waits with it: order is of transactions"
    late.commit()
    seal()
    assert [row[1] for row in seals(sql)] == [2]
    assert check().is_sound


def test_one_that_is_undone_leaves_no_gap_that_matters(app, cast, sql, another):
    _late(another, sql).rollback()
    seal()
    assert [row[1] for row in seals(sql)] == [1]
    assert check().is_sound


def test_without_the_horizon_it_would_be_missed(app, cast, sql, another, monkeypatch):
    """Planted: seals up to the newest transaction instead of the oldest that runs."""
    monkeypatch.setattr(sealing, "HORIZON", func.pg_snapshot_xmax(func.pg_current_snapshot()))
    late = _late(another, sql)
    seal()
    late.commit()
    seal()
    assert [fault[0] for fault in found(check())] == ["inserted"]


def test_a_long_log_is_sealed_in_pieces_also_within_one_transaction(app, cast, sql, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 10)
    sql.execute(ADD.replace("VALUES (%s,", "SELECT %s,").replace("'{}')", "'{}' FROM generate_series(1, 35)"), (1,))
    add(THABA, *"abc")
    assert seal() is False
    assert [row[1] for row in seals(sql)] == [10, 10, 10, 8]
    assert [seq for row in seals(sql) for seq in row[2]] == seqs(sql)
    assert check().is_sound


def test_it_stops_after_a_seal_when_time_is_up_and_goes_on_from_there(app, cast, sql, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 2)
    add(THABA, *"abcde")
    assert seal(goes_on=lambda: False) is True
    assert len(seals(sql)) == 1
    assert seal() is False
    assert check().is_sound
    assert check().events == 5


def test_what_was_recorded_before_there_were_seals_is_sealed_first(app, cast, sql):
    with tampering(sql):
        sql.execute(
            "INSERT INTO audit_event (school_id, id, seq, at, xid, action, actor_kind, target_kind, changes)"
            " SELECT 1, gen_random_uuid(), -n, now(), 0, 'notices.edit', 'job', 'notice', '{}' FROM generate_series(-1005, -1001) n"
        )
    add(THABA, "New")
    seal()
    assert seals(sql)[0][1] == 6
    assert check().is_sound


def test_many_who_write_and_seal_at_once_never_fork_a_chain(app, cast, sql):
    """50 writers of both kinds of log, 8 who seal."""
    failed = []
    stop = threading.Event()

    def run(work):
        try:
            with app.app_context(), outside():
                work()
        except Exception as error:
            failed.append(error)

    def write():
        add(THABA, "a", "b")
        add(PLATFORM, "c")

    def close():
        while not stop.is_set():
            seal()

    sealers = [threading.Thread(target=run, args=(close,)) for _ in range(8)]
    writers = [threading.Thread(target=run, args=(write,)) for _ in range(50)]
    for begun in (sealers, writers):
        for thread in begun:
            thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    seal()
    assert failed == []
    for stream, events in ((THABA, 100), (PLATFORM, 50)):
        report = check(stream)
        assert (report.is_sound, report.events, report.waiting) == (True, events, 0)


@pytest.mark.parametrize("table", ["audit_seal", "platform_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET events = 0", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_changes_a_seal_not_even_a_superuser(app, cast, sql, table, statement):
    add(THABA, "One")
    add(PLATFORM, "One")
    seal()
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        sql.execute(statement.format(table))


def test_the_job_seals_and_is_filed_every_minute(app, cast, sql, work_off):
    add(THABA, "One")
    work_off()
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, gen_random_uuid(), 'audit.seal')")
    work_off()
    assert check().events == 1
    assert {each.job for each in SCHEDULE} >= {"audit.seal", "audit.heads"}


def test_a_database_whose_numbers_went_back_is_not_sealed_quietly(app, cast, sql):
    """As after a copy to another server by hand: what came then would count as inserted."""
    sql.execute("UPDATE audit_epoch SET xid = 1000000")
    add(PLATFORM, "One")
    seal()
    sql.execute("UPDATE audit_epoch SET xid = 0")
    with pytest.raises(NumbersWentBack):
        seal()
