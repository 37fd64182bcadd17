"""The tables, one file per aggregate. Importing this package makes all of them known to `db.metadata`."""

from app.models import audit, contact, delivery, login, message, notice, outbox, person, progress, provider, school, user

__all__ = [
    "audit", "contact", "delivery", "login", "message", "notice", "outbox", "person", "progress", "provider", "school", "user",
]  # fmt: skip
