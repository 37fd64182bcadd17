"""Who is asking: one query a request for session, user and membership, so that a right taken away is gone at the next."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, NamedTuple
from uuid import UUID

from flask import abort, session
from sqlalchemy import and_, bindparam, exists, func, null, select

from app import clock
from app.access.permissions import NOTHING, Permission, permissions_of
from app.models.login import LoginSession
from app.models.progress import Progress
from app.models.school import School
from app.models.support import SupportVisit
from app.models.user import Membership, Role, User
from app.tenancy.reading import LookUp, looking_up


class Visit(NamedTuple):
    """A support visit: until when, and since when it may change things (None: read-only).

    `is_open` is what the look-up found: neither ended nor expired, and the school still open. `ended_by` names who ended it,
    None for one that ran out of time or whose session ended.
    """

    id: UUID
    school_id: int
    school: str
    reason: str
    expires_at: dt.datetime
    raised_at: dt.datetime | None
    ended_at: dt.datetime | None
    ended_by: str | None
    is_open: bool

    @property
    def minutes_left(self) -> int:
        """The time that is left as a person reads it, rounded up."""
        return max(0, math.ceil((self.expires_at - clock.now()).total_seconds() / 60))


class TokenUse(NamedTuple):
    """The token of the JSON API by which a program asks in somebody's name; `scopes` are what it may do at most."""

    id: UUID
    name: str
    scopes: frozenset[str]
    expires_at: dt.datetime
    last_used_at: dt.datetime | None


class Who(NamedTuple):
    """The answer of the one query. From `role` on all is None for a person who acts in no school.

    `language` None means the school's. `schools` counts the schools in which the person has a membership. `waits` says whether
    the status bar has something to show them here, so that a page without it asks nothing more. `must_change`: the password is
    temporary. `visit`: an operator acts in the school by a support visit, with an admin's rights but as nobody of the school;
    `reads_medical`: the owner lets them read medical notes. `visit_over`: their session still names the school of one that has
    ended. `acts_in` is what the session names, open or not. `token`: a program asks in their name, with no session at all.
    """

    session_id: UUID
    user_id: UUID
    name: str
    email: str
    language: str | None
    theme: str
    mode: str
    platform_role: str | None
    data: dict[str, Any]
    seen_at: dt.datetime
    schools: int
    role: str | None
    person_id: UUID | None
    school_id: int | None
    school: str | None
    timezone: str | None
    school_language: str | None
    money: str | None
    currency: str | None
    waits: bool
    must_change: bool
    stepped_up_at: dt.datetime | None
    acts_in: int | None
    reads_medical: bool | None
    visit: Visit | None
    visit_over: Visit | None
    token: TokenUse | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this person may do where they act: nothing, while their password is temporary."""
        if self.must_change:
            return NOTHING
        allowed = permissions_of(self.role, self.platform_role)
        return allowed | {Permission.MEDICAL_READ} if self.reads_medical else allowed


_IN_FORCE = and_(Membership.user_id == User.id, Membership.ended_at.is_(None))
_HOW_MANY = (
    select(func.count())
    .select_from(Membership)
    .join(School, and_(School.id == Membership.school_id, School.is_open))
    .where(_IN_FORCE)
    .correlate(User)
    .scalar_subquery()
)
_WAITS = exists().where(
    Progress.school_id == Membership.school_id, Progress.person_id == Membership.person_id, Progress.is_shown()
)
WHO = LookUp(
    select(
        LoginSession.id.label("session_id"), User.id.label("user_id"), User.name.label("name"), User.email.label("email"),
        User.language.label("language"), User.theme, User.mode, User.platform_role, LoginSession.data,
        LoginSession.last_seen_at.label("seen_at"), _HOW_MANY.label("schools"), Membership.role, Membership.person_id,
        School.id.label("school_id"), School.name.label("school"), School.timezone, School.language.label("school_language"),
        School.money, School.currency, _WAITS.label("waits"), User.password_temporary_until.is_not(None).label("must_change"),
        LoginSession.stepped_up_at, LoginSession.active_school.label("acts_in"), Membership.reads_medical,
        null().label("visit"), null().label("visit_over"), null().label("token"),
    )
    .select_from(LoginSession)
    .join(User, User.id == LoginSession.user_id)
    .outerjoin(School, and_(School.id == LoginSession.active_school, School.is_open))
    .outerjoin(Membership, and_(Membership.school_id == School.id, _IN_FORCE))
    .where(
        LoginSession.token_hash == bindparam("token_hash"),
        LoginSession.expires_at > func.now(),
        LoginSession.revoked_at.is_(None),
        User.disabled_at.is_(None),
    ),
    Who,
)  # fmt: skip
VISIT = LookUp(
    select(
        SupportVisit.id, School.id.label("school_id"), School.name.label("school"), SupportVisit.reason,
        SupportVisit.expires_at, SupportVisit.raised_at, SupportVisit.ended_at, SupportVisit.ended_by,
        and_(SupportVisit.ended_at.is_(None), SupportVisit.expires_at > func.now(), School.is_open).label("is_open"),
    )
    .join(School, School.id == SupportVisit.school_id)
    .where(SupportVisit.session_id == bindparam("session"), SupportVisit.school_id == bindparam("school"))
    .order_by(SupportVisit.id.desc())
    .limit(1),
    Visit,
)  # fmt: skip


def look_up(token_hash: bytes) -> Who | None:
    """The person whose session has this token, if session, user and membership still hold."""
    with looking_up() as cursor:
        found = WHO.all(cursor, token_hash=token_hash)
        if not found:
            return None
        (asking,) = found
        if asking.role:
            return asking
        over = None
        if asking.acts_in and asking.platform_role:  # nobody else's page asks this
            for visit in VISIT.all(cursor, session=asking.session_id, school=asking.acts_in):
                if visit.is_open:
                    return asking._replace(role=Role.ADMIN.value, visit=visit)
                over = visit
    # The session still names a school that the person has left.
    return asking._replace(
        school_id=None, school=None, timezone=None, school_language=None, money=None, currency=None, visit_over=over
    )


def who() -> Who | None:
    """The person who asks; None for a stranger."""
    return session.who  # type: ignore[attr-defined, no-any-return]


def asking() -> Who:
    """The person who asks, on a page that strangers do not reach; 401 otherwise."""
    person = who()
    if person is None:
        abort(401)
    return person


def active_school() -> int | None:
    """The school in which the person acts, None for nobody and for those who act in none."""
    person = who()
    return person.school_id if person else None
