"""`gate.offline`: scans that waited on devices arrive shuffled, doubled and in batches of any size, and come to the same."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import psycopg

from app.domain.on_site import hours
from app.domain.scanning import By, Scan, take
from app.ids import uuid7
from app.tenancy.doors import acting_for, outside
from app.tenancy.reading import driving
from bench.figure import Figure, figure, is_full
from bench.gate_place import add_learners
from bench.platform import log_to_nowhere, platform

SCANS, LEARNERS, MOST = 500, 120, 100  # in a batch at most
BY = By(None, "Officer 1")
NOW = dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC)
STATE = """
SELECT id, on_site, since, on_date FROM gate_state WHERE school_id = 1 ORDER BY id
"""
DIRECTIONS = "SELECT id, learner_id, direction FROM gate_scan WHERE school_id = 1 ORDER BY id"


def measure() -> list[Figure]:
    """How many of so many orders ended otherwise than the scans in their order."""
    log_to_nowhere()
    orders = 1_000 if is_full() else 20
    place = platform()
    place.grow(1, first=1, others=1)
    add_learners(place.superuser, 1, 1, LEARNERS)
    app, dice = place.application(), random.Random(500)
    scans = _queue(dice)
    wrong = 0
    with app.app_context(), outside(), psycopg.connect(place.superuser, autocommit=True) as look:
        wanted = _arrive(look, [scans])
        assert len(wanted[1]) == SCANS
        for _ in range(orders):
            wrong += _arrive(look, list(_batches(scans, dice))) != wanted
    return [
        figure(
            "gate.offline", wrong, unit="orders", goal=0, against="the same scans in their order",
            detail=f"{orders} orders of {SCANS} scans of {LEARNERS} learners over three days, half of them sent twice",
        )
    ]  # fmt: skip


def _queue(dice: random.Random) -> list[Scan]:
    """What devices recorded in three days: cards held up at any time, some twice, some that are nobody's."""
    scans = []
    for _ in range(SCANS):
        at = NOW - dt.timedelta(seconds=dice.randrange(3 * 24 * 3600))
        number = dice.randrange(1, LEARNERS + 3)  # two numbers are nobody's
        scans.append(Scan(uuid7(), f"CARD{number:08}", at, NOW))
        if dice.random() < 0.2 and len(scans) < SCANS:  # held up again
            scans.append(Scan(uuid7(), f"CARD{number:08}", at + dt.timedelta(seconds=dice.randrange(180)), NOW))
    return sorted(scans[:SCANS], key=lambda scan: scan.scanned_at)


def _batches(scans: list[Scan], dice: random.Random) -> Any:
    arriving = [*scans, *dice.sample(scans, SCANS // 2)]
    dice.shuffle(arriving)
    while arriving:
        size = dice.randint(1, MOST)
        yield arriving[:size]
        arriving = arriving[size:]


def _arrive(look: psycopg.Connection[Any], batches: list[list[Scan]]) -> tuple[list[Any], list[Any]]:
    """Begin with nothing, take the batches, each in a transaction of its own; returns what is stored then."""
    look.execute("TRUNCATE gate_scan, gate_state")
    for batch in batches:
        with acting_for(1) as session:
            with driving() as cursor:
                take(cursor, batch, by=BY, timezone=hours().timezone)
            session.commit()
    return look.execute(STATE).fetchall(), look.execute(DIRECTIONS).fetchall()
