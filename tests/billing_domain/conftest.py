"""Two schools with accounts, a seller that is a vendor, and a clock that a test sets."""

import datetime as dt
from collections.abc import Callable

import pytest

from app import clock
from tests.billing_domain.arranged import be_vendor, open_account

SetClock = Callable[[str], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """`at("2026-04-01 08:20+02:00")`: from then on it is so late."""

    def set_clock(moment: str) -> None:
        now = dt.datetime.fromisoformat(moment).astimezone(dt.UTC)
        monkeypatch.setattr(clock, "now", lambda: now)

    return set_clock


@pytest.fixture
def school(app, cast) -> int:
    """A school with an account; the seller is a vendor."""
    be_vendor()
    open_account(cast.thaba.id, address="1 School Street", email="rekeninge@thaba.example.com")
    return cast.thaba.id
