"""Roster imports: a file of learners and guardians, row by row, with what each row came to and how to undo it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class ImportState(StrEnum):
    """How an import stands: `checked` waits for a person, `failed` has stopped and can go on where it did."""

    MAPPING = "mapping"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"
    DROPPED = "dropped"


class RowResult(StrEnum):
    """What a row would do or did: nothing yet, add somebody, change somebody, nothing, wait for a decision, or be refused."""

    NEW = "new"
    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    ASK = "ask"
    WRONG = "wrong"


class RosterImport(Tenant, Model):
    """`mapping` gives the column of the file for each field, `counts` the rows by result; it last gave a sign at `moved_at`."""

    __tablename__ = "roster_import"
    file_name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes]
    format: Mapped[str]
    encoding: Mapped[str | None]
    delimiter: Mapped[str | None]
    header: Mapped[list[str]] = mapped_column(JSONB)
    mapping: Mapped[dict[str, int]] = mapped_column(JSONB)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    state: Mapped[str]
    total: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    error: Mapped[str | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[dt.datetime | None]
    moved_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    undone_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint(
            "state IN ('mapping', 'checking', 'checked', 'running', 'done', 'failed', 'undoing', 'undone', 'dropped')",
            name="roster_import_state",
        ),
        Index("roster_import_newest", "school_id", text("id DESC")),
        Index(
            "roster_import_going", "moved_at",
            postgresql_where=text("state IN ('checking', 'running', 'undoing', 'failed')"),
        ),
    )  # fmt: skip


class RosterRow(Tenant, Model):
    """One row of the file: its cells, what is wrong with it, what it would change, and what it replaced (`undo`)."""

    __tablename__ = "roster_row"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    import_id: Mapped[UUID]
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSONB)
    result: Mapped[str] = mapped_column(default=RowResult.NEW, server_default=RowResult.NEW.value)
    problems: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    undo: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    done_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("import_id", "roster_import", ondelete="CASCADE"),
        UniqueConstraint("school_id", "import_id", "number", name="roster_row_once"),
        Index("roster_row_of_result", "school_id", "import_id", "result", "number"),
    )


class ColumnMapping(Tenant, Model):
    """How the school mapped the columns of a header the last time."""

    __tablename__ = "column_mapping"
    header_key: Mapped[bytes]
    mapping: Mapped[dict[str, int]] = mapped_column(JSONB)
    used_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (UniqueConstraint("school_id", "header_key", name="column_mapping_once"),)
