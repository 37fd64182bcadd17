"""What every test of attendance stands on."""

from __future__ import annotations

import pytest

from tests.attendance.arranged import Group, Hands, arrange


@pytest.fixture
def hands(monkeypatch):
    """The clock, at five past eight."""
    hands = Hands(monkeypatch)
    hands.at("08:05")
    return hands


@pytest.fixture
def group(sql, cast, hands) -> Group:
    """Grade 5A of Thaba Nkulu."""
    return arrange(sql, cast)


@pytest.fixture
def teacher(browser, cast, group):
    return browser.as_(cast.thaba.teacher, language="en")


@pytest.fixture
def admin(browser, cast, group):
    return browser.as_(cast.thaba.admin, language="en")


@pytest.fixture
def guardian(browser, cast, group):
    return browser.as_(cast.thaba.guardian, language="en")
