"""What the audit hears from parts that do not know it: people who were turned away, and ways across the schools."""

from __future__ import annotations

from flask import Flask, request

from app.access.gate import turned_away
from app.access.permissions import Permission
from app.access.who import Who
from app.audit.record import Target, record_platform
from app.tenancy.doors import crossed


def init_app(_app: Flask) -> None:
    """Listen; both are events of the platform, each stored in a transaction of its own before the sender goes on."""
    turned_away.connect(_note_turned_away)
    crossed.connect(_note_crossing)


def _note_turned_away(_app: Flask, *, who: Who, permission: Permission) -> None:
    """Who wanted what without the right to it. (The gate sends this before the school is entered.)"""
    lacking = {"permission": permission.value, "role": who.role, "school": who.school_id}
    record_platform("access.turned_away", Target("endpoint", request.endpoint), label=request.path, after=lacking)


def _note_crossing(reason: str) -> None:
    """Somebody acts for the platform: what this writes is itself a routine crossing, so it is not heard again."""
    record_platform("tenancy.crossed", None, label=reason)
