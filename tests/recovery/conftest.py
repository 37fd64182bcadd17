"""Who looks after what did not arrive in all schools."""

from __future__ import annotations

import pytest

from tests.conftest import Browser


@pytest.fixture
def operator(browser, cast, sql) -> Browser:
    """An operator, in English."""
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.operator, language="en")
