"""What can be wrong with a machine before anything runs: each is a sentence that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.local.instances import PROJECT, Run, free_port

Start = Callable[..., Run]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change mounts or users")


def test_a_busy_port(start: Start, busy_port: int, tmp_path: Path) -> None:
    assert f"Port {busy_port} is in use" in start(PORT=str(busy_port)).refused()
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize("value", ["http", "70000", "-1"])
def test_a_port_that_is_none(start: Start, value: str) -> None:
    assert "must be a number" in start(PORT="16199", words=("env", f"PORT={value}")).refused()


def test_production(start: Start, tmp_path: Path) -> None:
    assert "docs/operations.md" in start(UMTHI_ENV="production").refused()
    assert not (tmp_path / "instance").exists()


def test_a_data_folder_of_another_major_version(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "instance" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    sentence = start().refused()
    assert "made by PostgreSQL 16" in sentence
    assert "pg_dump" in sentence


def test_a_folder_that_is_no_database(start: Start, tmp_path: Path) -> None:
    (tmp_path / "instance" / "postgres" / "photos").mkdir(parents=True)
    assert "is not a database folder" in start().refused()


def test_a_home_that_is_a_file(start: Start, tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("")
    assert "Cannot write in" in start().refused()


@as_root
def test_a_read_only_disk(tmp_path: Path) -> None:
    home = tmp_path / "ro" / "instance"
    home.parent.mkdir()
    mount = 'mount -t tmpfs -o ro tmpfs "$1" && shift && exec "$@"'
    assert (
        "read-only file system" in Run(home, words=("unshare", "--mount", "sh", "-c", mount, "sh", str(home.parent))).refused()
    )


@as_root
@pytest.mark.parametrize("size", ["4k", "20m"])
def test_a_small_disk(tmp_path: Path, size: str) -> None:
    home = tmp_path / "small" / "instance"
    home.parent.mkdir()
    mount = f'mount -t tmpfs -o size={size} tmpfs "$1" && shift && exec "$@"'
    sentence = Run(home, words=("unshare", "--mount", "sh", "-c", mount, "sh", str(home.parent))).refused()
    assert "MB left" in sentence or "no space" in sentence


@as_root
def test_a_disk_that_fills_while_the_database_is_made(tmp_path: Path) -> None:
    home = tmp_path / "full" / "instance"
    home.parent.mkdir()
    fill = '(while [ ! -e "$1"/instance/postgres.making/base ]; do sleep 0.01; done; head -c 200M /dev/zero > "$1"/ballast) 2>/dev/null &'
    mount = f'mount -t tmpfs -o size=170m tmpfs "$1" || exit 9; {fill} shift; exec "$@"'
    assert "the disk is full" in Run(home, words=("unshare", "--mount", "sh", "-c", mount, "sh", str(home.parent))).refused()


def test_a_database_that_does_not_answer(start: Start) -> None:
    sentence = start(DATABASE_URL=f"postgresql://umthi:secret@127.0.0.1:{free_port()}/umthi").refused()
    assert "does not answer" in sentence
    assert "secret" not in sentence


def test_a_database_of_another_kind(start: Start) -> None:
    assert "must look like postgresql://" in start(DATABASE_URL="mysql://localhost/umthi").refused()


def test_a_redis_that_does_not_answer(start: Start) -> None:
    run = start(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert "The Redis at REDIS_URL does not answer" in run.refused()
    assert run.gone()


def test_a_python_without_venv(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("")
    code = (
        "import importlib.util as u, sys; from pathlib import Path; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'ensurepip' else real(name, *a)\n"
        "from app.local.install import main; sys.exit(main([Path('requirements.txt')]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    refused = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "apt-get install python3." in refused.stderr
    assert not (tmp_path / ".venv").exists()
