"""What somebody does with the invitation that they hold: the platform's business, for it makes accounts.

The link proves that its holder was invited to one school, and no more than that: it may be in other hands than the mailbox's.
So it sets a password only for an account that opens nothing but this school and has none of its own yet; whoever has one signs
in with it. It signs nobody in either. And an account that comes into being is told to its address.
"""

from __future__ import annotations

import datetime as dt
import hmac
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.access import passwords
from app.access.accounts import about_accounts
from app.access.actor import Actor
from app.access.proofs import forget_proofs
from app.access.sessions import end_sessions, hash_of
from app.access.who import Who
from app.audit.both import record_both
from app.audit.record import Target, record
from app.delivery.account_mail import mail_user
from app.domain.invitations import STATE, State, hold, proof_of
from app.ids import uuid7
from app.models.invitation import Invitation
from app.models.login import LoginSession
from app.models.person import Person
from app.models.school import School
from app.models.user import Membership, User


class Gone(Exception):
    """The link opens nothing any more: `state` says why, None that it never was."""

    def __init__(self, state: str | None = None) -> None:
        super().__init__(state)
        self.state = state


class Closed(Exception):
    """The school is not open at the moment; `school` is its name."""

    def __init__(self, school: str) -> None:
        super().__init__(school)
        self.school = school


class NeedsSignIn(Exception):
    """The address has an account with a password of its own: only who knows that accepts."""


class NeedsMail(Exception):
    """The account's password was chosen by a link that others had seen: only the link in the mail accepts."""


class RunsPlatform(Exception):
    """Who runs the platform acts in a school by a support visit, with a reason and an end. Told to themselves alone."""


class Offer(NamedTuple):
    """An invitation that can be accepted. `chooses`: its link sets the password; else its holder signs in as `email`.

    `is_mailed`: the link is the one that went to the address; whoever holds another may not learn from it whether the address
    has an account, and whose it is. `needs_mail`: no other will do for this account. `holds` is the role that the account has
    in the school already: it stays, whatever `role` says.
    """

    id: UUID
    school_id: int
    school: str
    person_id: UUID
    name: str
    language: str | None
    role: str
    email: str
    invited_by: str
    expires_at: dt.datetime
    user_id: UUID | None
    chooses: bool
    is_mailed: bool
    needs_mail: bool
    runs_platform: bool
    holds: str | None


def offer(link: str) -> Offer:
    """What an invitation offers whoever holds its `link`: a token, and behind a dot the proof of one that was mailed.

    Raises Gone and Closed.
    """
    with about_accounts("invitation") as session:
        return _offer(session, link)


def choose_password(link: str, *, name: str, password: str, language: str) -> Offer:
    """Accept with a password that is chosen now: the account is made, or gets it. Signs nobody in. `language` is the page's.

    Raises Gone, Closed and NeedsSignIn; of two at once one accepts.
    """
    password_hash = passwords.hash_password(password)
    with about_accounts("invitation") as session:
        found = _offer(session, link)
        if found.user_id:
            session.execute(select(User.id).where(User.id == found.user_id).with_for_update(key_share=True))
            found = _offer(session, link)  # as the account is now that nobody else can change it
        if not found.chooses:
            raise NeedsSignIn
        user_id = _account(session, found, name, password_hash, language)
        _accept(session, found, user_id, name)
        return found


def accept(link: str, person: Who) -> Offer:
    """Accept as somebody who is signed in with the address of the invitation, and act in the school from now on.

    Raises Gone, Closed, NeedsSignIn for anybody else, RunsPlatform, and NeedsMail for an account whose address nobody has
    proven.
    """
    with about_accounts("invitation") as session:
        session.execute(select(User.id).where(User.id == person.user_id).with_for_update(key_share=True))
        found = _offer(session, link)
        if found.user_id != person.user_id:
            raise NeedsSignIn
        if found.runs_platform:
            raise RunsPlatform
        if found.needs_mail:
            raise NeedsMail
        _accept(session, found, person.user_id, person.name)
        here = update(LoginSession).where(LoginSession.id == person.session_id)
        session.execute(here.values(active_school=found.school_id))
        return found


def _offer(session: Session, link: str) -> Offer:
    token, _, proof = link.partition(".")
    is_mailed = hmac.compare_digest(proof.encode(), proof_of(token).encode())
    if proof and not is_mailed:
        raise Gone
    staff = or_(User.platform_role.is_not(None), User.disabled_at.is_not(None))
    own = and_(User.password_hash.is_not(None), User.password_temporary_until.is_(None))
    elsewhere = exists().where(
        Membership.user_id == User.id, Membership.school_id != Invitation.school_id, Membership.ended_at.is_(None)
    )
    holds = select(Membership.role).where(Membership.school_id == Invitation.school_id, _of(User.id)).scalar_subquery()
    row = session.execute(
        select(
            Invitation, Person.name, Person.language, School.name.label("school"), School.is_open.label("is_open"),
            STATE.label("state"), User.id.label("user_id"),
            or_(own, staff, elsewhere).label("signs_in"), User.platform_role,
            and_(User.address_unproven_at.is_not(None), not_(staff)).label("unproven"), holds.label("holds"),
        )
        .join(Person, and_(Person.school_id == Invitation.school_id, Person.id == Invitation.person_id))
        .join(School, School.id == Invitation.school_id)
        .outerjoin(User, User.email == Invitation.email)
        .where(Invitation.token_hash == hash_of(token), Person.ended_at.is_(None))
    ).one_or_none()  # fmt: skip
    if row is None or row.state != State.ACTIVE:
        raise Gone(row and row.state)
    if not row.is_open:
        raise Closed(row.school)
    invitation: Invitation = row.Invitation
    chooses = row.user_id is None or not row.signs_in or (is_mailed and row.unproven)
    return Offer(
        invitation.id, invitation.school_id, row.school, invitation.person_id, row.name, row.language, invitation.role,
        invitation.email, invitation.invited_by, invitation.expires_at, row.user_id, chooses,
        is_mailed, bool(row.unproven) and not is_mailed, bool(row.platform_role), row.holds,
    )  # fmt: skip


def _account(session: Session, found: Offer, name: str, password_hash: str, language: str) -> UUID:
    """The account of the invited address with this password; its row is held already, unless it is made here."""
    now = clock.now()
    values = {
        "name": name, "password_hash": password_hash, "password_changed_at": now,
        "address_unproven_at": None if found.is_mailed else now,
    }  # fmt: skip
    if found.user_id is None:
        made = insert(User).values(id=uuid7(), email=found.email, language=found.language, **values)
        user_id: UUID | None = session.scalar(made.on_conflict_do_nothing(index_elements=[User.email]).returning(User.id))
        if user_id is None:
            raise NeedsSignIn  # somebody else was quicker, with this address and another invitation
        record("account.create", Target("app_user", user_id), label=name, by=Actor("user", user_id, name))
        mail_user(session, user_id=user_id, kind="account_made", language=found.language or language)
        return user_id
    session.execute(update(User).where(User.id == found.user_id).values(password_temporary_until=None, **values))
    passwords.use_up_links(session, found.user_id)
    end_sessions(session, user_id=found.user_id)
    forget_proofs(session, found.user_id)
    mail_user(session, user_id=found.user_id, kind="password_changed", language=found.language or language)
    return found.user_id


def _accept(session: Session, found: Offer, user_id: UUID, name: str) -> None:
    """Use the invitation up and make the membership, where there is none. The user's row is held already. Raises Gone."""
    held = hold(session, school_id=found.school_id, invitation_id=found.id)
    others = exists().where(
        Membership.school_id == found.school_id, Membership.person_id == found.person_id, Membership.user_id != user_id,
        Membership.ended_at.is_(None),
    )  # fmt: skip
    if held is None or held.used_at or held.revoked_at or session.scalar(select(others)):
        raise Gone(State.USED)
    held.used_at = clock.now()
    role = session.scalar(select(Membership.role).where(Membership.school_id == found.school_id, _of(user_id)))
    if role is None:
        role = found.role
        session.add(Membership(school_id=found.school_id, user_id=user_id, person_id=found.person_id, role=role))
    # What a school writes in stands with the person there: what they chose for themselves holds in every school of theirs.
    if chosen := session.scalar(select(User.language).where(User.id == user_id)):
        session.execute(
            update(Person)
            .where(Person.school_id == found.school_id, Person.id == found.person_id)
            .values(language=chosen)
            .execution_options(synchronize_session=False)
        )
    by = Actor("user", user_id, name)
    became = {"role": role} if role == found.role else {"role": role, "invited_as": found.role}
    record_both(session, found.school_id, "invitations.accept", held, label=found.name, by=by, after=became)


def _of(user_id: Any) -> ColumnElement[bool]:
    """The condition on Membership that it is in force and this user's, which may be a column."""
    return and_(Membership.user_id == user_id, Membership.ended_at.is_(None))
