"""Killed between any two steps: the programs themselves die there by `kill -9`, and what is left is one of each."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import replace

import pytest

from app.extensions import redis_for
from app.work.queues import queues
from app.work.relay import tick
from tests.onboarding.conftest import OFFICER, TYPED, rows, show, shown
from tests.onboarding.test_passwords import found_in_database
from tests.onboarding.test_race import one_of_each
from tests.servers import RedisServer, start_flask
from tests.until import until
from tests.work.conftest import _redis, redis_server  # noqa: F401  fixtures

STEPS = ("school", "admin", "officer", "finish")
POINTS = ["onboarding.before.admin", *(f"onboarding.after.{step}" for step in STEPS)]


@pytest.fixture
def dying(app, redis_server, tmp_path):  # noqa: F811
    """Start a program that dies at a fault point; what still runs at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, point: str) -> subprocess.Popen[bytes]:
        settings = replace(app.extensions["settings"], fault_point=point)
        started.append(start_flask(settings, tmp_path / f"{name}.log", name))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def is_dead(app, worker):
    """Whether the worker has died; the relay's tick comes first."""
    tick(queues(redis_for(app.extensions["settings"])))
    return worker.poll() is not None


def lease_is_over(sql):
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_there_leaves_a_run_that_goes_on(app, create, dying, sql, work_off, mailserver, state_of, point):
    run = create(admin_password=TYPED, **OFFICER)
    worker = dying("worker", point)
    until(lambda: is_dead(app, worker), f"the end of the worker at {point}")
    assert worker.returncode == -signal.SIGKILL
    _, when, step = point.split(".")
    at = STEPS.index(step) + (when == "after")
    states = [row[0] for row in rows(sql, "SELECT state FROM onboarding_step ORDER BY position")]
    assert states == ["done"] * at + (["working"] if when == "before" else []) + ["waiting"] * (4 - at - (when == "before"))
    lease_is_over(sql)
    work_off()
    assert state_of(run) == "completed"
    assert one_of_each(sql) == [(1, 2, 2)]


def test_a_relay_that_dies_with_the_work_in_its_hands_loses_none(create, dying, sql, work_off, mailserver, state_of):
    run = create()
    relay = dying("relay", "relay.claimed")
    until(lambda: relay.poll() is not None, "the end of the relay")
    assert relay.returncode == -signal.SIGKILL
    lease_is_over(sql)
    work_off()
    assert (state_of(run), one_of_each(sql)) == ("completed", [(1, 1, 1)])


def test_it_stands_still_there_if_it_is_asked_to_and_goes_on_when_told(app, create, dying, sql, work_off, mailserver, state_of):
    run = create()
    worker = dying("worker", "onboarding.after.school:stop")
    until(lambda: stands(app, worker), "standing still")
    assert [row[0] for row in rows(sql, "SELECT state FROM onboarding_step ORDER BY position")] == [
        "done",
        "waiting",
        "waiting",
    ]
    worker.send_signal(signal.SIGCONT)
    until(lambda: state_of(run) == "completed", "the end of the run")
    assert one_of_each(sql) == [(1, 1, 1)]


def stands(app, worker):
    tick(queues(redis_for(app.extensions["settings"])))
    with open(f"/proc/{worker.pid}/stat") as stat:  # noqa: PTH123  no file of ours
        return stat.read().rpartition(")")[2].split()[0] == "T"


def test_no_password_is_left_in_the_database_the_redis_or_the_logs(
    app, operator, create, dying, sql, work_off, mailserver, redis_server: RedisServer, tmp_path  # noqa: F811
):  # fmt: skip
    run = create(admin_password=TYPED, **OFFICER)
    worker = dying("worker", "onboarding.after.admin")
    until(lambda: is_dead(app, worker), "the end of the worker")
    lease_is_over(sql)
    work_off()
    secrets = [TYPED, *shown(show(operator, run))]
    assert len(secrets) == 2
    assert found_in_database(sql, secrets) == []
    with redis_for(app.extensions["settings"]) as redis:
        kept = b" ".join(key + (redis.dump(key) or b"") for key in redis.scan_iter())
    logs = b" ".join(path.read_bytes() for path in (*tmp_path.glob("*.log"), *redis_server.home.logs.glob("*.log")))
    for secret in secrets:
        assert secret.encode() not in kept + logs
