"""What a school does about the support visits to it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.models.support import SupportVisit
from app.tenancy.database import db


class NoSuchVisit(Exception):
    """An id that no visit to this school has."""


def visit_to_end(visit_id: UUID) -> SupportVisit:
    """The visit, held until the end of the transaction. Raises NoSuchVisit."""
    visit = db.session.scalars(select(SupportVisit).where(SupportVisit.id == visit_id).with_for_update()).one_or_none()
    if visit is None:
        raise NoSuchVisit
    return visit


def end_visit(visit: SupportVisit, *, by: Actor) -> bool:
    """Put the operator out, from their next request on; False if the visit was over. The platform's log has it too."""
    now = clock.now()
    if visit.ended_at or visit.expires_at <= now:
        return False
    visit.ended_at, visit.ended_by = now, by.name
    record("support.end", visit, label=visit.operator, by=by, mirrored=True)
    return True
