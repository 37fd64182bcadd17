"""One school as operators see it: what it is, what workers have counted of it, and what is still to do before it goes live."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Row, Text, and_, exists, func, select, true, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock
from app.domain import metrics, providers
from app.domain.invitations import IS_OPEN
from app.domain.metrics import Number
from app.domain.quietness import QUIET
from app.domain.rates import FAILED, SENT, Rate
from app.domain.roster import has_stalled
from app.i18n.catalogue import N_
from app.models.invitation import Invitation
from app.models.message import Message
from app.models.onboarding import OnboardingRun, RunState
from app.models.person import Kind, Person
from app.models.provider import Condition
from app.models.roster import RosterImport
from app.models.school import School, SchoolState
from app.models.support import SupportVisit
from app.models.user import Membership, Role, User

log = logging.getLogger(__name__)
WEEK = dt.timedelta(days=7)
MOST = 50
MANAGERS = (Role.OWNER.value, Role.ADMIN.value)
#: the numbers of a school in the order of its progress, as far as somebody counts them: name -> caption
COUNTS = {
    "people.learners": N_("Learners"),
    "people.active_learners": N_("Active learners"),
    "people.classes": N_("Classes"),
    "people.guardians": N_("Parents and guardians"),
    "people.staff": N_("Staff"),
    "accounts.members": N_("Accounts"),
    "accounts.signed_in": N_("Accounts that have signed in"),
    "accounts.never_signed_in": N_("Accounts that have never signed in"),
    "invitations.open": N_("Invitations that wait"),
}
#: and its moments
MOMENTS = {
    "gate.last": N_("Last gate activity"),
    "activity.last": N_("Last activity"),
}


class OneSchool(NamedTuple):
    """A school; `run_id` and `run_state` are of its newest onboarding run, None where it has none."""

    id: int
    name: str
    state: str
    disabled_at: dt.datetime | None
    timezone: str
    close_time: dt.time
    language: str
    money: str
    currency: str
    quiet_from: dt.time | None
    quiet_until: dt.time | None
    contact_email: str | None
    contact_phone: str | None
    contact_address: str | None
    created_at: dt.datetime
    run_id: UUID | None
    run_state: str | None

    @property
    def is_disabled(self) -> bool:
        return self.state == SchoolState.DISABLED

    @property
    def is_pending(self) -> bool:
        return self.state == SchoolState.PENDING


class Counted(NamedTuple):
    """What workers have counted: captions with numbers and with moments, since when the oldest of them stands, and when the
    school is quiet unless it is heard of before."""

    numbers: list[tuple[str, int]]
    moments: list[tuple[str, dt.datetime | None]]
    at: dt.datetime | None
    quiet_at: dt.datetime | None


class Visit(NamedTuple):
    """A support visit that is open."""

    operator: str
    reason: str
    began_at: dt.datetime
    expires_at: dt.datetime


class Import(NamedTuple):
    """A roster import of a school and how it stands: `error` is the word of what stopped it, for whoever looks into the log."""

    file_name: str
    state: str
    done: int
    total: int
    counts: dict[str, int]
    error: str | None
    by_name: str
    created_at: dt.datetime
    moved_at: dt.datetime | None
    ended_at: dt.datetime | None
    stands_still: bool


_NEWEST = (
    select(OnboardingRun.id, OnboardingRun.state)
    .where(OnboardingRun.school == School.id, OnboardingRun.state != RunState.DRAFT.value)
    .order_by(OnboardingRun.id.desc())
    .limit(1)
    .lateral("newest")
)
_ONE = select(
    School.id, School.name, School.state, School.disabled_at, type_coerce(School.timezone, Text), School.close_time,
    School.language, School.money, School.currency, School.quiet_from, School.quiet_until, School.contact_email,
    School.contact_phone, School.contact_address, School.created_at, _NEWEST.c.id, _NEWEST.c.state,
).outerjoin(_NEWEST, true())  # fmt: skip


def school(session: Session, school_id: int) -> OneSchool | None:
    """The school with this number, None where there is none."""
    if school_id >= 2**31:
        return None
    found = session.execute(_ONE.where(School.id == school_id)).one_or_none()
    return OneSchool._make(found) if found else None


def counted(session: Session, school_id: int) -> Counted | None:
    """What workers have counted of a school; None when it cannot be read at the moment, which must not fail the page."""
    try:
        with session.begin_nested():
            found = metrics.of_schools(session, [school_id], *COUNTS, *MOMENTS, QUIET)[school_id]
    except (SQLAlchemyError, psycopg.Error):
        log.exception("the numbers of school %s cannot be read", school_id)
        return None
    return Counted(
        [(words, found[name].number) for name, words in COUNTS.items() if name in found],
        [(words, found[name].moment) for name, words in MOMENTS.items() if name in found],
        _oldest(found.values()),
        found[QUIET].moment if QUIET in found else None,
    )


def week(session: Session, school_id: int) -> Rate:
    """The deliveries of a school that ended in the last 7 days."""
    begin = (clock.now() - WEEK).replace(minute=0, second=0, microsecond=0)
    sums = {SENT: 0, FAILED: 0}
    for bucket in metrics.buckets_of_school(session, school_id, "hour", begin, *sums):
        sums[bucket.name] += bucket.number
    return Rate(sums[SENT], sums[FAILED])


def visits(session: Session, school_id: int) -> list[Visit]:
    """The support visits that are open, the newest first."""
    found = (
        select(SupportVisit.operator, SupportVisit.reason, SupportVisit.began_at, SupportVisit.expires_at)
        .where(SupportVisit.school_id == school_id, SupportVisit.ended_at.is_(None), SupportVisit.expires_at > func.now())
        .order_by(SupportVisit.id.desc())
    )
    return [Visit(*row) for row in session.execute(found)]


def imports(session: Session, school_id: int) -> list[Import]:
    """The roster imports of a school, the newest first; at most MOST."""
    found = (
        select(
            RosterImport.file_name, RosterImport.state, RosterImport.done, RosterImport.total, RosterImport.counts,
            RosterImport.error, RosterImport.by_name, RosterImport.created_at, RosterImport.moved_at, RosterImport.ended_at,
            has_stalled().label("stands_still"),
        )
        .where(RosterImport.school_id == school_id)
        .order_by(RosterImport.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return [Import(*row) for row in session.execute(found)]


def facts(session: Session, school_id: int) -> Row[*tuple[bool, ...]]:
    """What is so of a school, one column a question of the go-live list; all in one select."""
    manager = and_(Membership.school_id == school_id, Membership.ended_at.is_(None), Membership.role.in_(MANAGERS))
    came = exists().where(
        User.email == Invitation.email, User.last_sign_in_at.is_not(None), User.password_temporary_until.is_(None)
    )
    invited = and_(Invitation.school_id == school_id, Invitation.role.in_(MANAGERS), IS_OPEN, ~came)
    member = and_(Membership.school_id == school_id, Membership.ended_at.is_(None), Membership.user_id == User.id)
    return session.execute(
        select(
            exists().where(manager).label("has_manager"),
            exists().where(manager, Membership.user_id == User.id, User.last_sign_in_at.is_not(None)).label("signed_in"),
            (~exists().where(invited)).label("none_waits"),
            (~exists().where(member, User.password_temporary_until.is_not(None))).label("none_is_temporary"),
            _has(school_id, Kind.STAFF).label("staff"),
            _has(school_id, Kind.LEARNER).label("learners"),
            _has(school_id, Kind.GUARDIAN).label("guardians"),
            exists().where(Message.school_id == school_id, Message.person_id.is_(None)).label("sent"),
        )
    ).one()


def email_is_ready(session: Session) -> bool:
    """Whether mail goes out, which all schools share."""
    email = providers.shared_conditions(session).get("email")
    return email is not None and email.condition == Condition.READY


def _has(school_id: int, kind: Kind) -> ColumnElement[bool]:
    return exists().where(Person.school_id == school_id, Person.kind == kind.value, Person.ended_at.is_(None))


def _oldest(numbers: Iterable[Number]) -> dt.datetime | None:
    return min((number.computed_at for number in numbers), default=None)
