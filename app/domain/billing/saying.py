"""How the deeds of billing are written into the audit: in the school's log and in the platform's."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.audit.both import record_both
from app.audit.record import Target, current_actor

PEOPLE = frozenset({"user", "operator"})


def record_deed(
    session: Session,
    school_id: int,
    action: str,
    target: tuple[str, UUID],
    *,
    label: str,
    by: Actor,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Add an event about a school's billing to both logs. An operator of this request is one to the school as well."""
    actor = None if by == current_actor() else by
    record_both(session, school_id, action, Target(*target), label=label, by=actor, before=before, after=after)


def shown_name(by: Actor | None) -> str | None:
    """Who did it, as the papers of billing show it: a person's name; None for the system's own work."""
    return by.name if by and by.kind in PEOPLE else None
