"""`deliver.push`: CPU of the worker a push, rows and journal included, against encryption and POST of the same payloads."""

from __future__ import annotations

from bench.delivering import Delivering, run_module
from bench.figure import Figure, figure, is_full


def measure() -> list[Figure]:
    """Best of the rounds against best of the rounds: what disturbs a round can only make it slower."""
    people, rounds = (20_000, 3) if is_full() else (4_000, 3)
    with Delivering.place_with(people) as here:
        p256dh, auth = here.give_devices(1)
        here.push_sink()
        here.start("relay", "worker 1")
        product(here)  # the programs are up, and the token is signed
        bare, ours = [], []
        for _ in range(rounds):
            bare.append(float(run_module("bench.bare_push", here.settings.push_test_origin, people, p256dh, auth)))
            ours.append(product(here))
            if len(here.accepted("push sink")) != people:
                raise SystemExit("not everybody got theirs")
    told = f"{min(ours) / people * 1e6:.0f} µs a push against {min(bare) / people * 1e6:.0f} µs; {people:,} pushes"
    return [figure("deliver.push", min(ours) / min(bare), goal=1.75, against="encryption and POST alone", detail=told)]


def product(here: Delivering) -> float:
    """CPU seconds of the worker for one notice to everybody."""
    here.forget()
    before = here.cpu("worker 1")
    here.publish(1)
    here.wait(1)
    return here.cpu("worker 1") - before
