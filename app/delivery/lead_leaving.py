"""The link by which a lead asks to be written to no more: it works without signing in, so it carries its own proof."""

from __future__ import annotations

from uuid import UUID

from app.config import Settings
from app.delivery.proof import opened, sealed

_PURPOSE = "leave lead"


def token_of(settings: Settings, school_id: int, lead_id: UUID) -> str:
    """The proof that stands in the address: always the same for the same lead, as a mail may be old."""
    return sealed(settings, _PURPOSE, school_id, lead_id)


def leave_link(settings: Settings, school_id: int, lead_id: UUID) -> str:
    """Where a lead of a school says so."""
    return f"{settings.public_url}/leads/leave/{token_of(settings, school_id, lead_id)}"


def lead_of(settings: Settings, token: str) -> tuple[int, UUID] | None:
    """The school and the lead of a link's token; None for one that we did not make."""
    return opened(settings, _PURPOSE, token)
