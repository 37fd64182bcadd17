"""The tables, one file per aggregate. Importing this package makes all of them known to `db.metadata`."""

from app.models import (
    audit,
    contact,
    delivery,
    invitation,
    login,
    message,
    metric,
    notice,
    onboarding,
    outbox,
    person,
    progress,
    provider,
    recovery,
    school,
    support,
    user,
)

__all__ = [
    "audit", "contact", "delivery", "invitation", "login", "message", "metric", "notice", "onboarding", "outbox", "person",
    "progress", "provider", "recovery", "school", "support", "user",
]  # fmt: skip
