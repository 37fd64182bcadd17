"""What payment providers have told of the demo: events in each state, customers, a secret, and what was refused at the door.

Everything goes through the inbox itself, signed by nobody: so what came of it is what would have come of it.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.delivery import webhook_secrets
from app.delivery.webhook_secrets import SIMULATOR
from app.domain.webhooks import deeds
from app.domain.webhooks.body import read
from app.domain.webhooks.inbox import store
from app.domain.webhooks.processing import process
from app.domain.webhooks.refused import UNLISTED, Refusal
from app.extensions import current_settings
from app.models.billing import BillingAccount
from app.models.school import School
from app.models.webhook import ProviderCustomer, WebhookEvent, WebhookRefusal, WebhookSecret
from app.seed.karoo import KAROO
from app.seed.thaba import THABA

BY = Actor("command", None, "seed baseline")
CUSTOMERS = {"cus_thaba": THABA.slug, "cus_karoo": KAROO.slug}
_MINUTE, _HOUR, _DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


class Plan(NamedTuple):
    """An event that came so long ago. `copies`: how often it came again; `why`: an operator discarded it."""

    id: str
    type: str
    ago: dt.timedelta
    data: dict[str, Any]
    copies: int = 0
    why: str = ""


def _payment(number: int, customer: str = "cus_thaba", amount: object = 230_000, **more: Any) -> dict[str, Any]:
    return {"customer": customer, "payment": f"pay_demo_{number}", "amount": amount, "currency": "ZAR", **more}


PLANS = (
    Plan("evt_demo_01", "customer.updated", 6 * _DAY, {"customer": "cus_thaba"}),
    Plan("evt_demo_02", "payment.failed", 5 * _DAY, _payment(1, reason="insufficient_funds"), copies=2),
    Plan("evt_demo_03", "payment.pending", 5 * _DAY + 3 * _MINUTE, _payment(1)),  # came behind the one that was newer
    Plan("evt_demo_04", "payment.failed", 4 * _DAY, _payment(2, "cus_karoo", reason="card_expired")),
    Plan("evt_demo_05", "payout.created", 3 * _DAY, {"payout": "po_demo_1"}),
    Plan("evt_demo_06", "payment.failed", 2 * _DAY, _payment(3, amount="2300.00")),  # an amount that is no number of cents
    Plan("evt_demo_07", "payment.pending", 30 * _HOUR, _payment(4, amount="1.00"), why="The provider says it was a test."),
    Plan("evt_demo_08", "payment.succeeded", 5 * _HOUR, _payment(5, "cus_unheard_of")),
)
REFUSALS = (
    (SIMULATOR, Refusal.BAD_SIGNATURE, 2, 14), (SIMULATOR, Refusal.TOO_OLD, 2, 3), (SIMULATOR, Refusal.NOT_JSON, 9, 1),
    (UNLISTED, Refusal.UNKNOWN_PROVIDER, 4, 37), (UNLISTED, Refusal.UNKNOWN_PROVIDER, 5, 8),
)  # fmt: skip


def top_up(session: Session) -> int:
    """Add the events that are missing, each acted on as it would have been; returns how many. None without billing accounts.

    Needs the platform's session.
    """
    found = session.execute(select(School.slug, School.id).where(School.slug.in_(CUSTOMERS.values())))
    schools = {row.slug: row.id for row in found}
    billed = set(session.scalars(select(BillingAccount.school_id).where(BillingAccount.school_id.in_(schools.values()))))
    if billed != set(schools.values()):
        return 0
    _add_customers(session, schools)
    if session.scalar(select(WebhookSecret.id).where(WebhookSecret.provider == SIMULATOR).limit(1)) is None:
        webhook_secrets.add(session, current_settings(), SIMULATOR, by=BY)
    there = set(session.scalars(select(WebhookEvent.event_id).where(WebhookEvent.provider == SIMULATOR)))
    missing, now = [plan for plan in PLANS if plan.id not in there], clock.now()
    for plan in missing:
        _add(session, plan, now)
    if not there:
        _add_refusals(session, now)
    return len(missing)


def _add_customers(session: Session, schools: dict[str, int]) -> None:
    rows = [
        {"provider": SIMULATOR, "customer": customer, "for_school": schools[slug]} for customer, slug in CUSTOMERS.items()
    ]  # fmt: skip
    session.execute(insert(ProviderCustomer).values(rows).on_conflict_do_nothing())


def _add(session: Session, plan: Plan, now: dt.datetime) -> None:
    at = now - plan.ago
    raw = json.dumps({"id": plan.id, "type": plan.type, "created": int(at.timestamp()), "data": plan.data}).encode()
    for copy in range(plan.copies + 1):
        store(session, SIMULATOR, read(raw, now=now), raw, now=at + copy * _MINUTE)
    mine = WebhookEvent.provider == SIMULATOR, WebhookEvent.event_id == plan.id
    event_id = session.scalars(select(WebhookEvent.id).where(*mine)).one()
    process(session, event_id, now=at + dt.timedelta(seconds=2))
    if plan.why:
        deeds.discard(session, event_id, plan.why, by=BY)


def _add_refusals(session: Session, now: dt.datetime) -> None:
    for provider, reason, hours, number in REFUSALS:
        at = now - hours * _HOUR
        row = {"provider": provider, "reason": reason.value, "hour": at.replace(minute=0, second=0, microsecond=0)}
        session.execute(insert(WebhookRefusal).values(**row, number=number, last_at=at).on_conflict_do_nothing())
