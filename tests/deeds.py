"""Every route that changes anything leaves an event: a run of the whole suite fails on one of which no test has seen that.

The guard against silent changes (app/audit/vigilance.py) notes each route whose change it saw committed with its event. What the
workers of a run have seen is put together at its end, and held against the URL map.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.audit import vigilance

SAFE = {"GET", "HEAD", "OPTIONS"}
#: endpoint -> why its requests need no event
NO_DEED: dict[str, str] = {
    "account.begin_confirming": "a challenge that the browser is to sign; what it confirms leaves the event",
    "account.begin_passkey": "a challenge that the browser is to sign; signing in leaves the event",
    "passkeys.begin_adding": "a challenge that the browser is to sign; adding the passkey leaves the event",
    "gate.scan_page": "a scan says itself who, what and when, and is never altered",
    "gate_api.send_scans": "scans, as above",
    "gate_scans.receive_scans": "scans, as above",
    "progress.see": "whether the one who waits for a job has looked",
}
_routes: set[str] = set()
_seen: set[str] = set()


def known(app: Flask) -> None:
    """Take note of the routes that change anything; the application is that of the tests."""
    _routes.update(rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - SAFE)


def unproven(routes: set[str], seen: set[str]) -> list[str]:
    """The routes of which no test has seen that they leave an event; those that need none are left out."""
    return sorted(routes - seen - NO_DEED.keys())


def is_whole(config: pytest.Config) -> bool:
    """Whether all tests are run: none was named, none left out."""
    asked = config.option
    is_narrowed = asked.keyword or asked.markexpr or getattr(asked, "lf", False) or getattr(asked, "collectonly", False)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not is_narrowed


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """What a worker has seen."""
    told = getattr(node, "workeroutput", {})
    _routes.update(told.get("routes", ()))
    _seen.update(told.get("seen", ()))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A worker tells; the run itself judges, once every test has passed."""
    _seen.update(vigilance.seen)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput.update(routes=sorted(_routes), seen=sorted(_seen))
    elif exitstatus == pytest.ExitCode.OK and is_whole(session.config) and unproven(_routes, _seen):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Name the routes that are left."""
    left = unproven(_routes, _seen)
    if left and is_whole(config):
        terminalreporter.section("routes that change something and were not seen to leave an event")
        terminalreporter.write_line(", ".join(left))
