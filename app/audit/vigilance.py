"""In tests, a request that changes a school's rows and records nothing fails: so that no route can forget."""

from __future__ import annotations

from flask import Flask, current_app, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.config import Environment, Settings
from app.models.audit import AuditEvent
from app.models.gate import GateScan, GateState
from app.models.learner import PersonWord
from app.models.progress import Progress
from app.tenancy.changes import changed_tables
from app.tenancy.scope import scope_or_none
from app.tenancy.session import SchoolSession

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: what changes in them is no deed: how far work has come, whether the one who waits for it has looked, what follows from names
NO_DEEDS = {Progress.__tablename__, PersonWord.__tablename__}
#: what is written into them is an event of itself: a scan says who, what and when, and where a learner is follows from it
EVENTS = {GateScan.__tablename__, GateState.__tablename__}


class Unaudited(AssertionError):
    """A request was about to commit changes of a school's rows without an event that says who did it."""


def init_app(app: Flask) -> None:
    """Watch every commit of a school's session; in the test environment only, for it asks the database once a commit."""
    settings: Settings = app.extensions["settings"]
    if settings.environment is Environment.TEST:
        app.extensions["vigilance"] = True
        if not event.contains(SchoolSession, "before_commit", refuse_silence):
            event.listen(SchoolSession, "before_commit", refuse_silence)


def refuse_silence(session: Session) -> None:
    """Raise Unaudited for an unsafe request in a school whose transaction changed rows, but none of the audit."""
    scope = scope_or_none()
    if not has_request_context() or "vigilance" not in current_app.extensions:
        return
    if request.method in _SAFE or scope is None or scope.is_across:
        return
    session.flush()
    changed = changed_tables() - NO_DEEDS - EVENTS
    if changed and AuditEvent.__tablename__ not in changed:
        tables = ", ".join(sorted(changed))
        raise Unaudited(f"{request.method} {request.endpoint} changed {tables} and recorded nothing: call app.audit.record")
