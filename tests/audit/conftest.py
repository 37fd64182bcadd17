"""Seals as their tests need them: what runs in the databases of other tests holds them up, for a horizon is the whole server's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from app.audit import sealing
from tests.until import until

NOW = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
ELSEWHERE = """
SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname IS DISTINCT FROM current_database() AND backend_xid::text::bigint < %s)
"""


@pytest.fixture(autouse=True)
def _alone(sql: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a look for the horizon wait until what ran elsewhere has ended."""
    horizon_now: Callable[[], int] = sealing.horizon_now

    def waited() -> int:
        (now,) = sql.execute(NOW).fetchone()  # type: ignore[misc]
        until(lambda: sql.execute(ELSEWHERE, (now,)).fetchone()[0], "the end of what runs in other databases", 300)  # type: ignore[index]
        return horizon_now()

    monkeypatch.setattr(sealing, "horizon_now", waited)
