"""People who have just proven who they are, and newcomers without an account."""

from __future__ import annotations

import pytest

from tests.invitations.conftest import invited, newcomer

__all__ = ["invited", "newcomer", "stepped_up"]


@pytest.fixture
def stepped_up(sql, app) -> None:
    """Everybody has proven anew who they are, a moment ago."""
    sql.execute("UPDATE login_session SET stepped_up_at = now()")
