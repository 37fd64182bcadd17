"""The events of a school: what happens when and where, for its website and its calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, bindparam, func, select

from app import clock
from app.audit.record import Actor, record
from app.i18n.catalogue import N_
from app.models.site import SchoolEvent
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading

LONGEST_TITLE, LONGEST_TEXT, LONGEST_PLACE = 120, 2_000, 200
MOST = 500  # events that are to come


class EventError(Exception):
    """Why an event cannot be kept so; `message` is for people, marked with N_."""

    message = ""


class EventChanged(EventError):
    message = N_("Somebody else has changed this event meanwhile. What you typed is still here: compare, and save again.")


class EventRemoved(EventChanged):
    message = N_(
        "Somebody else has removed this event meanwhile. What you typed is still here: save it to bring the event back."
    )


class TooManyEvents(EventError):
    message = N_("There are 500 events to come, and there may not be more. Remove some first.")


class EventDraft(NamedTuple):
    """An event as somebody wrote it. `ends_at` None: no end is said."""

    title: Mapping[str, str]
    text: Mapping[str, str]
    place: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    is_shown: bool


class Event(NamedTuple):
    """An event as it is shown: texts by language (`wording.said`), plain with line ends; moments are aware."""

    id: UUID
    title: Mapping[str, str]
    text: Mapping[str, str]
    place: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    is_shown: bool
    revision: int
    created_at: dt.datetime
    edited_at: dt.datetime | None

    def is_over(self, now: dt.datetime) -> bool:
        """Whether it has ended; one without an end is over a day after its beginning."""
        return (self.ends_at or self.starts_at + dt.timedelta(days=1)) <= now


_COLUMNS = (
    SchoolEvent.id, SchoolEvent.title, SchoolEvent.text, SchoolEvent.place, SchoolEvent.starts_at, SchoolEvent.ends_at,
    SchoolEvent.is_shown, SchoolEvent.revision, SchoolEvent.created_at, SchoolEvent.edited_at,
)  # fmt: skip
#: when an event is over, as `Event.is_over` says it
ENDS = func.coalesce(SchoolEvent.ends_at, SchoolEvent.starts_at + dt.timedelta(days=1))
_NOW = bindparam("now", type_=DateTime(timezone=True))
_LIVE = select(*_COLUMNS).where(SchoolEvent.removed_at.is_(None))
_COMING = Prepared(
    _LIVE.where(ENDS > _NOW).order_by(SchoolEvent.starts_at, SchoolEvent.id).limit(bindparam("most")), Event
)  # fmt: skip
_SHOWN = Prepared(
    _LIVE.where(SchoolEvent.is_shown, ENDS > _NOW).order_by(SchoolEvent.starts_at, SchoolEvent.id).limit(bindparam("most")),
    Event,
)


def shown_events(now: dt.datetime, most: int = MOST) -> list[Event]:
    """What the public sees of the current school's events: those that are shown and not over, the next one first."""
    with reading() as cursor:
        return _SHOWN.all(cursor, now=now, most=most)


def coming(now: dt.datetime, most: int = MOST) -> list[Event]:
    """Every event that is not over, those that are not shown as well; the next one first."""
    with reading() as cursor:
        return _COMING.all(cursor, now=now, most=most)


def event(event_id: UUID, *, hold: bool = False) -> SchoolEvent | None:
    """An event of the current school, also one that was removed; held for a change with `hold`."""
    found = select(SchoolEvent).where(SchoolEvent.id == event_id)
    return db.session.scalars(found.with_for_update() if hold else found).one_or_none()


def add(draft: EventDraft, *, by: Actor) -> SchoolEvent:
    """A further event. Raises TooManyEvents. Audited."""
    if len(coming(clock.now(), MOST)) >= MOST:
        raise TooManyEvents
    made = SchoolEvent(
        title=dict(draft.title), text=dict(draft.text), place=draft.place, starts_at=draft.starts_at, ends_at=draft.ends_at,
        is_shown=draft.is_shown,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record("site.add_event", made, label=name_of(made.title), after=_facts(made), by=by)
    return made


def change(one: SchoolEvent, draft: EventDraft, *, revision: int, by: Actor) -> bool:
    """Change an event that is held and was seen at `revision`; False where nothing is different. Audited.

    One that was removed, and was seen so, is brought back. Raises EventChanged where somebody was faster, EventRemoved where
    they have removed it.
    """
    if one.revision != revision:
        raise EventChanged if one.removed_at is None else EventRemoved
    was_removed = restore(one, by=by)
    before = _facts(one)
    one.title, one.text, one.place = dict(draft.title), dict(draft.text), draft.place
    one.starts_at, one.ends_at, one.is_shown = draft.starts_at, draft.ends_at, draft.is_shown
    if (after := _facts(one)) == before:
        if not was_removed:
            db.session.expire(one)
        return was_removed
    one.edited_at = clock.now()
    record("site.change_event", one, label=name_of(one.title), before=before, after=after, by=by)
    return True


def remove(one: SchoolEvent, *, by: Actor) -> bool:
    """Take an event away; it can be brought back. False where it is away. Audited."""
    if one.removed_at is not None:
        return False
    one.removed_at = clock.now()
    record("site.remove_event", one, label=name_of(one.title), by=by)
    return True


def restore(one: SchoolEvent, *, by: Actor) -> bool:
    """Bring an event back that was removed; False where it is there. Audited."""
    if one.removed_at is None:
        return False
    one.removed_at = None
    record("site.restore_event", one, label=name_of(one.title), by=by)
    return True


def name_of(title: Mapping[str, str]) -> str:
    """What an event is called where nobody reads: the first of its titles."""
    return next(iter(title.values()), "")


def _facts(one: SchoolEvent) -> dict[str, object]:
    return {
        "title": dict(one.title), "text": dict(one.text), "place": one.place, "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat() if one.ends_at else None, "is_shown": one.is_shown,
    }  # fmt: skip
