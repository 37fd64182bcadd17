"""What a person meets with `make run`: it comes up, keeps what was stored, and leaves nothing running."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.local.instances import PROJECT, Run, living

Start = Callable[..., Run]
full = pytest.mark.full
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change users")
CLOSED = (sys.executable, str(PROJECT / "tests" / "local" / "closed_namespaces.py"))


def test_a_second_start_finds_what_the_first_stored_and_stops_without_a_trace(start: Start, seeded: Path) -> None:
    run = start(seeded, through_make=True).up()
    assert "as it was" in run.said
    assert run.users() > 10
    before = run.pids()
    assert len(before) > 8
    assert run.stop() != 0  # make says that it was told to
    assert run.gone()
    assert "nothing is left running" in run.said
    assert not [pid for pid in before if living(pid)]
    assert not run.sockets()
    assert not (run.home / "instance.json").exists()
    told = run.flask("status")
    assert (told.returncode, "Nothing runs in" in told.stderr) == (2, True)


def test_kill_9_of_the_supervisor_leaves_nothing_but_a_stuck_worker_which_the_next_start_ends(
    start: Start, seeded: Path
) -> None:
    run = start(seeded).up()
    (stuck, *_) = run.named("wsgi worker")
    os.kill(stuck, signal.SIGSTOP)
    run.stop(signal.SIGKILL)
    assert run.left(besides=stuck) == {}
    assert living(stuck)
    assert run.flask("status").returncode == 2  # the file is there, and nothing runs
    again = start(seeded).up()
    assert not living(stuck)
    assert again.stop(signal.SIGINT) == 0


def test_kill_9_of_the_supervisor_and_of_the_listening_process_ends_the_processes_that_serve(
    start: Start, seeded: Path
) -> None:
    """The listening process cannot end them any more; the kernel does."""
    run = start(seeded).up()
    listening, *serving = run.status()["pids"]["web"]
    assert serving
    run.process.send_signal(signal.SIGSTOP)  # so that it ends and restarts nothing
    os.kill(listening, signal.SIGKILL)
    run.stop(signal.SIGKILL)
    assert run.left() == {}


@full
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_stops_it(start: Start, seeded: Path, how: signal.Signals) -> None:
    run = start(seeded).up()
    assert run.stop(how) == 0
    assert run.gone()


@full
def test_kill_9_of_make_leaves_nothing(start: Start, seeded: Path) -> None:
    run = start(seeded, through_make=True).up()
    before = run.pids()
    run.stop(signal.SIGKILL)
    assert run.gone()
    assert not [pid for pid in before if living(pid)]


@full
def test_four_starts_at_the_same_moment(start: Start, seeded: Path) -> None:
    runs = [start(seeded) for _ in range(4)]
    while sum(run.process.poll() is None for run in runs) > 1:
        time.sleep(0.05)
    (winner,) = [run for run in runs if run.process.poll() is None]
    assert all("already runs" in run.refused() for run in runs if run is not winner)
    winner.up()


@full
def test_a_start_while_the_last_run_is_still_stopping(start: Start, seeded: Path) -> None:
    first = start(seeded).up()
    (worker, *_) = first.named("wsgi worker")
    os.kill(worker, signal.SIGSTOP)  # it will not hear SIGTERM, so the stop takes its whole grace
    first.process.send_signal(signal.SIGTERM)
    first.until("Stopping")
    start(seeded).up()
    assert first.process.wait(5) == 0


@full
def test_a_kill_in_the_middle_of_making_the_database(start: Start, tmp_path: Path) -> None:
    first = start()
    while not (tmp_path / "instance" / "postgres.making" / "base").exists():
        assert first.process.poll() is None, first.said
        time.sleep(0.002)
    first.stop(signal.SIGKILL)
    assert not (tmp_path / "instance" / "postgres").exists()
    second = start().up()
    assert "new" in second.said
    assert not (tmp_path / "instance" / "postgres.making").exists()


@full
@pytest.mark.parametrize("strange", [{"LANG": "xx_YY.UTF-8", "LC_ALL": "xx_YY.UTF-8"}, {"PYTHONIOENCODING": "ascii"}])
def test_a_locale_that_does_not_exist_or_a_terminal_that_cannot_show_a_tick(
    start: Start, seeded: Path, strange: dict[str, str]
) -> None:
    start(seeded, **strange).up()


@full
@as_root
def test_root_serves_the_data_of_another_user_as_that_user(start: Start, seeded: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    for path in (seeded, *seeded.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    assert "as it was" in start(seeded).up().said
    assert (seeded / "postgres" / "postmaster.pid").stat().st_uid == nobody.pw_uid


@full
@as_root
def test_root_without_namespaces_becomes_nobody(start: Start, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)  # as /root is: nobody could not pass
    run = start(private / "instance", words=CLOSED).up()
    assert (run.home / "postgres").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert private.stat().st_mode & 0o777 == 0o700
    run.stop()
    assert "as it was" in start(run.home).up().said  # namespaces are open again: the owner of the data decides


@full
@as_root
def test_data_made_in_a_namespace_is_handed_over_when_namespaces_are_closed(start: Start, seeded: Path) -> None:
    assert "as it was" in start(seeded, words=CLOSED).up().said


@as_root
def test_root_that_can_be_nobody_else_is_told_so(start: Start) -> None:
    run = start(words=(*CLOSED, "setpriv", "--bounding-set=-setuid"))
    assert "Run `make run` as an ordinary user" in run.refused()


@full
@as_root
def test_an_ordinary_user_starts_it_too(tmp_path: Path) -> None:
    """As nobody, who may read the project and write one folder."""
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    reads = (
        "setpriv",
        "--reuid=nobody",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--",
    )
    run = Run(home / "instance", words=reads, HOME=str(home))
    try:
        run.up()
        assert run.stop() == 0
    finally:
        subprocess.run(["kill", "-9", str(run.process.pid)], check=False, capture_output=True)
