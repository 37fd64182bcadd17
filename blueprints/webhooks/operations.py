"""What an operator does about the inbox. Each verb crosses by itself and commits."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.config import Settings
from app.delivery import webhook_secrets
from app.delivery.webhook_secrets import Made
from app.domain.webhooks import customers, deeds
from app.domain.webhooks.deeds import Replayed
from app.i18n.catalogue import N_
from app.models.webhook import WebhookEvent, WebhookSecret
from app.tenancy.doors import across_schools

DEED = N_("The inbox of payment providers")


def replay(event_id: UUID, *, by: Actor) -> None:
    """Have an event acted on again. Raises CannotDo and LookupError."""
    with across_schools(DEED, routine=True) as session:
        deeds.replay(session, event_id, by=by)
        session.commit()


def replay_range(since: dt.datetime, until: dt.datetime, provider: str, *, by: Actor) -> Replayed:
    """Have all acted on again that failed among what came then."""
    with across_schools(DEED, routine=True) as session:
        done = deeds.replay_range(session, since, until, provider=provider, by=by)
        session.commit()
    return done


def discard(event_id: UUID, why: str, *, by: Actor) -> None:
    """Let an event have no effect. Raises CannotDo and LookupError."""
    with across_schools(DEED, routine=True) as session:
        deeds.discard(session, event_id, why, by=by)
        session.commit()


def by_hand(event_id: UUID, type_: str, data: dict[str, Any], why: str, *, by: Actor) -> WebhookEvent:
    """Give an event the effect that a person says it has. Raises CannotDo, LookupError, and what billing raises."""
    with across_schools(DEED, routine=True) as session:
        event = deeds.by_hand(session, event_id, type_, data, why, by=by)
        session.commit()
    return event


def add_secret(settings: Settings, provider: str, given: str, *, by: Actor) -> Made:
    """Store a secret of a provider. Raises SecretFault."""
    with across_schools(DEED, routine=True) as session:
        made = webhook_secrets.add(session, settings, provider, given, by=by)
        session.commit()
        session.refresh(made.row)
        session.expunge(made.row)
    return made


def roll_over(settings: Settings, secret_id: UUID, given: str, retires_at: dt.datetime, *, by: Actor) -> Made:
    """Store the secret that follows on one. Raises SecretFault and LookupError."""
    with across_schools(DEED, routine=True) as session:
        made = webhook_secrets.roll_over(session, settings, secret_id, given, retires_at=retires_at, by=by)
        session.commit()
        session.refresh(made.row)
        session.expunge(made.row)
    return made


def retire(secret_id: UUID, *, now: dt.datetime, by: Actor) -> WebhookSecret:
    """Let a secret hold no more. Raises AlreadyRetired and LookupError."""
    with across_schools(DEED, routine=True) as session:
        secret = webhook_secrets.retire(session, secret_id, now=now, by=by)
        session.commit()
        session.refresh(secret)
        session.expunge(secret)
    return secret


def tie(provider: str, customer: str, school_id: int, *, by: Actor) -> int:
    """Say which school a customer is; returns how many events waited for it. Raises TiedAlready."""
    with across_schools(DEED, routine=True) as session:
        number = customers.tie(session, provider, customer, school_id, by=by)
        session.commit()
    return number


def untie(provider: str, customer: str, *, by: Actor) -> None:
    """Let a customer be nobody again. Raises NotTied."""
    with across_schools(DEED, routine=True) as session:
        customers.untie(session, provider, customer, by=by)
        session.commit()
