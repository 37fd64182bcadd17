"""One human being with several records: what was merged into what."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.person import Person


def records_of(session: Session, school_id: int, person_id: UUID) -> set[UUID]:
    """The ids of all records that were merged with this one, and its own: those that went into it and that it went into."""
    found: set[UUID] = set()
    fresh = {person_id}
    while fresh:
        found |= fresh
        near = select(Person.id, Person.merged_into).where(
            Person.school_id == school_id, Person.id.in_(fresh) | Person.merged_into.in_(fresh)
        )
        fresh = {key for row in session.execute(near) for key in row if key is not None} - found
    return found


def heirs_of(session: Session, school_id: int, person_id: UUID) -> list[UUID]:
    """The record itself, and those that it went into, one after the other."""
    found: list[UUID] = []
    at: UUID | None = person_id
    while at is not None and at not in found:
        found.append(at)
        at = session.scalar(select(Person.merged_into).where(Person.school_id == school_id, Person.id == at))
    return found
