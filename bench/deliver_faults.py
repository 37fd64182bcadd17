"""`deliver.faults`: thousands of deliveries while workers and the relay are killed, Redis emptied and PostgreSQL restarted.

One school's people have devices. The others get mail: of 100 of them 10 get each letter only at its second try, and 2 never do.
The server of the database is a durable one.
"""

from __future__ import annotations

from bench.delivering import Delivering
from bench.faults import Faults
from bench.figure import Figure, figure, is_full

PEOPLE = (500, 300, 150, 50)
WITH_DEVICES = 3  # the school whose people get notifications
SLOW = 0.002  # seconds of the mail server a text: so long is there something to disturb
BACKOFF = 30.0  # seconds: the second delay, for what is deferred by the sink and by a fault too


def measure() -> list[Figure]:
    """Lost, doubled, retried for nothing, and how long after the last fault all had come to an end."""
    waves, kills, wipes, restarts = (20, 50, 3, 3) if is_full() else (4, 8, 1, 1)
    expected = waves * sum(PEOPLE)
    with Delivering.place_with(*(0 for _ in PEOPLE), durable=True) as here:
        for school, people in enumerate(PEOPLE, 1):
            here.populate(school, people, temporary=10, permanent=2)
        here.sink(slow=SLOW)
        here.push_sink()
        here.give_devices(WITH_DEVICES)
        for _ in range(waves):
            for school in range(1, len(PEOPLE) + 1):
                here.publish(school, urgent=school == len(PEOPLE))
        plan = ["kill"] * kills + ["relay"] * (kills // 10) + ["wipe"] * wipes + ["restart"] * restarts
        counted = Faults(here, plan).run(expected)
    told = (
        f"{counted.deliveries:,} deliveries, {kills} × kill -9 of a worker ({counted.in_hand} with a batch in hand), {kills // 10} × of the "
        f"relay, Redis emptied {wipes} ×, PostgreSQL restarted {restarts} ×"
    )
    return [
        figure("deliver.faults", counted.lost, unit="lost", goal=0, against="every delivery of every notice", detail=told),
        figure(
            "deliver.faults.doubled", counted.doubled, unit="twice", goal=kills, against="one a kill (four for push)",
            detail="each with the Message-ID or Topic of its first copy",
        ),
        figure("deliver.faults.unexplained", counted.unexplained, unit="mails", goal=0, against="the deliveries"),
        figure("deliver.faults.retried", counted.retried, unit="tried again", goal=0, against="what was refused for good"),
        figure(
            "deliver.faults.clean", counted.clean, unit="s", goal=60 + BACKOFF, against="the last fault, plus the backoff",
            detail="until every delivery had come to an end",
        ),
    ]  # fmt: skip
