"""What happens to invoices, told by the product's own verbs."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from app import clock
from app.domain.billing import payments
from app.domain.billing.payments import Arrival
from app.domain.billing.standing import today
from tests.billing_domain.arranged import issue, platform

HOME = "/dashboard/billing/"
INVOICES, PAYMENTS = f"{HOME}invoices/", f"{HOME}payments/"


def days_ago(number: int) -> dt.date:
    return today() - dt.timedelta(days=number)


def issued(school: int, *units: int, ago: int = 1, **more: Any) -> UUID:
    """An invoice that was issued so many days ago; it is due 30 days after that."""
    return issue(school, *units, on=days_ago(ago), **more)


def arrive(
    school: int, amount: int, reference: str = "pay-1", *, state: str = "succeeded", currency: str = "ZAR",
    invoice: UUID | None = None, **more: Any,
) -> Arrival:  # fmt: skip
    """A payment by a provider, as it tells of it now."""
    with platform() as session:
        return payments.arrived(
            session, school, provider="eft", reference=reference, amount=amount, currency=currency, at=clock.now(),
            state=state, invoice_id=invoice, **more,
        )  # fmt: skip
