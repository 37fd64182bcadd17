"""A pytest plugin (`-p app.local.testing`): a throw-away database for each test run, or for each test that asks.

The migrations run once into a template; every run, every worker of pytest-xdist, and every test that wants one of its own
gets a copy. With `DATABASE_URL` the same happens on that server; without, on an embedded one that lives as long as the run.
"""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.local import migrate, postgres, roles
from app.local.home import Home, claim
from app.local.processes import Program, end, spawn
from app.local.refusal import failed

MEMORY, ROOM = "/dev/shm", 4 << 30
RUN = pytest.StashKey["Run"]()


@dataclass
class Run:
    """The server of a test run and the template on it."""

    admin: str
    template: str
    server: tuple[Home, Program, subprocess.Popen[bytes]] | None = None
    _line: psycopg.Connection | None = None

    @classmethod
    def begin(cls, settings: tuple[str, ...] = postgres.THROW_AWAY) -> Run:
        """Start the server, with these settings, unless there is one, and build the template."""
        run = cls(os.environ.get("DATABASE_URL", ""), f"umthi_test_{secrets.token_hex(4)}")
        if not run.admin:
            place = _memory() if settings == postgres.THROW_AWAY else None
            home = claim(Path(tempfile.mkdtemp(prefix="umthi-test-", dir=place)))
            program = replace(postgres.program(home, settings=settings), stop_with=postgres.AT_ONCE)
            run.server = home, program, _started(home, program)
            run.admin = postgres.url(home, "postgres", "postgres")
        addresses = roles.provision(run.admin, database=run.template)
        try:
            migrate.upgrade(addresses.owner)
        except BaseException:
            run.finish()
            raise
        return run

    def restart(self) -> None:
        """Stop the embedded server at once, as a crash would, and start it again."""
        if self.server is None:
            raise RuntimeError("the server of DATABASE_URL is not ours to stop")
        self.hang_up()
        home, program, process = self.server
        end(process, program)
        self.server = home, program, _started(home, program)

    def copy(self, name: str, *, of: str = "") -> roles.Addresses:
        """Make a database from the template, or from an earlier copy that nobody is connected to."""
        template = f"{self.template}_{of}" if of else self.template
        roles.copy(self.line(), template=template, name=f"{self.template}_{name}", fast="DATABASE_URL" not in os.environ)
        return self.addresses(name)

    def addresses(self, name: str) -> roles.Addresses:
        """Where a copy is, or will be."""
        return roles.addresses(self.admin, f"{self.template}_{name}")

    def as_superuser(self, addresses: roles.Addresses) -> str:
        """The administrator's address of the same database: past both walls, for arranging and looking."""
        return roles.at_database(self.admin, addresses)

    def drop(self, name: str) -> None:
        roles.drop(self.line(), f"{self.template}_{name}")

    def line(self) -> psycopg.Connection:
        """The connection that databases are made and dropped on: to open one for each takes a fifth of what a copy takes.

        A test may have cut it, so it is asked first.
        """
        if self._line is not None:
            try:
                self._line.execute("SELECT")
            except psycopg.OperationalError:
                self.hang_up()
        if self._line is None:
            self._line = roles.administer(self.admin)
        return self._line

    def hang_up(self) -> None:
        """Close the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def finish(self) -> None:
        """Drop the template, or the whole server with it."""
        self.hang_up()
        if self.server is None:
            roles.drop_database(self.admin, self.template)
        else:
            home, program, process = self.server
            end(process, program)
            for descriptor in (home.lock, home.programs):
                os.close(descriptor)
            for folder in (home.sockets, home.root):
                shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """The file system in memory, where there is one with room: a copy of a database there takes a tenth of the time."""
    with suppress(OSError):
        room = os.statvfs(MEMORY)
        if os.access(MEMORY, os.W_OK) and room.f_bavail * room.f_frsize >= ROOM:
            return MEMORY
    return None


def _started(home: Home, program: Program) -> subprocess.Popen[bytes]:
    """The server, once it answers."""
    process = spawn(program, keep=(home.programs,))
    while not postgres.answers(home):
        if process.poll() is not None:
            raise failed("PostgreSQL did not start", home.logs / "postgres.log")
        time.sleep(0.02)
    return process


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With pytest-xdist the controller owns the server; each worker is told where it is."""
    run = node.config.stash.setdefault(RUN, None) or Run.begin()
    node.config.stash[RUN] = run
    node.workerinput["umthi_run"] = (run.admin, run.template)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the run is over; workers leave it to the controller."""
    run = config.stash.get(RUN, None)
    if run is not None:
        with suppress(Exception):
            run.hang_up() if hasattr(config, "workerinput") else run.finish()


@pytest.fixture(scope="session")
def test_run(request: pytest.FixtureRequest) -> Run:
    """Return the server and template of this run, started by the first test that needs them."""
    config = request.config
    if RUN not in config.stash:
        told = getattr(config, "workerinput", {}).get("umthi_run")
        config.stash[RUN] = Run(*told) if told else Run.begin()
    return config.stash[RUN]


@pytest.fixture(scope="session")
def database(test_run: Run) -> Iterator[roles.Addresses]:
    """Return the addresses of this worker's database; tests on it roll back what they do."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    yield test_run.copy(name)
    test_run.drop(name)


@pytest.fixture
def own_database(test_run: Run) -> Iterator[Callable[[], roles.Addresses]]:
    """Return a maker of databases for tests that commit, kill or migrate; dropped after the test."""
    prefix = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{secrets.token_hex(3)}"
    names = (f"{prefix}_{n}" for n in itertools.count())
    made: list[str] = []

    def make() -> roles.Addresses:
        made.append(next(names))
        return test_run.copy(made[-1])

    yield make
    for name in made:
        test_run.drop(name)
