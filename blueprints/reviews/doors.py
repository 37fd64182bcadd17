"""The link of a review closes with its school: nothing of a closed school is shown, and nothing new is said about it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Closed, Door, Effect
from app.i18n.speech import speech
from app.models.promotion import Review, ReviewState


def _shown(session: Session, school_id: int) -> Effect | None:
    shown = select(func.count(Review.id)).where(Review.school_id == school_id, Review.state == ReviewState.SHOWN.value)
    number = session.scalar(shown) or 0
    words = speech().ngettext(
        "%(num)s review of the school is not shown.", "%(num)s reviews of the school are not shown.", number
    )
    return Effect(words, number) if number else None


# Who takes a review back ends something, in a closed school too; its page tells of a closed school what every page does.
DOORS = (Door("reviews.links", _shown, routes={"giving.give": Closed.REFUSED, "giving.withdraw": Closed.TAKES_AWAY}),)
