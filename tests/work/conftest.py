"""A real Redis for the tests of work, and jobs that only they have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis

from app.tenancy.doors import acting_for
from app.work.jobs import Job, Task, jobs_of
from app.work.outbox import queue
from tests.servers import RedisServer


@pytest.fixture(scope="session")
def _redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
def redis_server(app: Flask, _redis: RedisServer) -> Iterator[RedisServer]:
    """The Redis that the application under test uses, running and empty."""
    if not _redis.is_up:
        _redis.start()
    with Redis.from_url(_redis.url) as line:
        line.flushall()
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, redis_url=_redis.url)
    yield _redis
    app.extensions["settings"] = settings


@pytest.fixture
def jobs(app: Flask) -> Iterator[dict[str, Job]]:
    """The application's jobs by name, to which a test may add; as they were afterwards. 'test.x' notes its runs and does nothing."""
    known = jobs_of(app)
    before = dict(known)
    known["test.x"] = Job("test.x", lambda task: None)
    yield known
    known.clear()
    known.update(before)


@pytest.fixture
def file(jobs: dict[str, Job]):
    """Queue n rows of 'test.x' for a school, committed; returns their ids."""

    def rows(school: int, n: int = 1, **more: object):
        with acting_for(school) as session:
            ids = [queue("test.x", **more) for _ in range(n)]
            session.commit()
        return ids

    return rows


def noting(into: list[Task]) -> Job:
    """A job that keeps the tasks that it ran."""

    def run(task: Task) -> None:
        into.append(task)

    return Job("test.x", run)
