"""What a superuser does about those who run the platform. Each verb crosses by itself and commits."""

from __future__ import annotations

from uuid import UUID

from app.access.actor import Actor
from app.delivery.account_mail import mail_user
from app.domain import platform_staff
from app.domain.platform_staff import Invited
from app.i18n.catalogue import N_
from app.models.user import PlatformRole
from app.tenancy.doors import across_schools

REASON = N_("Platform staff")


def invite(*, email: str, name: str, role: PlatformRole, language: str, by: Actor) -> Invited:
    """Let whoever has this address run the platform; a link that sets a password is mailed to who has none.

    `language` is that of the mail where they chose none. Raises AlreadyStaff.
    """
    with across_schools(REASON) as session:
        made = platform_staff.invite(session, email=email, name=name, role=role, by=by)
        if made.link_id:
            reads = made.language or language
            mail_user(session, user_id=made.user_id, kind="staff_invited", subject_id=made.link_id, language=reads)
        session.commit()
    return made


def change_role(user_id: UUID, role: PlatformRole, *, by: Actor) -> str:
    """Make somebody operator or superuser; returns their name. Raises CannotChange."""
    with across_schools(REASON) as session:
        name = platform_staff.change_role(session, user_id, role, by=by).name
        session.commit()
    return name


def disable(user_id: UUID, *, by: Actor) -> str:
    """Let somebody in no more; returns their name. Raises CannotChange."""
    with across_schools(REASON) as session:
        name = platform_staff.disable(session, user_id, by=by).name
        session.commit()
    return name


def enable(user_id: UUID, *, by: Actor) -> str:
    """Let somebody in again; returns their name. Raises CannotChange."""
    with across_schools(REASON) as session:
        name = platform_staff.enable(session, user_id, by=by).name
        session.commit()
    return name
