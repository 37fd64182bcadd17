"""Who is next: due, fair between schools, urgent first, once each, and again when it got lost."""

from __future__ import annotations

import re
import threading

import pytest
from redis import RedisError
from rq.serializers import JSONSerializer

from app.extensions import redis_for
from app.tenancy.doors import acting_for
from app.work import relay
from app.work.outbox import finish, queue
from app.work.queues import QUEUES, SCHEDULE, WORKERS, Periodic, queues
from app.work.relay import claim


def due_now(sql):
    sql.execute("UPDATE outbox SET due_at = now()")


def test_turns_go_round_the_schools(cast, file):
    file(1, 50)
    file(2, 2)
    assert sorted(row.school_id for row in claim(depth=4)) == [1, 1, 2, 2]


def test_what_a_school_already_has_with_the_workers_counts_as_its_turns(cast, file):
    file(1, 50)
    assert [row.school_id for row in claim(depth=3)] == [1, 1, 1]
    file(2, 5)
    assert claim(depth=3) == []
    assert [row.school_id for row in claim(depth=5)] == [2, 2]


def test_urgent_rows_do_not_wait_for_room(cast, file):
    file(1, 50)
    claim(depth=4)
    (row,) = file(2, 1, queue="urgent")
    assert [found.id for found in claim(depth=4)] == [row]


def test_what_is_due_later_waits(sql, cast, file):
    file(1, due=sql.execute("SELECT now() + interval '1 hour'").fetchone()[0])
    assert claim() == []


def test_a_row_goes_out_again_only_after_its_lease_and_never_after_it_is_done(sql, cast, file):
    (row,) = file(1)
    assert len(claim()) == 1
    assert claim() == []
    due_now(sql)
    assert [found.runs for found in claim()] == [2]
    with acting_for(1) as session:
        finish(row, 2)
        session.commit()
    due_now(sql)
    assert claim() == []


def test_two_relays_at_once_hand_each_row_out_once(app, cast, file):
    file(1, 400)
    got = []

    def take():
        with app.app_context():
            for _ in range(10):
                got.extend(row.id for row in claim(depth=400))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 400


def test_a_row_that_redis_never_got_goes_out_again_after_its_wait(app, sql, cast, file):
    file(1)
    with pytest.raises(RedisError):
        relay.tick(queues(redis_for(app.extensions["settings"])))
    assert claim() == []
    assert sql.execute("SELECT due_at - now() < interval '11 s' FROM outbox").fetchone()[0]
    due_now(sql)
    assert [row.runs for row in claim()] == [2]


def test_a_worker_that_is_quicker_than_the_relay_finds_the_row_handed_out(sql, cast, file):
    seen = []

    class Quick:
        def enqueue_many(self, jobs):
            seen.extend(sql.execute("SELECT runs, leased FROM outbox WHERE id = %s", (jobs[0].args[1],)).fetchone())

    file(1)
    relay.tick({"default": Quick()})
    assert seen == [1, True]


def test_redis_gets_ids_and_nothing_that_can_run_code(app, redis_server, cast, file):
    (row,) = file(1)
    redis = redis_for(app.extensions["settings"])
    to = queues(redis)
    relay.tick(to)
    (job,) = to["default"].jobs
    assert (job.func_name, job.args) == ("app.work.runner.perform", [1, str(row), 1])
    assert job.serializer is JSONSerializer
    redis.close()


def test_an_emptied_redis_is_noticed_and_what_was_in_it_goes_out_again_at_once(app, sql, redis_server, cast, file):
    (lost, begun, done) = file(1, 3)
    watch = relay.Watch(redis_for(app.extensions["settings"]))
    watch.look()
    claim()
    sql.execute("UPDATE outbox SET due_at = now() + interval '29 s' WHERE id = %s", (begun,))
    sql.execute("UPDATE outbox SET done_at = now() WHERE id = %s", (done,))
    watch.look()
    assert claim() == []
    redis_server.kill()
    with pytest.raises((RedisError, OSError)):
        watch.look()
    redis_server.start()
    watch.look()
    assert [(row.id, row.runs) for row in claim()] == [(lost, 2)]


def test_periodic_jobs_are_filed_once_by_whoever_is_first_and_do_not_pile_up(sql, cast):
    for _ in range(3):
        relay.file_periodic()
    sql.execute("UPDATE periodic SET next_at = now()")
    relay.file_periodic()
    filed = sql.execute("SELECT school_id, job FROM outbox").fetchall()
    assert sorted(filed) == sorted((0, entry.job) for entry in SCHEDULE)


def missing(schedule, known):
    """Periodic jobs that nobody has."""
    return [entry.job for entry in schedule if entry.job not in known]


def unread(names, workers):
    """Queues that no worker reads."""
    return sorted(set(names) - {name for reads in workers.values() for name in reads})


def test_every_queue_has_a_worker_and_every_periodic_job_exists(app, jobs):
    assert unread(QUEUES, WORKERS) == []
    assert missing(SCHEDULE, jobs) == []


def test_a_queue_without_a_worker_and_a_periodic_job_that_is_not_there_are_found(jobs):
    assert unread((*QUEUES, "whenever"), WORKERS) == ["whenever"]
    assert missing((Periodic("test.typo", relay.WAIT),), jobs) == ["test.typo"]


def test_the_database_knows_the_same_queues(sql):
    (rule,) = sql.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'outbox_queue'").fetchone()
    assert set(re.findall(r"'(\w+)'", rule)) == set(QUEUES)


def test_housekeeping_forgets_what_is_old_and_nothing_else(sql, cast, jobs, work_off):
    rows = {
        "outbox (school_id, id, job, done_at)": [
            "(1, uuid7(), 'test.x', now() - interval '8 days')", "(1, uuid7(), 'delivery.send', now() - interval '8 days')",
            "(1, uuid7(), 'test.x', now() - interval '6 days')",
        ],
        "sign_in_failure (account_key, address_key, at)": [
            "('a', 'b', now() - interval '25 hours')", "('a', 'b', now() - interval '23 hours')",
        ],
        "password_link (id, user_id, token_hash, created_at, expires_at)": [
            f"(uuid7(), '{cast.multi.user_id}', 'a', now() - interval '31 days', now())",
            f"(uuid7(), '{cast.multi.user_id}', 'b', now() - interval '29 days', now())",
        ],
    }  # fmt: skip
    for table, values in rows.items():
        for value in values:
            sql.execute(f"INSERT INTO {table} VALUES {value}")
    (sessions,) = sql.execute("SELECT count(*) FROM login_session").fetchone()
    sql.execute("UPDATE login_session SET expires_at = now() - interval '91 days' WHERE user_id = %s", (cast.multi.user_id,))
    sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'work.prune')")
    work_off()

    def left(table):
        return sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    assert [left(table) for table in ("sign_in_failure", "password_link", "login_session")] == [1, 1, sessions - 1]
    assert sorted(sql.execute("SELECT job FROM outbox").fetchall()) == [("delivery.send",), ("test.x",), ("work.prune",)]


def test_two_rows_of_one_school_keep_their_order(cast, jobs):
    with acting_for(1) as session:
        first, second = queue("test.x"), queue("test.x")
        session.commit()
    assert [row.id for row in claim(depth=1)] == [first]
    assert [row.id for row in claim(depth=2)] == [second]
