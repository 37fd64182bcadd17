"""Who looks after what did not arrive."""

from __future__ import annotations

import pytest

from tests.conftest import Browser


@pytest.fixture
def admin(browser, cast, sql) -> Browser:
    """The admin of Thaba Nkulu, in English."""
    sql.execute("UPDATE app_user SET language = 'en'")
    return browser.as_(cast.thaba.admin, language="en")
