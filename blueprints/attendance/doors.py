"""Messages about absences wait while their school is suspended; on another day they are withheld, for they are long over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.domain.closing import Door, Effect
from app.i18n.speech import speech
from app.models.attendance import AbsenceAlert, AlertState
from app.models.school import School


def _waiting(session: Session, school_id: int) -> Effect | None:
    number = _count(session, school_id)
    words = speech().ngettext(
        "%(num)s message about an absence is not sent as long as the school is suspended.",
        "%(num)s messages about absences are not sent as long as the school is suspended.",
        number,
    )
    return Effect(words, number) if number else None


def _outlook(session: Session, school_id: int, _: dt.datetime) -> list[Effect]:
    """Their work waits in the outbox: coming back runs it, and it looks at each anew."""
    return list(_coming(session, school_id))


def _coming(session: Session, school_id: int) -> Iterator[Effect]:
    here = _today(session, school_id)
    words = speech()
    if number := _count(session, school_id, AbsenceAlert.on_date == here):
        sentence = words.ngettext(
            "%(num)s message about an absence of today is looked at anew, and sent if it still holds.",
            "%(num)s messages about absences of today are looked at anew, and sent if they still hold.",
            number,
        )
        yield Effect(sentence, number)
    if number := _count(session, school_id, AbsenceAlert.on_date < here):
        sentence = words.ngettext(
            "%(num)s message about an absence of an earlier day is not sent any more.",
            "%(num)s messages about absences of earlier days are not sent any more.",
            number,
        )
        yield Effect(sentence, number)


def _today(session: Session, school_id: int) -> dt.date:
    school = session.get_one(School, school_id)
    return clock.now().astimezone(school.timezone).date()


def _count(session: Session, school_id: int, *which: object) -> int:
    waiting = AbsenceAlert.school_id == school_id, AbsenceAlert.state == AlertState.WAITING.value
    return session.scalar(select(func.count(AbsenceAlert.id)).where(*waiting, *which)) or 0  # type: ignore[arg-type]


DOORS = (Door("attendance.alerts", _waiting, outlook=_outlook, reopen=_outlook),)
