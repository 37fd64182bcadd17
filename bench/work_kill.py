"""`work.kill`: mail is queued, workers are killed with -9 in the middle of it, Redis is emptied; then who got what is counted.

The relay and the workers are the programs themselves, on an embedded PostgreSQL and Redis; the mail server takes a few milliseconds
a letter, so that a kill finds workers at work. What was killed starts again.
"""

from __future__ import annotations

from bench.delivering import Delivering
from bench.faults import Faults
from bench.figure import Figure, figure, is_full

PEOPLE = (100,) * 5
SLOW = 0.008  # seconds of the mail server a text


def measure() -> list[Figure]:
    """Lost and doubled letters, and how long after the last fault everything was done."""
    rounds, kills, wipes = (4, 10, 2) if is_full() else (2, 5, 1)
    mails = rounds * sum(PEOPLE)
    with Delivering.place_with(*PEOPLE) as here:
        here.sink(slow=SLOW)
        for _ in range(rounds):
            for school in range(1, len(PEOPLE) + 1):
                here.publish(school)
        counted = Faults(here, ["kill"] * kills + ["wipe"] * wipes).run(mails)
    told = f"{mails} mails, {kills} × kill -9 ({counted.in_hand} with a batch in hand), Redis emptied {wipes} ×"
    return [
        figure("work.kill", counted.lost, unit="mails lost", goal=0, against="every mail that was queued", detail=told),
        figure(
            "work.kill.doubled", counted.doubled, unit="mails twice", goal=kills, against="one a kill",
            detail="each with the Message-ID of its first copy",
        ),
        figure(
            "work.kill.unexplained", counted.unexplained, unit="mails", goal=0, against="the deliveries",
            detail="mails of no delivery, or under a second Message-ID",
        ),
        figure("work.kill.clean", counted.clean, unit="s", goal=60, against="the last fault", detail="until all work is done"),
    ]  # fmt: skip
