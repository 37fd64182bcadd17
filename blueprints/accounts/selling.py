"""Plans and their prices as operators read them. Inside `across_schools`."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.billing import Subscription, SubscriptionState
from app.models.plan import Plan, PlanPrice
from app.models.school import School

MOST_USERS = 50


class Priced(NamedTuple):
    """A price: `until` is the day from which another one holds, None where none follows. `schools` chose this very one."""

    row: PlanPrice
    until: dt.date | None
    schools: int

    def holds(self, on: dt.date) -> bool:
        return self.row.effective_from <= on and (self.until is None or on < self.until)


class Offered(NamedTuple):
    """A plan with its prices by interval and day, and how many schools have it."""

    row: Plan
    prices: list[Priced]
    schools: int


class User(NamedTuple):
    """A school that has a plan."""

    school_id: int
    name: str
    quantity: int
    state: str
    period_end: dt.date
    cancel_at_end: bool
    interval: str


def plans(session: Session) -> list[Offered]:
    """Every plan, those that are offered first: three selects."""
    rows = list(session.scalars(select(Plan).order_by(Plan.is_offered.desc(), Plan.code)))
    mine = Subscription.state != SubscriptionState.ENDED.value
    used = select(Subscription.price_id, func.count()).where(mine).group_by(Subscription.price_id)
    counts: dict[UUID, int] = {row[0]: row[1] for row in session.execute(used)}
    in_order = (PlanPrice.interval, PlanPrice.currency, PlanPrice.effective_from)
    prices = list(session.scalars(select(PlanPrice).order_by(*in_order)))
    return [_offered(row, [price for price in prices if price.plan_id == row.id], counts) for row in rows]


def plan(session: Session, plan_id: UUID) -> Plan | None:
    """A plan."""
    return session.get(Plan, plan_id)


def users(session: Session, plan_id: UUID) -> list[User]:
    """The schools that have a plan, by name; at most MOST_USERS."""
    found = (
        select(
            School.id, School.name, Subscription.quantity, Subscription.state, Subscription.period_end,
            Subscription.cancel_at_end, PlanPrice.interval,
        )
        .join(Subscription, Subscription.school_id == School.id)
        .join(PlanPrice, PlanPrice.id == Subscription.price_id)
        .where(PlanPrice.plan_id == plan_id, Subscription.state != SubscriptionState.ENDED.value)
        .order_by(School.name_key)
        .limit(MOST_USERS)
    )  # fmt: skip
    return [User(*row) for row in session.execute(found)]


def _offered(row: Plan, prices: list[PlanPrice], counts: dict[UUID, int]) -> Offered:
    priced = []
    for at, price in enumerate(prices):
        after = prices[at + 1] if at + 1 < len(prices) else None
        same = after and (after.interval, after.currency) == (price.interval, price.currency)
        priced.append(Priced(price, after.effective_from if after and same else None, counts.get(price.id, 0)))
    return Offered(row, priced, sum(each.schools for each in priced))
