"""What the audit hears from parts that do not know it: who was turned away, ways across the schools, visits that ended."""

from __future__ import annotations

import datetime as dt

from flask import Flask, request
from sqlalchemy.orm import Session

from app.access.gate import turned_away
from app.access.permissions import Permission
from app.access.visits import Ended, ended
from app.access.who import Who
from app.audit.both import record_both
from app.audit.record import Actor, Target, current_actor, record_platform
from app.models.school import School
from app.models.support import SupportVisit
from app.tenancy.doors import crossed


def init_app(_app: Flask) -> None:
    """Listen. The end of a visit is stored with what ended it; the others at once, each in a transaction of its own."""
    turned_away.connect(_note_turned_away)
    crossed.connect(_note_crossing)
    ended.connect(_note_end)


def _note_turned_away(_app: Flask, *, who: Who, permission: Permission) -> None:
    """Who wanted what without the right to it. (The gate sends this before the school is entered.)"""
    lacking = {"permission": permission.value, "role": who.role, "school": who.school_id}
    record_platform("access.turned_away", Target("endpoint", request.endpoint), label=request.path, after=lacking)


def _note_end(session: Session, *, visit: Ended) -> None:
    """That the operator is out of the school, in both logs; and whose doing it was, if somebody else's, or when time was up.

    Nobody is signed in where a link to a new password ends the sessions: that is the operator too.
    """
    deed = current_actor()
    is_theirs = deed.kind == "visitor" or deed.id == visit.user_id
    how: dict[str, object] = {} if is_theirs else {"ended_by": deed.name}
    if visit.ran_out_at:
        how = {"ended": visit.ran_out_at.astimezone(dt.UTC).isoformat()}
    action = "support.run_out" if visit.ran_out_at else "support.leave"
    record_both(
        session, visit.school_id, action, Target(SupportVisit.__tablename__, visit.id),
        label=session.get_one(School, visit.school_id).name, by=Actor("operator", visit.user_id, visit.operator, visit.id),
        after=how,
    )  # fmt: skip


def _note_crossing(reason: str) -> None:
    """Somebody acts for the platform: what this writes is itself a routine crossing, so it is not heard again."""
    record_platform("tenancy.crossed", None, label=reason)
