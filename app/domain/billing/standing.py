"""How an account stands with its oldest unpaid invoice: which step of dunning comes next, and since when it is past due."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, select, type_coerce, update
from sqlalchemy.orm import Session

from app import clock
from app.domain.billing.states import UNPAID
from app.i18n.catalogue import N_
from app.models.billing import BillingAccount, Invoice, Subscription, SubscriptionState

#: the seller's clock, by which invoices are issued and due, and the hour of the day at which people are reminded
ZONE, HOUR = ZoneInfo("Africa/Johannesburg"), dt.time(8)


class Step(NamedTuple):
    """What happens `days` after an invoice was due (before it: below zero): `mail` goes to who pays, or operators take over.

    `number` is what `BillingAccount.dunning_step` says once it was taken; 0 is none so far.
    """

    number: int
    days: int
    called: str
    mail: str | None


STEPS = (
    Step(1, -7, N_("Reminder, a week before it is due"), "invoice_soon"),
    Step(2, 0, N_("Reminder, on the day it is due"), "invoice_due"),
    Step(3, 7, N_("First reminder after the day it was due"), "invoice_overdue"),
    Step(4, 14, N_("Second reminder after the day it was due"), "invoice_overdue"),
    Step(5, 30, N_("Past due: last reminder"), "invoice_past_due"),
    Step(6, 60, N_("With the operators of the platform"), None),
)


class Oldest(NamedTuple):
    """The unpaid invoice of a school that was due first."""

    id: UUID
    due_on: dt.date


def today() -> dt.date:
    """The day by the seller's clock."""
    return clock.now().astimezone(ZONE).date()


def at_hour(day: dt.date) -> dt.datetime:
    """The moment of a day at which people are reminded."""
    return dt.datetime.combine(day, HOUR, ZONE)


def oldest_unpaid(session: Session, school_id: int, *, after: dt.date | None = None) -> Oldest | None:
    """The unpaid invoice that was due first, or first of those due after a day; None where there is none."""
    unpaid = (
        select(Invoice.id, type_coerce(Invoice.due_on, Date).label("due_on"))
        .where(Invoice.school_id == school_id, Invoice.state.in_([state.value for state in UNPAID]))
        .order_by(Invoice.due_on, Invoice.id)
        .limit(1)
    )
    found = session.execute(unpaid.where(Invoice.due_on > after) if after else unpaid).one_or_none()
    return Oldest(found.id, found.due_on) if found else None


def reminded_of(session: Session, school_id: int, day: dt.date) -> Oldest | None:
    """The invoice that dunning is about on a day: the unpaid one that was due first and is not past the last step, so that one
    which operators have does not silence the others; where there is none such, the oldest."""
    last = day - dt.timedelta(days=STEPS[-1].days)
    return oldest_unpaid(session, school_id, after=last) or oldest_unpaid(session, school_id)


def refresh(session: Session, account: BillingAccount, *, of: Invoice) -> None:
    """Let dunning follow an invoice that became unpaid, or is unpaid no longer. The account is held by the caller.

    Steps begin anew when the invoice that they are about is another one: what was said about the old one was not said of this.
    """
    oldest, about = oldest_unpaid(session, account.school_id), reminded_of(session, account.school_id, today())
    if about is None:
        account.dunning_step, account.dunning_due_at = 0, None
    elif of.due_on is not None and _concerns(of, of.due_on, about):
        account.dunning_step, account.dunning_due_at = 0, at_hour(about.due_on + dt.timedelta(days=STEPS[0].days))
    if oldest is None or oldest.due_on >= today():
        account.past_due_since = None
        mark_subscription(session, account.school_id, SubscriptionState.PAST_DUE, SubscriptionState.ACTIVE)
    session.flush()


def _concerns(of: Invoice, due_on: dt.date, about: Oldest) -> bool:
    """Whether dunning was about an invoice, or is now: not about one that operators have while another is reminded of."""
    is_past_all = due_on <= today() - dt.timedelta(days=STEPS[-1].days) < about.due_on
    return (due_on, of.id) <= (about.due_on, about.id) and not is_past_all


def mark_subscription(session: Session, school_id: int, old: SubscriptionState, new: SubscriptionState) -> None:
    """Let a subscription that is `old` be `new`."""
    mine = Subscription.school_id == school_id, Subscription.state == old.value
    session.execute(update(Subscription).where(*mine).values(state=new.value))
