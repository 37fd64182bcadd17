"""Operators leave a school that is suspended, as everybody does."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.actor import current_actor
from app.access.visits import end_visits
from app.domain.closing import Door, Effect
from app.i18n.speech import speech
from app.models.support import SupportVisit


def _visits(session: Session, school_id: int) -> Effect | None:
    is_open = SupportVisit.ended_at.is_(None), SupportVisit.expires_at > func.now()
    number = session.scalar(select(func.count(SupportVisit.id)).where(SupportVisit.school_id == school_id, *is_open)) or 0
    words = speech().ngettext("%(num)s support visit ends.", "%(num)s support visits end.", number)
    return Effect(words, number) if number else None


def _end_visits(session: Session, school_id: int) -> None:
    end_visits(session, SupportVisit.school_id == school_id, by=current_actor().name)


DOORS = (Door("lifecycle.visits", _visits, _end_visits),)
