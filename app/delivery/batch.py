"""What one run of a batch sends to whom: all that a sender needs, so that it needs no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.config import Settings
from app.delivery.seeing import seen_link
from app.delivery.states import Result


@dataclass(frozen=True)
class Batch:
    """Rows of id, person_id, name, email, phone and language; the message's texts by language; the school as sender.

    `devices` are a person's rows of id, endpoint, p256dh, auth and key_id; `gateway` the school's for SMS and WhatsApp.
    `done` fills with the results while they come; `time_left` gives the seconds in which something new may be begun.
    """

    settings: Settings
    school_id: int
    school: str
    reply_to: str | None
    url: str
    urgent: bool
    texts: Mapping[str, Any]
    people: Sequence[Any]
    done: Mapping[UUID, Result]
    time_left: Callable[[], float]
    devices: Mapping[UUID, Sequence[Any]] = field(default_factory=dict)
    gateway: Any = None
    asks: bool = False

    def link_of(self, row: Any) -> str:
        """Where a mail or a text message to somebody leads: where it `asks` whether they have seen it, with their own proof."""
        return seen_link(self.settings, self.school_id, row.id) if self.asks else self.url
