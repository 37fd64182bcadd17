"""Who sends an emergency in the tests, with the password given a moment ago."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.cast import Cast, Someone
from tests.conftest import Browser

Proven = Callable[[Someone], Browser]


@pytest.fixture
def proven(browser: Browser, sql: psycopg.Connection[Any]) -> Proven:
    """A browser of somebody who has just confirmed who they are, in English."""

    def prove(someone: Someone) -> Browser:
        sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (someone.user_id,))
        sql.execute("UPDATE login_session SET stepped_up_at = now() WHERE user_id = %s", (someone.user_id,))
        return browser.as_(someone)

    return prove


@pytest.fixture
def admin(proven: Proven, cast: Cast) -> Browser:
    return proven(cast.thaba.admin)
