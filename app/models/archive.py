"""Everything of a school in one file: what was made, and what was brought in."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class ArchiveState(StrEnum):
    """How an archive stands. There is a file only of one that is done; it goes when it expires."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Archive(Tenant, Model):
    """A file with everything of the school. `done` of `total` rows are written; `error` is a key of what people are told.

    `by_id` is the person who asked for it; `tables` says of each part of the file its rows, its hash and what it is.
    """

    __tablename__ = "archive"
    state: Mapped[str] = mapped_column(default=ArchiveState.RUNNING, server_default=ArchiveState.RUNNING.value)
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    language: Mapped[str]
    total: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    tables: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    error: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'failed', 'cancelled', 'expired')", name="archive_state"),
        Index("archive_going", "school_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("archive_newest", "school_id", text("id DESC")),
        Index("archive_by_end", "expires_at", postgresql_where=text("state = 'done'")),
    )


class ArchiveImport(Tenant, Model):
    """An archive that was brought into this school, when it was empty; operators do it, `by_id` is the user.

    `problem` says why it failed, and where in the file; `tables` what was written and that its hashes are equal; `annexes`
    what lies beside it as files that are only read, and what came of checking them. `unsent` counts what waits and is not sent.
    """

    __tablename__ = "archive_import"
    state: Mapped[str] = mapped_column(default=ArchiveState.RUNNING, server_default=ArchiveState.RUNNING.value)
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    file_name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    from_school: Mapped[str | None]
    made_at: Mapped[dt.datetime | None]
    total: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    tables: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    annexes: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    accounts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    unsent: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'failed')", name="archive_import_state"),
        Index("archive_import_going", "school_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("archive_import_newest", "school_id", text("id DESC")),
    )
