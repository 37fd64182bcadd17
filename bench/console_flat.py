"""`console.flat`: the operator's console and the list of schools cost the same at 10 schools and at 10,000.

What is measured is the CPU of this process and of the database's processes that answer it (p10 of rounds): there the schools
are. The list is asked for the four schools that are pending at every size, so that the pages say the same.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from app.tenancy import counting
from bench.calls import Call, caller
from bench.console_platform import TOKEN, count, grow
from bench.figure import Figure, figure, is_full
from bench.platform import log_to_nowhere, platform

PAGES = {"console": "/operator", "schools": "/operator/schools?state=pending"}
SETTLE, ROUNDS, TIMES = 30, 25, 10
MOST = 12  # queries


def measure() -> list[Figure]:
    """Time of both pages at growing numbers of schools, and the statements that they send."""
    log_to_nowhere()
    sizes = (10, 1_000, 10_000) if is_full() else (10, 300, 1_000)
    place = platform()
    taken: dict[tuple[str, int], float] = {}
    queries: dict[str, int] = {}
    counted: dict[int, float] = {}
    application = None
    for size in sizes:
        grow(place, size)
        application = application or place.application()
        begun = time.perf_counter()
        count(application)
        counted[size] = time.perf_counter() - begun
        with psycopg.connect(place.superuser, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        for name, path in PAGES.items():
            call = caller(application.wsgi_app, f"session={TOKEN}", path)
            call()  # connects
            with psycopg.connect(place.superuser, autocommit=True) as connection:
                taken[name, size] = p10(call, spending(connection))
            queries[name] = max(queries.get(name, 0), counting.total())
    first, last = sizes[0], sizes[-1]
    figures = []
    for name in PAGES:
        told = ", ".join(f"{size}: {taken[name, size]:.2f} ms" for size in sizes)
        figures += [
            figure(f"console.flat.{name}", taken[name, last] / taken[name, first], goal=1.3, against=f"itself at {first} schools", detail=told),
            figure(f"console.flat.{name}.queries", queries[name], unit="queries", goal=MOST, against="what is pinned"),
        ]  # fmt: skip
    print(f"counting: {', '.join(f'{size}: {taken:.1f} s' for size, taken in counted.items())}", flush=True)
    return figures


def p10(call: Call, spent: Callable[[], float]) -> float:
    """Milliseconds of CPU an answer."""
    for _ in range(SETTLE):
        call()
    samples = []
    for _ in range(ROUNDS):
        before = spent()
        for _ in range(TIMES):
            call()
        samples.append((spent() - before) / TIMES)
    return statistics.quantiles(samples, n=10)[0]


def spending(connection: psycopg.Connection) -> Callable[[], float]:
    """What tells the milliseconds of CPU that this process and the database's processes of the application have had so far."""
    asked = "SELECT pid FROM pg_stat_activity WHERE usename IN ('umthi_app', 'umthi_platform')"
    kept = [Path(f"/proc/{pid}/schedstat") for (pid,) in connection.execute(asked)]

    def spent() -> float:
        return time.process_time() * 1e3 + sum(int(file.read_text().split()[0]) for file in kept) / 1e6

    return spent
