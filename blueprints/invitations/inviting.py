"""What owners and admins do about the accounts of their school's people. Each verb records what it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from app.access import throttle
from app.access.accounts import about_accounts
from app.audit.record import Actor, Target, record
from app.domain import invitations
from app.domain.invitations import ROLES, State, state_of
from app.domain.memberships import last_sign_ins
from app.domain.names import sort_key
from app.i18n.catalogue import N_
from app.models.invitation import Invitation
from app.models.person import Kind, Person
from app.models.user import EndReason, Membership, Role
from app.tenancy.database import db
from app.tenancy.doors import outside
from app.tenancy.scope import current_school_id
from blueprints.invitations.people import Invitee


class CannotInvite(Exception):
    """Why somebody is not invited; `message` is for the one who tried."""

    message = ""


class NoAddress(CannotInvite):
    message = N_("There is no address that works to send an invitation to. Add one first.")


class HasSignedIn(CannotInvite):
    message = N_("This person has signed in already and needs no invitation.")


class IsDisabled(CannotInvite):
    message = N_("The account of this person is disabled. Enable it again instead of sending an invitation.")


class OnlyOwners(CannotInvite):
    message = N_("Only an owner of the school can invite an owner.")


class NothingOpen(CannotInvite):
    message = N_("There is no invitation that could be taken back: it was used, or somebody was quicker.")


class AddressTaken(CannotInvite):
    """Somebody else of the school has this address; `name` is theirs."""

    message = N_("%(name)s has this address. Invite them from the list.")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Plan(NamedTuple):
    """Of those who were chosen: who will be invited, and how many will not, for which reason."""

    able: list[Invitee]
    without_address: int
    waiting: int
    with_account: int

    @property
    def staff(self) -> bool:
        """Whether a role has to be chosen for some of them."""
        return any(one.kind == Kind.STAFF for one in self.able)


def roles_for(kind: str, inviter: str | None) -> list[str]:
    """The roles that somebody of a kind may be invited to by a person with this role: only an owner may make owners."""
    return [role.value for role in ROLES[kind] if role is not Role.OWNER or inviter == Role.OWNER]


def last_invitation(person_id: UUID) -> Invitation | None:
    """The newest invitation of a person, whatever became of it."""
    newest = select(Invitation).where(Invitation.person_id == person_id).order_by(Invitation.id.desc()).limit(1)
    return db.session.scalars(newest).one_or_none()


def refuse_signed_in(person: Person) -> None:
    """Raise HasSignedIn for somebody who uses their account, and IsDisabled for somebody whom the school keeps from it."""
    theirs = select(Membership.user_id, Membership.ended_at, Membership.end_reason).where(Membership.person_id == person.id)
    memberships = db.session.execute(theirs).all()
    holds = [membership.user_id for membership in memberships if membership.ended_at is None]
    if holds and last_sign_ins().get(holds[0]):
        raise HasSignedIn
    if not holds and any(membership.end_reason == EndReason.DISABLED for membership in memberships):
        raise IsDisabled


def invite_person(person: Person, *, role: str, inviter: str | None, by: Actor) -> Invitation:
    """A new invitation for somebody, in the place of the one that they may have: its link works no longer.

    `inviter` is the role of who invites. Raises NoAddress, HasSignedIn, IsDisabled and OnlyOwners; and TooManyTries, for
    the link of a new one is shown, and who could have any number of them could ask of any number of addresses whether they have
    an account.
    """
    if not person.email or person.email_flagged_at:
        raise NoAddress
    refuse_signed_in(person)
    school_id = current_school_id()
    with outside(), about_accounts("invitation") as platform:
        throttle.count_try(platform, throttle.INVITING, account=str(by.id), address=f"school {school_id}")
    session = db.session()
    held = _held(person)
    _refuse_owners(role, inviter)
    if held is not None:
        _refuse_owners(held.role, inviter)
        invitations.revoke(session, held)
    made = invitations.invite(session, school_id=school_id, person_id=person.id, role=role, email=person.email, by=by.name)
    after = {"role": role, "email": made.email}
    record("invitations.resend" if held else "invitations.invite", made, label=person.name, by=by, after=after)
    return made


def revoke(person: Person, *, inviter: str | None, by: Actor) -> None:
    """Take the open invitation of somebody back. Raises NothingOpen and OnlyOwners."""
    held = _held(person)
    if held is None or state_of(held) is not State.ACTIVE:
        raise NothingOpen
    _refuse_owners(held.role, inviter)
    invitations.revoke(db.session(), held)
    record("invitations.revoke", held, label=person.name, by=by)


def plan(chosen: Sequence[Invitee]) -> Plan:
    """What inviting these people would do."""
    able = [one for one in chosen if one.email and not one.has_account and not one.waits]
    return Plan(
        able,
        sum(not one.email and not one.has_account for one in chosen),
        sum(one.waits for one in chosen),
        sum(one.has_account for one in chosen),
    )


def invite_all(able: Sequence[Invitee], *, staff_role: str | None, inviter: str | None, by: Actor) -> int:
    """Invite all of these people as one deed; returns how many there were. `staff_role` is for the staff among them.

    Raises OnlyOwners.
    """
    session, school_id, number = db.session(), current_school_id(), 0
    for kind in sorted({one.kind for one in able}):
        role = staff_role if kind == Kind.STAFF and staff_role else ROLES[kind][0].value
        _refuse_owners(role, inviter)
        addresses = {one.id: one.email for one in able if one.kind == kind and one.email}
        made = invitations.invite_many(session, school_id=school_id, people=addresses, role=role, by=by.name)
        if made:
            after = {"role": role, "people": len(made)}
            record("invitations.invite_many", Target("invitation"), label=f"{len(made)}", by=by, after=after)
        number += len(made)
    return number


def add_person(*, name: str, email: str, role: str, by: Actor) -> Person:
    """Somebody new of the school, of the kind that has this role. Raises AddressTaken."""
    invitations.hold_address(db.session(), school_id=current_school_id(), email=email)
    taken = select(Person.name).where(func.lower(Person.email) == email, Person.ended_at.is_(None)).limit(1)
    if other := db.session.scalar(taken):
        raise AddressTaken(other)
    kind = next(kind for kind, roles in ROLES.items() if role in roles)
    person = Person(kind=str(kind), name=name, sort_key=sort_key(name), email=email)
    db.session.add(person)
    db.session.flush()
    record("people.add", person, label=name, by=by, after={"kind": str(kind), "email": email})
    return person


def _held(person: Person) -> Invitation | None:
    """The open invitation of a person, held with them until the transaction ends."""
    session, school_id = db.session(), current_school_id()
    held = invitations.open_invitation(session, school_id=school_id, person_id=person.id)
    found = held and invitations.hold(session, school_id=school_id, invitation_id=held.id)
    return None if found is None or found.used_at or found.revoked_at else found


def _refuse_owners(role: str, inviter: str | None) -> None:
    if role == Role.OWNER and inviter != Role.OWNER:
        raise OnlyOwners
