"""The outbox: one row is one thing to do later. `due_at` is the only clock: first run, retry, quiet hours, end of a lease."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model
from app.tenancy.models import Tenant

PLATFORM = 0


class Outbox(Tenant, Model):
    """`subject` is the id of what it is about. School 0 is the platform's own work, so the number refers to no school's row."""

    __tablename__ = "outbox"
    school_id: Mapped[int] = mapped_column(primary_key=True, sort_order=-9)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-8)
    job: Mapped[str]
    subject: Mapped[UUID | None]
    queue: Mapped[str] = mapped_column(server_default="default")
    due_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    leased: Mapped[bool] = mapped_column(server_default=text("false"))
    runs: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("queue IN ('urgent', 'default', 'bulk')", name="outbox_queue"),
        Index("outbox_open", "due_at", postgresql_where=text("done_at IS NULL")),
        Index("outbox_held", "school_id", "due_at", postgresql_where=text("done_at IS NULL AND leased")),
        Index("outbox_done", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )


class Periodic(Model):
    """When a job of `app.work.queues.SCHEDULE` is due next."""

    __tablename__ = "periodic"
    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
