"""`site.page`: CPU of a public page that is kept, against bare WSGI that returns the same bytes after one query; and its weight.

What many ask for within a moment (`warm.HOLDS`) is asked of the database once; the detail tells the ratio where each asks, too.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import Cursor
from werkzeug.test import Client

from app.web.assets import asset
from bench.calls import Application, caller, cpu
from bench.figure import Figure, figure, is_full
from bench.platform import log_to_nowhere, platform
from bench.site_place import LANGUAGES, SLUG, website
from blueprints.public_site import warm

TIMES = 100
QUERY = """
SELECT school.id, school.state, site.is_on, site.published_version, site.stamp
FROM school LEFT JOIN site ON site.school_id = school.id WHERE school.slug = %(slug)s
"""


def measure() -> list[Figure]:
    """The ratio (p10 of CPU, the worst of three languages), and the bytes of a first visit without pictures."""
    log_to_nowhere()
    place = platform()
    place.grow(300 if is_full() else 20, first=200, others=2)
    with psycopg.connect(place.superuser, autocommit=True) as sql:
        website(sql)
    product, asking = place.application(), place.application(environment="test")
    query = place.connect(place.addresses.platform).cursor()
    calls, sizes = {}, {}
    for language in LANGUAGES:
        path = f"/s/{SLUG}/{language}/"
        page, each = caller(product.wsgi_app, "", path), caller(asking.wsgi_app, "", path)
        body = page()
        bare = caller(floor(query, body), "", path)
        if not page() == each() == each() == bare() == body:
            raise SystemExit(f"{path} is not the same page twice")
        calls[language], sizes[language] = {"page": page, "asked": each, "bare": bare}, len(body)
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(60 if is_full() else 25):
        for language, named in calls.items():
            for name, call in named.items():
                gc.collect()
                taken.setdefault((language, name), []).append(cpu(call, TIMES))
    p10 = {key: statistics.quantiles(values, n=10)[0] for key, values in taken.items()}
    ratios = {language: p10[language, "page"] / p10[language, "bare"] for language in LANGUAGES}
    asked = max(p10[language, "asked"] / p10[language, "bare"] for language in LANGUAGES)
    around = _around(product)
    whole = {language: (size + sum(around.values())) / 1000 for language, size in sizes.items()}
    told = ", ".join(f"{language} {ratio:.2f}" for language, ratio in ratios.items())
    return [
        figure(
            "site.page", max(ratios.values()), goal=3, against="bare WSGI, the same bytes, one version query",
            detail=f"{told}; {p10['zu', 'page']:.3f} ms against {p10['zu', 'bare']:.3f} ms;"
            f" {asked:.2f} where each asks anew, as the first of every {warm.HOLDS} s does",
        ),
        figure(
            "site.page.weight", max(whole.values()), unit="KB", goal=60, against="a first visit without pictures, not compressed",
            detail=", ".join(f"{name} {size / 1000:.1f}" for name, size in {"page": sizes["zu"], **around}.items()),
        ),
    ]  # fmt: skip


def floor(query: Cursor[Any], body: bytes) -> Application:
    """A WSGI application that asks how the website stands and returns the bytes."""
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        slug = environ["PATH_INFO"].split("/", 3)[2]
        assert query.execute(QUERY, {"slug": slug}).fetchone()
        start_response("200 OK", headers)
        return [body]

    return application


def _around(product: Any) -> dict[str, int]:
    """The bytes of what a page loads beside its pictures, by name."""
    client = Client(product)
    return {name: len(client.get(asset(name), buffered=True).get_data()) for name in ("site.css", "icon.svg")}
