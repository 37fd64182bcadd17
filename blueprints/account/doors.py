"""Signing in closes with a school, and so do the sessions of those who have no other."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access.closing import affected, end_sessions_of
from app.domain.closing import Closed, Door, Effect
from app.i18n.speech import speech


def _losing(session: Session, school_id: int) -> Effect | None:
    number = affected(session, school_id).losing
    words = speech().ngettext(
        "%(num)s person cannot sign in any more: they have no other school that is open.",
        "%(num)s people cannot sign in any more: they have no other school that is open.",
        number,
    )
    return Effect(words, number) if number else None


def _keeping(session: Session, school_id: int) -> Effect | None:
    number = affected(session, school_id).keeping
    words = speech().ngettext(
        "%(num)s person loses this school only, and goes on working elsewhere.",
        "%(num)s people lose this school only, and go on working elsewhere.",
        number,
    )
    return Effect(words, number) if number else None


def _signed_out(session: Session, school_id: int) -> Effect | None:
    number = affected(session, school_id).sessions
    words = speech().ngettext("%(num)s device is signed out at once.", "%(num)s devices are signed out at once.", number)
    return Effect(words, number) if number else None


DOORS = (
    Door("account.people", _losing, routes={"account.reset_password": Closed.NO_SCHOOL}),
    Door("account.people_elsewhere", _keeping),
    Door("account.sessions", _signed_out, end_sessions_of),
)
