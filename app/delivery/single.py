"""One letter by itself, such as a link for one person: tried over a line of its own until it is taken or can wait no longer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from app import clock
from app.config import Settings
from app.delivery import breaker
from app.delivery.sender import Sender
from app.delivery.smtp import Broken, Conversation, Envelope
from app.delivery.states import BACKOFF, Event, Result
from app.extensions import current_settings
from app.tenancy.database import db

PROVIDER = "email"


class Undeliverable(Exception):
    """Not to be tried again; the text says why and becomes the row's error."""


class Mail(Protocol):
    """The row of a letter: what came of it stands there."""

    sent_at: datetime | None
    error: str | None


def deliver(mail: Mail, envelope: Callable[[], Envelope], *, runs: int) -> datetime | None:
    """Send a letter once; returns when to try again. `envelope` draws it and raises Undeliverable; `runs` counts the tries.

    Commits in between: no transaction is open while the letter is on its way.
    """
    if closed := breaker.open_until(PROVIDER):
        return closed
    try:
        drawn = envelope()
    except Undeliverable as reason:
        mail.error = str(reason)
        return None
    db.session.commit()
    result = _send(current_settings(), drawn)
    breaker.note(PROVIDER, faults=int(result.provider_fault), successes=int(result.event is Event.ACCEPTED))
    now = clock.now()
    if result.event is Event.ACCEPTED:
        mail.sent_at, mail.error = now, None
        return None
    mail.error = f"{result.code or ''} {result.answer}".strip()
    return None if result.event is Event.PERMANENT else now + BACKOFF[min(runs, len(BACKOFF)) - 1]


def _send(settings: Settings, envelope: Envelope) -> Result:
    """One letter over a line of its own."""
    try:
        line = Conversation(settings.smtp_url, Sender(settings).address)
    except Broken as broken:
        return Result(envelope.id, Event.UNTRIED, None, str(broken), provider_fault=True)
    try:
        (result,) = line.send(iter((envelope,)))
    except Broken as broken:
        line.close()
        return broken.results[0]
    line.quit()
    return result
