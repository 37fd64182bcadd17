"""Invitations of all schools, for those who run the platform: reads and deeds. Needs `across_schools`."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session

from app.audit.both import record_both
from app.audit.record import Actor
from app.domain import invitations
from app.domain.invitations import ROLES, STATE, State, state_of
from app.domain.names import sort_key
from app.i18n.catalogue import N_
from app.models.invitation import Invitation
from app.models.person import Person
from app.models.school import School
from app.models.user import Membership, User
from app.web.paging import PAGE, Key, Page, cut
from blueprints.invitations.inviting import AddressTaken, CannotInvite, HasSignedIn, NoAddress, NothingOpen

FOUND = 20  # schools that a search shows


class RunsPlatform(CannotInvite):
    """Said to operators alone: a school does not learn from an invitation who runs the platform."""

    message = N_("This person runs the platform. They enter a school by a support visit and need no invitation.")


class Row(NamedTuple):
    """An invitation of any school. `is_open`: neither used nor taken back; `has_signed_in`: whoever has its address did so."""

    id: UUID
    school_id: int
    school: str
    name: str
    role: str
    email: str
    invited_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    sent_at: dt.datetime | None
    error: str | None
    state: str
    is_open: bool
    has_signed_in: bool


class Narrow(NamedTuple):
    """What is left of all: those of a school, those to people who `never` signed in, those to addresses alike `pattern`."""

    school_id: int | None
    never: bool
    pattern: str


class Made(NamedTuple):
    """A new invitation, for the page that shows its link."""

    invitation: Invitation
    name: str


state_now = STATE
_HAS_SIGNED_IN = exists().where(User.email == Invitation.email, User.last_sign_in_at.is_not(None))


def invitations_of_all(session: Session, narrow: Narrow, *, state: str, after: Key | None) -> Page[Row]:
    """Invitations in a state ("" for all), newest first; those behind `after`."""
    found = _narrowed(
        select(
            Invitation.id, Invitation.school_id, School.name.label("school"), Person.name, Invitation.role, Invitation.email,
            Invitation.invited_by, Invitation.created_at, Invitation.expires_at, Invitation.sent_at, Invitation.error,
            state_now.label("state"), invitations.IS_OPEN.label("is_open"), _HAS_SIGNED_IN.label("has_signed_in"),
        )
        .join(School, School.id == Invitation.school_id)
        .join(Person, and_(Person.school_id == Invitation.school_id, Person.id == Invitation.person_id)),
        narrow,
    )  # fmt: skip
    if state:
        found = found.where(state_now == state)
    if after:
        found = found.where(Invitation.id < after[0])
    rows = [Row(*row) for row in session.execute(found.order_by(Invitation.id.desc()).limit(PAGE + 1))]
    return cut(rows, lambda row: (row.id,))


def counts(session: Session, narrow: Narrow) -> dict[str, int]:
    """How many there are in each state, and of all under ""."""
    found = _narrowed(select(state_now, func.count()), narrow).group_by(state_now)
    of_state = {str(row[0]): int(row[1]) for row in session.execute(found)}
    return {"": sum(of_state.values()), **{state.value: of_state.get(state.value, 0) for state in State}}


def school_names(session: Session, *, pattern: str) -> list[tuple[int, str]]:
    """The first schools whose name is alike, by name."""
    found = select(School.id, School.name).where(School.name.ilike(pattern, escape="\\"))
    return [(row.id, row.name) for row in session.execute(found.order_by(School.name, School.id).limit(FOUND))]


def resend(session: Session, invitation_id: UUID, *, by: Actor) -> Made:
    """A new invitation in the place of an open one, to the address that the person has now; in both logs.

    Raises NothingOpen and NoAddress.
    """
    held, person = _held(session, invitation_id)
    if not person.email:
        raise NoAddress
    made = invitations.resend(session, held, email=person.email, by=by.name)
    after = {"role": made.role, "email": made.email}
    record_both(session, made.school_id, "invitations.resend", made, label=person.name, by=by, after=after)
    return Made(made, person.name)


def revoke(session: Session, invitation_id: UUID, *, by: Actor) -> str:
    """Take an open invitation back; returns whose it was. In both logs. Raises NothingOpen."""
    held, person = _held(session, invitation_id)
    if state_of(held) is not State.ACTIVE:
        raise NothingOpen
    invitations.revoke(session, held)
    record_both(session, held.school_id, "invitations.revoke", held, label=person.name, by=by)
    return person.name


def invite(session: Session, school_id: int, *, name: str, email: str, role: str, by: Actor) -> Made:
    """Invite somebody of a school by their address; who is not on record there is added. In both logs.

    Raises RunsPlatform, HasSignedIn, and AddressTaken when whoever has the address cannot have that role.
    """
    kind = str(next(kind for kind, roles in ROLES.items() if role in roles))
    if session.scalar(select(User.id).where(User.email == email, User.platform_role.is_not(None))):
        raise RunsPlatform
    invitations.hold_address(session, school_id=school_id, email=email)
    here = Person.school_id == school_id, Person.ended_at.is_(None), Person.email == email
    people = session.scalars(select(Person).where(*here).order_by(Person.id)).all()
    person = next((person for person in people if person.kind == kind), None)
    if person is None and people:
        raise AddressTaken(people[0].name)
    if person is None:
        person = Person(school_id=school_id, kind=kind, name=name, sort_key=sort_key(name), email=email)
        session.add(person)
        session.flush()
        record_both(session, school_id, "people.add", person, label=name, by=by, after={"kind": kind, "email": email})
    elif has_signed_in(session, person):
        raise HasSignedIn
    made = invitations.invite(session, school_id=school_id, person_id=person.id, role=role, email=email, by=by.name)
    after = {"role": role, "email": made.email}
    record_both(session, school_id, "invitations.invite", made, label=person.name, by=by, after=after)
    return Made(made, person.name)


def has_signed_in(session: Session, person: Person) -> bool:
    """Whether somebody has an account in their school that they use."""
    member = Membership.school_id == person.school_id, Membership.person_id == person.id, Membership.ended_at.is_(None)
    used = select(User.id).join(Membership, Membership.user_id == User.id).where(*member, User.last_sign_in_at.is_not(None))
    return session.scalar(used.limit(1)) is not None


def _held(session: Session, invitation_id: UUID) -> tuple[Invitation, Person]:
    school_id = session.scalar(select(Invitation.school_id).where(Invitation.id == invitation_id))
    held = school_id and invitations.hold(session, school_id=school_id, invitation_id=invitation_id)
    if not held or held.used_at or held.revoked_at or held.person.ended_at:
        raise NothingOpen
    person: Person = held.person
    return held, person


def _narrowed(statement: Select[*tuple[Any, ...]], narrow: Narrow) -> Select[*tuple[Any, ...]]:
    if narrow.school_id is not None:
        statement = statement.where(Invitation.school_id == narrow.school_id)
    if narrow.never:
        statement = statement.where(~_HAS_SIGNED_IN)
    return statement.where(Invitation.email.ilike(narrow.pattern, escape="\\")) if narrow.pattern else statement
