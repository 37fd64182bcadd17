"""Reads for bringing archives in: the school, and what was brought or refused, as operators see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import lifecycle
from app.models.archive import ArchiveImport
from app.models.school import SchoolState

MOST = 20


class SchoolRow(NamedTuple):
    """The school that an archive would go into."""

    id: int
    name: str
    state: str

    @property
    def is_disabled(self) -> bool:
        return self.state == SchoolState.DISABLED


def school(session: Session, school_id: int) -> SchoolRow:
    """The school with this number. Raises NoSuchSchool. Needs `across_schools`."""
    found = lifecycle.find(session, school_id)
    return SchoolRow(found.id, found.name, found.state)


def imports(session: Session, school_id: int) -> Sequence[ArchiveImport]:
    """What was brought in, or was to be, the newest first."""
    mine = select(ArchiveImport).where(ArchiveImport.school_id == school_id)
    return session.scalars(mine.order_by(ArchiveImport.id.desc()).limit(MOST)).all()


def one(session: Session, school_id: int, import_id: UUID) -> ArchiveImport | None:
    """One of them."""
    mine = ArchiveImport.school_id == school_id, ArchiveImport.id == import_id
    return session.scalar(select(ArchiveImport).where(*mine))
