"""`invoices.page`: a school with many invoices among all schools' turns to its last page for what the first one costs.

Both pages are whole: who asks, both walls, the ages of what is owed, 50 rows. Compared is the CPU of this process and of the
database's (p10 of rounds, interleaved). `invoices.page.list` sets the first page against the list of notices, itself held to
its floors by `page.list`: the CPU of this process, as there.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

import psycopg

from bench.calls import Call, caller
from bench.console_flat import spending
from bench.figure import Figure, figure, is_full
from bench.page_list import PATH as NOTICES
from bench.platform import PEOPLE, Platform, log_to_nowhere, platform

LIST = "/dashboard/billing/invoices/"
GOAL, TIMES, PAGE = 1.2, 10, 50
#: by school and by turns, so that the invoices of one lie among those of all; one in a thousand is not paid
INVOICES = """
INSERT INTO invoice (school_id, id, number, state, net, vat, total, paid, issued_on, due_on, finalised_at, created_at)
SELECT s, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'INV-' || lpad(s::text, 4, '0') || '-' || lpad(n::text, 6, '0'),
    CASE WHEN n %% 1000 = 0 THEN 'open' ELSE 'paid' END, 100000 + n, 0, 100000 + n, CASE WHEN n %% 1000 = 0 THEN 0 ELSE 100000 + n END,
    date '2026-11-01' - n %% 300, date '2026-12-01' - n %% 300, timestamptz '2026-11-01 08:00+02', timestamptz '2026-11-01 08:00+02'
FROM generate_series(%(since)s::int, %(until)s::int) n,
     LATERAL generate_series(1, CASE WHEN n <= %(each)s::int THEN %(schools)s::int ELSE 1 END) s
"""
ACCOUNT = "INSERT INTO billing_account (school_id, id, name) SELECT id, gen_random_uuid(), name FROM school"
CHUNK = 5_000  # invoices of school 1


def measure() -> list[Figure]:
    """What the last page costs against the first, and the first against the list of notices."""
    log_to_nowhere()
    schools, ours, among = (2_000, 100_000, 3_000_000) if is_full() else (300, 10_000, 100_000)
    place = platform()
    place.grow(schools)
    each = fill(place, schools, ours, among)
    product = place.application()
    cookie, last = f"session={PEOPLE['zu'][0]}", ours // PAGE
    calls = {
        "first": caller(product.wsgi_app, cookie, LIST),
        "last": caller(product.wsgi_app, cookie, f"{LIST}?after={key(PAGE + 1)}"),
        "notices": caller(product.wsgi_app, cookie, NOTICES),
    }
    for name, call in calls.items():
        if (found := call().count(b'<th scope="row"')) < PAGE:
            raise SystemExit(f"{name}: {found} rows")
    with psycopg.connect(place.superuser, autocommit=True) as watcher:
        both, own = compare(calls, spending(watcher))
    sizes = f"{ours:,} invoices of the school among {ours + each * (schools - 1):,}"
    return [
        figure(
            "invoices.page", both["last"] / both["first"], goal=GOAL, against="its first page",
            detail=f"page {last:,}: {both['last']:.2f} ms against {both['first']:.2f} ms; {sizes}",
        ),
        figure(
            "invoices.page.list", own["first"] / own["notices"], goal=GOAL, against="the list of notices",
            detail=f"{own['first']:.2f} ms against {own['notices']:.2f} ms",
        ),
    ]  # fmt: skip


def fill(place: Platform, schools: int, ours: int, among: int) -> int:
    """Give school 1 so many invoices and all together about `among`; returns how many each of the others has."""
    each = (among - ours) // (schools - 1)
    with psycopg.connect(place.superuser, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # what the triggers prove is not what is measured
        connection.execute(ACCOUNT)
        for since in range(1, ours + 1, CHUNK):
            values = {"since": since, "until": min(since + CHUNK - 1, ours), "each": each, "schools": schools}
            connection.execute(INVOICES, values)
        connection.execute("VACUUM ANALYZE")
    return each


def key(number: int) -> str:
    """The id of school 1's n-th invoice: the list goes on after it."""
    return f"01900000-0000-7000-8000-{number:012x}"


def compare(calls: dict[str, Call], spent: Callable[[], float]) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds a call (p10): of this process and the database's together, and of this process alone."""
    both: dict[str, list[float]] = {name: [] for name in calls}
    own: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(40 if is_full() else 20):
        for name, call in calls.items():
            gc.collect()
            call()  # the first one after another finds cold caches
            before, begun = spent(), time.process_time()
            for _ in range(TIMES):
                call()
            own[name].append((time.process_time() - begun) / TIMES * 1e3)
            both[name].append((spent() - before) / TIMES)
    return tuple({name: statistics.quantiles(values, n=10)[0] for name, values in of.items()} for of in (both, own))  # type: ignore[return-value]
