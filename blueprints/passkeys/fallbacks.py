"""What operators decide about the step-up: whom a password is enough for a day, and of whom a passkey is asked.

Everything here needs `across_schools`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.proofs import BOUND, REQUIRED, Required, allow_password, require, required
from app.access.who import Who
from app.audit.record import Target, add_event, record
from app.audit.retention import SETTING, Keeping, keep, keeping
from app.delivery.account_news import tell
from app.i18n.catalogue import N_
from app.models.passkey import Passkey, StepUpFallback
from app.models.person import Person
from app.models.user import Membership, PlatformRole, User
from app.web.paging import PAGE, Key, Page, cut

QUIETLY = {"synchronize_session": False}


class CannotGrant(Exception):
    """Why somebody cannot be let prove themselves by password; `message` is marked with N_."""

    message = ""


class NoAccount(CannotGrant):
    message = N_("There is no open account with this address.")


class Oneself(CannotGrant):
    message = N_("You cannot do this for yourself. Ask another operator.")


class OfStaff(CannotGrant):
    message = N_("This person runs the platform. Only a superuser can do this for them.")


class Fallback(NamedTuple):
    """A grant as the list shows it; `state` is active, expired or revoked."""

    id: UUID
    name: str
    email: str
    reason: str
    granted_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    state: str


class Spread(NamedTuple):
    """How many owners and admins of schools there are, and how many of them have a passkey."""

    people: int
    with_passkey: int


def newest(session: Session, *, after: Key | None) -> Page[Fallback]:
    """The grants, the newest first."""
    state = case(
        (StepUpFallback.ended_at.is_not(None), "revoked"), (StepUpFallback.expires_at <= clock.now(), "expired"), else_="active"
    )
    found = (
        select(
            StepUpFallback.id, User.name, User.email, StepUpFallback.reason, StepUpFallback.granted_by,
            StepUpFallback.created_at, StepUpFallback.expires_at, state,
        )
        .join(User, User.id == StepUpFallback.user_id)
        .order_by(StepUpFallback.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if after:
        found = found.where(StepUpFallback.id < after[0])
    return cut([Fallback._make(row) for row in session.execute(found)], lambda row: (row.id,))


def grant(session: Session, email: str, reason: str, *, by: Who) -> tuple[str, dt.datetime]:
    """Let somebody prove themselves by password for a day, in place of a grant that they have; returns their name and the end.

    Raises CannotGrant.
    """
    user = session.scalars(select(User).where(User.email == email, User.disabled_at.is_(None))).one_or_none()
    if user is None:
        raise NoAccount
    if user.id == by.user_id:
        raise Oneself
    if user.platform_role and by.platform_role != PlatformRole.SUPERUSER:
        raise OfStaff
    until = allow_password(session, user.id, by=by.name, reason=reason)
    tell(session, "fallback_granted", user_id=user.id, name=by.name, until=until)
    _record_everywhere(
        session, "passkeys.grant_fallback", user, by, {"reason": reason, "until": until.astimezone(dt.UTC).isoformat()}
    )
    return user.name, until


def end(session: Session, fallback_id: UUID, *, by: Who) -> str | None:
    """End a grant early; returns whose it was, None for one that is over or never was."""
    now = clock.now()
    mine = StepUpFallback.id == fallback_id, StepUpFallback.ended_at.is_(None), StepUpFallback.expires_at > now
    ended = update(StepUpFallback).where(*mine).values(ended_at=now).returning(StepUpFallback.user_id)
    user_id = session.execute(ended, execution_options=QUIETLY).scalar_one_or_none()
    if user_id is None:
        return None
    user = session.get_one(User, user_id)
    _record_everywhere(session, "passkeys.end_fallback", user, by, {})
    return user.name


def change_rule(session: Session, rule: Required) -> bool:
    """Ask a passkey of others than before; False when nothing is different."""
    before = required(session)
    if before is rule:
        return False
    require(session, rule)
    said = {REQUIRED: before.value}, {REQUIRED: rule.value}
    record("passkeys.require", Target("platform_setting", REQUIRED), label=REQUIRED, before=said[0], after=said[1])
    return True


def change_keeping(session: Session, wanted: Keeping) -> bool:
    """Keep the audit for other times than before; False when nothing is different."""
    before = keeping(session)
    if before == wanted:
        return False
    keep(session, wanted)
    said = ({"years": each.years, "schools": {str(key): of for key, of in each.schools.items()}} for each in (before, wanted))
    record("audit.change_keeping", Target("platform_setting", SETTING), label=SETTING, before=next(said), after=next(said))
    return True


def spread(session: Session) -> Spread:
    """How far passkeys have come among those of whom they may be asked."""
    manages = select(Membership.id).where(
        Membership.user_id == User.id, Membership.ended_at.is_(None), Membership.role.in_(BOUND)
    )
    has_one = select(Passkey.id).where(Passkey.user_id == User.id).exists()
    counts = select(func.count(), func.count().filter(has_one)).select_from(User)
    return Spread(*session.execute(counts.where(manages.exists(), User.disabled_at.is_(None))).one())


def _record_everywhere(session: Session, action: str, user: User, by: Who, after: Mapping[str, object]) -> None:
    """In the platform's log, and in that of every school of the person, about who they are there."""
    actor = Actor("user", by.user_id, by.name)
    record(action, Target("app_user", user.id), label=user.name, by=actor, after=after)
    there = (
        select(Membership.school_id, Person.id, Person.name)
        .join(Person, and_(Person.school_id == Membership.school_id, Person.id == Membership.person_id))
        .where(Membership.user_id == user.id, Membership.ended_at.is_(None))
        .order_by(Membership.school_id)
    )
    for school_id, person_id, name in session.execute(there).all():
        seen = replace(actor, kind="operator")  # to a school: the platform's staff
        add_event(session, action, Target("person", person_id), label=name, by=seen, after=after, school_id=school_id)
