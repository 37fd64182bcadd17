"""Our own record of which school a provider's customer is. What a payload says of a school is never asked."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.both import record_both
from app.audit.record import Actor, Target
from app.domain.webhooks.inbox import PROCESS
from app.i18n.catalogue import N_
from app.models.school import School
from app.models.webhook import EventState, ProviderCustomer, WebhookEvent
from app.work.outbox import queue_each

MOST = 100


class TiedAlready(Exception):
    """The customer is tied to a school; whoever wants to move them unties them first."""

    message = N_("This customer is tied to %(school)s. Untie it there first.")

    def __init__(self, school: str) -> None:
        super().__init__(school)
        self.school = school


class NotTied(LookupError):
    """There is no such customer."""


class Customer(NamedTuple):
    """A customer of a provider, and which school it is."""

    provider: str
    customer: str
    school_id: int
    school: str
    created_at: dt.datetime


class Unknown(NamedTuple):
    """A customer who is tied to no school, how many events wait for it, and since when."""

    provider: str
    customer: str
    number: int
    since: dt.datetime


def tie(session: Session, provider: str, customer: str, school_id: int, *, by: Actor) -> int:
    """Say which school a customer is, and have what waited for it acted on; returns how many events did.

    Needs `across_schools`. Raises TiedAlready, also when it is this school.
    """
    tied = session.execute(
        select(School.name)
        .join(ProviderCustomer, ProviderCustomer.for_school == School.id)
        .where(ProviderCustomer.provider == provider, ProviderCustomer.customer == customer)
    ).scalar()
    if tied is not None:
        raise TiedAlready(tied)
    session.add(ProviderCustomer(provider=provider, customer=customer, for_school=school_id))
    session.flush()
    waiting = session.scalars(
        select(WebhookEvent.id)
        .where(
            WebhookEvent.for_school.is_(None), WebhookEvent.customer == customer, WebhookEvent.provider == provider,
            WebhookEvent.state == EventState.STORED,
        )
        .order_by(WebhookEvent.id)
    ).all()  # fmt: skip
    if waiting:
        queue_each(PROCESS, waiting, queue="default")
    after = {"provider": provider, "customer": customer, "number": len(waiting)}
    record_both(session, school_id, "webhooks.tie", Target("provider_customer"), label=customer, by=by, after=after)
    return len(waiting)


def untie(session: Session, provider: str, customer: str, *, by: Actor) -> None:
    """From now on the customer is nobody. What came before stays the school's. Raises NotTied."""
    found = session.get(ProviderCustomer, (provider, customer), with_for_update=True)
    if found is None:
        raise NotTied
    before = {"provider": provider, "customer": customer}
    record_both(
        session, found.for_school, "webhooks.untie", Target("provider_customer"), label=customer, by=by, before=before
    )  # fmt: skip
    session.delete(found)


def customers(session: Session) -> list[Customer]:
    """Every customer that is tied to a school, the newest first; at most MOST."""
    found = (
        select(ProviderCustomer.provider, ProviderCustomer.customer, School.id, School.name, ProviderCustomer.created_at)
        .join(School, School.id == ProviderCustomer.for_school)
        .order_by(ProviderCustomer.created_at.desc(), ProviderCustomer.provider, ProviderCustomer.customer)
        .limit(MOST)
    )
    return [Customer(*row) for row in session.execute(found)]


def unknown(session: Session) -> list[Unknown]:
    """The customers for whom events wait and who are tied to no school, the oldest first; at most MOST."""
    number, since = func.count(), func.min(WebhookEvent.received_at)
    found = (
        select(WebhookEvent.provider, WebhookEvent.customer, number, since)
        .where(WebhookEvent.for_school.is_(None), WebhookEvent.customer.is_not(None), WebhookEvent.state == EventState.STORED)
        .group_by(WebhookEvent.provider, WebhookEvent.customer)
        .order_by(since)
        .limit(MOST)
    )
    return [Unknown(provider, customer or "", number, since) for provider, customer, number, since in session.execute(found)]
