"""What befalls the programs while they send, and what came of it: for `work.kill` and `deliver.faults`."""

from __future__ import annotations

import base64
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.delivering import Delivering

PATIENCE = 150.0  # seconds after the last fault: what is not done then is lost
MOST = 0.95  # of what is expected: some of it may be refused for good
LONGEST = 40.0  # seconds between two faults: more than a lease
WORKERS = ("worker 1", "worker 2", "worker urgent")
MISSED = "SELECT count(*) FROM delivery WHERE ended_at IS NULL OR state NOT IN ('sent', 'dead')"
RETRIED = """
SELECT count(*) FROM (SELECT delivery_id FROM attempt WHERE event = 'permanent' GROUP BY delivery_id HAVING count(*) > 1) again
"""


@dataclass
class Count:
    """What came of it. `lost`: not at an end, or said to be sent and never seen; `unexplained`: seen and of no delivery."""

    deliveries: int
    in_hand: int
    lost: int
    doubled: int
    unexplained: int
    retried: int
    clean: float


class Faults:
    """`plan` of 'kill' (a worker), 'relay', 'wipe' (Redis) and 'restart' (PostgreSQL), in an order of dice."""

    def __init__(self, here: Delivering, plan: Sequence[str], *, seed: int = 2) -> None:
        self.here, self.dice, self.in_hand, self.last = here, random.Random(seed), 0, 0.0
        self.plan = list(plan)
        self.dice.shuffle(self.plan)

    def run(self, expected: int) -> Count:
        """Everything has been published: let it all befall, wait for the end, count."""
        self.here.start("relay", *WORKERS)
        self.here.until(self.here.accepted)
        for number, fault in enumerate(self.plan, 1):
            self.wait_for_share(round(expected * MOST * number / (len(self.plan) + 1)))
            self.befall(fault)
        return self.count(expected, self.wait_for_the_end())

    def wait_for_share(self, share: int) -> None:
        """Until so many letters and notifications have arrived, so that the faults are spread over the work; not for longer than LONGEST."""
        deadline = time.monotonic() + LONGEST
        while len(self.here.accepted()) + len(self.here.accepted("push sink")) < share and time.monotonic() < deadline:
            self.here.revive()
            time.sleep(0.05)

    def befall(self, fault: str) -> None:
        """One fault, in the middle of a batch if any worker has one within a few seconds."""
        deadline = time.monotonic() + 6
        while not (busy := [name for name in WORKERS if self.has_batch(name)]) and time.monotonic() < deadline:
            self.here.revive()
            time.sleep(0.005)
        time.sleep(self.dice.uniform(0, 0.3))
        if fault == "wipe":
            self.here.redis.kill()
            self.here.redis.start()
        elif fault == "restart":
            self.here.place.run.restart()
        else:
            self.in_hand += fault == "kill" and bool(busy)
            self.here.kill(self.dice.choice(busy or WORKERS) if fault == "kill" else "relay")
        self.last = time.monotonic()
        self.here.revive()

    def has_batch(self, name: str) -> bool:
        """Whether this worker holds the journal of a batch."""
        try:
            folder = Path(f"/proc/{self.here.programs[name].pid}/fd")
            return any("/journal/" in str(descriptor.readlink()) for descriptor in folder.iterdir())
        except (KeyError, OSError):
            return False

    def wait_for_the_end(self) -> float:
        """Until no work of a school is open; returns the seconds since the last fault."""
        with self.here.connect() as sql:
            open_work = "SELECT 1 FROM outbox WHERE done_at IS NULL AND school_id > 0 LIMIT 1"
            while sql.execute(open_work).fetchone() and time.monotonic() < self.last + PATIENCE:
                self.here.revive()
                time.sleep(0.05)
        return time.monotonic() - self.last

    def count(self, expected: int, clean: float) -> Count:
        """Compare what the database says with what the mail server has."""
        with self.here.connect() as sql:
            sent = {id.hex for (id,) in sql.execute("SELECT id FROM delivery WHERE state = 'sent'").fetchall()}
            deliveries = number(sql, "SELECT count(*) FROM delivery")
            missed, retried = number(sql, MISSED), number(sql, RETRIED)
        arrived = Counter(line.id.partition(".")[0] for line in self.here.accepted())
        arrived += Counter(_delivery_of(line.id) for line in self.here.accepted("push sink"))
        return Count(
            deliveries=deliveries, in_hand=self.in_hand, lost=expected - deliveries + missed + len(sent - arrived.keys()),
            doubled=arrived.total() - len(arrived), unexplained=len(arrived.keys() - sent), retried=retried, clean=clean,
        )  # fmt: skip


def _delivery_of(topic: str) -> str:
    """The delivery whose push had this Topic."""
    return base64.urlsafe_b64decode(topic + "==").hex()


def number(sql: psycopg.Connection[tuple[int, ...]], statement: str) -> int:
    """The one number that a statement gives."""
    row = sql.execute(statement).fetchone()
    return row[0] if row else 0
