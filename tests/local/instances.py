"""A run of the product under test, in its own folder and on its own port."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psycopg

from app.config import Settings
from app.local import postgres
from app.local.home import Home, holders, socket_folder

PROJECT = Path(__file__).parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "PORT", "MAKEFLAGS", "MAKELEVEL")


def living(pid: int) -> bool:
    """Whether the process runs; one that is dead but not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def hear_ctrl_c() -> None:
    """Tests that run in the background of a shell inherit a SIGINT that is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run:
    """`make run` (or `python -m app.local`) with what it says and the processes that it made."""

    def __init__(self, home: Path, words: tuple[str, ...] = (), through_make: bool = False, **env: str) -> None:
        self.home, self.port = home, int(env.pop("PORT", 0)) or free_port()
        self.said_in = Path(tempfile.mkdtemp(prefix="said-")) / "said"
        command = ["make", "-s", "run"] if through_make else [sys.executable, "-m", "app.local"]
        self.clean = {k: v for k, v in os.environ.items() if k not in OURS and not k.startswith("UMTHI_")}
        with self.said_in.open("wb") as out:
            self.process = subprocess.Popen(
                [*words, *command], cwd=PROJECT, env=self.clean | {"UMTHI_HOME": str(home), "PORT": str(self.port)} | env,
                stdout=out, stderr=out, start_new_session=True, preexec_fn=hear_ctrl_c,  # noqa: PLW1509
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.said_in.read_text()

    def until(self, text: str, seconds: float = 300) -> Run:
        deadline = time.monotonic() + seconds
        while not re.search(text, self.said):
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.said}"
            assert self.process.poll() is None or re.search(text, self.said), f"ended without {text!r}:\n{self.said}"
            time.sleep(0.05)
        return self

    def up(self) -> Run:
        return self.until("Ctrl-C stops everything")

    def refused(self) -> str:
        """The sentence with which it ended."""
        assert self.process.wait(60) != 0, self.said
        (sentence,) = re.findall(r"✗ (.*)", self.said, re.DOTALL)
        assert "Traceback" not in self.said
        return str(sentence)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return set(json.load(answer)["checks"].values()) == {"ok"}
        except OSError:
            return False

    def until_ready(self, seconds: float = 120) -> Run:
        deadline = time.monotonic() + seconds
        while not self.ready():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        return self

    def users(self) -> int:
        """How many users the database of this instance holds."""
        with psycopg.connect(postgres.url(Home(self.home, -1, -1), "postgres", "umthi")) as connection:
            return int(connection.execute("SELECT count(*) FROM app_user").fetchone()[0])  # type: ignore[index]

    def flask(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """A command of somebody who sits beside this instance."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        environment = self.clean | {"UMTHI_HOME": str(self.home)} | env
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.flask("status", "--json").stdout)
        return told

    def pids(self) -> list[int]:
        return [pid for pid in holders(self.home / "programs") if living(pid)]

    def named(self, word: str) -> list[int]:
        return [pid for pid in self.pids() if word in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)

    def gone(self, seconds: float = 15) -> bool:
        deadline = time.monotonic() + seconds
        while self.pids() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.pids()

    def left(self, *, besides: int = 0, seconds: float = 60) -> dict[int, str]:
        """What still runs, by process id, after `seconds` to end in."""
        deadline = time.monotonic() + seconds
        while (left := set(self.pids()) - {besides}) and time.monotonic() < deadline:
            time.sleep(0.05)
        return {pid: Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in left if living(pid)}

    def sockets(self) -> list[Path]:
        folder = socket_folder(self.home)
        return list(folder.iterdir()) if folder.exists() else []


def production_environment(settings: Settings) -> dict[str, str]:
    """What a server in production would find in its environment, on the same database."""
    return {
        "UMTHI_ENV": "production", "UMTHI_HOME": str(settings.home), "UMTHI_PUBLIC_URL": "https://umthi.example",
        "UMTHI_SECRET": "p" * 40, "DATABASE_URL": settings.database_url, "REDIS_URL": "redis://127.0.0.1:1/0",
        "UMTHI_PLATFORM_DATABASE_URL": settings.platform_database_url, "SMTP_URL": "smtp://127.0.0.1:1",
        "UMTHI_MAIL_FROM": "umthi@umthi.example",
    }  # fmt: skip


def in_production(settings: Settings) -> Settings:
    """The same application, in production."""
    return Settings.from_environment(production_environment(settings))
