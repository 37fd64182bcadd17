"""A provider that is none: signed events for trying out, through the same door as those of a real one. Never in production."""

from __future__ import annotations

import datetime as dt
import json
import random
import secrets as chance
from collections import Counter
from typing import Any, NamedTuple

from app.access.actor import Actor
from app.config import Settings
from app.delivery.inbox import receive
from app.delivery.signatures import sign
from app.delivery.webhook_secrets import SIMULATOR, add, usable
from app.domain.webhooks.kinds import KINDS
from app.tenancy.doors import across_schools

LATE = dt.timedelta(hours=1)
WRONG = "whsec_a-secret-that-nobody-shares"


class Wish(NamedTuple):
    """What to send: `number` events of a type, with the faults that may befall them on the way."""

    provider: str
    type: str
    data: dict[str, Any]
    number: int
    duplicate: bool = False
    shuffled: bool = False
    old: bool = False
    forged: bool = False


class Sent(NamedTuple):
    """What the inbox answered: how often each word, and the ids of the events."""

    answers: dict[str, int]
    ids: list[str]


def send(wish: Wish, *, settings: Settings, now: dt.datetime, by: Actor) -> Sent:
    """Make the events, sign them as the provider would, and hand them in. Each happened a second after the one before."""
    secret = WRONG if wish.forged else _secret(wish.provider, settings, now, by)
    run, at = chance.token_hex(4), now - LATE if wish.old else now
    begun = now - dt.timedelta(seconds=wish.number)
    made = [_body(wish, run, number, begun + dt.timedelta(seconds=number)) for number in range(1, wish.number + 1)]
    letters = [body for _, body in made] * (2 if wish.duplicate else 1)
    if wish.shuffled:
        random.SystemRandom().shuffle(letters)
    answers: Counter[str] = Counter()
    for body in letters:
        answers[receive(wish.provider, header=sign(body, secret, at=at), body=body, settings=settings, now=now).word] += 1
    return Sent(dict(answers), [id for id, _ in made])


def _body(wish: Wish, run: str, number: int, at: dt.datetime) -> tuple[str, bytes]:
    """The id and the body of one event; each is about a payment of its own."""
    id, data = f"evt_{run}_{number}", dict(wish.data)
    if KINDS[wish.type].about == "payment":
        data["payment"] = f"pay_{run}_{number}"
    event = {"id": id, "type": wish.type, "created": int(at.timestamp()), "data": data}
    return id, json.dumps(event).encode()


def _secret(provider: str, settings: Settings, now: dt.datetime, by: Actor) -> str:
    """What the provider signs with: its newest secret; the simulator gets one when it is first used."""
    with across_schools("the simulator of webhooks", routine=True) as session:
        held = usable(session, settings, provider, now=now)
        if not held and provider == SIMULATOR:
            made = add(session, settings, provider, by=by)
            session.commit()
            return made.text
    return held[0].text if held else WRONG
