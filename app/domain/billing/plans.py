"""Plans and their prices. A price holds for periods that begin on its day or later; it never changes, a new one follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.audit.record import record
from app.domain.billing.vat import TaxCode
from app.i18n.catalogue import N_
from app.models.plan import Interval, Plan, PlanPrice


class PlanExists(ValueError):
    """The code is taken."""

    message = N_("There is a plan with this code already.")


class PriceExists(ValueError):
    """The plan has a price from that day on."""

    message = N_("This plan has a price from that day on already. A price never changes: choose another day.")


class NoSuchPrice(LookupError):
    """There is no such price."""

    message = N_("There is no such price.")


def create(session: Session, code: str, name: Mapping[str, str], *, by: Actor) -> Plan:
    """A new plan that is offered; it needs a price before anybody can have it. Audited as `billing.plan`. Raises PlanExists."""
    if session.scalar(select(Plan.id).where(Plan.code == code)):
        raise PlanExists(code)
    plan = Plan(code=code, name=dict(name))
    session.add(plan)
    session.flush()
    record("billing.plan", plan, label=code, by=by, after={"name": dict(name)})
    return plan


def offer(session: Session, plan: Plan, *, is_offered: bool, by: Actor) -> None:
    """Offer a plan, or offer it no more: who has it keeps it. Audited as `billing.offer`."""
    before, plan.is_offered = plan.is_offered, is_offered
    session.flush()
    record("billing.offer", plan, label=plan.code, by=by, before={"offered": before}, after={"offered": is_offered})


def price(
    session: Session, plan: Plan, *, interval: Interval, amount: int, tax_code: TaxCode, effective_from: dt.date,
    by: Actor, currency: str = "ZAR",
) -> PlanPrice:  # fmt: skip
    """A price of `amount` cents before VAT for each unit and interval, from a day on. Audited as `billing.price`.

    Whoever has the plan pays it from their first period that begins on that day or later. Raises PriceExists.
    """
    mine = PlanPrice.plan_id == plan.id, PlanPrice.interval == interval.value, PlanPrice.currency == currency
    if session.scalar(select(PlanPrice.id).where(*mine, PlanPrice.effective_from == effective_from)):
        raise PriceExists(str(effective_from))
    made = PlanPrice(
        plan_id=plan.id, interval=interval.value, currency=currency, amount=amount, tax_code=tax_code.value,
        effective_from=effective_from,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(
        "billing.price", made, label=plan.code, by=by,
        after={"amount": amount, "currency": currency, "interval": interval.value, "effective_from": effective_from},
    )  # fmt: skip
    return made


def price_of(session: Session, price_id: UUID) -> PlanPrice:
    """A price. Raises NoSuchPrice."""
    found = session.get(PlanPrice, price_id)
    if found is None:
        raise NoSuchPrice(str(price_id))
    return found


def price_on(prices: Iterable[PlanPrice], chosen: PlanPrice, on: dt.date) -> PlanPrice:
    """Which of all prices a period pays that begins on a day: the newest of the same plan, interval and currency by then.

    Before the first of them it is the one that was chosen.
    """
    same = [
        each
        for each in prices
        if (each.plan_id, each.interval, each.currency) == (chosen.plan_id, chosen.interval, chosen.currency)
        and each.effective_from <= on
    ]
    return max(same, key=lambda each: each.effective_from, default=chosen)
