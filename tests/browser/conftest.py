"""Chromium, and the application served to it on loopback. For what only a browser shows: layout, focus, scripts, the console."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.cast import Someone
from tests.samples import sample_ids  # noqa: F401  a fixture

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
LOUD = ("error", "warning")
REPORT = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


class Quiet(WSGIRequestHandler):
    """Keeps the server's lines out of the test's output."""

    def log_request(self, *_: object, **__: object) -> None:
        return


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; where there is none the tests are skipped, and on a build server they fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        missing = "no Chromium on this machine: install the package `chromium` to run the tests in a browser"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Live:
    """The application as it is served: `address` has no slash at its end."""

    app: Flask
    address: str


@pytest.fixture
def live(app: Flask) -> Iterator[Live]:
    """The test's application on a free port of loopback."""
    with serving(app) as address:
        yield Live(app, address)


class serving:  # noqa: N801  reads as a verb
    """Serves an application while the block runs; gives its address."""

    def __init__(self, app: Flask) -> None:
        self.server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        self.server.daemon_threads = False  # closing it waits for what a page is still asking: the database goes next
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def visit(chromium: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """Open an address as somebody (None is a stranger); whatever the console says fails the test."""
    said: list[str] = []
    contexts = []

    def open_as(
        someone: Someone | None, path: str, *, width: int = 1440, height: int = 900, mode: Any = "light", language: str = "en",
        scripts: bool = True, address: str = "", status: int = 200, despite: str = "never",
    ) -> Page:  # fmt: skip
        """Wait for the page; `status` is the answer that it should have, `despite` what the console may say in this test."""
        site = address or live.address
        context = chromium.new_context(
            viewport=ViewportSize(width=width, height=height), color_scheme=mode, java_script_enabled=scripts,
            locale={"en": "en-ZA", "af": "af", "zu": "zu"}[language],
        )  # fmt: skip
        context.set_default_timeout(10_000)
        if someone:
            context.add_cookies([{"name": "session", "value": someone.token, "url": site}])
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                said.append(f"{path}: {message.text}") if message.type in LOUD and despite not in message.text else None
            ),
        )
        page.on("pageerror", lambda error: said.append(f"{path}: {error}"))
        answer = page.goto(site + path)
        assert answer
        assert answer.status == status, f"{path}: {answer.status}"
        return page

    yield open_as
    for context in contexts:
        context.close()
    # Chromium itself reports in the console that the page which was asked for is one of an error.
    ours = [line for line in said if not REPORT.search(line)]
    assert not ours, ours


@pytest.fixture(scope="package")
def axe() -> Axe:
    """What looks for violations of WCAG 2.2 AA."""
    return Axe()


def violations(axe: Axe, page: Page) -> list[str]:
    """What axe finds on a page, one line each."""
    found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{page.url}: {v['id']}: {node['html'][:200]} {node['failureSummary']}" for v in found for node in v["nodes"]]


def fits(page: Page) -> bool:
    """Nothing scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


PAST = """[...document.querySelectorAll('main table')]
  .map(t => [t, t.closest('.card') || document.querySelector('main')])
  .map(([t, around]) => Math.max(...[t, ...t.querySelectorAll('th, td')].filter(e => !e.closest('thead') || t.tHead.offsetHeight > 1)
    .map(e => e.getBoundingClientRect().right)) - around.getBoundingClientRect().right)"""


def past_its_card(page: Page) -> list[float]:
    """By how many pixels each table of the page passes the right edge of its card; at most 0 where it keeps within.

    A page may be wide enough for what spills out of a card, so that `fits` sees nothing.
    """
    return [float(pixels) for pixels in page.evaluate(PAST)]
