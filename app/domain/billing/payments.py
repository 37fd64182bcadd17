"""Payments, for whoever uses them: how they arrive, how they are mended, how an invoice is collected."""

from app.domain.billing.arriving import Arrival, arrived
from app.domain.billing.collecting import Claim, Collected, Collector, Drawn, collect, register
from app.domain.billing.mending import CannotMend, Mend, MendedAlready, NoSuchAnomaly, mend, ways

__all__ = [
    "Arrival", "CannotMend", "Claim", "Collected", "Collector", "Drawn", "Mend", "MendedAlready", "NoSuchAnomaly", "arrived",
    "collect", "mend", "register", "ways",
]  # fmt: skip
