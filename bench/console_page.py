"""`console.page`: CPU of the operator's console against a bare WSGI page of the same bytes with one statement for each panel.

The floor knows nobody and draws nothing: it sends what each of the nine panels reads, through one prepared cursor, and answers
with bytes that it has kept. Both are measured in turn, in this process.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Iterable
from typing import Any

from app.tenancy import reading
from bench.calls import Application, Call, caller, cpu
from bench.console_platform import TOKEN, count, grow
from bench.figure import Figure, figure, is_full
from bench.floor import HEADERS
from bench.platform import Platform, log_to_nowhere, platform

PATH = "/operator"
Asked = tuple[str, dict[str, Any]]
TIMES = {"bare": 60, "page": 20}
#: the panels, and a word of the statement that each reads
PANELS = {
    "Platform access": "login_session.expires_at", "Schools in platform": "platform_metric.computed_at",
    "Messaging setup": "provider.detail", "Needs you now": "'activity.heard'", "Provider readiness": "provider.detail",
    "Platform health": "platform_bucket.number", "Recent schools": "school.created_at",
    "School setup tasks": "onboarding_run.ended_at", "Billable learners this month": "'billable.learners'",
}  # fmt: skip


def measure() -> list[Figure]:
    """The ratio of the page to its floor (p10 of CPU)."""
    log_to_nowhere()
    place = platform()
    schools = 10_000 if is_full() else 1_000
    grow(place, schools)
    application = place.application()
    count(application)
    page = caller(application.wsgi_app, f"session={TOKEN}", PATH)
    body, asked = page(), statements(page)
    calls = {"bare": caller(bare(place, body, asked), "", PATH), "page": page}
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(40 if is_full() else 20):
        for name, call in calls.items():
            gc.collect()
            taken[name].append(cpu(call, TIMES[name]))
    p10 = {name: statistics.quantiles(values, n=10)[0] for name, values in taken.items()}
    told = f"{p10['page']:.2f} ms against {p10['bare']:.2f} ms, {len(asked)} statements, {schools} schools, {len(body)} bytes"
    return [figure("console.page", p10["page"] / p10["bare"], goal=3, against="a bare page of the same bytes", detail=told)]


def statements(page: Call) -> list[Asked]:
    """What the panels of one answer read, a statement for each."""
    sent: list[Asked] = []
    run = reading._Compiled._run

    def note(self: Any, cursor: Any, values: dict[str, object]) -> Any:
        sent.append((self.sql, self.constants | values))
        return run(self, cursor, values)

    reading._Compiled._run = note  # type: ignore[method-assign]
    try:
        page()
    finally:
        reading._Compiled._run = run  # type: ignore[method-assign]
    shown = [(sql, values) for sql, values in sent if "token_hash" not in values]  # not who it is that asks
    return [next(each for each in shown if word in f"{each[0]} {each[1]}") for word in PANELS.values()]


def bare(place: Platform, body: bytes, asked: list[Asked]) -> Application:
    """A WSGI application that sends the statements and answers with `body`."""
    cursor = place.connect(place.addresses.platform).cursor()

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        for sql, values in asked:
            cursor.execute(sql, values).fetchall()
        start_response("200 OK", [*HEADERS, ("Content-Length", str(len(body)))])
        return [body]

    return application
