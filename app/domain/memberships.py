"""Memberships: what the schools of a person are told about their account, and the one rule that none of them may break.

A school acts on memberships, never on users. When a user was last there, and how they sign in, only the platform knows: it is
asked for the members of one school.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.i18n.catalogue import N_
from app.models.passkey import Passkey
from app.models.user import Membership, Role, User
from app.tenancy.doors import across_schools, outside
from app.tenancy.scope import current_school_id


class LastOwner(Exception):
    """A school that has an owner keeps one; `message` is for whoever tried."""

    message = N_("A school needs an owner, and this is the only one. Make somebody else an owner first.")


class Account(NamedTuple):
    """What a school hears of the account behind a membership: how it is signed in with, and whether the platform closed it."""

    last_sign_in_at: dt.datetime | None
    has_password: bool
    passkeys: int
    is_closed: bool

    @property
    def methods(self) -> str:
        """How its person signs in: 'password', 'passkey', 'both', or 'none' yet."""
        if self.passkeys:
            return "both" if self.has_password else "passkey"
        return "password" if self.has_password else "none"


NO_ACCOUNT = Account(None, False, 0, False)


def accounts(of: Collection[UUID] | None = None) -> dict[UUID, Account]:
    """The accounts behind the memberships of the current school, ended ones too, by user; only those in `of`, if given."""
    mine = select(Membership.user_id).where(Membership.school_id == current_school_id())
    if of is not None:
        mine = mine.where(Membership.user_id.in_(of))
    passkeys = select(func.count()).where(Passkey.user_id == User.id).correlate(User).scalar_subquery()
    found = select(
        User.id, User.last_sign_in_at, User.password_hash.is_not(None), passkeys, User.disabled_at.is_not(None)
    ).where(User.id.in_(mine))  # fmt: skip
    with outside(), across_schools("who of a school has signed in", routine=True) as session:
        return {row[0]: Account(*row[1:]) for row in session.execute(found)}


def last_sign_ins() -> dict[UUID, dt.datetime | None]:
    """When each user of the current school was last there, by their id; None for those who never were."""
    school_id = current_school_id()
    members = (
        select(User.id, User.last_sign_in_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.school_id == school_id, Membership.ended_at.is_(None))
    )
    with outside(), across_schools("who of a school has signed in", routine=True) as session:
        return {row.id: row.last_sign_in_at for row in session.execute(members)}


def hold_owners(session: Session, school_id: int) -> set[UUID]:
    """The memberships of the owners of a school, held until the transaction ends; said before any of them is changed.

    Whoever waits here for another change sees the owners as that left them: two who demote each other cannot both succeed.
    """
    owners = (
        select(Membership.id)
        .where(Membership.school_id == school_id, Membership.role == Role.OWNER.value, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .with_for_update()
    )
    return set(session.scalars(owners))


def keep_an_owner(owners: Collection[UUID], *, but: Collection[UUID]) -> None:
    """Raise LastOwner if the memberships `but` are all of the `owners` that `hold_owners` found."""
    if set(owners) and not set(owners) - set(but):
        raise LastOwner
