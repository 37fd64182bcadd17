"""An import of a suspended school waits where it is, and goes on with the row where it stopped."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.closing import Door, Effect
from app.domain.roster import GOING
from app.i18n.speech import speech
from app.models.roster import RosterImport


def _effect(session: Session, school_id: int) -> Effect | None:
    number = _going(session, school_id)
    words = speech().ngettext(
        "%(num)s roster import stops where it is as long as the school is suspended.",
        "%(num)s roster imports stop where they are as long as the school is suspended.",
        number,
    )
    return Effect(words, number) if number else None


def _outlook(session: Session, school_id: int, _since: dt.datetime) -> list[Effect]:
    number = _going(session, school_id)
    words = speech().ngettext(
        "%(num)s roster import goes on with the row where it stopped.",
        "%(num)s roster imports go on with the row where they stopped.",
        number,
    )
    return [Effect(words, number)] if number else []


def _going(session: Session, school_id: int) -> int:
    going = RosterImport.state.in_([state.value for state in GOING])
    return session.scalar(select(func.count(RosterImport.id)).where(RosterImport.school_id == school_id, going)) or 0


DOORS = (Door("imports.running", _effect, outlook=_outlook, reopen=_outlook),)
