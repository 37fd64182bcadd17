"""The door of the inbox: what a payment provider posts is proven on the raw bytes, read strictly, stored, and answered fast."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.config import Settings
from app.delivery.signatures import BadSignature, verify
from app.delivery.webhook_secrets import Held, note_use, usable
from app.domain.webhooks import refused
from app.domain.webhooks.body import LARGEST, read
from app.domain.webhooks.inbox import Taken, store
from app.domain.webhooks.refused import SIGNATURE, UNLISTED, Refusal, Refused
from app.tenancy.doors import across_schools

REASON = "a payment provider tells of an event"
STATUSES = {Refusal.UNKNOWN_PROVIDER: 404, Refusal.TOO_LARGE: 413, Refusal.ALTERED: 409}


class Answer(NamedTuple):
    """What the provider is told: a status of HTTP, and a word. Which part of a signature was wrong, nobody is told."""

    status: int
    word: str

    @property
    def is_taken(self) -> bool:
        """Whether we have the event now."""
        return self.status == 200


def receive(provider: str, *, header: str, body: bytes | None, settings: Settings, now: dt.datetime) -> Answer:
    """Take an event in, or refuse it and count that; committed. `body` None: it was too large to be read.

    Needs to be outside of every school.
    """
    with across_schools(REASON, routine=True) as session:
        held = usable(session, settings, provider, now=now)
        try:
            taken = _take(session, provider, held, header=header, body=body, now=now)
        except BadSignature as fault:
            reason = Refusal(fault.fault.value)
        except Refused as fault:
            reason = fault.reason
        else:
            session.commit()
            if taken is not Taken.ALTERED:
                return Answer(200, taken.value)
            reason = Refusal.ALTERED
        session.rollback()
        refused.count(session, provider if held else UNLISTED, reason, at=now)
    return Answer(STATUSES.get(reason, 400), "bad_signature" if reason in SIGNATURE else reason.value)


def _take(session: Session, provider: str, held: list[Held], *, header: str, body: bytes | None, now: dt.datetime) -> Taken:
    """Prove an event, read it, store it; nothing is committed. Raises BadSignature and Refused."""
    if not held:
        raise Refused(Refusal.UNKNOWN_PROVIDER)
    if body is None or len(body) > LARGEST:
        raise Refused(Refusal.TOO_LARGE)
    used = held[verify(header, body, [secret.text for secret in held], now=now)]
    note_use(session, used, now=now)
    return store(session, provider, read(body, now=now), body, now=now)
