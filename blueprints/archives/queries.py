"""Reads for archives: those of the school, and what was brought into it."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from app.models.archive import Archive, ArchiveImport, ArchiveState
from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id

SHOWN = 50  # of a list


class ArchiveRow(NamedTuple):
    """An archive, and the parts that are in it."""

    id: UUID
    state: str
    by_name: str
    total: int
    done: int
    size: int | None
    sha256: str | None
    tables: list[dict[str, Any]]
    error: str | None
    created_at: dt.datetime
    ended_at: dt.datetime | None
    expires_at: dt.datetime | None

    @property
    def is_running(self) -> bool:
        return self.state == ArchiveState.RUNNING

    @property
    def is_done(self) -> bool:
        return self.state == ArchiveState.DONE

    @property
    def rows(self) -> int:
        """The rows of all parts."""
        return sum(part["rows"] for part in self.tables)


class ImportRow(NamedTuple):
    """An archive that was brought in."""

    id: UUID
    from_school: str | None
    made_at: dt.datetime | None
    ended_at: dt.datetime | None
    annexes: list[dict[str, Any]]


class _Slug(NamedTuple):
    slug: str


_SLUG = Prepared(select(School.slug).where(School.id == bindparam("school")), _Slug)
_COLUMNS = (
    Archive.id, Archive.state, Archive.by_name, Archive.total, Archive.done, Archive.size, Archive.sha256, Archive.tables,
    Archive.error, Archive.created_at, Archive.ended_at, Archive.expires_at,
)  # fmt: skip
_ONE = Prepared(select(*_COLUMNS).where(Archive.id == bindparam("archive")), ArchiveRow)
_RUNNING = Prepared(select(*_COLUMNS).where(Archive.state == ArchiveState.RUNNING.value), ArchiveRow)
_NEWEST = Prepared(select(*_COLUMNS).order_by(Archive.id.desc()).limit(SHOWN), ArchiveRow)
_IMPORTS = Prepared(
    select(ArchiveImport.id, ArchiveImport.from_school, ArchiveImport.made_at, ArchiveImport.ended_at, ArchiveImport.annexes)
    .where(ArchiveImport.state == "done")
    .order_by(ArchiveImport.id.desc()),
    ImportRow,
)


def archive(archive_id: UUID) -> ArchiveRow | None:
    """An archive of the current school."""
    with reading() as cursor:
        return next(iter(_ONE.all(cursor, archive=archive_id)), None)


def running() -> ArchiveRow | None:
    """The archive that is being made."""
    with reading() as cursor:
        return next(iter(_RUNNING.all(cursor)), None)


def newest() -> list[ArchiveRow]:
    """The archives of the current school, the newest first."""
    with reading() as cursor:
        return _NEWEST.all(cursor)


def brought() -> list[ImportRow]:
    """What was brought into the current school."""
    with reading() as cursor:
        return _IMPORTS.all(cursor)


def slug() -> str:
    """What the current school is called in the names of files."""
    with reading() as cursor:
        return _SLUG.all(cursor, school=current_school_id())[0].slug
