"""Moving somebody to another school: a membership ends here and one begins there, in one step that both schools' logs tell.

What was written down here belongs to this school and stays; what goes along is the person's own. Everything needs
`across_schools`, and names both schools in each statement: no wall does it here.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app import clock
from app.access.permissions import GRANTS, Permission
from app.access.sessions import end_sessions_in
from app.audit.both import record_both
from app.audit.record import Actor
from app.domain import invitations, rollups
from app.domain.memberships import LastOwner, hold_owners, keep_an_owner
from app.domain.names import parts, sort_key
from app.i18n.catalogue import N_
from app.models.contact import ContactPreference, PushSubscription
from app.models.learner import Learner
from app.models.person import Kind, Person
from app.models.school import School
from app.models.user import EndReason, Membership, Role, User

MOST = 50  # schools to choose from
MAY_MOVE = tuple(role for role, granted in GRANTS.items() if Permission.PEOPLE_MANAGE in granted)


class CannotMove(Exception):
    """Why somebody does not move; `message` is for whoever tried."""

    message = ""


class NotMember(CannotMove):
    message = N_("This person has no account in the school that goes on: somebody else may have been quicker.")


class AlreadyThere(CannotMove):
    message = N_("This person has an account in that school already.")


class NoSuchSchool(CannotMove):
    message = N_("You do not manage the people of that school, or it is closed.")


class OnlyOwners(CannotMove):
    message = N_("Only somebody who owns a school decides about its owners.")


class OnlyOwner(CannotMove):
    message = LastOwner.message


class Destination(NamedTuple):
    """A school that somebody can be moved to. `role` is what the mover is there, None for an operator."""

    id: int
    name: str
    role: str | None


class Mover(NamedTuple):
    """Who moves somebody. `is_operator`: the platform's own, who act in both schools without belonging to either."""

    user_id: UUID
    role: str | None
    is_operator: bool


class Moved(NamedTuple):
    """Somebody who has moved, and where to."""

    name: str
    school: str


def destinations(session: Session, mover: Mover, *, but: int, pattern: str = "") -> list[Destination]:
    """The open schools whose people the mover manages, by name, without the one they are in; for an operator all that fit."""
    found = select(School.id, School.name).where(School.is_open, School.id != but).order_by(School.name, School.id).limit(MOST)
    if pattern:
        found = found.where(School.name.ilike(pattern, escape="\\"))
    if mover.is_operator:
        return [Destination(*row, None) for row in session.execute(found)]
    mine = and_(
        Membership.school_id == School.id, Membership.user_id == mover.user_id, Membership.ended_at.is_(None),
        Membership.role.in_(MAY_MOVE),
    )  # fmt: skip
    return [Destination(*row) for row in session.execute(found.join(Membership, mine).add_columns(Membership.role))]


def roles_there(kind: str, place: Destination | None) -> list[str]:
    """What somebody of a kind can be at a school: only its owners, and operators, make owners."""
    makes_owners = place is None or place.role in (None, Role.OWNER.value)
    return [role.value for role in invitations.ROLES[kind] if role is not Role.OWNER or makes_owners]


def move(session: Session, *, school_id: int, person_id: UUID, to: int, role: str, mover: Mover, by: Actor | None) -> Moved:
    """End the membership of somebody in one school and begin one in another, as `role`; their sessions in the first end.

    With the account go the name, the language and how they are notified. The other school's own record of the person is taken
    if it has one with their address, else it gets one. Raises CannotMove.
    """
    owners = hold_owners(session, school_id)
    mine = Membership.school_id == school_id, Membership.person_id == person_id, Membership.ended_at.is_(None)
    held = session.scalars(select(Membership).where(*mine).with_for_update()).first()
    if held is None:
        raise NotMember
    place = next((place for place in destinations(session, mover, but=school_id) if place.id == to), None)
    if place is None and mover.is_operator:  # beyond the first of them
        found = session.execute(select(School.id, School.name).where(School.id == to, School.is_open)).first()
        place = Destination(*found, None) if found and to != school_id else None
    if place is None:
        raise NoSuchSchool
    person = session.scalars(select(Person).where(Person.school_id == school_id, Person.id == person_id)).one()
    if held.role == Role.OWNER and not (mover.is_operator or mover.role == Role.OWNER):
        raise OnlyOwners
    if role not in roles_there(person.kind, place):
        raise OnlyOwners
    try:
        keep_an_owner(owners, but={held.id} & owners)
    except LastOwner:
        raise OnlyOwner from None
    user = session.scalars(select(User).where(User.id == held.user_id).with_for_update(key_share=True)).one()
    session.scalars(select(School.id).where(School.id == to, School.is_open).with_for_update(read=True)).one()
    there = Membership.school_id == to, Membership.user_id == user.id, Membership.ended_at.is_(None)
    if session.scalar(select(Membership.id).where(*there)):
        raise AlreadyThere
    here = session.scalar(select(School.name).where(School.id == school_id)) or ""
    held.ended_at, held.end_reason = clock.now(), EndReason.MOVED.value
    goes = _record_there(session, person, user, to)
    session.add(Membership(school_id=to, user_id=user.id, person_id=goes.id, role=role))
    _carry_notifications(session, person, goes)
    for place_id, who in ((school_id, person), (to, goes)):
        if waiting := invitations.open_invitation(session, school_id=place_id, person_id=who.id):
            invitations.revoke(session, waiting)
    session.flush()
    end_sessions_in(session, user_id=user.id, school_id=school_id)
    record_both(
        session, school_id, "members.move_away", person, label=person.name, by=by,
        before={"role": held.role}, after={"to_school": place.name},
    )  # fmt: skip
    record_both(
        session, to, "members.move_in", goes, label=goes.name, by=by, after={"role": role, "from_school": here}
    )  # fmt: skip
    rollups.refresh(session, [school_id, to])
    return Moved(person.name, place.name)


def _record_there(session: Session, person: Person, user: User, to: int) -> Person:
    """The person as the other school has them: who has their address and no account there, else somebody new."""
    addresses = {user.email.lower(), *([person.email.lower()] if person.email else [])}
    invitations.hold_address(session, school_id=to, email=user.email)
    taken = select(Membership.id).where(
        Membership.school_id == to, Membership.person_id == Person.id, Membership.ended_at.is_(None)
    )
    alike: ColumnElement[bool] = and_(
        Person.school_id == to, Person.kind == person.kind, Person.ended_at.is_(None),
        func.lower(Person.email).in_(addresses), ~taken.exists(),
    )  # fmt: skip
    found = session.scalars(select(Person).where(alike).order_by(Person.id).limit(2)).all()
    if len(found) == 1:
        return found[0]
    made = Person(
        school_id=to, kind=person.kind, name=person.name, sort_key=sort_key(person.name), email=user.email,
        language=user.language or person.language,
    )  # fmt: skip
    session.add(made)
    session.flush()
    if person.kind == Kind.LEARNER:
        first, last = parts(person.name)
        session.add(Learner(school_id=to, id=made.id, first_name=first, last_name=last))
    return made


def _carry_notifications(session: Session, person: Person, goes: Person) -> None:
    """Their devices show the other school's notifications from now on, as they had chosen; consent to mail is each school's."""
    of = ContactPreference.school_id == person.school_id, ContactPreference.person_id == person.id
    chosen = session.scalars(select(ContactPreference).where(*of)).one_or_none()
    theirs = ContactPreference.school_id == goes.school_id, ContactPreference.person_id == goes.id
    if chosen is not None and session.scalars(select(ContactPreference).where(*theirs)).one_or_none() is None:
        session.add(
            ContactPreference(
                school_id=goes.school_id, person_id=goes.id, push=chosen.push, quiet_from=chosen.quiet_from,
                quiet_until=chosen.quiet_until,
            )
        )  # fmt: skip
    mine = PushSubscription.school_id == person.school_id, PushSubscription.person_id == person.id
    devices = session.scalars(select(PushSubscription).where(*mine)).all()
    there = PushSubscription.school_id == goes.school_id, PushSubscription.endpoint.in_([each.endpoint for each in devices])
    known = set(session.scalars(select(PushSubscription.endpoint).where(*there)))
    for device in devices:
        if device.endpoint not in known:
            session.add(
                PushSubscription(
                    school_id=goes.school_id, person_id=goes.id, endpoint=device.endpoint, p256dh=device.p256dh,
                    auth=device.auth, key_id=device.key_id, device=device.device, created_at=device.created_at,
                )
            )  # fmt: skip
        session.delete(device)
