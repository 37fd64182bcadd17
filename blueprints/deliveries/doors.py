"""What waits to be delivered is held while its school is suspended, and let go or discarded when the school is back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.delivery.held import Held, held, release
from app.domain.closing import Door, Effect
from app.i18n.speech import speech


def _held(session: Session, school_id: int) -> Effect | None:
    found = held(session, school_id)
    number = found.going + found.expired
    words = speech().ngettext(
        "%(num)s queued message is held. It is not lost.", "%(num)s queued messages are held. None is lost.", number
    )
    return Effect(words, number) if number else None


def _unread(session: Session, school_id: int) -> Effect | None:
    number = held(session, school_id).unread
    words = speech().ngettext(
        "%(num)s notice is held that was about to go to its recipients.",
        "%(num)s notices are held that were about to go to their recipients.",
        number,
    )
    return Effect(words, number) if number else None


def _outlook(session: Session, school_id: int, _since: dt.datetime) -> list[Effect]:
    return list(_coming(held(session, school_id)))


def _coming(found: Held) -> Iterator[Effect]:
    words = speech()
    if found.going:
        sentence = words.ngettext("%(num)s held message goes out.", "%(num)s held messages go out.", found.going)
        yield Effect(sentence, found.going)
    if found.unread:
        yield Effect(
            words.ngettext(
                "%(num)s held notice goes to its recipients, unless it is too late for it.",
                "%(num)s held notices go to their recipients, unless it is too late for them.",
                found.unread,
            ),
            found.unread,
        )
    if found.expired:
        yield Effect(
            words.ngettext(
                "%(num)s held message is discarded: its notice is over, or it was urgent and is over 24 hours old.",
                "%(num)s held messages are discarded: their notice is over, or they were urgent and are over 24 hours old.",
                found.expired,
            ),
            found.expired,
        )


def _reopen(session: Session, school_id: int, since: dt.datetime) -> list[Effect]:
    return list(_done(release(session, school_id, since=since)))


def _done(found: Held) -> Iterator[Effect]:
    words = speech()
    if found.going:
        sentence = words.ngettext("%(num)s held message goes out now.", "%(num)s held messages go out now.", found.going)
        yield Effect(sentence, found.going)
    if found.unread:
        yield Effect(
            words.ngettext(
                "%(num)s held notice goes to its recipients now.",
                "%(num)s held notices go to their recipients now.",
                found.unread,
            ),
            found.unread,
        )
    if found.expired:
        yield Effect(
            words.ngettext(
                "%(num)s message was discarded, because it expired while the school was suspended.",
                "%(num)s messages were discarded, because they expired while the school was suspended.",
                found.expired,
            ),
            found.expired,
        )


DOORS = (Door("deliveries.queued", _held, outlook=_outlook, reopen=_reopen), Door("deliveries.unread", _unread))
