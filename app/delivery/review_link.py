"""The link by which a family says what it thinks of its school: without signing in, so it carries its own proof.

It is made when a message goes out and is stored nowhere: a message about a review has the address of the review's page for the
school, and whoever looks at what was sent is led there, never to the family's own page.
"""

from __future__ import annotations

import re
from uuid import UUID

from app.config import Settings
from app.delivery.proof import opened, sealed
from app.extensions import current_settings
from app.models.message import Message
from app.models.school import School

_PURPOSE = "review"
_PAGE = "/marketing/reviews/"
_OF_REVIEW = re.compile(rf"{re.escape(_PAGE)}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\Z")


def page_of(review_id: UUID) -> str:
    """The page of a review, for the school: the `url` of the messages about it."""
    return f"{_PAGE}{review_id}"


def token_of(settings: Settings, school_id: int, review_id: UUID) -> str:
    """The proof that stands in the address: always the same for the same review, as a mail may be old."""
    return sealed(settings, _PURPOSE, school_id, review_id)


def review_of(settings: Settings, token: str) -> tuple[int, UUID] | None:
    """The school and the review of a link's token; None for one that we did not make."""
    return opened(settings, _PURPOSE, token)


def review_path(settings: Settings, slug: str, school_id: int, review_id: UUID) -> str:
    """Where a family says what it thinks."""
    return f"/s/{slug}/review/{token_of(settings, school_id, review_id)}"


def address_for(message: Message, school: School) -> str:
    """Where a message leads whoever gets it: to its address or, if it asks for a review, to their own page of that review."""
    found = _OF_REVIEW.search(message.url)
    if not found or message.person_id is None:
        return message.url
    settings = current_settings()
    return settings.public_url + review_path(settings, school.slug, school.id, UUID(found[1]))
