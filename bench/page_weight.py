"""`page.weight`: what a browser fetches on a first visit, compressed, and in how many requests."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.test import Client

from bench.figure import Figure, figure
from bench.platform import PEOPLE, log_to_nowhere, platform

PAGES = {"sign_in": "/login", "dashboard": "/dashboard/", "notices": "/schedule-notices/"}
RESOURCE = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|icon|manifest)"[^>]*|script[^>]+|img[^>]+)>')
ADDRESS = re.compile(r'(?:href|src)="(/[^"]*)"')
KILOBYTES, REQUESTS = 30, 6


def measure() -> list[Figure]:
    """Kilobytes (1,000 bytes, bodies and headers) and requests of each page, in isiZulu."""
    log_to_nowhere()
    place = platform()
    place.grow(2, first=500)
    app, figures = place.application(), []
    for name, path in PAGES.items():
        size, requests = first_visit(app, path, cookie="" if name == "sign_in" else f"session={PEOPLE['zu'][0]}")
        figures += [
            figure(
                f"page.weight.{name}", size / 1000, unit="KB", goal=KILOBYTES, against="a limit", detail=f"{requests} requests"
            ),
            figure(f"page.weight.{name}.requests", requests, unit="requests", goal=REQUESTS, against="a limit"),
        ]
    return figures


def first_visit(app: Flask, path: str, *, cookie: str) -> tuple[int, int]:
    """Bytes of bodies and headers, and requests, for a page and everything that it names."""
    client = Client(app.wsgi_app, use_cookies=False)
    headers = {"Accept-Encoding": "br, gzip", "Accept-Language": "zu", "Cookie": cookie, "Host": "localhost"}

    def fetch(address: str) -> tuple[int, bytes]:
        response = client.get(address, headers=headers)
        if response.status_code != 200:
            raise SystemExit(f"{address}: {response.status}")
        return len(response.get_data()) + sum(len(k) + len(v) + 4 for k, v in response.headers), response.get_data()

    total, _ = fetch(path)
    plain = client.get(path, headers={**headers, "Accept-Encoding": "identity"}).get_data(as_text=True)
    named = {a for tag in RESOURCE.findall(plain) for a in ADDRESS.findall(tag)}
    return total + sum(fetch(address)[0] for address in sorted(named)), 1 + len(named)
