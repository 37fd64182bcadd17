"""An operator in a school: what a support visit may do there, decided in this one place for every route of every school.

Until it is raised a visit reads: requests that may change something, and downloads, are refused. It is over when somebody
ended it, its time is up, its session ended, its operator lost the role, or its school closed: the next request sees that.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from blinker import signal
from flask import Flask, current_app, request
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden, NotFound

from app import clock
from app.access.accounts import about_accounts
from app.access.gate import access_of
from app.access.permissions import PLATFORM_GRANTS
from app.access.who import Visit, Who, asking, who
from app.models.login import LoginSession
from app.models.support import SupportVisit
from app.tenancy.doors import outside

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OF_PLATFORM = frozenset().union(*PLATFORM_GRANTS.values())
_OUTSIDE = "visits_outside_schools"
ended = signal("support.visit_ended")
"""Sent with the platform's session and `visit`, an Ended, for each, once; the audit subscribes."""


class Ended(NamedTuple):
    """A visit that has ended: to which school, by whom it was made, and when its time was up if nothing else ended it."""

    school_id: int
    id: UUID
    user_id: UUID
    operator: str
    ran_out_at: dt.datetime | None = None


class VisitOver(Forbidden):
    """A page of a school was asked for by a session whose visit there has ended."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit


class ReadOnly(Forbidden):
    """A visit that is not raised wanted to change something or, with `takes_out`, to take data along as a file."""

    def __init__(self, *, takes_out: bool = False) -> None:
        super().__init__()
        self.takes_out = takes_out


class NobodyHere(NotFound):
    """What was asked for belongs to a person of the school, and a visitor is none."""


def init_app(app: Flask, outside_schools: frozenset[str]) -> None:
    """Refuse what comes after the end of a visit, before anything else is asked of the request.

    `refuse_changes` is wired by itself, after the judge. Both leave alone the blueprints `outside_schools`: what these do is
    about the person and the platform.
    """
    app.extensions[_OUTSIDE] = outside_schools
    app.before_request(refuse_over)


def refuse_over() -> None:
    """Raise VisitOver on a school's page after the end of the visit to it."""
    person = who()
    if person and person.visit_over and _is_of_school():
        raise VisitOver(person.visit_over)


def refuse_changes() -> None:
    """Raise ReadOnly for every request to a school that may change something, as long as the visit is not raised."""
    person = who()
    if person and person.visit and request.method not in SAFE and _is_of_school():  # what nearly nobody has is asked first
        _demand_raised(takes_out=False)


def refuse_download() -> None:
    """Raise ReadOnly in a visit that is not raised: said by views that give people's data away as a file."""
    _demand_raised(takes_out=True)


def person_here() -> UUID:
    """Who the one who asks is at the active school. Raises NobodyHere for a visitor, NotFound for who acts in no school."""
    person = asking()
    if person.person_id is None:
        raise NobodyHere if person.visit else NotFound
    return person.person_id


def forget(person: Who) -> None:
    """Let the session no longer name the school of a visit that is over: its end was told."""
    if over := person.visit_over:
        mine = LoginSession.id == person.session_id, LoginSession.active_school == over.school_id
        with outside(), about_accounts("a support visit is over") as session:
            session.execute(update(LoginSession).where(*mine).values(active_school=None))


def end_visits(platform: Session, *which: ColumnElement[bool], by: str | None) -> None:
    """End those open visits that meet `which` (conditions on SupportVisit); `ended` tells of each, in the same transaction.

    `by` is a name for the school to read, None where the visit ended with something else. Their sessions go on to name the
    school until they ask for it. Needs `across_schools`.
    """
    now = clock.now()
    is_open = SupportVisit.ended_at.is_(None), SupportVisit.expires_at > now
    over = update(SupportVisit).where(*is_open, *which).values(ended_at=now, ended_by=by)
    whose = SupportVisit.school_id, SupportVisit.id, SupportVisit.user_id, SupportVisit.operator
    for row in platform.execute(over.returning(*whose), execution_options={"synchronize_session": False}).all():
        ended.send(platform, visit=Ended(*row))


def end_overdue(platform: Session) -> None:
    """Write down the end of those visits whose time is up and that nothing ended; `ended` tells of each.

    A visit is either ended before its time or here: both ask for a row that has no end yet, and for the other side of now.
    Needs `across_schools`.
    """
    is_overdue = SupportVisit.ended_at.is_(None), SupportVisit.expires_at <= clock.now()
    over = update(SupportVisit).where(*is_overdue).values(ended_at=SupportVisit.expires_at)
    whose = SupportVisit.school_id, SupportVisit.id, SupportVisit.user_id, SupportVisit.operator, SupportVisit.expires_at
    for row in platform.execute(over.returning(*whose), execution_options={"synchronize_session": False}).all():
        ended.send(platform, visit=Ended(*row))


def of_sessions(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on SupportVisit that its login session meets `which` (conditions on LoginSession)."""
    return SupportVisit.session_id.in_(select(LoginSession.id).where(*which))


def _demand_raised(*, takes_out: bool) -> None:
    person = who()
    if person and person.visit and person.visit.raised_at is None:
        raise ReadOnly(takes_out=takes_out)


def _is_of_school() -> bool:
    """Whether the request acts in the school of the one who asks, and is neither public nor a right of the platform."""
    outside_schools: frozenset[str] = current_app.extensions[_OUTSIDE]
    if request.endpoint is None or request.blueprint in outside_schools:
        return False
    access = access_of(current_app, request.endpoint)
    return not access.why_public and access.permission not in OF_PLATFORM
