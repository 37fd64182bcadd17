"""What the newest event is that an object has taken in: so that events in any order lead to the same end."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.webhooks.kinds import rank_of
from app.ids import uuid7
from app.models.webhook import WebhookEffect, WebhookEvent, WebhookWatermark

#: what tells which of two events of an object is the newer one: the second, then the type, then the id
Place = tuple[dt.datetime, int, str]


def place_of(event: WebhookEvent) -> Place:
    """Where an event stands among those of its object; never the same for two."""
    return event.happened_at, rank_of(event.type), event.event_id


def hold(session: Session, school_id: int, provider: str, object_id: str) -> Place | None:
    """The place of the newest event that the object has taken in; until the commit nobody else acts on the object."""
    name = f"webhook {school_id} {provider} {object_id}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    found = session.execute(
        select(WebhookWatermark.happened_at, WebhookEffect.type, WebhookWatermark.event_id)
        .join(
            WebhookEffect,
            (WebhookEffect.school_id == WebhookWatermark.school_id)
            & (WebhookEffect.provider == WebhookWatermark.provider)
            & (WebhookEffect.event_id == WebhookWatermark.event_id),
        )
        .where(
            WebhookWatermark.school_id == school_id, WebhookWatermark.provider == provider,
            WebhookWatermark.object_id == object_id,
        )
    ).one_or_none()  # fmt: skip
    return (found.happened_at, rank_of(found.type), found.event_id) if found else None


def raise_to(session: Session, school_id: int, event: WebhookEvent, object_id: str) -> None:
    """From now on whatever is older than this event does nothing to the object. Needs `hold`."""
    newest = {"happened_at": event.happened_at, "event_id": event.event_id}
    made = insert(WebhookWatermark).values(
        school_id=school_id, id=uuid7(), provider=event.provider, object_id=object_id, **newest
    )  # fmt: skip
    session.execute(made.on_conflict_do_update(constraint="webhook_watermark_once", set_=newest))
