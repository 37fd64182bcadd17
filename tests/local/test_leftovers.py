"""What a killed run or a strange place leaves PostgreSQL to deal with: it starts all the same, or says why not."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.local import postgres
from app.local.home import Home, claim
from app.local.processes import end, spawn
from app.local.refusal import Refusal


@contextmanager
def claimed(root: Path) -> Iterator[Home]:
    home = claim(root)
    try:
        yield home
    finally:
        for descriptor in (home.lock, home.programs):
            os.close(descriptor)


@contextmanager
def serving(root: Path, *, inherits: bool = True) -> Iterator[int]:
    """PostgreSQL alone on the folder; gives its process."""
    with claimed(root) as home:
        program = postgres.program(home)
        process = spawn(program, keep=(home.programs,) if inherits else ())
    try:
        deadline = time.monotonic() + 30
        while not postgres.answers(home):
            assert process.poll() is None, (home.logs / "postgres.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process.pid
    finally:
        end(process, program)


def test_a_stale_pid_file_and_socket_whose_number_is_another_process_now(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    data, sockets = tmp_path / "postgres", tmp_path / "run"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n{sockets}\n\n0 0\nready\n")
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n{data}\n0\n5432\n{sockets}\n")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(sockets / ".s.PGSQL.5432"))
    with serving(tmp_path):
        pass


def test_without_looking_at_the_pid_file_the_same_start_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted violation: PostgreSQL itself believes the number."""
    with serving(tmp_path):
        pass
    data = tmp_path / "postgres"
    (data / "postmaster.pid").write_text(f"{os.getppid()}\n{data}\n0\n5432\n{tmp_path}/run\n\n0 0\nready\n")
    monkeypatch.setattr(postgres, "_clear_stale_pid", lambda file: None)
    with claimed(tmp_path) as home:
        process = spawn(postgres.program(home), keep=(home.programs,))
        assert process.wait(20) != 0


@pytest.mark.parametrize("content", ["", "half"])
def test_a_half_written_pid_file(tmp_path: Path, content: str) -> None:
    with serving(tmp_path):
        pass
    (tmp_path / "postgres" / "postmaster.pid").write_text(content)
    with serving(tmp_path):
        pass


def test_a_server_started_by_hand_on_our_folder(tmp_path: Path) -> None:
    with serving(tmp_path, inherits=False) as pid, claimed(tmp_path) as home, pytest.raises(Refusal, match=f"process {pid}"):
        postgres.program(home)


def test_an_empty_data_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with serving(tmp_path):
        pass


@pytest.mark.parametrize(("name", "moved"), [("n" * 120, True), ("one, two", True), ("O'B & ö 50% #\"?", False)])
def test_a_path_too_long_for_a_socket_or_in_need_of_quoting(
    tmp_path_factory: pytest.TempPathFactory, name: str, moved: bool
) -> None:
    root = tmp_path_factory.mktemp("p") / name
    with serving(root):
        pass
    assert (root / "run").exists() is not moved
