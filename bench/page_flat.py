"""`page.flat`: the notices list costs the same at 10 schools and at 10,000, and reads the same buffers."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import psycopg

from app import clock
from app.domain.notices import wished
from bench.calls import Call, caller
from bench.figure import Figure, figure, is_full
from bench.platform import PEOPLE, Platform, log_to_nowhere, platform
from blueprints.notices import queries

PATH = "/schedule-notices/"
SETTLE, ROUNDS, TIMES = 30, 40, 10


def measure() -> list[Figure]:
    """CPU of the page (p10) at growing numbers of schools, and the buffers that its select touches."""
    log_to_nowhere()
    sizes = (10, 100, 1_000, 10_000) if is_full() else (10, 100, 1_000)
    place = platform()
    taken: dict[int, float] = {}
    buffers: dict[int, int] = {}
    application = None
    for size in sizes:
        place.grow(size)
        application = application or place.application()
        call = caller(application.wsgi_app, f"session={PEOPLE['zu'][0]}", PATH)
        taken[size] = p10(call)
        buffers[size] = buffers_read(place)
    first, last = sizes[0], sizes[-1]
    told = ", ".join(f"{size}: {taken[size]:.2f} ms, {buffers[size]} buffers" for size in sizes)
    return [
        figure("page.flat", taken[last] / taken[first], goal=1.2, against=f"itself at {first} schools", detail=told),
        figure(
            "page.flat.buffers", max(buffers.values()) - min(buffers.values()), unit="buffers", goal=4,
            against=f"itself at {first} schools", detail="an index grows by a level now and then",
        ),
    ]  # fmt: skip


def p10(call: Call) -> float:
    """Milliseconds of CPU a call."""
    for _ in range(SETTLE):
        call()
    samples = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(TIMES):
            call()
        samples.append((time.process_time() - started) / TIMES * 1000)
    return statistics.quantiles(samples, n=10)[0]


def buffers_read(place: Platform) -> int:
    """Shared buffers that the select of the list touches, as umthi_app and behind the wall."""
    with psycopg.connect(place.addresses.app) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.school_id = '1'")
        prepared, values = queries.newest_select(), {**wished("zu", "en"), "now": clock.now(), "umthi_school": 1}
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {prepared.sql}", {**prepared.constants, **values})
        plan: Any = cursor.fetchone()
        found = plan[0] if isinstance(plan[0], list) else json.loads(plan[0])
        return int(found[0]["Plan"]["Shared Hit Blocks"] + found[0]["Plan"]["Shared Read Blocks"])
