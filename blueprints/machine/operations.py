"""What providers tell us over HTTP. Nothing here acts for a person: a secret that both sides share proves it."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from app.config import Settings
from app.delivery.bounces import Outcome, bounced, complained
from app.delivery.reports import reference_in
from app.delivery.signatures import verify

BOUNCED, COMPLAINED = "mail.bounced", "mail.complained"


class UnknownProvider(LookupError):
    """A provider that this copy of Umthi does not listen to, or shares no secret with."""


class BadEvent(ValueError):
    """A signed body that is none of ours; the text says what it lacks."""


class Event(NamedTuple):
    """What is in every body: `id` names the event, however often it comes."""

    id: str
    type: str
    data: dict[str, Any]


def receive(provider: str, *, signature: str, body: bytes, settings: Settings, now: datetime) -> Outcome:
    """Act on what a provider says; an event of a type that we do not know is UNKNOWN, and fine.

    Raises UnknownProvider, BadSignature or BadEvent.
    """
    secrets = settings.webhook_secrets.get(provider)
    if provider != "mail" or not secrets:
        raise UnknownProvider(provider)
    verify(signature, body, secrets, now=now)
    event = _event(body)
    return _of_mail(event) if event.type in (BOUNCED, COMPLAINED) else Outcome.UNKNOWN


def _event(body: bytes) -> Event:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BadEvent("not JSON") from None
    if not isinstance(found, dict):
        raise BadEvent("not an object")
    for name, kind in (("id", str), ("type", str), ("created", (int, str)), ("data", dict)):
        if not isinstance(found.get(name), kind) or found[name] == "":
            raise BadEvent(name)
    return Event(found["id"], found["type"], found["data"])


def _of_mail(event: Event) -> Outcome:
    """A mail of ours came back, or its reader does not want it. One that is not ours is UNKNOWN."""
    message_id, code = event.data.get("message_id"), event.data.get("code")
    answer = event.data.get("answer", event.data.get("diagnostic", ""))
    if not isinstance(message_id, str) or not isinstance(answer, str):
        raise BadEvent("data")
    if isinstance(code, str) and re.fullmatch(r"[0-9]{3}", code):
        code = int(code)
    if not (code is None or type(code) is int):
        raise BadEvent("code")
    reference = reference_in(message_id if message_id.startswith("<") else f"<{message_id}>")
    if reference is None:
        return Outcome.UNKNOWN
    if event.type == COMPLAINED:
        return complained(*reference)
    is_late = code in range(400, 500) or answer.startswith("4.")
    return bounced(*reference, code=code, answer=answer, permanent=not is_late)
