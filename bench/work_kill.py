"""`work.kill`: mail is queued, workers are killed with -9 in the middle of it, Redis is emptied; then who got what is counted.

Run alone: `python -m bench.work_kill`. The relay and the workers are the programs themselves, on an embedded PostgreSQL and
Redis; the mail server takes a few milliseconds a letter, so that a kill finds workers at work. What was killed starts again.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen
from typing import Any

import psycopg

from app.delivery.publish import Text, send_message
from app.tenancy.doors import acting_for
from bench.figure import Figure, figure, is_full
from bench.platform import platform
from tests.mailserver import MailServer
from tests.servers import RedisServer, start_flask

SCHOOLS, PEOPLE = 5, 100
LATE = 0.008  # seconds before each answer of the mail server
WORKERS = {"worker 1": ("worker",), "worker 2": ("worker",), "worker 3": ("worker", "--only", "urgent")}
PATIENCE = 150.0  # seconds after the last fault: what is not done then is lost
ROW = """
INSERT INTO person (school_id, id, kind, name, sort_key, language, email)
SELECT s, uuid7(), 'guardian', 'Person ' || n, 'p', (ARRAY['en', 'af', 'zu'])[1 + n % 3],
       'p' || n || '@school-' || s || '.example.com'
FROM generate_series(1, {schools}) s, generate_series(1, {people}) n
"""


@dataclass
class Count:
    """What came of it."""

    mails: int
    kills: int
    in_hand: int
    wipes: int
    lost: int
    doubled: int
    unexplained: int
    clean: float


def measure() -> list[Figure]:
    """Lost and doubled letters, and how long after the last fault everything was done."""
    rounds, kills, wipes = (4, 10, 2) if is_full() else (2, 5, 1)
    counted = Faults(kills, wipes).run(rounds)
    told = (
        f"{counted.mails} mails, {counted.kills} × kill -9 ({counted.in_hand} with a batch in hand), "
        f"Redis emptied {counted.wipes} ×"
    )
    return [
        figure("work.kill", counted.lost, unit="mails lost", goal=0, against="every mail that was queued", detail=told),
        figure(
            "work.kill.doubled", counted.doubled, unit="mails twice", goal=counted.kills, against="one a kill",
            detail="each with the Message-ID of its first copy",
        ),
        figure(
            "work.kill.unexplained", counted.unexplained, unit="mails", goal=0, against="the deliveries",
            detail="mails under a second Message-ID, or of no delivery",
        ),
        figure("work.kill.clean", counted.clean, unit="s", goal=60, against="the last fault", detail="until all work is done"),
    ]  # fmt: skip


class Faults:
    """The servers, the programs, and what befalls them."""

    def __init__(self, kills: int, wipes: int, seed: int = 2) -> None:
        self.dice = random.Random(seed)
        self.plan = ["kill"] * kills + ["wipe"] * wipes
        self.dice.shuffle(self.plan)
        self.place, self.redis, self.mailserver = platform(), RedisServer(), MailServer(late=LATE)
        self.place.grow(SCHOOLS, first=1, others=1)
        self.app = self.place.application()
        self.settings = replace(self.app.extensions["settings"], redis_url=self.redis.url, smtp_url=self.mailserver.url)
        self.app.extensions["settings"] = self.settings
        self.logs = Path(tempfile.mkdtemp(prefix="umthi-kill-"))
        self.programs: dict[str, Popen[bytes]] = {}
        self.in_hand = 0

    def run(self, rounds: int) -> Count:
        """Queue `rounds` messages a school, let everything befall them, wait for the end, count."""
        with psycopg.connect(self.place.superuser, autocommit=True) as sql:
            try:
                sql.execute("UPDATE person SET ended_at = now()")
                sql.execute(ROW.format(schools=SCHOOLS, people=PEOPLE))
                self.revive()
                self.publish(rounds)
                self.wait_for_the_first()
                for fault in self.plan:
                    self.befall(fault)
                clean = self.wait_for_the_end(sql)
                return self.count(sql, rounds * SCHOOLS * PEOPLE, clean)
            finally:
                self.stop()

    def publish(self, rounds: int) -> None:
        for number in range(rounds):
            for school in range(1, SCHOOLS + 1):
                with self.app.app_context(), acting_for(school) as session:
                    text = {"en": Text(f"Notice {number}", "School closes at 12:00 on Friday.")}
                    send_message(audience="guardians", texts=text, url=f"/{number}", urgent=False, due=None)
                    session.commit()

    def wait_for_the_first(self) -> None:
        """Until the programs are up and mail goes out: before that there is nothing to disturb."""
        deadline = time.monotonic() + PATIENCE
        while not self.mailserver.mails:
            if time.monotonic() > deadline:
                raise SystemExit(f"no mail goes out: {self.logs}")
            self.revive()
            time.sleep(0.01)

    def befall(self, fault: str) -> None:
        """One fault, in the middle of a batch if any worker has one within a few seconds."""
        deadline = time.monotonic() + 6
        while not (busy := [name for name in WORKERS if self.has_batch(name)]) and time.monotonic() < deadline:
            self.revive()
            time.sleep(0.005)
        time.sleep(self.dice.uniform(0, 0.3))
        if fault == "kill":
            self.in_hand += bool(busy)
            victim = self.programs[self.dice.choice(busy or list(WORKERS))]
            victim.kill()
            victim.wait()
        else:
            self.redis.kill()
            self.redis.start()
        self.last = time.monotonic()
        self.revive()

    def has_batch(self, name: str) -> bool:
        """Whether this worker holds the journal of a batch."""
        try:
            folder = Path(f"/proc/{self.programs[name].pid}/fd")
            return any("/journal/" in str(descriptor.readlink()) for descriptor in folder.iterdir())
        except OSError:
            return False

    def revive(self) -> None:
        """What a supervisor does."""
        for name, words in {"relay": ("relay",), **WORKERS}.items():
            if name not in self.programs or self.programs[name].poll() is not None:
                self.programs[name] = start_flask(self.settings, self.logs / f"{name}.log", *words)

    def wait_for_the_end(self, sql: psycopg.Connection[Any]) -> float:
        """Until no work of a school is open; returns the seconds since the last fault."""
        open_work = "SELECT 1 FROM outbox WHERE done_at IS NULL AND school_id > 0 LIMIT 1"
        while sql.execute(open_work).fetchone() and time.monotonic() < self.last + PATIENCE:
            self.revive()
            time.sleep(0.05)
        return time.monotonic() - self.last

    def count(self, sql: psycopg.Connection[Any], mails: int, clean: float) -> Count:
        """Compare what the database says with what the mail server has."""
        sent = {f"<{row[0].hex}@" for row in sql.execute("SELECT id FROM delivery WHERE state = 'sent'").fetchall()}
        arrived = Counter(mail.message_id.partition("@")[0] + "@" for mail in self.mailserver.mails)
        letters = {(mail.to, mail.subject) for mail in self.mailserver.mails}
        return Count(
            mails=mails, kills=self.plan.count("kill"), in_hand=self.in_hand, wipes=self.plan.count("wipe"),
            lost=max(mails - len(letters), mails - len(sent & arrived.keys())),
            doubled=arrived.total() - len(arrived),
            unexplained=len(arrived.keys() - sent) + len(arrived) - len(letters), clean=clean,
        )  # fmt: skip

    def stop(self) -> None:
        for program in self.programs.values():
            program.kill()
            program.wait()
        self.mailserver.stop()
        self.redis.stop()
        for folder in (self.logs, self.settings.home):
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    logging.disable(logging.INFO)
    os.environ.setdefault("SCALE", "reduced")
    print(json.dumps(measure(), indent=1))
