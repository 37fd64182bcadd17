"""`onboard.crash`: schools are made while web, worker or database are killed with -9 between any two steps.

The worker dies at a fault point, or stands still there while the web server or PostgreSQL is killed and started again; the web
server is also killed in the middle of 'Create school', which is then pressed again. A worker takes what waits first, so that a few runs are
killed again and again: after the fifth time in one step they stop and wait for an operator, who presses 'Resume'.
"""

from __future__ import annotations

import random
import signal
import threading
import time

from bench.figure import Figure, figure, is_full
from bench.onboarding import RUNS, Onboarding

#: before the first step, and between each two
GAPS = ("before.school", "after.school", "after.admin", "after.officer")
TYPED = "kite ember forty dune"


class Crash:
    """Makes schools with numbered names, a fault in each; `runs` are all of them."""

    def __init__(self, place: Onboarding, *, seed: int = 4) -> None:
        self.place, self.dice, self.runs, self.kills = place, random.Random(seed), list[str](), 0

    def new(self) -> str:
        """A draft with a name of its own; every second one has a typed password."""
        number = len(self.runs) + 1
        self.runs.append(self.place.draft(f"School Number {number}", f"{TYPED} {number}" if number % 2 else ""))
        return self.runs[-1]

    def worker(self, gap: str) -> None:
        """The worker dies in the gap."""
        self.place.create(self.new())
        self.place.start_worker(f"onboarding.{gap}")
        self.place.until(self.place.worker_has_died, f"the death of the worker {gap}")
        self.kills += 1

    def database(self, gap: str) -> None:
        """PostgreSQL dies while the worker stands in the gap."""
        self.place.create(self.new())
        self.place.start_worker(f"onboarding.{gap}:stop")
        self.place.until(self.place.worker_stands, f"standing still {gap}")
        self.place.kill_database()
        self.kills += 1
        self.go_on()

    def web(self, gap: str) -> None:
        """The web server dies in the middle of the deed, and again while the worker stands in the gap."""
        run = self.new()
        pressing = threading.Thread(target=self.place.ask, args=(f"/operator/schools/new/{run}/create", {}))
        pressing.start()
        time.sleep(self.dice.uniform(0, 0.08))
        self.place.kill_web()
        pressing.join()
        self.place.create(run)
        self.place.start_worker(f"onboarding.{gap}:stop")
        self.place.until(self.place.worker_stands, f"standing still {gap}")
        self.place.kill_web()
        self.kills += 2
        self.go_on()
        self.place.press(f"{RUNS}/{run}")

    def go_on(self) -> None:
        """Let the worker find out, and take it away before it stands still over the next one."""
        self.place.here.programs["worker"].send_signal(signal.SIGCONT)
        time.sleep(0.5)
        self.place.here.kill("worker")


def measure() -> list[Figure]:
    """Schools that are not whole afterwards, and places that hold a temporary password."""
    workers, others = (20, 20) if is_full() else (1, 1)
    with Onboarding.place() as place:
        crash = Crash(place)
        for gap in GAPS:
            for deed, times in ((crash.worker, workers), (crash.database, others), (crash.web, others)):
                for _ in range(times):
                    deed(gap)
        place.start_worker()
        place.until(lambda: place.open_runs() == 0, "the end of every run")
        stopped = place.stopped_runs()
        for run in stopped:
            place.resume(run)
        place.until(lambda: place.open_runs() == 0, "the end of what was resumed")
        broken = [run for run in crash.runs if not place.is_whole(run)]
        shown = [password for run in crash.runs for password in place.passwords(run)]
        leaks = place.leaks([*shown, TYPED])
    told = (
        f"{len(crash.runs)} schools, {crash.kills} × kill -9 of worker, database or web, in {len(GAPS)} gaps;"
        f" {len(stopped)} stopped, as after five deaths in one step, and went on when they were resumed"
    )
    return [
        figure(
            "onboard.crash", len(broken), unit="not whole", goal=0, detail=told,
            against="one school, one admin, one officer, one invitation each",
        ),
        figure(
            "onboard.crash.leaks", leaks, unit="places", goal=0, against="every table, Redis, every log",
            detail=f"{len(shown)} temporary passwords that were shown, and the typed ones",
        ),
        figure(
            "onboard.crash.shown", len(crash.runs) * 2 - len(crash.runs[::2]) - len(shown), unit="missing", goal=0,
            against="accounts without a typed password", detail="so that the search for them looked for something",
        ),
    ]  # fmt: skip
