"""Operators in a school: visits with a reason and an end, and notes that only platform staff read."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class SupportVisit(Tenant, Model):
    """An operator acts in a school, by one login session, until `expires_at` at most; read-only until `raised_at`.

    `operator` and `ended_by` are names, for the school's owner, who sees the visit and may end it.
    """

    __tablename__ = "support_visit"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    session_id: Mapped[UUID]
    operator: Mapped[str]
    reason: Mapped[str]
    began_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    raised_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        Index("support_visit_of_session", "session_id", postgresql_where=text("ended_at IS NULL")),
        Index("support_visit_newest", "school_id", literal_column("id DESC")),
    )


class StaffNote(Tenant, Model):
    """What an operator wrote down about a school, for other operators; the school itself cannot read it."""

    __tablename__ = "staff_note"
    author_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    author: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
