"""`onboard.race`: one school, onboarded 30 times at the same moment in three spellings, over HTTP."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from bench.figure import Figure, figure
from bench.onboarding import RUNS, Onboarding

MANY = 30
SPELLINGS = ("Zamani Secondary", "ZAMANI  secondary", "Zámani-Secondary.")
COUNT = "SELECT count(*) FROM school WHERE name_key = 'zamanisecondary'"
STARTED = "SELECT count(*) FROM onboarding_run WHERE name_key = 'zamanisecondary' AND state <> 'draft'"


def measure() -> list[Figure]:
    """What came of it that should not have: schools too many or too few, runs that began twice, answers that led nowhere."""
    with Onboarding.place(processes=4) as place:
        place.start_worker()
        drafts = [place.draft(SPELLINGS[number % len(SPELLINGS)]) for number in range(MANY)]
        gate = threading.Barrier(MANY)

        def press(draft: str) -> str:
            gate.wait(60)
            answer = place.create(draft)
            return answer.location if answer.status == 303 else str(answer.status)

        with ThreadPoolExecutor(MANY) as threads:
            said = list(threads.map(press, drafts))
        place.until(lambda: place.open_runs() == 0, "the end of the run")
        won = [answer for answer in said if answer.startswith(RUNS)]
        with place.here.connect() as sql:
            (schools,), (runs,) = (sql.execute(statement).fetchone() or (0,) for statement in (COUNT, STARTED))
        whole = sum(place.is_whole(answer.rpartition("/")[2]) for answer in won)
        astray = [answer for answer in said if answer not in won and answer != "422"]
    failures = abs(schools - 1) + abs(runs - 1) + abs(len(won) - 1) + abs(whole - 1) + len(astray)
    return [
        figure(
            "onboard.race", failures, unit="failures", goal=0, against="exactly one school, one run, one admin",
            detail=f"{MANY} at once in {len(SPELLINGS)} spellings; {len(said) - len(won)} were told who was first",
        )
    ]  # fmt: skip
