"""What others may know of a running instance: a file in its folder, for its owner only, there as long as it runs.

`flask --app wsgi status` prints it, and every command without a DATABASE_URL of its own attaches to it (`app.config.attached`).
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.config import INSTANCE
from app.local.processes import Supervisor, children
from app.local.roles import Addresses

SETTINGS = (
    "UMTHI_ENV", "UMTHI_HOME", "UMTHI_PUBLIC_URL", "UMTHI_SECRET", "PORT", "DATABASE_URL", "UMTHI_PLATFORM_DATABASE_URL",
    "UMTHI_OWNER_DATABASE_URL", "REDIS_URL", "SMTP_URL", "UMTHI_MAIL_FROM", "UMTHI_MAIL_ALLOW", "UMTHI_FAULT_POINT",
)  # fmt: skip


@dataclass(frozen=True)
class Instance:
    """A run as `status` tells of it. `mailbox` is where its mail is shown, None when it goes to a server of one's own."""

    root: Path
    web: str
    database: Addresses
    redis: str
    smtp: str
    mailbox: str | None
    settings: Mapping[str, str]

    def note(self, supervisor: Supervisor) -> None:
        """Write the file anew with the processes of this moment: complete or not at all, and readable by the owner alone."""
        database = {"app": self.database.app, "platform": self.database.platform, "owner": self.database.owner}
        content = {
            "web": self.web, "pids": pids(supervisor), "database": database, "redis": self.redis, "smtp": self.smtp,
            "mailbox": self.mailbox, "settings": {name: self.settings[name] for name in SETTINGS if self.settings.get(name)},
        }  # fmt: skip
        write_private(self.root / INSTANCE, json.dumps(content, indent=2))

    def forget(self) -> None:
        """Take the file away: nothing runs here any more."""
        with suppress(OSError):
            (self.root / INSTANCE).unlink()


def pids(supervisor: Supervisor) -> dict[str, list[int]]:
    """The processes by kind: the first word of a program's name."""
    found: dict[str, list[int]] = {"supervisor": [os.getpid()]}
    for running in (running for stage in supervisor.stages for running in stage):
        found.setdefault(running.program.name.split()[0], []).append(running.process.pid)
    return found


def read(root: Path) -> dict[str, Any] | None:
    """What runs in the folder, with the processes that its programs made (the web server's workers) after their own.

    None when nothing runs there; what a killed run left behind does not count.
    """
    try:
        with (root / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None  # the lock is free
    except BlockingIOError:
        pass
    except OSError:
        return None
    try:
        content: dict[str, Any] = json.loads((root / INSTANCE).read_text())
    except (OSError, ValueError):
        return None
    content["pids"]["web"] += [child for pid in content["pids"]["web"] for child in children(pid)]
    return content


def secret_of(root: Path) -> str:
    """The secret of this instance, made at its first start: sessions and links outlive a restart, and fit nowhere else."""
    file = root / "secret"
    try:
        kept = file.read_text().strip()
    except FileNotFoundError:
        kept = ""
    if not kept:
        kept = secrets.token_urlsafe(48)
        write_private(file, kept)
    return kept


def write_private(file: Path, content: str) -> None:
    """Write a file that only its owner may read, so that it is never seen half written."""
    making = file.with_name(f"{file.name}.making")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(content)
    making.replace(file)
