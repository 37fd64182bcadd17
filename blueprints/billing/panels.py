"""What the dashboard says of billing: what is owed, and whether the messages of payment providers come through."""

from __future__ import annotations

from typing import NamedTuple

from app.access.permissions import Permission
from app.access.who import Who
from app.domain.webhooks import health
from app.domain.webhooks.health import OfSchool
from app.web.panels import Panel
from blueprints.billing import queries
from blueprints.billing.queries import Ages


class Overview(NamedTuple):
    """What is owed, by age, how many payments do not fit, and how the webhooks are."""

    currency: str
    ages: Ages
    misfits: int
    webhooks: OfSchool


def overview(_: Who) -> Overview | None:
    """How billing stands; None before the school has an account."""
    account = queries.account()
    if account is None:
        return None
    return Overview(account.currency, queries.ages(), queries.anomalies()[1], health.of_school())


PANELS = (Panel("billing", Permission.BILLING_VIEW, overview, "billing/panel.html"),)
