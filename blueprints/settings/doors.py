"""The gateways of a school rest with it: nothing is sent by them, and nobody asks how they do. Its logo stays where it is."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Closed, Door, Effect
from app.i18n.speech import speech
from app.models.provider import Gateway


def _gateways(session: Session, school_id: int) -> Effect | None:
    number = session.scalar(select(func.count(Gateway.id)).where(Gateway.school_id == school_id)) or 0
    words = speech().ngettext(
        "%(num)s gateway for text messages is not used.", "%(num)s gateways for text messages are not used.", number
    )
    return Effect(words, number) if number else None


DOORS = (Door("settings.gateways", _gateways),)
# A mail that was sent keeps its picture: the answer is the same for an open school and a closed one, and tells of neither.
LOGO_DOORS = (Door("settings.logos", routes={"logos.show_logo": Closed.SILENT}),)
