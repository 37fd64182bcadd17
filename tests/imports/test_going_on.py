"""Killed, failed and silent: an import goes on with the row where it stopped, and nobody is there twice."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import replace

import pytest

from app.extensions import redis_for
from app.work.queues import queues
from app.work.relay import tick
from blueprints.imports import jobs
from blueprints.imports.pieces import PIECE
from tests.imports.conftest import THABO, csv_of
from tests.servers import start_flask
from tests.until import until
from tests.work.conftest import _redis, redis_server  # noqa: F401  fixtures

MANY = [f"{n},Name{n},Surname{n},,2015-01-31,,Adult{n},mother,a{n}@example.com,," for n in range(5001, 6102)]
COUNT = "SELECT count(*), count(DISTINCT number) FROM learner WHERE number BETWEEN '5001' AND '6101'"


@pytest.fixture
def dying(app, redis_server, tmp_path):  # noqa: F811
    """Start a worker that dies in the middle of a piece."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        settings = replace(app.extensions["settings"], fault_point="imports.piece")
        started.append(start_flask(settings, tmp_path / "worker.log", "worker"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_worker_that_dies_in_the_middle_of_a_piece_leaves_an_import_that_goes_on(app, begin, dying, sql, work_off, rows):
    work = begin(csv_of(*MANY))
    work.browser.post(f"{work.address}/run")
    worker = dying()

    def is_dead() -> bool:
        tick(queues(redis_for(app.extensions["settings"])))
        return worker.poll() is not None

    until(is_dead, "the end of the worker")
    assert worker.returncode == -signal.SIGKILL
    assert rows("SELECT state, done FROM roster_import") == [("running", 0)]
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
    work_off()
    assert rows("SELECT state, done FROM roster_import") == [("done", len(MANY))]
    assert rows(COUNT) == [(len(MANY), len(MANY))]


def test_an_import_that_stopped_half_way_goes_on_at_its_row_and_adds_nobody_twice(begin, rows, sql, work_off, monkeypatch):
    work = begin(csv_of(*MANY))
    real, calls = jobs.run_piece, []

    def fails_later(*arguments):
        calls.append(None)
        if len(calls) > 1:
            raise RuntimeError
        return real(*arguments)

    with monkeypatch.context() as patch:  # a fault of ours, which no file can bring about
        patch.setattr(jobs, "run_piece", fails_later)
        work.browser.post(f"{work.address}/run")
        for _ in range(4):
            sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
            work_off()
    assert rows("SELECT state, done, error FROM roster_import") == [("failed", PIECE, "RuntimeError")]
    assert rows(COUNT) == [(PIECE, PIECE)]
    page = work.show()
    assert "This import stands still" in page.main
    assert "it goes on with the row where it stopped" in page.main
    work.press("resume")
    assert rows("SELECT state, done FROM roster_import") == [("done", len(MANY))]
    assert rows(COUNT) == [(len(MANY), len(MANY))]


def test_one_that_gives_no_sign_of_life_can_be_resumed(begin, rows, sql):
    work = begin(csv_of(THABO))
    sql.execute(
        "UPDATE roster_import SET state = 'running', moved_at = now() - interval '11 minutes', options = options || '{\"at\": 0}'"
    )
    assert "Nothing has moved for a while." in work.show().main
    work.press("resume")
    assert rows("SELECT state FROM roster_import") == [("done",)]
    assert rows("SELECT count(*) FROM learner WHERE number = '1001'") == [(1,)]


def test_while_it_goes_on_the_page_asks_for_its_progress(begin, admin, sql):
    work = begin(csv_of(THABO))
    sql.execute("UPDATE roster_import SET state = 'running', moved_at = now(), done = 0")
    page = work.show()
    assert f'data-poll="{work.address}/progress" data-every="2000"' in page.text
    part = admin.get(f"{work.address}/progress", headers={"X-Fragment": "1"}, check=False)
    assert "0 of 1 rows are done" in part.text
    assert "data-poll-stop" not in part.text
    sql.execute("UPDATE roster_import SET state = 'done'")
    assert "data-poll-stop" in admin.get(f"{work.address}/progress", headers={"X-Fragment": "1"}, check=False).text


def test_the_import_of_a_suspended_school_waits(begin, sql, rows, work_off):
    work = begin(csv_of(THABO))
    work.browser.post(f"{work.address}/run")
    sql.execute("UPDATE school SET state = 'disabled', state_before = 'active', disabled_at = now() WHERE id = 1")
    assert work_off() == 0
    assert rows("SELECT state FROM roster_import") == [("running",)]
    sql.execute("UPDATE school SET state = 'active', disabled_at = NULL WHERE id = 1")
    work_off()
    assert rows("SELECT state FROM roster_import") == [("done",)]


def test_another_school_sees_nothing_of_it(begin, browser, cast):
    work = begin(csv_of(THABO))
    other = browser.as_(cast.karoo.admin)
    assert other.get(work.address).status == 404
    assert other.post(f"{work.address}/run").status == 404
    assert browser.as_(cast.thaba.teacher).get(work.address).status == 403
