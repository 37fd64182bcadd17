"""Scheduled notices are held while their school is suspended; what should have begun by then goes out, unless it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.domain.closing import Door, Effect
from app.i18n.speech import speech
from app.models.notice import Notice


class _Passed(NamedTuple):
    """Notices that were to start during a suspension: those that go out now, and those that were over before it ended."""

    going: int
    over: int


def _scheduled(session: Session, school_id: int) -> Effect | None:
    wanted = select(func.count(Notice.id)).where(*_unsent(school_id), _not_over(clock.now()))
    number = session.scalar(wanted) or 0
    words = speech().ngettext(
        "%(num)s scheduled notice is not sent as long as the school is suspended.",
        "%(num)s scheduled notices are not sent as long as the school is suspended.",
        number,
    )
    return Effect(words, number) if number else None


def _outlook(session: Session, school_id: int, since: dt.datetime) -> list[Effect]:
    return list(_coming(_passed(session, school_id, since)))


def _coming(passed: _Passed) -> Iterator[Effect]:
    words = speech()
    if passed.going:
        sentence = words.ngettext(
            "%(num)s scheduled notice whose start has passed is sent.",
            "%(num)s scheduled notices whose start has passed are sent.",
            passed.going,
        )
        yield Effect(sentence, passed.going)
    if passed.over:
        sentence = words.ngettext(
            "%(num)s scheduled notice is over and is not sent any more.",
            "%(num)s scheduled notices are over and are not sent any more.",
            passed.over,
        )
        yield Effect(sentence, passed.over)


def _reopen(session: Session, school_id: int, since: dt.datetime) -> list[Effect]:
    """Their work waits in the outbox and is due: there is nothing to do but to say so."""
    return list(_done(_passed(session, school_id, since)))


def _done(passed: _Passed) -> Iterator[Effect]:
    words = speech()
    if passed.going:
        sentence = words.ngettext(
            "%(num)s scheduled notice whose start had passed is sent now.",
            "%(num)s scheduled notices whose start had passed are sent now.",
            passed.going,
        )
        yield Effect(sentence, passed.going)
    if passed.over:
        sentence = words.ngettext(
            "%(num)s scheduled notice was over before the school came back and was not sent.",
            "%(num)s scheduled notices were over before the school came back and were not sent.",
            passed.over,
        )
        yield Effect(sentence, passed.over)


def _passed(session: Session, school_id: int, since: dt.datetime) -> _Passed:
    now = clock.now()
    is_over = Notice.ends_at <= now
    counts = select(func.count(Notice.id).filter(_not_over(now)), func.count(Notice.id).filter(is_over))
    meanwhile = Notice.starts_at <= now, or_(Notice.ends_at.is_(None), Notice.ends_at > since)
    return _Passed(*session.execute(counts.where(*_unsent(school_id), *meanwhile)).one())


def _unsent(school_id: int) -> tuple[ColumnElement[bool], ...]:
    return Notice.school_id == school_id, Notice.message_id.is_(None), Notice.removed_at.is_(None)


def _not_over(now: dt.datetime) -> ColumnElement[bool]:
    return or_(Notice.ends_at.is_(None), Notice.ends_at > now)


DOORS = (Door("notices.scheduled", _scheduled, outlook=_outlook, reopen=_reopen),)
