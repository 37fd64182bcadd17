"""What an operator does about events: play them again, discard them, process one by hand. Each stands in the audit."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.audit.both import record_both
from app.audit.record import Actor, Target, record
from app.domain.webhooks import watermarks
from app.domain.webhooks.effects import Meant
from app.domain.webhooks.inbox import PROCESS
from app.domain.webhooks.kinds import KINDS, object_of
from app.domain.webhooks.processing import end, make, reopen, reopen_all, take
from app.domain.webhooks.reasons import Reason
from app.i18n.catalogue import N_
from app.ids import first_of
from app.models.webhook import EventState, WebhookEvent
from app.work.outbox import queue, queue_each

MOST = 1000  # events of a range that are played again at once; for the others it is asked again


class CannotDo(Exception):
    """A deed that does nothing; `message` says why."""

    message = N_("Nothing was changed.")


class DoneAlready(CannotDo):
    """It has had its effect, and has it once."""

    message = N_("This event has had its effect. Nothing was done again.")


class UnderWay(CannotDo):
    """It is about to be acted on by itself."""

    message = N_("This event waits to be acted on already. Nothing was changed.")


class Nobodys(CannotDo):
    """Whose it is is not known."""

    message = N_("Tie the customer to a school first: it is not known whose event this is.")


class Meaningless(CannotDo):
    """There is nothing to do for an event of its type."""

    message = N_("Events of this type mean nothing to us: there is nothing to do for it.")


class Older(CannotDo):
    """A newer event of the same object has had its effect."""

    message = N_("A newer event of the same payment or customer has had its effect: this one would have none.")


class Replayed(NamedTuple):
    """Of a range: how many are played again, how many are left as they are (they had their effect, or mean nothing), and
    how many `more` failed than are played again at once."""

    again: int
    left: int
    more: int


def replay(session: Session, event_id: UUID, *, by: Actor) -> WebhookEvent:
    """Have an event that failed, was ignored as discarded, or waits for its next try, acted on at once. Raises CannotDo.

    What is done stays done: its effect is never made twice.
    """
    event = _taken(session, event_id)
    _refuse(event)
    was = event.state
    reopen(session, event)
    queue(PROCESS, event.id)
    _record(session, event, "webhooks.replay", by, before={"state": was}, after={"state": event.state})
    return event


def replay_range(session: Session, since: dt.datetime, until: dt.datetime, *, provider: str, by: Actor) -> Replayed:
    """The same for all that failed of what came from `since` on and before `until`: the oldest MOST of them.

    `provider` "" means all of them. It takes as many statements for a thousand events as for one.
    """
    within = _within(since, until, provider)
    total = _number(session, within)
    failed = _number(session, [*within, _can_go_again()])
    oldest = select(WebhookEvent.id).where(*within, _can_go_again()).order_by(WebhookEvent.id).limit(MOST)
    ids = session.scalars(oldest.with_for_update()).all()
    if ids:
        reopen_all(session, ids)
        queue_each(PROCESS, ids, queue="default")
    after = {"number": len(ids), "since": since.isoformat(), "until": until.isoformat(), "provider": provider}
    record("webhooks.replay_range", Target("webhook_event"), label=provider, by=by, after=after)
    return Replayed(len(ids), max(0, total - failed), max(0, failed - len(ids)))


def in_range(session: Session, since: dt.datetime, until: dt.datetime, provider: str) -> int:
    """How many events of this range failed, and would be played again."""
    return _number(session, [*_within(since, until, provider), _can_go_again()])


def discard(session: Session, event_id: UUID, why: str, *, by: Actor) -> WebhookEvent:
    """Let an event that waits or failed have no effect, with a reason. Raises DoneAlready."""
    event = _taken(session, event_id)
    if event.state == EventState.DONE:
        raise DoneAlready
    was = event.state
    end(session, event, EventState.IGNORED, Reason.DISCARDED, now=_now(session), note=why)
    _record(session, event, "webhooks.discard", by, before={"state": was}, after={"state": event.state, "why": why})
    return event


def by_hand(session: Session, event_id: UUID, type_: str, data: dict[str, Any], why: str, *, by: Actor) -> WebhookEvent:
    """Give an event the effect that a person says it should have: `data` in the shape of the `type_`, for the event's school.

    Raises CannotDo, also where a newer event of the payment is known, ValidationError, and what billing raises.
    """
    event = _taken(session, event_id)
    if event.state == EventState.DONE:
        raise DoneAlready
    if event.for_school is None:
        raise Nobodys
    loaded = KINDS[type_].schema.load(data)
    object_id = object_of(type_, loaded)
    assert object_id
    newest = watermarks.hold(session, event.for_school, event.provider, object_id)
    was = event.state
    is_older = newest is not None and newest >= watermarks.place_of(event)
    if is_older or not make(session, event, Meant(event.provider, type_, event.happened_at, loaded), by=by):
        raise Older
    watermarks.raise_to(session, event.for_school, event, object_id)
    end(session, event, EventState.DONE, Reason.BY_HAND, now=_now(session), note=why)
    after = {"state": event.state, "type": type_, "data": loaded, "why": why}
    _record(session, event, "webhooks.by_hand", by, before={"state": was}, after=after)
    return event


def _taken(session: Session, event_id: UUID) -> WebhookEvent:
    event = take(session, event_id)
    if event is None:
        raise LookupError(event_id)
    return event


def _refuse(event: WebhookEvent) -> None:
    """Raise CannotDo for an event that cannot be played again."""
    if event.state == EventState.DONE:
        raise DoneAlready
    if event.type not in KINDS:
        raise Meaningless
    if event.for_school is None:
        raise Nobodys
    if event.state == EventState.STORED and event.attempts == 0:
        raise UnderWay
    if event.state == EventState.IGNORED and event.reason == Reason.OLDER:
        raise Older


def _can_go_again() -> ColumnElement[bool]:
    """What a range plays again: what failed. What somebody discarded, they discarded for a reason."""
    return (WebhookEvent.state == EventState.FAILED) & WebhookEvent.for_school.is_not(None)


def _within(since: dt.datetime, until: dt.datetime, provider: str) -> list[ColumnElement[bool]]:
    """What came then. An id is made when its event is stored, never before it came: so the index of the ids leads there."""
    within: list[ColumnElement[bool]] = [
        WebhookEvent.id >= first_of(since), WebhookEvent.received_at >= since, WebhookEvent.received_at < until,
    ]  # fmt: skip
    return [*within, WebhookEvent.provider == provider] if provider else within


def _number(session: Session, within: list[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(WebhookEvent).where(*within)) or 0


def _now(session: Session) -> dt.datetime:
    found: dt.datetime = session.execute(select(func.now())).scalar_one()
    return found


def _record(
    session: Session, event: WebhookEvent, action: str, by: Actor, *, before: dict[str, object], after: dict[str, object]
) -> None:
    """In the platform's log, and in that of the school whose event it is."""
    target = Target("webhook_event", event.id)
    if event.for_school:
        record_both(session, event.for_school, action, target, label=event.event_id, by=by, before=before, after=after)
    else:
        record(action, target, label=event.event_id, by=by, before=before, after=after)
