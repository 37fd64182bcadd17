"""What the account pages read. All of it is the platform's: inside `about_accounts`."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.school import School, SchoolState
from app.models.user import Membership, User


class Account(NamedTuple):
    """A user as the door sees them."""

    id: UUID
    name: str
    email: str
    language: str | None
    password_hash: str | None
    disabled_at: dt.datetime | None
    temporary_until: dt.datetime | None
    platform_role: str | None


_ACCOUNT = select(
    User.id, User.name, User.email, User.language, User.password_hash, User.disabled_at, User.password_temporary_until,
    User.platform_role,
)  # fmt: skip


def account_at(session: Session, email: str) -> Account | None:
    """The account with this address, whether it may sign in or not."""
    found = session.execute(_ACCOUNT.where(User.email == email)).one_or_none()
    return Account(*found) if found else None


def is_unproven(session: Session, user_id: UUID) -> bool:
    """Whether nobody has shown yet that they read the mail of this account's address. Needs `about_accounts`."""
    return bool(session.scalar(select(User.address_unproven_at.is_not(None)).where(User.id == user_id)))


def account_of(session: Session, user_id: UUID) -> Account:
    """The account of a user who exists."""
    return Account(*session.execute(_ACCOUNT.where(User.id == user_id)).one())


def account_if_still(session: Session, verified: Account) -> Account | None:
    """The account as it is now, if what was verified of it still opens it; None when the password was changed since.

    Its row is held until the transaction ends, so that a change of password comes wholly before or wholly after.
    """
    now = account_held(session, verified.id)
    is_same = (now.password_hash, now.disabled_at) == (verified.password_hash, verified.disabled_at)
    return now if is_same else None


def account_held(session: Session, user_id: UUID) -> Account:
    """The account of a user who exists, its row held until the transaction ends."""
    return Account(*session.execute(_ACCOUNT.where(User.id == user_id).with_for_update(key_share=True)).one())


def suspended_schools(session: Session, user_id: UUID) -> list[str]:
    """The names of the suspended schools of a person."""
    mine = Membership.user_id == user_id, Membership.ended_at.is_(None)
    found = select(School.name).join(Membership, Membership.school_id == School.id)
    return list(session.scalars(found.where(*mine, School.state == SchoolState.DISABLED.value).order_by(School.name)))


def any_account(session: Session) -> Account:
    """Some account: what the work for an unknown address is done on, before it is undone."""
    return Account(*session.execute(_ACCOUNT.limit(1)).one())
