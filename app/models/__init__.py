"""The tables, one file per aggregate. Importing this package makes all of them known to `db.metadata`."""

from app.models import audit, delivery, login, message, notice, outbox, person, school, user

__all__ = ["audit", "delivery", "login", "message", "notice", "outbox", "person", "school", "user"]
