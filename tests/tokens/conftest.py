from __future__ import annotations

import pytest


@pytest.fixture
def proven(sql, cast):
    """Everybody has just proven who they are."""
    sql.execute("UPDATE login_session SET stepped_up_at = now()")


@pytest.fixture(autouse=True)
def _in_english(sql):
    sql.execute("UPDATE app_user SET language = 'en'")
