"""Reads of the people of one notice: whom it would reach, where each of them stands, and what happened on the way."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from app import clock
from app.domain.deliveries import ACCEPTED, STANDINGS, Recipient, recipient, recipients
from app.domain.reach import Reachable, reachable
from app.domain.timeline import Step, timeline
from app.web.paging import PAGE, Key, Page, cut

#: what a list may ask for: one standing, or all whose message was accepted
STATES = ("accepted", *STANDINGS)


class Journey(NamedTuple):
    """Where somebody stands with a message, and every step to there."""

    recipient: Recipient
    steps: list[Step]


def would_reach(
    *, audience: str, channel: str | None, urgent: bool, way: str, after: Key | None, class_id: UUID | None = None
) -> Page[Reachable]:
    """The people of an audience whom a notice would reach on a way ("" for all of them), by name; those behind `after`."""
    rows = reachable(audience=audience, channel=channel, urgent=urgent, way=way, limit=PAGE + 1, after=after, class_id=class_id)
    return cut(rows, lambda row: (row.sort_key, row.id))


def people_of(message_id: UUID, state: str, after: Key | None) -> Page[Recipient]:
    """Those who stand at one of STATES with a message ("" for all), by name; those behind `after`."""
    standings = ACCEPTED if state == "accepted" else (state,) if state else STANDINGS
    rows = recipients(message_id, standings, limit=PAGE + 1, after=after)
    return cut(rows, lambda row: (row.sort_key, row.person_id))


def journey(message_id: UUID, person_id: UUID) -> Journey | None:
    """The way of a message to one person; None for somebody whom it is not for."""
    found = recipient(message_id, person_id)
    return Journey(found, timeline(message_id, person_id, clock.now())) if found else None
