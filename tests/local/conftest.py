"""Instances for tests: started anew, started on a copy of one that was seeded before, or one that several tests share."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import WORKER
from tests.local.instances import Run


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """A starter of runs; what still runs after the test is ended."""
    runs: list[Run] = []

    def starter(home: Path | None = None, **how: object) -> Run:
        runs.append(Run(home or tmp_path / "instance", **how))  # type: ignore[arg-type]
        return runs[-1]

    yield starter
    for run in runs:
        end(run)


@pytest.fixture(scope="session")
def _seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance that was started by make, seeded and stopped: made once for all workers, only to be copied."""
    ours = tmp_path_factory.getbasetemp()
    shared = ours if WORKER == "main" else ours.parent
    home, done = shared / "seeded" / "instance", shared / "seeded.done"
    with (shared / "seeded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            home.parent.mkdir()
            run = Run(home, through_make=True)
            try:
                run.up()
            finally:
                end(run)
            done.touch()
    return home


@pytest.fixture
def seeded(_seeded: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test that starts it a second time."""
    return Path(shutil.copytree(_seeded, tmp_path / "instance"))


@pytest.fixture(scope="module")
def running(_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """An instance that the tests of a module share."""
    home = tmp_path_factory.mktemp("running") / "instance"
    run = Run(Path(shutil.copytree(_seeded, home)))
    try:
        yield run.up()
    finally:
        end(run)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def end(run: Run) -> None:
    """Stop a run, and whatever it left."""
    if run.process.poll() is None:
        run.stop()
    for pid in run.pids() if (run.home / "programs").exists() else []:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
