"""Real servers and programs for tests and benchmarks, all of them ours: a Redis that can be killed, and what `flask` starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from app.config import Settings
from app.local import redis
from app.local.home import claim
from app.local.processes import end, spawn

ROOT = Path(__file__).parents[1]


class RedisServer:
    """The embedded Redis in a folder of its own: killed and started empty as often as a test likes."""

    def __init__(self) -> None:
        self.home = claim(Path(tempfile.mkdtemp(prefix="umthi-redis-")))
        self.program = redis.program(self.home)
        self.start()

    @property
    def url(self) -> str:
        return redis.url(self.home)

    @property
    def is_up(self) -> bool:
        return self.process.poll() is None

    def start(self) -> None:
        with suppress(FileNotFoundError):
            (self.home.sockets / "redis.sock").unlink()
        self.process = spawn(self.program, keep=(self.home.programs,))
        while not redis.answers(self.home):
            assert self.is_up, (self.home.logs / "redis.log").read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """For good: nothing is left."""
        end(self.process, self.program)
        for descriptor in (self.home.lock, self.home.programs):
            os.close(descriptor)
        shutil.rmtree(self.home.root, ignore_errors=True)


def start_flask(settings: Settings, log: Path, *words: str) -> subprocess.Popen[bytes]:
    """`flask --app wsgi <words>` with these settings, in a folder away from the sources."""
    return start_python(settings, log, "-m", "flask", "--app", "wsgi", *words)


def start_python(settings: Settings, log: Path, *words: str) -> subprocess.Popen[bytes]:
    """`python <words>` with these settings."""
    environment = {
        "UMTHI_ENV": settings.environment.value, "UMTHI_HOME": str(settings.home), "UMTHI_SECRET": settings.secret,
        "DATABASE_URL": settings.database_url, "UMTHI_PLATFORM_DATABASE_URL": settings.platform_database_url,
        "REDIS_URL": settings.redis_url, "SMTP_URL": settings.smtp_url, "PYTHONPATH": str(ROOT),
        "UMTHI_PUSH_TEST_ORIGIN": settings.push_test_origin or "", "UMTHI_FAULT_POINT": settings.fault_point,
        "PORT": str(settings.port),
        "PATH": os.environ.get("PATH", os.defpath),
    }  # fmt: skip
    with log.open("ab") as output:
        return subprocess.Popen([sys.executable, *words], cwd=log.parent, env=environment, stdout=output, stderr=output)
