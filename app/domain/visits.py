"""Support visits as deeds: each is written into the platform's log and the school's own."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.access.accounts import about_accounts
from app.access.actor import Actor
from app.access.step_up import is_fresh
from app.access.visits import end_overdue, end_visits
from app.access.who import Who
from app.audit.both import record_both
from app.audit.record import Target
from app.models.login import LoginSession
from app.models.school import School
from app.models.support import SupportVisit
from app.models.user import Membership, User
from app.tenancy.database import db
from app.work.jobs import Task, job

LONGEST = dt.timedelta(minutes=30)
KIND = SupportVisit.__tablename__


class NoSuchSchool(Exception):
    """A number that no school has."""


class SchoolClosed(Exception):
    """A school that is not open lets nobody in, visitors neither; `state` says why."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class OwnSchool(Exception):
    """Somebody with a membership works in their school as themselves."""


class NoVisit(Exception):
    """There is no open visit: it has ended meanwhile."""


class StepUpNeeded(Exception):
    """The person has not proven who they are lately enough to raise their rights."""


def begin_visit(person: Who, school_id: int, reason: str) -> str:
    """Let an operator into a school by their session, for LONGEST and to read, and end the visit that they had before.

    Returns the school's name. Raises NoSuchSchool, SchoolClosed, OwnSchool.
    """
    with about_accounts("support visit") as session:
        # The operator's row decides between two at once, and against losing the role meanwhile.
        holds = User.id == person.user_id, User.platform_role.is_not(None), User.disabled_at.is_(None)
        if session.scalar(select(User.id).where(*holds).with_for_update(key_share=True)) is None:
            raise NoSuchSchool
        school = school_to_visit(session, person, school_id)
        end_visits(session, SupportVisit.user_id == person.user_id, by=person.name)
        now = clock.now()
        visit = SupportVisit(
            school_id=school.id, user_id=person.user_id, session_id=person.session_id, operator=person.name, reason=reason,
            began_at=now, expires_at=now + LONGEST,
        )  # fmt: skip
        session.add(visit)
        session.flush()
        _act_in(session, person, school.id)
        said = {"reason": reason, "until": visit.expires_at.astimezone(dt.UTC).isoformat()}
        record_both(
            session, school.id, "support.begin", visit, label=school.name, by=_operator(person, visit.id), after=said
        )  # fmt: skip
        return school.name


def school_to_visit(session: Session, person: Who, school_id: int) -> School:
    """The school, if this person may visit it. Raises NoSuchSchool, SchoolClosed, OwnSchool. Needs `across_schools`."""
    # Held, so that a suspension that is on its way sees this visit, or the visit sees the suspension.
    school = session.get(School, school_id, with_for_update={"read": True}) if school_id < 2**31 else None
    if school is None:
        raise NoSuchSchool
    if not school.is_open:
        raise SchoolClosed(school.state)
    mine = Membership.user_id == person.user_id, Membership.ended_at.is_(None)
    if session.scalar(select(Membership.id).where(Membership.school_id == school.id, *mine)):
        raise OwnSchool
    return school


def leave_visit(person: Who) -> int | None:
    """End the visit of this session, or forget one that has ended. Returns the school that it was to, None without any."""
    visit = person.visit or person.visit_over
    if visit is None:
        return None
    with about_accounts("support visit") as session:
        end_visits(session, SupportVisit.session_id == person.session_id, by=person.name)
        _act_in(session, person, None)
    return visit.school_id


def end_visit_of(session: Session, person: Who) -> None:
    """End the visit of this session because its person goes on elsewhere. Needs `across_schools`."""
    if person.visit:
        end_visits(session, SupportVisit.session_id == person.session_id, by=person.name)


def raise_visit(person: Who) -> None:
    """Let the visit of this session change things until it ends. Raises StepUpNeeded and NoVisit."""
    if not is_fresh(person):
        raise StepUpNeeded
    if person.visit is None:
        raise NoVisit
    with about_accounts("support visit") as session:
        now = clock.now()
        mine = SupportVisit.school_id == person.visit.school_id, SupportVisit.id == person.visit.id
        is_open = SupportVisit.ended_at.is_(None), SupportVisit.expires_at > now, SupportVisit.raised_at.is_(None)
        raised = update(SupportVisit).where(*mine, *is_open).values(raised_at=now).returning(SupportVisit.id)
        if session.execute(raised, execution_options={"synchronize_session": False}).first():
            _record(session, person, "support.raise", person.visit.school_id, person.visit.id, after={"may_change": True})
        elif person.visit.raised_at is None:
            raise NoVisit


@job("support.end_overdue")
def sweep(task: Task) -> dt.datetime | None:
    """Write down the end of every visit that ran out of time, in both logs: the clock ends it, and nobody else would tell."""
    end_overdue(db.session())
    return None


def _act_in(session: Session, person: Who, school_id: int | None) -> None:
    session.execute(update(LoginSession).where(LoginSession.id == person.session_id).values(active_school=school_id))


def _record(
    session: Session, person: Who, action: str, school_id: int, visit_id: UUID, after: dict[str, object] | None = None
) -> None:
    label = session.get_one(School, school_id).name
    by = _operator(person, visit_id)
    record_both(session, school_id, action, Target(KIND, visit_id), label=label, by=by, after=after)


def _operator(person: Who, visit_id: UUID) -> Actor:
    """The operator as the school's log calls them: platform staff, by this visit."""
    return Actor("operator", person.user_id, person.name, visit_id)


JOBS = (sweep,)
