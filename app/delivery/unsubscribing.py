"""The link that ends what is not urgent: it works without signing in, so it carries its own proof (RFC 8058)."""

from __future__ import annotations

from uuid import UUID

from app.config import Settings
from app.delivery.proof import opened, sealed

_PURPOSE = "unsubscribe"


def unsubscribe_link(settings: Settings, school_id: int, person_id: UUID) -> str:
    """Where a person of a school leaves: always the same for the same person, as a mail may be old."""
    return f"{settings.public_url}/unsubscribe/{sealed(settings, _PURPOSE, school_id, person_id)}"


def person_of(settings: Settings, token: str) -> tuple[int, UUID] | None:
    """The school and the person of a link's token; None for one that we did not make."""
    return opened(settings, _PURPOSE, token)
