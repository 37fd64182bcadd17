"""What the console's search box finds of the inbox: an event, or those about a payment or of a customer, by their ids."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.searching import Hit, Search
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.web.badges import STATES
from app.web.links import url
from blueprints.webhooks import queries

EVENT = N_("Webhook event")


def events(session: Session, text: str) -> list[Hit]:
    """Events by the provider's id of them, of their payment or their customer."""
    voice = speech()
    return [
        Hit(EVENT, row.event_id, f"{row.provider} · {row.type} · {voice.gettext(STATES[row.state][1])}", url(
            "webhooks.show_event", row.id,
        ))
        for row in queries.found(session, text)
    ]  # fmt: skip


SOURCES = (Search("webhooks", events),)
