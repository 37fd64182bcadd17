"""Notices as a test needs them, written past the application."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from app.ids import uuid7
from tests.cast import SchoolCast

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HOUR = dt.timedelta(hours=1)
TRILINGUAL = {"en": "Sports day", "af": "Sportdag", "zu": "Usuku lwezemidlalo"}


def add_notice(
    sql: psycopg.Connection[Any],
    school: SchoolCast,
    title: str | dict[str, str],
    message: str | dict[str, str] = "Come along.",
    *,
    starts: dt.timedelta = -HOUR,
    ends: dt.timedelta | None = None,
    **columns: object,
) -> UUID:
    """One notice of a school, by its admin; a plain text is English. `starts` and `ends` count from now."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    title = {"en": title} if isinstance(title, str) else title
    message = dict.fromkeys(title, message) if isinstance(message, str) else message
    row = {
        "school_id": school.id, "id": uuid7(), "title": Jsonb(title), "message": Jsonb(message), "audience": "everyone",
        "urgent": False, "starts_at": now + starts, "ends_at": None if ends is None else now + ends,
        "author_id": school.admin.person_id, "revision": 1, **columns,
    }  # fmt: skip
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    sql.execute(f"INSERT INTO notice ({names}) VALUES ({marks})", list(row.values()))
    return row["id"]  # type: ignore[return-value]
