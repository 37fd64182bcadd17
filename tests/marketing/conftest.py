"""Leads as they stand in the database, and the owner of Thaba Nkulu."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.cast import Cast
from tests.conftest import Browser


@pytest.fixture(autouse=True)
def _in_english(sql: psycopg.Connection[Any], cast: Cast) -> None:
    """The people of both schools read English here."""
    sql.execute("UPDATE app_user SET language = 'en'")


@pytest.fixture
def owner(browser: Browser, cast: Cast) -> Browser:
    """The browser of the owner of Thaba Nkulu."""
    return browser.as_(cast.thaba.owner, language="en")
