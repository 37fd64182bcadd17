"""The link by which somebody says that they have seen a message: without signing in, so it carries its own proof."""

from __future__ import annotations

from uuid import UUID

from app.config import Settings
from app.delivery.proof import opened, sealed

_PURPOSE = "seen"


def seen_link(settings: Settings, school_id: int, delivery_id: UUID) -> str:
    """Where whoever got this delivery answers; a mail and a text message to one person lead to the same answer."""
    return f"{settings.public_url}/emergency/seen/{sealed(settings, _PURPOSE, school_id, delivery_id)}"


def delivery_of(settings: Settings, token: str) -> tuple[int, UUID] | None:
    """The school and the delivery of a link's token; None for one that we did not make."""
    return opened(settings, _PURPOSE, token)
