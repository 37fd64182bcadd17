"""A place to measure delivery: schools of many people, servers, sinks, and the programs that send."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.delivery import keys
from app.delivery.publish import Text, send_message
from app.tenancy.doors import acting_for
from bench.platform import platform
from tests.servers import RedisServer, start_flask, start_python

TEXTS = {
    "en": Text(
        "School closes early on Friday", "School closes at 12:00 on Friday because of the weather.\n\nPlease fetch your child."
    ),
    "af": Text("Skool sluit Vrydag vroeg", "Die skool sluit Vrydag om 12:00 weens die weer.\n\nHaal asseblief u kind betyds."),
    "zu": Text(
        "Isikole sivala kusenesikhathi",
        "Isikole sivala ngo-12:00 ngoLwesihlanu ngenxa yesimo sezulu.\n\nSicela nilande izingane.",
    ),
}
PEOPLE = """
INSERT INTO person (school_id, id, kind, name, sort_key, language, email)
SELECT %(school)s, uuid7(), 'guardian', (ARRAY['Nomsa Dlamini', 'Anél van Wyk', 'Peter Smith'])[1 + n %% 3], 'p',
    (ARRAY['en', 'af', 'zu'])[1 + n %% 3], (CASE WHEN n %% 100 < %(temporary)s THEN 'dot451-' WHEN n %% 100 < %(permanent)s THEN 'r552-'
    ELSE 'p' END) || n || '@school-' || %(school)s || '.example.com'
FROM generate_series(1, %(people)s) n
"""
DEVICES = """
INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)
SELECT school_id, uuid7(), id, %(origin)s || '/201/' || id, %(p256dh)s, %(auth)s, %(key)s, 'Chrome/Android'
FROM person WHERE school_id = %(school)s AND ended_at IS NULL
"""
OPEN = "SELECT 1 FROM outbox WHERE done_at IS NULL AND school_id = ANY (%s) LIMIT 1"
SINKS = ("sink", "push sink")
PATIENCE = 600.0  # seconds: what is not done then hangs
TICK = os.sysconf("SC_CLK_TCK")


class Accepted(NamedTuple):
    """A line of a sink's log: when (seconds of the clock), what it did, and the id of what came."""

    at: float
    kind: str
    id: str


class Delivering:
    """The servers and the programs of one benchmark. `programs` are by name; what was killed is started by `revive`."""

    def __init__(self, schools: int, *, durable: bool = False) -> None:
        self.place, self.redis = platform(durable=durable), RedisServer()
        self.place.grow(schools, first=1, others=1)
        self.logs = Path(tempfile.mkdtemp(prefix="umthi-deliver-"))
        self.app = self.place.application()
        self.smtp_port, self.push_port = _free_port(), _free_port()
        self.settings = self.app.extensions["settings"] = replace(
            self.app.extensions["settings"], redis_url=self.redis.url, smtp_url=f"smtp://127.0.0.1:{self.smtp_port}",
            push_test_origin=f"http://127.0.0.1:{self.push_port}",
        )  # fmt: skip
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self.words: dict[str, tuple[str, ...]] = {}
        self.sql = self.connect()
        self.sql.execute("UPDATE person SET ended_at = now()")

    def connect(self) -> psycopg.Connection[Any]:
        """A superuser's line; a restart of PostgreSQL cuts it."""
        return psycopg.connect(self.place.superuser, autocommit=True)

    @classmethod
    @contextmanager
    def place_with(cls, *people: int, durable: bool = False) -> Iterator[Delivering]:
        """Schools 1, 2, … with so many guardians each, in three languages; everything ends with the block."""
        here = cls(len(people), durable=durable)
        try:
            for school, number in enumerate(people, 1):
                here.populate(school, number)
            here.forget()
            yield here
        finally:
            here.stop()

    def populate(self, school: int, people: int, *, temporary: int = 0, permanent: int = 0) -> None:
        """Guardians of a school; of 100 so many get each letter at the second try, and so many none."""
        values = {"school": school, "people": people, "temporary": temporary, "permanent": temporary + permanent}
        self.sql.execute(PEOPLE, values)
        self.sql.execute("VACUUM ANALYZE person")

    def sink(self, **options: float) -> None:
        """A mail server in place of the one before; `late` and `slow` as `bench.sink` has them."""
        self.kill("sink")
        words = [f"{name}={value}" for name, value in options.items()]
        self._start_sink("sink", self.smtp_port, "bench.sink", *words)

    def give_devices(self, school: int) -> tuple[str, str]:
        """A device each for the people of a school; returns the keys that all of them have, base64url."""
        point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        p256dh, auth = (base64.urlsafe_b64encode(raw).rstrip(b"=").decode() for raw in (point, os.urandom(16)))
        values = {"school": school, "origin": self.settings.push_test_origin, "p256dh": p256dh, "auth": auth}
        self.sql.execute(DEVICES, values | {"key": (keys.newest(self.settings) or keys.make(self.settings)).id})
        return p256dh, auth

    def push_sink(self) -> None:
        self._start_sink("push sink", self.push_port, "bench.push_sink")

    def _start_sink(self, name: str, port: int, module: str, *words: str) -> None:
        self.log_of(name).write_bytes(b"")
        self.programs[name] = start_python(
            self.settings, self.logs / f"{name}.err", "-m", module, str(port), str(self.log_of(name)), *words
        )
        deadline = time.monotonic() + 10
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline:
                raise SystemExit(f"{module} does not start: {self.logs}")
            time.sleep(0.01)

    def start(self, *names: str) -> None:
        """Programs as `make run` has them: `relay`, `worker 1` (every queue), `worker urgent`."""
        for name in names:
            kind, _, which = name.partition(" ")
            self.words[name] = (kind, "--only", "urgent") if which == "urgent" else (kind,)
        self.revive()

    def revive(self) -> None:
        """What a supervisor does: start what does not run."""
        for name, words in self.words.items():
            if name not in self.programs or self.programs[name].poll() is not None:
                self.programs[name] = start_flask(self.settings, self.logs / f"{name}.log", *words)

    def kill(self, name: str) -> None:
        if program := self.programs.pop(name, None):
            program.kill()
            program.wait()

    def publish(self, school: int, *, urgent: bool = False) -> UUID:
        """A message to the guardians of a school, committed."""
        with self.app.app_context(), acting_for(school) as session:
            message = send_message(audience="guardians", texts=TEXTS, url="/schedule-notices/1", urgent=urgent, due=None)
            session.commit()
            return message.id

    def wait(self, *schools: int) -> None:
        """Until nothing of these schools is open."""
        self.until(lambda: self.sql.execute(OPEN, (list(schools),)).fetchone() is None)

    def until(self, done: Any) -> None:
        """Look every few milliseconds. Ends the benchmark when it takes longer than PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise SystemExit(f"does not end: {self.logs}")
            time.sleep(0.005)

    def forget(self) -> None:
        """As if nothing had been sent: no rows, empty logs."""
        for _ in range(20):  # workers may be about to look
            with suppress(psycopg.errors.DeadlockDetected):
                self.sql.execute("TRUNCATE outbox, delivery, attempt, message, message_text, progress, notice CASCADE")
                break
        self.sql.execute("VACUUM ANALYZE")
        for name in SINKS:
            self.log_of(name).write_bytes(b"")

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.txt"

    def accepted(self, name: str = "sink") -> list[Accepted]:
        """What a sink took, in the order in which it came."""
        log = self.log_of(name)
        lines = (line.split() for line in log.read_text().splitlines()) if log.exists() else ()
        return [Accepted(float(at), kind, id) for at, kind, id, *_ in lines if kind in ("accepted", "201")]

    def cpu(self, *names: str) -> float:
        """CPU seconds so far of programs and their children."""
        return sum(_cpu(self.programs[name].pid) for name in names)

    def rss(self, name: str) -> float:
        """Megabytes of memory that a program holds."""
        status = Path(f"/proc/{self.programs[name].pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> None:
        self.words.clear()
        for name in list(self.programs):
            self.kill(name)
        self.sql.close()
        self.redis.stop()
        for folder in (self.logs, self.settings.home):
            shutil.rmtree(folder, ignore_errors=True)


def _cpu(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK + sum(_cpu(int(child)) for child in children)


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def run_module(module: str, *words: object) -> str:
    """What a comparator in a process of its own prints."""
    done = subprocess.run([sys.executable, "-m", module, *map(str, words)], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout
