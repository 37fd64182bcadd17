"""Everybody reads English here."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest


@pytest.fixture(autouse=True)
def _in_english(sql: psycopg.Connection[Any]) -> None:
    sql.execute("UPDATE app_user SET language = 'en'")
