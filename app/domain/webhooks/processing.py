"""Acting on a stored event: its effect, its mark and the watermark of its object are one transaction, so that a crash anywhere
leaves all of it or nothing, and whoever takes it up again finds out which."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import select, tuple_, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.webhooks import effects, watermarks
from app.domain.webhooks.effects import Meant
from app.domain.webhooks.inbox import add_effect, school_of
from app.domain.webhooks.kinds import KINDS
from app.domain.webhooks.reasons import Reason
from app.models.webhook import EventState, WebhookEffect, WebhookEvent
from app.tenancy.reading import driving

#: between one try and the next; after the last of them the event has failed
DELAYS = tuple(dt.timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 6 * 3600))
MOST_RUNS = 40  # of a job whose process ends before it can say why
LONGEST_NOTE = 300


def process(session: Session, event_id: UUID, *, now: dt.datetime, runs: int = 1) -> dt.datetime | None:
    """Act on an event, in the caller's transaction; returns when to try again, None when nothing is left to do.

    Needs `across_schools`. One that is at its end, or that is nobody's, is left alone. Raises what ends a connection.
    """
    event = take(session, event_id)
    if event is None or event.state != EventState.STORED or not _is_somebodys(session, event, now):
        return None
    if runs > MOST_RUNS:
        end(session, event, EventState.FAILED, Reason.EFFECT_FAILED, now=now, note="the process that acted on it kept ending")
        return None
    try:
        with session.begin_nested():
            _act(session, event, now)
    except ValidationError as fault:
        end(session, event, EventState.FAILED, Reason.BAD_DATA, now=now, note=json.dumps(fault.messages, default=str))
    except (OperationalError, InterfaceError):  # PostgreSQL's fault, or a deadlock: the runner tries again soon, and for ever
        raise
    except Exception as fault:
        return _put_off(session, event, f"{type(fault).__name__}: {fault}", now)
    return None


def take(session: Session, event_id: UUID) -> WebhookEvent | None:
    """An event, held until the commit: nobody else acts on it meanwhile."""
    return session.get(WebhookEvent, event_id, with_for_update=True, populate_existing=True)


def data_of(event: WebhookEvent) -> dict[str, object]:
    """The data of a stored event as it came."""
    found: dict[str, object] = json.loads(event.body)["data"]
    return found


def make(session: Session, event: WebhookEvent, meant: Meant, *, by: Actor | None = None) -> bool:
    """Make an effect, and see at once whether the database lets it stand: that its ledger sums to zero it asks at the end.

    False where billing knows something newer, and so nothing was changed.
    """
    assert event.for_school
    is_new = effects.apply(session, event.for_school, meant, by=by)
    session.flush()
    with driving() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return is_new


def end(
    session: Session, event: WebhookEvent, state: EventState, reason: str | None, *, now: dt.datetime, note: str | None = None
) -> None:
    """Mark an event, and what it is to its school, as being at an end."""
    event.state, event.reason, event.ended_at = state.value, reason, now
    event.note = note[:LONGEST_NOTE] if note else None
    session.flush()
    _mark(session, event)


def reopen(session: Session, event: WebhookEvent) -> None:
    """Let an event be acted on anew."""
    event.state, event.reason, event.note = EventState.STORED.value, None, None
    event.attempts, event.ended_at = 0, None
    session.flush()
    _mark(session, event)


def reopen_all(session: Session, event_ids: Sequence[UUID]) -> None:
    """The same for many, which the caller holds: one statement for the events, one for what they are to their schools."""
    fresh = {"state": EventState.STORED.value, "reason": None, "ended_at": None}
    session.execute(
        update(WebhookEvent).where(WebhookEvent.id.in_(event_ids)).values(fresh | {"note": None, "attempts": 0}),
        execution_options={"synchronize_session": False},
    )
    theirs = select(WebhookEvent.for_school, WebhookEvent.provider, WebhookEvent.event_id).where(WebhookEvent.id.in_(event_ids))
    session.execute(
        update(WebhookEffect)
        .where(tuple_(WebhookEffect.school_id, WebhookEffect.provider, WebhookEffect.event_id).in_(theirs))
        .values(fresh),
        execution_options={"synchronize_session": False},
    )
    session.expire_all()


def adopt(session: Session, event: WebhookEvent, school_id: int, *, now: dt.datetime) -> None:
    """Let an event that was nobody's be a school's."""
    event.for_school, event.reason = school_id, None
    session.flush()
    add_effect(session, school_id, event.provider, event.event_id, event.type, event.happened_at, now=now)


def _is_somebodys(session: Session, event: WebhookEvent, now: dt.datetime) -> bool:
    """Whether it is known whose it is; the customer may have been tied to a school since it came."""
    if event.for_school is None and (school_id := school_of(session, event.provider, event.customer, event.object_id)):
        adopt(session, event, school_id, now=now)
    return event.for_school is not None


def _act(session: Session, event: WebhookEvent, now: dt.datetime) -> None:
    kind, school_id, object_id = KINDS.get(event.type), event.for_school, event.object_id
    if kind is None:  # a type that an earlier version knew
        end(session, event, EventState.IGNORED, Reason.UNKNOWN_TYPE, now=now)
        return
    data = kind.schema.load(data_of(event))
    assert school_id
    assert object_id, "data of the right shape names its object"
    newest = watermarks.hold(session, school_id, event.provider, object_id)
    is_older = newest is not None and newest >= watermarks.place_of(event)
    if is_older or not make(session, event, Meant(event.provider, event.type, event.happened_at, data)):
        end(session, event, EventState.IGNORED, Reason.OLDER, now=now)
        return
    watermarks.raise_to(session, school_id, event, object_id)
    end(session, event, EventState.DONE, None, now=now)


def _put_off(session: Session, event: WebhookEvent, why: str, now: dt.datetime) -> dt.datetime | None:
    """Count a failure; returns when to try again, None when that was the last try."""
    event.attempts += 1
    if event.attempts > len(DELAYS):
        end(session, event, EventState.FAILED, Reason.EFFECT_FAILED, now=now, note=why)
        return None
    event.reason, event.note = Reason.RETRYING, why[:LONGEST_NOTE]
    session.flush()
    _mark(session, event)
    return now + DELAYS[event.attempts - 1]


def _mark(session: Session, event: WebhookEvent) -> None:
    mine = update(WebhookEffect).where(
        WebhookEffect.school_id == event.for_school, WebhookEffect.provider == event.provider,
        WebhookEffect.event_id == event.event_id,
    )  # fmt: skip
    values = {"state": event.state, "reason": event.reason, "ended_at": event.ended_at}
    session.execute(mine.values(values), execution_options={"synchronize_session": False})
