"""`make install` and a `.venv` that is there: what works is kept, whoever made it; what does not is made again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.instances import PROJECT


def install(tree: Path) -> subprocess.CompletedProcess[str]:
    """Install nothing but the list of that tree, which is empty: the network has no part in this."""
    (tree / "requirements.txt").touch()
    return subprocess.run(
        [sys._base_executable, "-m", "app.local.install", "requirements.txt"], cwd=tree,  # type: ignore[attr-defined]
        env={**os.environ, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    """A tree with a virtual environment without pip that somebody made, and something of theirs in it."""
    subprocess.run([sys._base_executable, "-m", "venv", "--without-pip", ".venv"], cwd=tmp_path, check=True)  # type: ignore[attr-defined]
    (tmp_path / ".venv" / "theirs").touch()
    return tmp_path


def test_one_that_was_made_by_hand_is_installed_into(by_hand: Path) -> None:
    done = install(by_hand)
    assert done.returncode == 0, done.stderr + done.stdout
    assert (by_hand / ".venv" / "theirs").exists()
    assert (by_hand / ".venv" / "installed-requirements").exists()


@pytest.mark.parametrize("fault", ["half-made", "no Python"])
def test_one_whose_making_was_cut_off_or_whose_python_has_gone_is_made_again(by_hand: Path, fault: str) -> None:
    if fault == "half-made":
        (by_hand / ".venv" / "half-made").touch()
    else:
        for name in ("python", "python3"):
            (by_hand / ".venv" / "bin" / name).unlink()
    done = install(by_hand)
    assert done.returncode == 0, done.stderr + done.stdout
    assert not (by_hand / ".venv" / "theirs").exists()
    assert not (by_hand / ".venv" / "half-made").exists()


def stand_in(tree: Path, version: str) -> None:
    """Another version of Python in `.venv`, as far as an installation asks it."""
    python = tree / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text(f'#!/bin/sh\n[ "$1" = -c ] && echo {version} || echo "$@" >"{tree}/asked"\n')
    python.chmod(0o755)


def test_one_with_another_python_installs_by_its_own(by_hand: Path) -> None:
    stand_in(by_hand, "3 99")
    assert install(by_hand).returncode == 0
    assert (by_hand / "asked").read_text() == "-m app.local.install requirements.txt\n"
    assert (by_hand / ".venv" / "theirs").exists()


def test_one_with_a_python_that_is_too_old_is_left_alone(by_hand: Path) -> None:
    stand_in(by_hand, "3 9")
    refused = install(by_hand)
    assert (refused.returncode, "Python 3.9, which is too old" in refused.stderr) == (1, True)
    assert (by_hand / ".venv" / "theirs").exists()
