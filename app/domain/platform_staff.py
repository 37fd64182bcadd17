"""Those who run the platform: how they come in, what they may do, and how they go. Needs `across_schools`; audited there."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.access.passwords import issue_link, link_path, use_up_links
from app.access.proofs import forget_proofs
from app.access.sessions import end_sessions
from app.audit.record import record
from app.extensions import current_settings
from app.i18n.catalogue import N_
from app.ids import uuid7
from app.models.user import PlatformRole, User

LIFE = dt.timedelta(hours=48)


class CannotChange(Exception):
    """Why somebody stays as they are; `message` is for the one who tried."""

    message = ""


class NotStaff(CannotChange):
    message = N_("This person does not run the platform any more.")


class NoLongerSuperuser(CannotChange):
    message = N_("You are no superuser any more. Nothing was changed.")


class Oneself(CannotChange):
    message = N_("You cannot change your own role or disable yourself. Ask another superuser.")


class LastSuperuser(CannotChange):
    message = N_("This is the last superuser. Make somebody else a superuser first.")


class AlreadyStaff(CannotChange):
    message = N_("This person runs the platform already. Change them in the list.")


class Invited(NamedTuple):
    """Somebody who runs the platform from now on. `link_id` sets their password; None: they have one, and it stays."""

    user_id: UUID
    name: str
    email: str
    language: str | None
    link_id: UUID | None

    @property
    def link(self) -> str | None:
        """The whole address with which they choose a password: a secret, shown once."""
        settings = current_settings()
        return settings.public_url + link_path(self.link_id, settings.secret) if self.link_id else None


def invite(session: Session, *, email: str, name: str, role: PlatformRole, by: Actor) -> Invited:
    """Let whoever has this address run the platform, with a password that they choose by the link. Raises AlreadyStaff.

    An older one works no longer, nor does a passkey, and every session ends: who made them may not have been the one who reads
    the address's mail.
    """
    # Of two at once with a new address the second waits here for the first, and then finds the account.
    adding = insert(User).values(id=uuid7(), email=email, name=name)
    session.execute(adding.on_conflict_do_nothing(index_elements=[User.email]))
    user = session.scalars(select(User).where(User.email == email).with_for_update()).one()
    if user.platform_role:
        raise AlreadyStaff
    user.platform_role, user.password_hash, user.password_temporary_until = role.value, None, None
    session.flush()
    use_up_links(session, user.id)
    end_sessions(session, user_id=user.id)
    forget_proofs(session, user.id)
    link = issue_link(session, user.id, LIFE)
    session.flush()
    record("staff.invite", user, label=email, by=by, after={"platform_role": role.value})
    return Invited(user.id, user.name, user.email, user.language, link.id)


def change_role(session: Session, user_id: UUID, role: PlatformRole, *, by: Actor) -> User:
    """Make somebody operator or superuser; it holds from their next request on. Raises CannotChange."""
    user = _held(session, user_id, by)
    before = user.platform_role
    if before == PlatformRole.SUPERUSER and role != PlatformRole.SUPERUSER:
        _refuse_last(session, user)
    user.platform_role = role.value
    record(
        "staff.change_role",
        user,
        label=user.email,
        by=by,
        before={"platform_role": before},
        after={"platform_role": role.value},
    )
    return user


def disable(session: Session, user_id: UUID, *, by: Actor) -> User:
    """Let somebody in no more, anywhere; their sessions end at once. Raises CannotChange."""
    user = _held(session, user_id, by)
    _refuse_last(session, user)
    was = user.disabled_at is not None
    user.disabled_at = user.disabled_at or clock.now()
    use_up_links(session, user.id)
    end_sessions(session, user_id=user.id)
    record("staff.disable", user, label=user.email, by=by, before={"disabled": was}, after={"disabled": True})
    return user


def enable(session: Session, user_id: UUID, *, by: Actor) -> User:
    """Let somebody in again, with the password that they had. Raises CannotChange."""
    user = _held(session, user_id, by)
    was = user.disabled_at is not None
    user.disabled_at = None
    record("staff.enable", user, label=user.email, by=by, before={"disabled": was}, after={"disabled": False})
    return user


def _held(session: Session, user_id: UUID, by: Actor) -> User:
    """The user as they are now. Every superuser is held with them, so that of two who end each other one stays.

    Raises NotStaff, Oneself, and NoLongerSuperuser for who lost the right meanwhile.
    """
    superusers = select(User.id, User.disabled_at).where(User.platform_role == PlatformRole.SUPERUSER.value)
    held = session.execute(superusers.order_by(User.id).with_for_update(key_share=True)).all()
    if by.id and not any(row.id == by.id and row.disabled_at is None for row in held):
        raise NoLongerSuperuser
    user = session.scalar(select(User).where(User.id == user_id).with_for_update(key_share=True))
    if user is None or not user.platform_role:
        raise NotStaff
    if by.id == user.id:
        raise Oneself
    return user


def _refuse_last(session: Session, user: User) -> None:
    """Raise LastSuperuser for the only one who is left."""
    others = select(User.id).where(
        User.platform_role == PlatformRole.SUPERUSER.value, User.disabled_at.is_(None), User.id != user.id
    )
    if user.platform_role == PlatformRole.SUPERUSER and session.scalar(others.limit(1)) is None:
        raise LastSuperuser
