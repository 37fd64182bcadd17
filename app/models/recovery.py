"""A deed on many failed deliveries at once, in one school or in many: what was chosen, and how far it has come."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model


class Deed(StrEnum):
    """What is done to them."""

    RETRY = "retry"
    DISCARD = "discard"


class RecoveryRun(Model):
    """The failed deliveries of a reason (its key; `words` says it) that were dead at `until`, narrowed by channel and school.

    `why` is a person's own, of a discard. `chosen` is the same for the same choice, so that a second press finds the first run.
    `total` in `schools` is how many there were at the beginning; `done` is how many were dealt with. The rest stays: their
    address does not work (`flagged`), their text is gone (`forgotten`), or their school is suspended (`suspended`). `at_school`
    is the last school that is finished.
    """

    __tablename__ = "recovery_run"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    deed: Mapped[str]
    chosen: Mapped[str]
    reason: Mapped[str]
    words: Mapped[str]
    channel: Mapped[str | None]
    school: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    until: Mapped[dt.datetime]
    why: Mapped[str | None]
    started_by: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    started_name: Mapped[str]
    total: Mapped[int] = mapped_column(server_default=text("0"))
    schools: Mapped[int] = mapped_column(server_default=text("0"))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    flagged: Mapped[int] = mapped_column(server_default=text("0"))
    forgotten: Mapped[int] = mapped_column(server_default=text("0"))
    suspended: Mapped[int] = mapped_column(server_default=text("0"))
    at_school: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("deed IN ('retry', 'discard')", name="recovery_run_deed"),
        Index("recovery_run_once", "chosen", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("recovery_run_newest", text("created_at DESC")),
    )

    @property
    def stayed(self) -> int:
        """How many could not be dealt with."""
        return self.flagged + self.forgotten + self.suspended
