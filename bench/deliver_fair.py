"""`deliver.first`, `deliver.fair`, `deliver.memory`: how soon, beside whom, and in how much memory."""

from __future__ import annotations

import statistics
import time

from bench.delivering import Delivering
from bench.figure import Figure, figure, is_full

SENT = "SELECT count(*) FROM delivery WHERE school_id = 3 AND message_id = %s AND state = 'sent'"
URGENT = 30


def measure() -> list[Figure]:
    """Seconds to the first and to 99 % of 2,000; of 30 urgent letters while another school sends; the worker's memory then."""
    soon, many, times = (2_000, 50_000, 100) if is_full() else (2_000, 10_000, 25)
    with Delivering.place_with(soon, many, URGENT) as here:
        here.sink()
        here.start("relay", "worker 1", "worker 2", "worker urgent")
        urgent(here)  # the programs are up
        firsts, mosts = zip(*(first(here, soon) for _ in range(5)), strict=True)
        alone = [urgent(here) for _ in range(times)]
        here.forget()
        here.publish(2)
        here.until(lambda: len(here.accepted()) > many / 50)
        beside: list[float] = []
        memory = [here.rss("worker 1")]
        while len(beside) < times and not is_over(here, many):
            beside.append(urgent(here))
            memory.append(here.rss("worker 1"))
        here.wait(2)
        memory.append(here.rss("worker 1"))
    p99 = statistics.quantiles(beside, n=100, method="inclusive")[-1]
    told = (
        f"{len(beside)} times, median {statistics.median(beside):.3f} s; alone median {statistics.median(alone):.3f} s, "
        f"worst {max(alone):.3f} s"
    )
    return [
        figure(
            "deliver.first", max(mosts), unit="s", goal=10, against="the commit, to 99 % of 2,000",
            detail=f"the first after {max(firsts):.2f} s; worst of {len(mosts)} rounds",
        ),
        figure("deliver.fair", p99, unit="s", goal=3, against=f"30 urgent beside another school's {many:,}", detail=told),
        figure(
            "deliver.memory", max(memory), unit="MB", goal=150, against=f"a worker during {many:,}",
            detail=f"{memory[0]:.0f} MB at the beginning, {memory[-1]:.0f} MB at the end",
        ),
    ]  # fmt: skip


def first(here: Delivering, people: int) -> tuple[float, float]:
    """Seconds from the commit to the first letter and to 99 % of them."""
    here.forget()
    here.publish(1)
    begun = time.time()
    here.wait(1)
    at = [line.at - begun for line in here.accepted()]
    return at[0], at[round(people * 0.99) - 1]


def urgent(here: Delivering) -> float:
    """Seconds until an urgent notice has left to all of a small school."""
    begun = time.perf_counter()
    message = here.publish(3, urgent=True)

    def all_left() -> bool:
        row = here.sql.execute(SENT, (message,)).fetchone()
        return row is not None and row[0] == URGENT

    here.until(all_left)
    return time.perf_counter() - begun


def is_over(here: Delivering, many: int) -> bool:
    return sum(1 for _ in here.accepted()) >= many


if __name__ == "__main__":
    for each in measure():
        print(each)
