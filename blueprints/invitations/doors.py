"""Invitations rest with their school: a link opens nothing until the school is open again, and no mail leaves."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Closed, Door, Effect
from app.domain.invitations import IS_OPEN
from app.i18n.speech import speech
from app.models.invitation import Invitation


def _open_ones(session: Session, school_id: int) -> Effect | None:
    mine = Invitation.school_id == school_id, IS_OPEN, Invitation.expires_at > func.now()
    number = session.scalar(select(func.count(Invitation.id)).where(*mine)) or 0
    words = speech().ngettext(
        "%(num)s invitation cannot be accepted as long as the school is suspended.",
        "%(num)s invitations cannot be accepted as long as the school is suspended.",
        number,
    )
    return Effect(words, number) if number else None


DOORS = (Door("invitations.open", _open_ones, routes={"accepting.accept": Closed.REFUSED}),)
