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
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.cast import Someone
from tests.samples import sample_ids  # noqa: F401  a fixture

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
#: the widths and modes in which what is not the same everywhere is looked at
LOOKS = ((1440, "light"), (390, "dark"), (320, "light"), (320, "dark"))
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


class Windows:
    """Opens windows of Chromium on the application, and notes what their consoles say."""

    def __init__(self, chromium: Browser, live: Live) -> None:
        self.chromium, self.live = chromium, live
        self.said: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._kept: dict[str, Page] = {}

    def open(
        self, someone: Someone | None, path: str, *, width: int = 1440, height: int = 900, mode: Any = "light",
        language: str = "en", scripts: bool = True, address: str = "", status: int = 200, despite: str = "never",
    ) -> Page:  # fmt: skip
        """A new window with the page in it; `status` is the answer that it should have, `despite` what the console may say."""
        page = self._window(language, scripts=scripts, despite=despite)
        return self._go(page, someone, path, width, height, mode, address, status)

    def reopen(
        self, someone: Someone | None, path: str, *, width: int = 1440, height: int = 900, mode: Any = "light",
        language: str = "en", address: str = "", status: int = 200,
    ) -> Page:  # fmt: skip
        """The page in the window in which this test last looked at one of this language: for sweeps, a third of the time."""
        if language not in self._kept:
            self._kept[language] = self._window(language)
        return self._go(self._kept[language], someone, path, width, height, mode, address, status)

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _window(self, language: str, *, scripts: bool = True, despite: str = "never") -> Page:
        context = self.chromium.new_context(
            java_script_enabled=scripts, locale={"en": "en-ZA", "af": "af", "zu": "zu"}[language]
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()

        def note(message: ConsoleMessage) -> None:
            if message.type in LOUD and despite not in message.text:
                self.said.append(f"{page.url}: {message.text}")

        page.on("console", note)
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))
        return page

    def _go(
        self, page: Page, someone: Someone | None, path: str, width: int, height: int, mode: Any, address: str, status: int
    ) -> Page:
        site = address or self.live.address
        page.set_viewport_size(ViewportSize(width=width, height=height))
        page.emulate_media(color_scheme=mode)
        page.context.clear_cookies()
        if someone:
            page.context.add_cookies([{"name": "session", "value": someone.token, "url": site}])
        answer = page.goto(site + path)
        assert answer
        assert answer.status == status, f"{path}: {answer.status}"
        return page


@pytest.fixture
def windows(chromium: Browser, live: Live) -> Iterator[Windows]:
    """Windows of this test; whatever their consoles say fails it."""
    windows = Windows(chromium, live)
    yield windows
    windows.close()
    # Chromium itself reports in the console that the page which was asked for is one of an error.
    ours = [line for line in windows.said if not REPORT.search(line)]
    assert not ours, ours


@pytest.fixture
def visit(windows: Windows) -> Callable[..., Page]:
    """Open an address as somebody (None is a stranger) in a window of its own."""
    return windows.open


@pytest.fixture
def revisit(windows: Windows) -> Callable[..., Page]:
    """Open an address as somebody in the window of the last page."""
    return windows.reopen


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
