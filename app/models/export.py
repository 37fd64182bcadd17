"""What is taken out of a school as a file: what was chosen, how the work on it stands, and what came of it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class ExportState(StrEnum):
    """How an export stands; `app.exports.states` says which may follow which."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Export(Tenant, Model):
    """An export of the rows of `dataset` that its `filters` (as they stand in an address) leave.

    `person_id` asked for it. `run` is the number of the worker's run that writes it, any other writes nothing; `tries` counts
    those that began. `written` counts its rows so far, of `estimate` (None: not known). Once it is done the file has `rows` and
    is `bytes` large; it is deleted at `expires_at`, and `manifest` says ever after what was in it. `error` is a message to be
    translated.
    """

    __tablename__ = "export"
    dataset: Mapped[str]
    format: Mapped[str]
    language: Mapped[str]
    filters: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(default=ExportState.QUEUED.value, server_default=ExportState.QUEUED.value)
    run: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    written: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    estimate: Mapped[int | None]
    rows: Mapped[int | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[str | None]
    person_id: Mapped[UUID]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("person_id", "person"),
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')", name="export_state"),
        CheckConstraint("(state IN ('done', 'expired')) = (manifest IS NOT NULL)", name="export_manifest"),
        Index("export_newest", "school_id", text("id DESC")),
        Index("export_to_expire", "expires_at", postgresql_where=text("state = 'done'")),
    )
