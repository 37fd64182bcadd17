"""The people of a school as support sees them: who has an account, who was invited, and whose sign-ins fail."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Text, and_, cast, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from app import clock
from app.access import throttle
from app.domain.invitations import ROLES, STATE
from app.domain.invitations import State as InvitationState
from app.models.audit import PlatformEvent
from app.models.invitation import Invitation
from app.models.person import Person
from app.models.support import StaffNote
from app.models.user import Membership, User
from app.web.paging import PAGE, Key, Page, cut

DAY = dt.timedelta(hours=24)
FAILED = "account.sign_in_failed"
MOST = 20  # people with sign-in problems


class Member(NamedTuple):
    """Somebody of a school. Without an account `user_id` is None; `invitation` is the state of the newest one, if any.

    `role` is that of the membership. `is_temporary`: somebody else chose the password. `is_closed`: the account is disabled.
    """

    person_id: UUID
    sort_key: str
    name: str
    kind: str
    person_email: str | None
    role: str | None
    user_id: UUID | None
    user_email: str | None
    last_sign_in_at: dt.datetime | None
    is_temporary: bool
    is_closed: bool
    invitation: str | None
    invited_role: str | None
    invited_email: str | None

    @property
    def address(self) -> str | None:
        """Where they get mail about their account."""
        return self.user_email or self.invited_email or self.person_email

    @property
    def usual_role(self) -> str:
        """What they are at the school, or will be once they have accepted."""
        return self.role or self.invited_role or ROLES[self.kind][0].value

    @property
    def can_be_invited(self) -> bool:
        """Whether an invitation would help: there is an address, and nobody has signed in with the account yet."""
        return self.address is not None and self.last_sign_in_at is None and not self.is_closed

    @property
    def was_invited(self) -> bool:
        return self.invitation is not None and self.invitation != InvitationState.USED


class Failing(NamedTuple):
    """A member whose sign-ins failed: how often in the last 24 hours, when last, and whether they are refused at the moment."""

    name: str
    email: str
    number: int
    last_at: dt.datetime
    is_refused: bool


class Note(NamedTuple):
    """What an operator wrote down about a school."""

    id: UUID
    author: str
    body: str
    created_at: dt.datetime


_NEWEST = (
    select(STATE.label("state"), Invitation.role, Invitation.email)
    .where(Invitation.school_id == Person.school_id, Invitation.person_id == Person.id)
    .order_by(Invitation.id.desc())
    .limit(1)
    .lateral("newest")
)
_IN_FORCE = and_(
    Membership.school_id == Person.school_id, Membership.person_id == Person.id, Membership.ended_at.is_(None)
)  # fmt: skip
_MEMBER = (
    select(
        Person.id, Person.sort_key, Person.name, Person.kind, Person.email, Membership.role, User.id, User.email,
        User.last_sign_in_at, User.password_temporary_until.is_not(None), User.disabled_at.is_not(None), _NEWEST.c.state,
        _NEWEST.c.role, _NEWEST.c.email,
    )
    .select_from(Person)
    .outerjoin(Membership, _IN_FORCE)
    .outerjoin(User, User.id == Membership.user_id)
    .outerjoin(_NEWEST, true())
    .where(Person.ended_at.is_(None))
)  # fmt: skip


def members(session: Session, school_id: int, *, pattern: str = "", after: Key | None = None) -> Page[Member]:
    """The people with an account or an invitation, by name; with `pattern` (for ILIKE) all whose name or address it fits."""
    statement = _MEMBER.where(Person.school_id == school_id).order_by(Person.sort_key, Person.id).limit(PAGE + 1)
    if pattern:
        found_in = (Person.name, Person.email, User.email)
        statement = statement.where(or_(*(cast(column, Text).ilike(pattern, escape="\\") for column in found_in)))
    else:
        statement = statement.where(or_(Membership.id.is_not(None), _NEWEST.c.state.is_not(None)))
    if after:
        statement = statement.where(tuple_(Person.sort_key, Person.id) > after)
    return cut([Member._make(row) for row in session.execute(statement)], lambda row: (row.sort_key, row.person_id))


def member(session: Session, school_id: int, person_id: UUID) -> Member | None:
    """One of the people of a school, None for nobody of it."""
    found = session.execute(_MEMBER.where(Person.school_id == school_id, Person.id == person_id)).first()
    return Member._make(found) if found else None


def failing(session: Session, school_id: int) -> list[Failing]:
    """The members whose sign-ins failed in the last 24 hours, the last one first; at most MOST."""
    failed = (
        select(PlatformEvent.target_id, func.count().label("number"), func.max(PlatformEvent.at).label("last_at"))
        .where(PlatformEvent.action == FAILED, PlatformEvent.at >= clock.now() - DAY, PlatformEvent.target_id.is_not(None))
        .group_by(PlatformEvent.target_id)
        .subquery()
    )
    found = session.execute(
        select(Person.name, User.email, failed.c.number, failed.c.last_at)
        .select_from(failed)
        .join(Membership, and_(cast(Membership.user_id, Text) == failed.c.target_id, Membership.ended_at.is_(None)))
        .join(Person, and_(Person.school_id == Membership.school_id, Person.id == Membership.person_id))
        .join(User, User.id == Membership.user_id)
        .where(Membership.school_id == school_id)
        .order_by(failed.c.last_at.desc(), User.email)
        .limit(MOST)
    ).all()
    refused = throttle.refused_now(session, throttle.SIGN_IN, [row.email for row in found])
    return [Failing(row.name, row.email, row.number, row.last_at, row.email in refused) for row in found]


def notes(session: Session, school_id: int, *, after: Key | None = None, limit: int = PAGE) -> Page[Note]:
    """The staff notes about a school, the newest first; at most `limit` of them, then the place of the others."""
    statement = (
        select(StaffNote.id, StaffNote.author, StaffNote.body, StaffNote.created_at)
        .where(StaffNote.school_id == school_id)
        .order_by(StaffNote.id.desc())
        .limit(limit + 1)
    )
    if after:
        statement = statement.where(StaffNote.id < after[0])
    rows = [Note(*row) for row in session.execute(statement)]
    return cut(rows, lambda row: (row.id,)) if limit == PAGE else Page(rows[:limit], "more" if len(rows) > limit else None)
