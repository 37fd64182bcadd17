"""A clock that a test sets, and an operator's browser."""

import datetime as dt
from collections.abc import Callable

import pytest

from app import clock

SetClock = Callable[[str], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """`at("2026-04-01 00:20+02:00")`: from then on it is so late."""

    def set_clock(moment: str) -> None:
        now = dt.datetime.fromisoformat(moment).astimezone(dt.UTC)
        monkeypatch.setattr(clock, "now", lambda: now)

    return set_clock


@pytest.fixture
def operator(browser, cast):
    """The browser of the platform operator."""
    return browser.as_(cast.operator)
