"""No emergency is sent or answered while its school is suspended; one that goes on stays as it is until then."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Closed, Door, Effect
from app.i18n.speech import speech
from app.models.emergency import Emergency


def _going_on(session: Session, school_id: int) -> Effect | None:
    wanted = select(func.count(Emergency.id)).where(Emergency.school_id == school_id, Emergency.ended_at.is_(None))
    number = session.scalar(wanted) or 0
    words = speech().ngettext(
        "%(num)s emergency is going on: nobody can follow it, and the all-clear cannot be sent.",
        "%(num)s emergencies are going on: nobody can follow them, and the all-clear cannot be sent.",
        number,
    )
    return Effect(words, number) if number else None


DOORS = (Door("emergency.going_on", _going_on),)
LINK_DOORS = (Door("emergency.link", routes={"emergency_link.answer": Closed.REFUSED}),)
