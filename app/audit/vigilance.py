"""In tests, a request that changes rows and records nothing fails: so that no route can forget.

A school's rows need an event of that school in the same transaction; the platform's one of any log, in the same request.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.config import Environment, Settings
from app.models.audit import AuditEvent, PlatformEvent
from app.models.gate import GateScan, GateState
from app.models.lead_form import LeadFormPace, LeadFormRefusal
from app.models.learner import PersonWord
from app.models.progress import Progress
from app.models.webhook import WebhookEffect, WebhookEvent, WebhookRefusal, WebhookSecret
from app.tenancy.changes import changed_tables
from app.tenancy.scope import scope_or_none
from app.tenancy.session import SchoolSession

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: what changes in them is no deed: how far work has come, whether the one who waits for it has looked, what follows from names
NO_DEEDS = {Progress.__tablename__, PersonWord.__tablename__}
#: what is written into them is an event of itself: a scan says who, what and when, and where a learner is follows from it; what
#: a provider tells stands in the inbox with its proof, and what was refused in its count
EVENTS = {
    GateScan.__tablename__, GateState.__tablename__, WebhookEvent.__tablename__, WebhookEffect.__tablename__,
    WebhookRefusal.__tablename__, LeadFormRefusal.__tablename__, LeadFormPace.__tablename__,
}  # fmt: skip
#: the platform's that are no deed either: what a session carries, what throttles, challenges, drafts, and what is queued
PLATFORM_NO_DEEDS = NO_DEEDS | {
    "login_session", "sign_in_failure", "passkey_challenge", "api_allowance", "onboarding_run", "onboarding_step", "outbox",
    WebhookSecret.__tablename__,  # when it was last used; that its deeds are recorded is tested with them
}  # fmt: skip
#: the routes whose changes were seen with their event, in this process
seen: set[str] = set()
LOGS = {AuditEvent.__tablename__, PlatformEvent.__tablename__}


class Unaudited(AssertionError):
    """A request changed rows, or was about to, without an event that says who did it."""


def init_app(app: Flask) -> None:
    """Watch every commit of a school's session; in the test environment only, for it asks the database once a commit."""
    settings: Settings = app.extensions["settings"]
    if settings.environment is Environment.TEST:
        app.extensions["vigilance"] = True
        app.after_request(_refuse_silent_end)
        if not event.contains(SchoolSession, "before_commit", refuse_silence):
            event.listen(SchoolSession, "before_commit", refuse_silence)


def refuse_silence(session: Session) -> None:
    """Raise Unaudited for an unsafe request in a school whose transaction changed rows, but none of the audit."""
    scope = scope_or_none()
    if not has_request_context() or "vigilance" not in current_app.extensions:
        return
    if request.method in _SAFE or scope is None:
        return
    session.flush()
    changed = changed_tables()
    g.changed = g.get("changed", frozenset()) | changed
    changed = changed - NO_DEEDS - EVENTS
    if scope.is_across:  # judged at the end of the request: its event may be of a school, or of another transaction
        g.changed_across = g.get("changed_across", frozenset()) | changed
    elif changed and AuditEvent.__tablename__ not in changed:
        raise Unaudited(_said(changed))


def _refuse_silent_end(response: Response) -> Response:
    """Raise Unaudited for an unsafe request that changed rows of the platform, or of schools from outside, without an event."""
    across = g.pop("changed_across", frozenset()) - PLATFORM_NO_DEEDS
    has_event = bool(g.pop("changed", frozenset()) & LOGS)
    if response.status_code < 400 and across and not has_event:
        raise Unaudited(_said(across))
    if response.status_code < 400 and has_event and request.endpoint and request.method not in _SAFE:
        seen.add(request.endpoint)
    return response


def _said(changed: frozenset[str]) -> str:
    tables = ", ".join(sorted(changed))
    return f"{request.method} {request.endpoint} changed {tables} and recorded nothing: call app.audit.record"
