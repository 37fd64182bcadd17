"""Tokens close with their school: they are refused, and work again when it is back, as far as they have not expired."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Door, Effect
from app.i18n.speech import speech
from app.models.api_token import ApiToken


def _refused(session: Session, school_id: int) -> Effect | None:
    works = ApiToken.school_id == school_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > func.now()
    number = session.scalar(select(func.count(ApiToken.id)).where(*works)) or 0
    words = speech().ngettext("%(num)s API token is refused.", "%(num)s API tokens are refused.", number)
    return Effect(words, number) if number else None


DOORS = (Door("tokens.api", _refused),)
