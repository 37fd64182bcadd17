"""`gate.scan`: the rush of 07:30. What a scan costs against bare WSGI with two statements, how long the slowest of a hundred wait
while every school scans, and whether it matters how many schools there are.
"""

from __future__ import annotations

import gc
import http.client
import json
import statistics
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import count
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from app.config import Environment
from bench.calls import Application
from bench.delivering import Delivering, _free_port
from bench.figure import Figure, figure, is_full
from bench.gate_floor import floor
from bench.gate_place import PATH, a_scan, add_learners, token_of
from bench.page_flat import ROUNDS, SETTLE, TIMES
from bench.platform import CSRF, log_to_nowhere

PHONES = 8  # that scan at the same time
SHARE = 0.5  # of what the server can take: a rush, not an overload
TOKEN = urlsafe_b64encode(bytes(len(CSRF) // 2) + bytes.fromhex(CSRF)).decode()  # under a mask of noughts
Call = Callable[[], Any]


def measure() -> list[Figure]:
    """CPU of a scan against the floor; p99 against p50 under load; CPU at the most schools against CPU at ten."""
    log_to_nowhere()
    sizes = (10, 100, 500, 10_000) if is_full() else (10, 50, 500)
    learners, busy = 500 if is_full() else 100, 500 if is_full() else 50
    here = Delivering(sizes[0])
    try:
        add_learners(here.place.superuser, 1, sizes[0], learners)
        figures = [_cost(here, learners), *_rush(here, sizes, learners, busy)]
    finally:
        here.stop()
    return figures


def _cost(here: Delivering, learners: int) -> Figure:
    """Milliseconds of CPU a scan (p10), interleaved with the floor, in schools of their own."""
    ours, bare = _caller(here.app.wsgi_app, 1, learners), _caller(floor(here.place.superuser, 2), 2, learners)
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for call in (ours, bare):
        for _ in range(SETTLE):
            call()
    for _ in range(ROUNDS):
        for name, call in (("ours", ours), ("bare", bare)):
            gc.collect()
            started = time.process_time()
            for _ in range(TIMES):
                call()
            taken[name].append((time.process_time() - started) / TIMES * 1000)
    p10 = {name: statistics.quantiles(values, n=10)[0] for name, values in taken.items()}
    return figure(
        "gate.scan", p10["ours"] / p10["bare"], goal=4, against="bare WSGI with two statements",
        detail=f"{p10['ours']:.2f} ms against {p10['bare']:.2f} ms of CPU",
    )  # fmt: skip


def _rush(here: Delivering, sizes: tuple[int, ...], learners: int, busy: int) -> list[Figure]:
    """Grow, and measure on the way."""
    flat: dict[int, float] = {}
    waits: list[float] = []
    rate = 0.0
    for size, before in zip(sizes, (sizes[0], *sizes), strict=False):
        if size > before:
            here.place.grow(size, first=1, others=1)
            add_learners(here.place.superuser, before + 1, size, learners if size <= busy else 5)
        flat[size] = _p10(_caller(here.app.wsgi_app, 3, learners))
        if size == max(one for one in sizes if one <= busy):
            waits, rate = _load(here, size, learners)
    waits.sort()
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    told = ", ".join(f"{size}: {taken:.2f} ms" for size, taken in flat.items())
    return [
        figure(
            "gate.scan.p99", p99 / p50, goal=5, against="p50 under the same load",
            detail=f"p50 {1000 * p50:.1f} ms, p99 {1000 * p99:.1f} ms over HTTP; {len(waits)} scans, {rate:.0f} a second,"
            f" {busy} schools of {learners} learners",
        ),
        figure("gate.scan.flat", flat[sizes[-1]] / flat[sizes[0]], goal=1.1, against=f"itself at {sizes[0]} schools", detail=told),
    ]  # fmt: skip


def _caller(app: Application, school: int, learners: int) -> Call:
    """What calls an application with the next scan of a school; an answer that takes none is an error."""
    headers = Headers({"Cookie": f"session={token_of(school)}", "X-CSRF-Token": TOKEN, "Content-Type": "application/json"})
    environ = EnvironBuilder(PATH, method="POST", headers=headers, data=b"").get_environ()
    numbers = count()

    def call() -> None:
        body = a_scan(next(numbers) % learners + 1)
        status: list[str] = []
        answer: Any = app(
            environ | {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}, lambda line, *_: status.append(line)
        )
        said = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if status != ["200 OK"] or json.loads(said)["scans"][0]["result"] not in ("in", "out", "repeat"):
            raise SystemExit(f"{status}: {said!r}")

    return call


def _p10(call: Call) -> float:
    for _ in range(SETTLE):
        call()
    samples = []
    for _ in range(ROUNDS):
        gc.collect()
        started = time.process_time()
        for _ in range(TIMES):
            call()
        samples.append((time.process_time() - started) / TIMES * 1000)
    return statistics.quantiles(samples, n=10)[0]


def _load(here: Delivering, schools: int, learners: int) -> tuple[list[float], float]:
    """Seconds from the moment at which each scan was held up to its answer, of phones that do not wait for each other."""
    port = _free_port()
    here.settings = replace(
        here.settings, port=port, public_url=f"http://localhost:{port}", environment=Environment.LOCAL
    )  # fmt: skip
    here.start("web")
    here.until(lambda: _answers(here.settings.port))
    _phones(here, schools, learners, seconds=2, pace=0)  # every worker has seen every statement
    done = _phones(here, schools, learners, seconds=4, pace=0)
    rate = SHARE * len(done) / 4
    waits = _phones(here, schools, learners, seconds=30 if is_full() else 12, pace=PHONES / rate)
    here.kill("web")
    here.words.clear()
    return waits, rate


def _phones(here: Delivering, schools: int, learners: int, *, seconds: float, pace: float) -> list[float]:
    """Scan for so long on all phones, each every `pace` seconds (0: as fast as answers come); returns how long each took."""
    waits: list[float] = []
    numbers, until = count(), time.monotonic() + seconds

    def phone(place: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", here.settings.port, timeout=20)
        due = time.monotonic() + pace * place / PHONES
        while due < until:
            if pace:
                time.sleep(max(0.0, due - time.monotonic()))
            else:
                due = time.monotonic()
            number = next(numbers)
            school = number % schools + 1
            headers = {
                "Cookie": f"session={token_of(school)}", "X-CSRF-Token": TOKEN, "Content-Type": "application/json",
                "Host": f"localhost:{here.settings.port}",
            }  # fmt: skip
            line.request("POST", PATH, a_scan(number // schools % learners + 1), headers)
            answer = line.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{answer.status}: {body!r}")
            waits.append(time.monotonic() - due)
            due += pace
            if not pace:
                due = time.monotonic()

    threads = [threading.Thread(target=phone, args=(place,)) for place in range(PHONES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def _answers(port: int) -> bool:
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        return line.getresponse().status == 200
    except OSError:
        return False
