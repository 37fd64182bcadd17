"""Subscriptions of schools: begun, changed and ended at the end of what is paid for, one at a time for each school."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing import periods, plans, renewing, standing
from app.domain.billing.accounts import hold
from app.domain.billing.saying import record_deed
from app.domain.billing.vat import WHOLE
from app.i18n.catalogue import N_
from app.models.billing import BillingAccount, Subscription, SubscriptionState
from app.models.plan import Interval, Plan, PlanPrice

TARGET = "subscription"


class NoSubscription(LookupError):
    """The school has none that goes on."""

    message = N_("This school has no subscription.")


class SubscribedAlready(Exception):
    """The school has one that goes on."""

    message = N_("This school has a subscription already. Change it, or end it first.")


class NotOffered(ValueError):
    """A plan that is not offered any more, or a price in another currency than the account's."""

    message = N_("This plan cannot be chosen for this school.")


class TooLongAgo(ValueError):
    """A first day more than an interval ago, which would bill period after period at once, or more than a year ahead."""

    message = N_("This day is too far away")


def start(
    session: Session,
    school_id: int,
    price_id: UUID,
    *,
    on: dt.date,
    by: Actor,
    quantity: int = 1,
    discount: int = 0,
    trial_until: dt.date | None = None,
    today: dt.date | None = None,
) -> Subscription:
    """Begin a subscription on a day, which is its anchor from then on, and bill its first period at once.

    With `trial_until` nothing is billed before that day, and it is the anchor. `today` is the date of the invoice. Audited as
    `billing.subscribe`. Raises NoAccount, SubscribedAlready, NoSuchPrice, NotOffered and TooLongAgo.
    """
    account = hold(session, school_id)
    if subscription_of(session, school_id) is not None:
        raise SubscribedAlready(school_id)
    chosen = _offered(session, account, price_id)
    anchor, day = trial_until or on, today or standing.today()
    if periods.following(anchor, anchor.day, chosen.interval) < day or anchor > periods.following(day, day.day, Interval.YEAR):
        raise TooLongAgo(str(anchor))
    subscription = Subscription(
        school_id=school_id, price_id=chosen.id, quantity=quantity, discount=discount, anchor_day=anchor.day, started_on=on,
        state=(SubscriptionState.TRIAL if trial_until else SubscriptionState.ACTIVE).value,
        # what is not billed yet: the days of the trial, or the day before the first period, which renewing then bills
        period_start=on if trial_until else on - dt.timedelta(days=1), period_end=anchor,
    )  # fmt: skip
    session.add(subscription)
    session.flush()
    _say(session, account, subscription, "billing.subscribe", by, after={"price": str(chosen.id), "quantity": quantity})
    if trial_until is None:
        renewing.renew(session, [school_id], day, until=on)
    session.refresh(subscription)
    return subscription


def change(session: Session, school_id: int, *, price_id: UUID, quantity: int | None = None, by: Actor) -> Subscription:
    """Have another plan, interval or quantity from the end of the period on. Audited as `billing.change`.

    The one that the subscription has already takes an earlier change back. Raises NoSubscription, NoSuchPrice and NotOffered.
    """
    account, subscription = _current(session, school_id)
    chosen = _offered(session, account, price_id, subscription)
    before = {"price": str(subscription.next_price_id or subscription.price_id), "quantity": subscription.quantity}
    subscription.next_price_id = None if _same(chosen, plans.price_of(session, subscription.price_id)) else chosen.id
    subscription.next_quantity = None if quantity in (None, subscription.quantity) else quantity
    _say(
        session, account, subscription, "billing.change", by, before=before,
        after={"price": str(chosen.id), "quantity": quantity or subscription.quantity},
    )  # fmt: skip
    return subscription


def cancel_at_end(session: Session, school_id: int, *, by: Actor) -> Subscription:
    """Let no period follow the one that is paid for. Audited as `billing.cancel`. Raises NoSubscription."""
    account, subscription = _current(session, school_id)
    subscription.cancel_at_end = True
    _say(session, account, subscription, "billing.cancel", by, after={"ends_on": subscription.period_end})
    return subscription


def resume(session: Session, school_id: int, *, by: Actor) -> Subscription:
    """Let it go on after all, before the period is over. Audited as `billing.resume`. Raises NoSubscription."""
    account, subscription = _current(session, school_id)
    subscription.cancel_at_end = False
    _say(session, account, subscription, "billing.resume", by, after={"ends_on": None})
    return subscription


def end(session: Session, school_id: int, *, on: dt.date, by: Actor) -> Subscription:
    """End it at once; what was billed stays: credit it apart. Audited as `billing.end`. Raises NoSubscription."""
    account, subscription = _current(session, school_id)
    subscription.state, subscription.ended_on = SubscriptionState.ENDED.value, on
    _say(session, account, subscription, "billing.end", by, after={"ends_on": on})
    return subscription


def subscription_of(session: Session, school_id: int) -> Subscription | None:
    """The subscription of a school that has not ended."""
    mine = Subscription.school_id == school_id, Subscription.state != SubscriptionState.ENDED.value
    return session.scalar(select(Subscription).where(*mine).execution_options(populate_existing=True))


def monthly_net(session: Session, school_id: int) -> Fraction:
    """What the subscription of a school costs in a month, in cents before VAT and after its discount; 0 without one."""
    mine = Subscription.school_id == school_id, Subscription.state != SubscriptionState.ENDED.value
    found = session.execute(
        select(PlanPrice.amount, PlanPrice.interval, Subscription.quantity, Subscription.discount)
        .join(PlanPrice, PlanPrice.id == Subscription.price_id)
        .where(*mine)
    ).one_or_none()
    if found is None:
        return Fraction(0)
    return periods.monthly(found.amount * found.quantity, found.interval) * Fraction(WHOLE - found.discount, WHOLE)


def _current(session: Session, school_id: int) -> tuple[BillingAccount, Subscription]:
    account = hold(session, school_id)
    subscription = subscription_of(session, school_id)
    if subscription is None:
        raise NoSubscription(school_id)
    return account, subscription


def _offered(
    session: Session, account: BillingAccount, price_id: UUID, subscription: Subscription | None = None
) -> PlanPrice:  # fmt: skip
    """A price that may be chosen: of a plan that is offered, or of the one that the school has."""
    chosen = plans.price_of(session, price_id)
    is_own = subscription is not None and _same(chosen, plans.price_of(session, subscription.price_id))
    if chosen.currency != account.currency or not (is_own or session.get_one(Plan, chosen.plan_id).is_offered):
        raise NotOffered(str(price_id))
    return chosen


def _same(one: PlanPrice, other: PlanPrice) -> bool:
    """Whether two prices are of one plan and interval: a period takes the newest of them."""
    return (one.plan_id, one.interval, one.currency) == (other.plan_id, other.interval, other.currency)


def _say(
    session: Session, account: BillingAccount, subscription: Subscription, action: str, by: Actor, *,
    after: dict[str, object], before: dict[str, object] | None = None,
) -> None:  # fmt: skip
    session.flush()
    record_deed(
        session, account.school_id, action, (TARGET, subscription.id), label=account.name, by=by, before=before, after=after
    )
