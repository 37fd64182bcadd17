"""Invitations: how somebody of a school comes to an account of their own.

An invitation is a link that works once. Its token is made of its id and the secret and is stored nowhere, so that neither the
database nor a log can give it away; the row keeps only its hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from app import clock
from app.access.sessions import hash_of
from app.extensions import current_settings
from app.ids import uuid7
from app.models.invitation import Invitation
from app.models.person import Kind, Person
from app.models.user import Role
from app.tenancy.database import db
from app.work.outbox import queue, queue_each

LIFE = dt.timedelta(hours=48)
SEND = "invitations.send"


class State(StrEnum):
    """What has become of an invitation."""

    ACTIVE = "active"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


#: the roles that somebody of a kind can have; the first is the usual one
ROLES: dict[str, tuple[Role, ...]] = {
    Kind.STAFF: (Role.TEACHER, Role.OFFICER, Role.ADMIN, Role.OWNER),
    Kind.GUARDIAN: (Role.GUARDIAN,),
    Kind.LEARNER: (Role.STUDENT,),
}
#: neither used nor taken back: of a person at most one, expired or not
IS_OPEN: ColumnElement[bool] = and_(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
#: one that was replaced after it had expired was not taken back: it had expired
STATE: ColumnElement[str] = case(
    (Invitation.used_at.is_not(None), State.USED.value),
    (Invitation.revoked_at < Invitation.expires_at, State.REVOKED.value),
    (or_(Invitation.revoked_at.is_not(None), Invitation.expires_at <= func.now()), State.EXPIRED.value),
    else_=State.ACTIVE.value,
)


def invite(session: Session, *, school_id: int, person_id: UUID, role: str, email: str, by: str) -> Invitation:
    """The open invitation of a person: the one that they have, else a new one, which work of their school will mail.

    One that has expired is closed and replaced, and so is one for another role or address. `by` is the name of who invites.
    Works in the school and across schools, in the caller's transaction and under a lock on the person, so that of two at once
    both get the same invitation. The caller records it. Raises NoResultFound for a person whom the school does not have.
    """
    mine = Person.school_id == school_id, Person.id == person_id
    session.execute(select(Person.id).where(*mine).with_for_update(key_share=True)).one()
    held = open_invitation(session, school_id=school_id, person_id=person_id)
    if held is not None:
        if held.expires_at > clock.now() and (held.role, held.email) == (role, email.lower()):
            return held
        revoke(session, held)
    return _new(session, school_id=school_id, person_id=person_id, role=role, email=email, by=by)


def invite_many(session: Session, *, school_id: int, people: Mapping[UUID, str], role: str, by: str) -> list[Invitation]:
    """The new invitations of all who have no open one: `people` are addresses by person, `role` is the role of each of them.

    One that has expired is closed and replaced. As `invite` in everything else, with a handful of statements for thousands.
    """
    mine = Person.school_id == school_id, Person.id.in_(list(people))
    held = set(session.scalars(select(Person.id).where(*mine).order_by(Person.id).with_for_update(key_share=True)))
    theirs = Invitation.school_id == school_id, Invitation.person_id.in_(list(held)), IS_OPEN
    waiting = set(session.scalars(select(Invitation.person_id).where(*theirs, Invitation.expires_at > clock.now())))
    new = [person_id for person_id in people if person_id in held - waiting]
    outdated = update(Invitation).where(*theirs, Invitation.person_id.in_(new)).values(revoked_at=clock.now())
    session.execute(outdated.execution_options(synchronize_session=False))
    rows = [_row(school_id, person_id, role, people[person_id], by) for person_id in new]
    session.add_all(rows)
    queue_each(SEND, [row.id for row in rows], school_id=school_id)
    session.flush()
    return rows


def resend(session: Session, held: Invitation, *, email: str, by: str) -> Invitation:
    """A new invitation in the place of an open one, whose link works no longer; to `email`, which may have been corrected.

    The caller holds the person (`hold`) and records it.
    """
    revoke(session, held)
    return _new(session, school_id=held.school_id, person_id=held.person_id, role=held.role, email=email, by=by)


def revoke(session: Session, held: Invitation) -> None:
    """Take an open invitation back: its link works no longer. The caller records it."""
    held.revoked_at = clock.now()
    session.flush()  # before another takes its place: a person has one open invitation


def open_invitation(session: Session, *, school_id: int, person_id: UUID) -> Invitation | None:
    """The invitation of a person that is neither used nor revoked, expired or not."""
    mine = Invitation.school_id == school_id, Invitation.person_id == person_id
    return session.scalar(select(Invitation).where(*mine, IS_OPEN).execution_options(populate_existing=True))


def hold(session: Session, *, school_id: int, invitation_id: UUID) -> Invitation | None:
    """An invitation as it is now, held with its person until the transaction ends; None where there is none."""
    one = Invitation.school_id == school_id, Invitation.id == invitation_id
    person_id = session.scalar(select(Invitation.person_id).where(*one))
    if person_id is None:
        return None
    # The person first, as `invite` does: two that lock in another order could wait for each other.
    person = select(Person.id).where(Person.school_id == school_id, Person.id == person_id)
    session.execute(person.with_for_update(key_share=True)).one()
    return session.scalar(select(Invitation).where(*one).with_for_update().execution_options(populate_existing=True))


def hold_address(session: Session, *, school_id: int, email: str) -> None:
    """Let nobody else add somebody with this address to the school until the transaction ends: said before looking for them.

    An address may be that of several people of a school, so that no index can refuse the second of two at once.
    """
    key = hashlib.sha256(f"address\0{school_id}\0{email.lower()}".encode()).digest()
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], signed=True))))


def person_of(person_id: UUID) -> Person | None:
    """Somebody of the current school who has not left."""
    return db.session.scalars(select(Person).where(Person.id == person_id, Person.ended_at.is_(None))).one_or_none()


def state_of(invitation: Invitation) -> State:
    """What has become of an invitation: `STATE` for a row in memory."""
    if invitation.used_at:
        return State.USED
    if invitation.revoked_at and invitation.revoked_at < invitation.expires_at:
        return State.REVOKED
    return State.EXPIRED if invitation.revoked_at or invitation.expires_at <= clock.now() else State.ACTIVE


def link_path(invitation_id: UUID, *, mailed: bool = False) -> str:
    """The address of an invitation on this site: a secret, to be mailed and shown, never kept.

    The one that is `mailed` also proves that its holder reads the mail of the address: nobody else is shown it.
    """
    token = token_of(invitation_id)
    return f"/invitations/{token}.{proof_of(token)}" if mailed else f"/invitations/{token}"


def proof_of(token: str) -> str:
    """What a mailed link has behind its token."""
    digest = hmac.digest(current_settings().secret.encode(), b"mailed" + token.encode(), "sha256")
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def token_of(invitation_id: UUID) -> str:
    """The token of an invitation, which only who knows the secret can make."""
    digest = hmac.digest(current_settings().secret.encode(), b"invitation" + invitation_id.bytes, "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _new(session: Session, *, school_id: int, person_id: UUID, role: str, email: str, by: str) -> Invitation:
    row = _row(school_id, person_id, role, email, by)
    session.add(row)
    session.flush()
    queue(SEND, row.id, school_id=school_id)
    return row


def _row(school_id: int, person_id: UUID, role: str, email: str, by: str) -> Invitation:
    invitation_id = uuid7()
    return Invitation(
        id=invitation_id, school_id=school_id, person_id=person_id, role=role, email=email, invited_by=by,
        token_hash=hash_of(token_of(invitation_id)), expires_at=clock.now() + LIFE,
    )  # fmt: skip
