"""Storing what has come: raw, once, in one short transaction with its mark in the school and the doorbell of who acts on it."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections import Counter
from enum import StrEnum

from psycopg.errors import LockNotAvailable
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.webhooks.body import Event
from app.domain.webhooks.kinds import KINDS, customer_of, object_of
from app.domain.webhooks.reasons import Reason
from app.ids import uuid7
from app.models.billing import Payment
from app.models.webhook import EventState, ProviderCustomer, WebhookEffect, WebhookEvent
from app.tenancy.reading import driving
from app.work.outbox import queue

PROCESS = "webhooks.process"
PATIENCE = "50ms"  # that a copy waits to be counted while its event is being acted on; then a later one counts it too
_left: Counter[tuple[str, str, bool]] = Counter()  # copies, and altered ones, that are still to be counted
_turn = threading.Lock()


class Taken(StrEnum):
    """What became of an event at the door."""

    STORED = "stored"
    IGNORED = "ignored"
    COPY = "copy"
    ALTERED = "altered"


def store(session: Session, provider: str, event: Event, raw: bytes, *, now: dt.datetime) -> Taken:
    """Store an event that is proven and read, in the caller's transaction; a second one of the same id changes nothing.

    Whose it is says our own record, of the payment or of the provider's customer. Needs `across_schools`.
    """
    customer, digest = customer_of(event.data), hashlib.sha256(raw).hexdigest()
    object_id = object_of(event.type, event.data)
    school_id = school_of(session, provider, customer, object_id)
    state, reason = _at_first(event, customer, school_id)
    made = insert(WebhookEvent).values(
        id=uuid7(), provider=provider, event_id=event.id, type=event.type, happened_at=event.at, body=raw, sha256=digest,
        object_id=object_id, customer=customer, for_school=school_id, state=state.value, reason=reason,
        received_at=now, ended_at=None if state is EventState.STORED else now,
    )  # fmt: skip
    event_id = session.scalar(made.on_conflict_do_nothing(constraint="webhook_event_once").returning(WebhookEvent.id))
    if event_id is None:
        return _again(session, provider, event.id, digest)
    if school_id:
        add_effect(session, school_id, provider, event.id, event.type, event.at, state=state, reason=reason, now=now)
    if state is EventState.STORED and school_id:
        queue(PROCESS, event_id)
    return Taken.IGNORED if state is EventState.IGNORED else Taken.STORED


def _at_first(event: Event, customer: str | None, school_id: int | None) -> tuple[EventState, str | None]:
    """How an event begins: most wait to be acted on; what means nothing, or can be nobody's, is at its end."""
    if event.type not in KINDS:
        return EventState.IGNORED, Reason.UNKNOWN_TYPE
    if customer is None:
        return EventState.FAILED, Reason.BAD_DATA
    return EventState.STORED, None if school_id else Reason.UNKNOWN_CUSTOMER


def school_of(session: Session, provider: str, customer: str | None, object_id: str | None) -> int | None:
    """Whose an event is, by our own record: a payment that a school has stays that school's, whoever its customer is tied to
    since; else the school that the provider's customer is."""
    kind, _, reference = (object_id or "").partition(":")
    if kind == "payment" and (owner := _owner_of(session, provider, reference)):
        return owner
    return session.scalar(
        select(ProviderCustomer.for_school).where(
            ProviderCustomer.provider == provider, ProviderCustomer.customer == customer
        )
    )  # fmt: skip


def _owner_of(session: Session, provider: str, reference: str) -> int | None:
    """The school that a payment was first recorded for."""
    mine = select(Payment.school_id).where(Payment.provider == provider, Payment.reference == reference)
    return session.scalar(mine.order_by(Payment.created_at, Payment.id).limit(1))


def add_effect(
    session: Session, school_id: int, provider: str, event_id: str, type_: str, at: dt.datetime, *, now: dt.datetime,
    state: EventState = EventState.STORED, reason: str | None = None,
) -> None:  # fmt: skip
    """What an event is to its school, which its people see; one that is there already stays."""
    made = insert(WebhookEffect).values(
        school_id=school_id, id=uuid7(), provider=provider, event_id=event_id, type=type_, state=state.value, reason=reason,
        happened_at=at, received_at=now, ended_at=None if state is EventState.STORED else now,
    )  # fmt: skip
    session.execute(made.on_conflict_do_nothing(constraint="webhook_effect_once"))


def _again(session: Session, provider: str, event_id: str, digest: str) -> Taken:
    """The same id once more: count it. Nothing of the second body is kept."""
    mine = (WebhookEvent.provider == provider, WebhookEvent.event_id == event_id)
    is_copy = session.scalar(select(WebhookEvent.sha256).where(*mine)) == digest
    key = (provider, event_id, is_copy)
    with _turn:
        number = _left.pop(key, 0) + 1
    if not _count(session, key, number):
        with _turn:
            _left[key] += number
    return Taken.COPY if is_copy else Taken.ALTERED


def _count(session: Session, key: tuple[str, str, bool], number: int) -> bool:
    """Count copies of an event; False while somebody acts on it, who holds its row for as long as that takes."""
    provider, event_id, is_copy = key
    column = WebhookEvent.copies if is_copy else WebhookEvent.altered
    mine = update(WebhookEvent).where(WebhookEvent.provider == provider, WebhookEvent.event_id == event_id)
    try:
        with session.begin_nested():
            with driving() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            session.execute(mine.values({column: column + number}), execution_options={"synchronize_session": False})
            with driving() as cursor:
                cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as fault:
        if not isinstance(fault.orig, LockNotAvailable):
            raise
        return False
    return True
