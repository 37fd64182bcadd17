"""A place to onboard schools on: the programs as they run, an operator who is signed in, and what is left of it all."""

from __future__ import annotations

import hashlib
import http.client
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psycopg
from redis import Redis

from app.ids import uuid7
from app.models.school import name_key
from bench.delivering import Delivering, _free_port
from bench.platform import CSRF
from blueprints.onboarding.reasons import CUT_OFF
from tests.servers import start_flask

NEW, RUNS = "/operator/schools/new", "/operator/runs"
TOKEN = "token-of-the-operator"
PATIENCE = 180.0  # seconds
TOKENS = re.compile(r'name="csrf_token" value="([^"]+)"')
STAMP = re.compile(r'name="stamp" value="([^"]*)"')
SHOWN = re.compile(r'<code id="password-\w+">([^<]+)</code>')
LEFT = """
SELECT r.state, (SELECT count(*) FROM school WHERE name_key = r.name_key),
    (SELECT count(*) FROM membership m WHERE m.school_id = r.school AND m.role = 'admin'),
    (SELECT count(*) FROM membership m WHERE m.school_id = r.school),
    (SELECT count(*) FROM invitation i WHERE i.school_id = r.school),
    (SELECT count(DISTINCT person_id) FROM invitation i WHERE i.school_id = r.school)
FROM onboarding_run r WHERE r.id = %s
"""
GOOD = ("completed", 1, 1, 2, 2, 2)
ANY_TEXT = 'SELECT 1 FROM "{}" t WHERE t::text LIKE ANY (%s) LIMIT 1'


class Answer(NamedTuple):
    """What the web server said; status 0 when it was not there, or went away."""

    status: int
    location: str = ""
    text: str = ""


class Onboarding:
    """One operator, who presses again where nobody answers."""

    def __init__(self, here: Delivering) -> None:
        self.here, self.port = here, _free_port()
        here.settings = replace(here.settings, port=self.port)
        user = uuid7()
        with here.connect() as sql:
            sql.execute(
                "INSERT INTO app_user (id, email, name, platform_role, theme, mode) VALUES (%s, 'o@example.com', 'Olive', 'operator', 'fynbos', 'auto')",
                (user,),
            )
            sql.execute(
                "INSERT INTO login_session (id, token_hash, user_id, data, expires_at)"
                " VALUES (%s, %s, %s, jsonb_build_object('csrf_token', %s::text), now() + interval '1 day')",
                (uuid7(), hashlib.sha256(TOKEN.encode()).digest(), user, CSRF),
            )

    @classmethod
    @contextmanager
    def place(cls, *, processes: int = 2) -> Iterator[Onboarding]:
        """Database, Redis, mail server, relay and web server; no worker yet. Everything ends with the block."""
        with Delivering.place_with(1, durable=True) as here:
            place = cls(here)
            here.sink()
            here.words |= {"web": ("web", "--processes", str(processes)), "relay": ("relay",)}
            here.revive()
            place.token = place.wait_for_token()
            yield place

    def ask(self, path: str, data: dict[str, str] | None = None) -> Answer:
        """One request of the operator; `data` makes it a POST with its token."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": f"session={TOKEN}"}
        try:
            if data is None:
                line.request("GET", path, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                line.request("POST", path, urlencode(data | {"csrf_token": self.token}), headers)
            answer = line.getresponse()
            return Answer(answer.status, answer.headers.get("Location", ""), answer.read().decode())
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            line.close()

    def press(self, path: str, data: dict[str, str] | None = None) -> Answer:
        """The same until somebody answers."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.ask(path, data)).status in (0, 503):
            self.must_go_on(deadline, path)
            self.here.revive()
            time.sleep(0.1)
        return answer

    def wait_for_token(self) -> str:
        self.token = ""
        found = TOKENS.search(self.press(NEW).text)
        if found is None:
            raise SystemExit(f"no token on {NEW}: {self.here.logs}")
        return found[1]

    def draft(self, name: str, password: str = "") -> str:
        """Fill in the form; returns the id of the draft."""
        at = f"{name_key(name)}.example"
        form = {
            "name": name, "timezone": "Africa/Johannesburg", "close_time": "17:00", "admin_name": "Lindiwe Nkosi",
            "admin_email": f"admin@{at}", "admin_password": password, "officer_name": "Themba Radebe",
            "officer_email": f"officer@{at}",
        }  # fmt: skip
        answer = self.press(NEW, form)
        if answer.status != 303:
            raise SystemExit(f"the form was answered {answer.status}: {self.here.logs}")
        return answer.location.rpartition("/")[2]

    def create(self, draft: str) -> Answer:
        """Press 'Create school', again and again until it is answered."""
        return self.press(f"{NEW}/{draft}/create", {})

    def passwords(self, run: str) -> list[str]:
        """Press 'Show temporary passwords' of a finished run."""
        stamp = STAMP.search(self.press(f"{RUNS}/{run}").text)
        answer = self.press(f"{RUNS}/{run}/passwords", {"stamp": stamp[1] if stamp else "", "only": ""})
        return SHOWN.findall(answer.text)

    def start_worker(self, point: str = "") -> None:
        """A worker in the place of the one before, which dies or stands still at a fault point."""
        self.here.kill("worker")
        settings = replace(self.here.settings, fault_point=point)
        self.here.programs["worker"] = start_flask(settings, self.here.logs / "worker.log", "worker")

    def worker_has_died(self) -> bool:
        return self.here.programs["worker"].poll() == -signal.SIGKILL

    def worker_stands(self) -> bool:
        with suppress(OSError):
            stat = Path(f"/proc/{self.here.programs['worker'].pid}/stat").read_text()
            return stat.rpartition(")")[2].split()[0] == "T"
        return False

    def kill_web(self) -> None:
        """As a machine does that dies: the web server with its processes, which end with it; then it starts again."""
        self.here.kill("web")
        self.here.revive()

    def kill_database(self) -> None:
        """`kill -9` of the server; its processes notice and end, then it recovers what was committed."""
        run = self.here.place.run
        assert run.server
        run.server[2].kill()
        run.server[2].wait()
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                run.restart()
                break
            except Exception:
                self.must_go_on(deadline, "the start of PostgreSQL")
                time.sleep(0.3)
        with suppress(psycopg.Error):
            self.here.sql.close()
        self.here.sql = self.here.connect()

    def until(self, holds: Any, what: str) -> None:
        """Look until it holds; what died is started again, apart from the worker."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            self.must_go_on(deadline, what)
            self.here.revive()
            time.sleep(0.02)

    def must_go_on(self, deadline: float, what: str) -> None:
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} does not come: {self.here.logs}")

    def open_runs(self) -> int:
        with self.here.connect() as sql:
            (number,) = sql.execute("SELECT count(*) FROM onboarding_run WHERE state = 'running'").fetchone() or (0,)
            return int(number)

    def stopped_runs(self) -> list[str]:
        """Those that wait for somebody."""
        with self.here.connect() as sql:
            found = sql.execute("SELECT id::text FROM onboarding_run WHERE state IN ('failed', 'partial_failure')")
            return [run for (run,) in found]

    def resume(self, run: str) -> None:
        """Press 'Resume'; the run must be one that was cut off, for nothing else may stop one here."""
        with self.here.connect() as sql:
            error = sql.execute("SELECT error FROM onboarding_step WHERE run_id = %s AND state = 'failed'", (run,)).fetchone()
        answer = self.press(f"{RUNS}/{run}/resume", {})
        if error != (CUT_OFF,) or answer.status != 303:
            raise SystemExit(f"run {run} stopped by {error} was answered {answer.status}: {self.here.logs}")

    def is_whole(self, run: str) -> bool:
        """Whether a run left one school, one admin, one officer and one invitation each."""
        with self.here.connect() as sql:
            return sql.execute(LEFT, (run,)).fetchone() == GOOD

    def leaks(self, secrets: list[str]) -> int:
        """How many places hold one of these texts: tables, keys of Redis, files of logs."""
        with self.here.connect() as sql:
            tables = [name for (name,) in sql.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()]
            wanted = [f"%{secret}%" for secret in secrets]
            places = sum(sql.execute(ANY_TEXT.format(name), (wanted,)).fetchone() is not None for name in tables)  # type: ignore[arg-type]
        marks = [secret.encode() for secret in secrets]
        with Redis.from_url(self.here.redis.url) as redis:
            kept = [key + (redis.dump(key) or b"") for key in redis.scan_iter()]
        assert self.here.place.run.server
        folders = (self.here.logs, self.here.redis.home.logs, self.here.place.run.server[0].logs)
        kept += [path.read_bytes() for folder in folders for path in folder.glob("*.log")]
        return places + sum(any(mark in one for mark in marks) for one in kept)
