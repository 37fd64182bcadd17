"""`page.list`: CPU of the notices list against its floors and against the usual way, interleaved, in three languages.

Before anything is timed the four answers are compared byte for byte (the CSRF tokens and the address of the next page aside).
"""

from __future__ import annotations

import gc
import re
import statistics
from uuid import UUID

from flask import Flask
from werkzeug.test import Client

from app.tenancy.database import sqlalchemy_url
from bench.calls import Application, Call, caller, cpu
from bench.figure import Figure, figure, is_full
from bench.floor import floor
from bench.platform import PEOPLE, Platform, log_to_nowhere, platform
from bench.usual import create_usual

PATH = "/schedule-notices/"
MASKS = ((re.compile(r'(name="csrf_token" value=")[^"]*'), r"\1"), (re.compile(r'(rel="next" href=")[^"]*'), r"\1"))
TIMES = {"bare": 40, "walled": 30, "page": 20, "usual": 3}


def measure() -> list[Figure]:
    """Ratios of the page (p10 of CPU, isiZulu; the other languages in the detail)."""
    log_to_nowhere()
    place = platform()
    place.grow(2_000 if is_full() else 300)
    calls = variants(place, place.application())
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(40 if is_full() else 20):
        for language, named in calls.items():
            for name, call in named.items():
                gc.collect()
                taken.setdefault((language, name), []).append(cpu(call, TIMES[name]))
    p10 = {key: statistics.quantiles(values, n=10)[0] for key, values in taken.items()}

    def ratio(over: str, under: str) -> dict[str, float]:
        return {language: p10[language, over] / p10[language, under] for language in PEOPLE}

    def told(ratios: dict[str, float], name: str) -> str:
        others = ", ".join(f"{language} {value:.2f}" for language, value in ratios.items() if language != "zu")
        return f"{others}; {p10['zu', 'page']:.2f} ms against {p10['zu', name]:.2f} ms"

    walled, bare, usual = ratio("page", "walled"), ratio("page", "bare"), ratio("usual", "page")
    return [
        figure("page.list", walled["zu"], goal=2.4, against="a walled floor", detail=told(walled, "walled")),
        figure("page.list.bare", bare["zu"], goal=3.5, against="a bare floor", detail=told(bare, "bare")),
        figure("page.list.usual", usual["zu"], goal=14, better="higher", against="the usual way", detail=told(usual, "usual")),
    ]


def variants(place: Platform, product: Flask) -> dict[str, dict[str, Call]]:
    """Language to name to call, after the bytes were found equal."""
    usual = create_usual(sqlalchemy_url(place.superuser), product, place.open)
    calls: dict[str, dict[str, Call]] = {}
    for number, (language, (token, _)) in enumerate(PEOPLE.items(), 1):
        page = caller(product.wsgi_app, f"session={token}", PATH)
        frame = page().decode()
        calls[language] = {
            "bare": caller(floor(place, language, frame, token=token), "", PATH),
            "walled": caller(floor(place, language, frame, token=token, walled=True), "", PATH),
            "page": page,
            "usual": caller(usual, cookie_of(usual, UUID(int=number)), PATH),
        }
        bodies = {name: masked(call()) for name, call in calls[language].items()}
        for name, body in bodies.items():
            if body != bodies["page"]:
                raise SystemExit(f"{language}: {name} differs: {difference(body, bodies['page'])}")
    return calls


def cookie_of(usual: Application, user: UUID) -> str:
    """Sign a person in to the usual application."""
    client = Client(usual)
    client.post(f"/in/{user}/1")
    cookie = client.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"


def masked(body: bytes) -> str:
    """A page without what differs from answer to answer."""
    text = body.decode()
    for pattern, kept in MASKS:
        text = pattern.sub(kept, text)
    return text


def difference(one: str, other: str) -> str:
    """Where two pages part."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[at - 60 : at + 60]!r} against {other[at - 60 : at + 60]!r}"
