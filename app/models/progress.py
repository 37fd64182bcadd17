"""How far work has come that a person waits for: readable whatever becomes of Redis."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Index, and_, func, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key

SHOWN_FOR = dt.timedelta(hours=24)  # after its end, to a person who does not look


class Course(StrEnum):
    """How work stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Progress(Tenant, Model):
    """`kind` names what it is (of `app.domain.progress.KINDS`), `label` what it is about; `person_id` waits for it.

    `done` of `total` (0: not known yet). `url` leads to the result. `seen_at`: the person has looked, or waved it away.
    """

    __tablename__ = "progress"
    person_id: Mapped[UUID]
    kind: Mapped[str]
    subject: Mapped[UUID]
    label: Mapped[str]
    url: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=Course.RUNNING.value)
    done: Mapped[int] = mapped_column(server_default=text("0"))
    total: Mapped[int] = mapped_column(server_default=text("0"))
    message: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    seen_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("person_id", "person"),
        Index("progress_unseen", "school_id", "person_id", postgresql_where=text("seen_at IS NULL")),
        Index("progress_of_subject", "school_id", "subject"),
    )

    @classmethod
    def is_shown(cls) -> ColumnElement[bool]:
        """Whether a row still belongs into the status bar: the person has not looked, and it has not been over for long."""
        return and_(cls.seen_at.is_(None), or_(cls.ended_at.is_(None), cls.ended_at > func.now() - SHOWN_FOR))
