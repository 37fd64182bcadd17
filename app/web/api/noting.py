"""What programs read of people stands in the audit log: an event for each token, each list and each hour, not for each page."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from psycopg.errors import UniqueViolation

from app import clock
from app.access.actor import current_actor
from app.access.who import asking
from app.audit.record import Target, add_event
from app.tenancy.doors import acting_for, outside
from app.tenancy.scope import current_school_id

MOST = 10_000  # events that a process remembers to have stored
_stored: set[UUID] = set()


def note_read(what: str) -> None:
    """Store, once an hour, that the token of this request read `what`; wherever else the same was stored, it is that event."""
    token = asking().token
    if token is None:
        return
    hour = clock.now().strftime("%Y-%m-%dT%H")
    event_id = uuid5(NAMESPACE_URL, f"umthi:api.read:{token.id}:{what}:{hour}")
    if event_id in _stored:
        return
    school_id, by = current_school_id(), current_actor()
    target = Target("api_token", token.id)
    try:
        with outside(), acting_for(school_id) as session:
            add_event(session, "api.read", target, label=token.name, by=by, after={"read": what}, event_id=event_id)
            session.commit()
    except UniqueViolation:  # another process was first
        pass
    if len(_stored) >= MOST:
        _stored.clear()
    _stored.add(event_id)
