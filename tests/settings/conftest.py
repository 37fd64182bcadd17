"""People who have just proven who they are."""

from __future__ import annotations

from tests.members.conftest import stepped_up

__all__ = ["stepped_up"]
