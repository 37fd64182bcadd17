"""What owners and admins do about the memberships of their school. Each verb records what it did; none touches a user."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.access import passwords, throttle
from app.access.accounts import about_accounts
from app.access.sessions import end_sessions_in
from app.audit.record import Actor, record
from app.delivery.account_mail import mail_user
from app.domain import invitations
from app.domain.memberships import LastOwner, hold_owners, keep_an_owner
from app.i18n.catalogue import N_
from app.models.person import Person
from app.models.user import EndReason, Membership, Role, User
from app.tenancy.database import db
from app.tenancy.doors import outside
from app.tenancy.scope import current_school_id


class CannotChange(Exception):
    """Why something is not done about a membership; `message` is for whoever tried."""

    message = ""


class OnlyOwners(CannotChange):
    message = N_("Only an owner of the school decides about its owners.")


class OnlyOwner(CannotChange):
    message = LastOwner.message


class Oneself(CannotChange):
    message = N_("You cannot disable yourself. Ask somebody else who runs the school.")


class NotMember(CannotChange):
    message = N_("This person has no account in the school that goes on: somebody else may have been quicker.")


class NotDisabled(CannotChange):
    message = N_("The account of this person is not disabled: somebody else may have been quicker.")


class AccountClosed(CannotChange):
    message = N_("The platform has closed the account of this person, so no link was sent. Ask the platform’s support.")


class Chief(NamedTuple):
    """Who decides: their user, their role in the school (an admin's in a support visit), and the session of this request."""

    user_id: UUID
    role: str | None
    session_id: UUID


def roles_for(kind: str, chief: str | None) -> list[str]:
    """The roles that somebody of a kind may be given by a person with this role: only an owner makes owners."""
    return [role.value for role in invitations.ROLES[kind] if role is not Role.OWNER or chief == Role.OWNER]


def change_role(person: Person, role: str, *, chief: Chief, by: Actor) -> bool:
    """Make a member something else in the school, from their next request on; False when they are that already.

    Their sessions in the school end, but the one of this request. Raises NotMember, OnlyOwners and OnlyOwner.
    """
    owners, held = _hold(person)
    if held.role == role:
        return False
    _refuse_over_owners(held.role, role, chief.role)
    _keep_an_owner(owners, held)
    before, held.role = held.role, role
    db.session.flush()
    record("members.change_role", person, label=person.name, before={"role": before}, after={"role": role}, by=by)
    _end_sessions(held.user_id, but=chief.session_id)
    return True


def disable(person: Person, *, chief: Chief, by: Actor) -> None:
    """End the membership of somebody until it is enabled again; their sessions in the school end, an open invitation too.

    Raises NotMember, Oneself, OnlyOwners and OnlyOwner.
    """
    owners, held = _hold(person)
    if held.user_id == chief.user_id:
        raise Oneself
    _refuse_over_owners(held.role, held.role, chief.role)
    _keep_an_owner(owners, held)
    held.ended_at, held.end_reason = clock.now(), EndReason.DISABLED.value
    session = db.session()
    if waiting := invitations.open_invitation(session, school_id=current_school_id(), person_id=person.id):
        invitations.revoke(session, waiting)
    session.flush()
    record("members.disable", person, label=person.name, before={"role": held.role}, by=by)
    _end_sessions(held.user_id)


def enable(person: Person, *, chief: Chief, by: Actor) -> None:
    """Let a disabled membership go on as it was. Raises NotDisabled and OnlyOwners."""
    theirs = select(Membership).where(Membership.person_id == person.id).order_by(Membership.ended_at.desc().nulls_first())
    memberships = db.session.scalars(theirs.with_for_update().execution_options(populate_existing=True)).all()
    if not memberships or memberships[0].end_reason != EndReason.DISABLED:
        raise NotDisabled
    held = memberships[0]
    others = Membership.user_id == held.user_id, Membership.ended_at.is_(None)
    if db.session.scalar(select(Membership.id).where(*others)):  # as somebody else of the school
        raise NotDisabled
    _refuse_over_owners(held.role, held.role, chief.role)
    held.ended_at = held.end_reason = None
    db.session.flush()
    record("members.enable", person, label=person.name, after={"role": held.role}, by=by)


def mail_link(person: Person, *, language: str, by: Actor) -> None:
    """Mail a member a link that sets a new password, to the address of their account, which nobody here sees or chooses.

    Raises NotMember, AccountClosed, and TooManyTries: an account is sent a few links in a quarter of an hour, whoever asks.
    """
    mine = Membership.person_id == person.id, Membership.ended_at.is_(None)
    user_id = db.session.scalar(select(Membership.user_id).where(*mine))
    if user_id is None:
        raise NotMember
    school_id = current_school_id()
    with outside(), about_accounts("a school asks for a password link") as platform:
        user = platform.get_one(User, user_id)
        if user.disabled_at:
            raise AccountClosed
        throttle.count_try(platform, throttle.RESET, account=str(user_id), address=f"school {school_id}")
        link = passwords.issue_link(platform, user_id)
        mail_user(platform, user_id=user_id, kind="password_link", subject_id=link.id, language=user.language or language)
    record("members.mail_password_link", person, label=person.name, by=by)


def _hold(person: Person) -> tuple[set[UUID], Membership]:
    """The owners of the school and the membership of a person, held until the transaction ends. Raises NotMember."""
    owners = hold_owners(db.session(), current_school_id())
    mine = select(Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
    held = db.session.scalars(mine.with_for_update().execution_options(populate_existing=True)).first()
    if held is None:
        raise NotMember
    return owners, held


def _keep_an_owner(owners: set[UUID], held: Membership) -> None:
    try:
        keep_an_owner(owners, but={held.id} & owners)
    except LastOwner:
        raise OnlyOwner from None


def _refuse_over_owners(before: str, after: str, chief: str | None) -> None:
    if Role.OWNER in (before, after) and chief != Role.OWNER:
        raise OnlyOwners


def _end_sessions(user_id: UUID, *, but: UUID | None = None) -> None:
    """What the person has open in the school ends at once, and what they have open elsewhere goes on."""
    school_id = current_school_id()
    with outside(), about_accounts("sessions of a member end") as platform:
        end_sessions_in(platform, user_id=user_id, school_id=school_id, but=but)
