"""Reports that people build: what was chosen, and what came of it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, false, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class Report(Tenant, Model):
    """A report of a `kind` over a `choice` (period, class, group); `rows` is its table once it is done.

    One that `is_saved` stays and can be repeated; the others go after a while.
    """

    __tablename__ = "report"
    kind: Mapped[str]
    name: Mapped[str]
    choice: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(default="running", server_default="running")
    is_saved: Mapped[bool] = mapped_column(default=False, server_default=false())
    rows: Mapped[list[list[Any]] | None] = mapped_column(JSONB)
    error: Mapped[str | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'failed')", name="report_state"),
        Index("report_newest", "school_id", text("id DESC")),
    )
