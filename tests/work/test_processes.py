"""The relay and a worker as they run: programs of their own, which outlive Redis and PostgreSQL's connections."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from flask import Flask

from app.extensions import redis_for
from app.work.queues import queues
from app.work.relay import tick
from tests.delivery.sending import only, send, states
from tests.servers import start_flask, start_python
from tests.until import until


@pytest.fixture
def programs(app: Flask, redis_server, mailserver, tmp_path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """`flask relay` and `flask worker`, with the settings of the test."""
    settings = app.extensions["settings"]
    started = {name: start_flask(settings, tmp_path / f"{name}.log", name) for name in ("relay", "worker")}
    yield started
    for process in started.values():
        process.kill()
        process.wait()


def test_mail_goes_out_before_and_after_redis_was_emptied_and_every_connection_was_cut(
    sql, cast, programs, mailserver, redis_server
):
    only(sql, 1, "a@x.example", "b@x.example")
    send(1)
    until(lambda: states(sql) == {"sent": 2}, "the first mail")
    redis_server.kill()
    send(1)
    redis_server.start()
    until(lambda: states(sql) == {"sent": 4}, "the mail after Redis was emptied")
    sql.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename IN ('umthi_app', 'umthi_platform')"
    )
    send_again()
    until(lambda: states(sql) == {"sent": 6}, "the mail after every connection was cut")
    until(lambda: not sql.execute("SELECT 1 FROM outbox WHERE done_at IS NULL").fetchone(), "the end of all work")
    assert len({mail.message_id for mail in mailserver.mails}) == len(mailserver.mails) == 6
    assert all(process.poll() is None for process in programs.values())


def ended_after(_handed_out: int, worker: subprocess.Popen[bytes]) -> bool:
    """Whether the worker has ended; the relay's tick comes first."""
    return worker.poll() is not None


FEW = "import app.work.runner as r; from wsgi import application; r.MOST_JOBS = 2; r.work(application)"


def test_a_worker_that_has_done_its_share_ends_well(app, sql, cast, redis_server, mailserver, tmp_path):
    only(sql, 1, "a@x.example")
    send(1)
    worker = start_python(app.extensions["settings"], tmp_path / "worker.log", "-c", FEW)
    try:
        to = queues(redis_for(app.extensions["settings"]))
        until(lambda: ended_after(tick(to), worker), "the end of the worker")
        assert worker.returncode == 0, (tmp_path / "worker.log").read_text()
    finally:
        worker.kill()
        worker.wait()
    assert states(sql) == {"sent": 1}


def test_a_worker_that_is_told_to_stop_while_redis_is_away_ends_well(app, redis_server, tmp_path):
    """As when a whole run is killed: Redis goes with the workers. RQ forgets the request when it cannot sign off."""
    log = tmp_path / "worker.log"
    worker = start_flask(app.extensions["settings"], log, "worker")
    try:
        redis = redis_for(app.extensions["settings"])
        until(lambda: is_waiting(redis), "the worker's first wait")  # it signs on before it listens to signals
        redis_server.kill()
        worker.terminate()
        until(lambda: worker.poll() is not None, "the end of the worker", seconds=20)
        assert worker.returncode == 0, log.read_text()
    finally:
        worker.kill()
        worker.wait()
        redis_server.start()


def is_waiting(redis) -> bool:
    return any(redis.hget(key, "state") in ("idle", b"idle") for key in redis.smembers("rq:workers"))


def send_again() -> None:
    """The test's own connections were cut as well; the pool finds out by using them."""
    for _ in range(3):
        try:
            send(1)
        except Exception:
            continue
        return
    raise AssertionError("no connection to PostgreSQL any more")
