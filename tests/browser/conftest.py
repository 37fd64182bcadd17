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

#: what Playwright turns off (of two such lists Chromium reads the last), and the pages that Chromium draws its own buttons with:
#: nobody sees them, and they take half of what a window takes
TURNED_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
    "InitialWebUI", "WebUIReloadButton", "WebUIToolbar", "PreloadTopChromeWebUI", "TabSearchToolbarButton",
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "OmniboxPopupWebUI",
)  # fmt: skip
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", f"--disable-features={','.join(TURNED_OFF)}",
]  # fmt: skip
#: the widths and modes in which what is not the same everywhere is looked at
LOOKS = ((1440, "light"), (390, "dark"), (320, "light"), (320, "dark"))
LOUD = ("error", "warning")
#: a window for each language, and what its console has said
Kept = dict[str, tuple[Page, list[str]]]
#: only what is looked for; of the files of a page only its media, for no rule of ours reads style sheets again
LOOKED_FOR = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
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

    def __init__(self, chromium: Browser, live: Live, kept: Kept) -> None:
        self.chromium, self.live = chromium, live
        self.said: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._kept, self._reopened = kept, set[str]()

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
        """The page in the window that is kept for this language: for sweeps, a third of the time.

        What a test leaves in it another does not find: its cookies are cleared, and its address has a port of its own.
        """
        if language not in self._kept:
            said: list[str] = []
            self._kept[language] = _new_page(self._context(language, scripts=True), said), said
        page, said = self._kept[language]
        if language not in self._reopened:
            self._reopened.add(language)
            said.clear()
        return self._go(page, someone, path, width, height, mode, address, status)

    def close(self) -> None:
        """Close the windows of this test, leave those that are kept empty, and gather what all of them said."""
        for context in self._contexts:
            context.close()
        for language in self._reopened:
            page, said = self._kept[language]
            page.goto("about:blank")
            self.said += said

    def _window(self, language: str, *, scripts: bool = True, despite: str = "never") -> Page:
        context = self._context(language, scripts=scripts)
        self._contexts.append(context)
        return _new_page(context, self.said, despite)

    def _context(self, language: str, *, scripts: bool) -> BrowserContext:
        context = self.chromium.new_context(
            java_script_enabled=scripts, locale={"en": "en-ZA", "af": "af", "zu": "zu"}[language]
        )
        context.set_default_timeout(10_000)
        return context

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


def _new_page(context: BrowserContext, said: list[str], despite: str = "never") -> Page:
    """An empty page that adds to `said` what its console says."""
    page = context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type in LOUD and despite not in message.text:
            said.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    return page


@pytest.fixture(scope="package")
def _kept(chromium: Browser) -> Kept:
    """The windows that go from test to test, by language; the browser closes them."""
    return {}


@pytest.fixture
def windows(chromium: Browser, live: Live, _kept: Kept) -> Iterator[Windows]:
    """Windows of this test; whatever their consoles say fails it."""
    windows = Windows(chromium, live, _kept)
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
    line = page.context.new_cdp_session(page)  # as a script of its own: `evaluate` parses it once more at either end
    line.send("Runtime.evaluate", {"expression": axe.axe_script})
    line.detach()
    found = page.evaluate("options => axe.run(options).then(found => found.violations)", LOOKED_FOR)
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
