"""What an event does: each type calls one verb of billing."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing import payments
from app.domain.webhooks.kinds import KINDS
from app.models.billing import BillingAccount


class Meant(NamedTuple):
    """What an event means for a school: its type, when it happened, and data of the shape that `kinds` has for the type."""

    provider: str
    type: str
    at: dt.datetime
    data: dict[str, Any]


def apply(session: Session, school_id: int, meant: Meant, *, by: Actor | None = None) -> bool:
    """Make an event's effect on a school, in the caller's transaction; False where billing knows something newer.

    Needs `across_schools`. Raises what billing raises.
    """
    state = KINDS[meant.type].payment_state
    if state is None:
        _reach(session, school_id, meant.data["email"])
        return True
    data = meant.data
    arrival = payments.arrived(
        session, school_id, provider=meant.provider, reference=data["payment"], amount=data["amount"],
        currency=data["currency"], invoice_number=data["invoice"], at=meant.at, state=state, reason=data["reason"], by=by,
    )  # fmt: skip
    return arrival.changed


def _reach(session: Session, school_id: int, email: str | None) -> None:
    """The address that the provider has fills a gap; what the school has entered itself stays."""
    mine = update(BillingAccount).where(BillingAccount.school_id == school_id, BillingAccount.email.is_(None))
    if email:
        session.execute(mine.values(email=email), execution_options={"synchronize_session": False})
