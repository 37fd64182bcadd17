"""The accounts that everybody may sign in with, outside production: users, and who they are in the schools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.demo import PASSWORD
from app.access.passwords import hash_password
from app.models.person import Kind, Person
from app.models.user import Membership, PlatformRole, Role, User
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.people import SINCE, person
from app.seed.plans import SchoolPlan
from app.tenancy.database import db

KINDS = {Role.GUARDIAN: Kind.GUARDIAN, Role.STUDENT: Kind.LEARNER}  # the others are staff
PHONE = "+27825550{:03}"
FOUNDED = dt.timedelta(days=450)  # how long ago the platform's own accounts were made: before its first school
#: how long ago people last signed in, by their role; whoever runs the platform did so before the last onboarding
LAST_SEEN: Mapping[Role | PlatformRole | None, dt.timedelta] = {
    Role.OWNER: dt.timedelta(days=2, hours=3), Role.ADMIN: dt.timedelta(hours=21), Role.TEACHER: dt.timedelta(days=1, hours=4),
    Role.OFFICER: dt.timedelta(hours=9), Role.GUARDIAN: dt.timedelta(days=4, hours=2), Role.STUDENT: dt.timedelta(days=6),
    PlatformRole.OPERATOR: dt.timedelta(hours=6), PlatformRole.SUPERUSER: dt.timedelta(days=3),
}  # fmt: skip


class Account(NamedTuple):
    """A user of the baseline; `role` is the one that they have in a school, None for those who run the platform."""

    email: str
    name: str
    role: Role | None
    platform_role: PlatformRole | None = None


MULTI = Account("multi@example.com", "Zanele Maseko", Role.ADMIN)
OF_PLATFORM = (
    Account("operator@example.com", "Olwethu Mabena", None, PlatformRole.OPERATOR),
    Account("superuser@example.com", "Chantelle Isaacs", None, PlatformRole.SUPERUSER),
)


def accounts_of(plan: SchoolPlan) -> list[Account]:
    """The accounts that belong to a school."""
    own = [Account(f"{role.value}@{plan.host}", name, role) for role, name in plan.accounts.items()]
    return [*own, MULTI]


def add_users(session: Session, plans: Sequence[SchoolPlan]) -> dict[str, UUID]:
    """Add the users that are missing; returns every account's user by its address. Needs the platform's session.

    A user whose address somebody changed is still there under the id that the seed gave, and is left alone. Each of them has
    signed in before: the accounts belong to people who run and use these schools.
    """
    accounts = {account.email: account for plan in plans for account in accounts_of(plan)}
    accounts |= {account.email: account for account in OF_PLATFORM}
    ids = {email: known_id("user", email) for email in accounts}
    found = session.execute(select(User.id, User.email).where(User.email.in_(ids) | User.id.in_(ids.values()))).all()
    there = {row.id for row in found}
    ids |= {row.email: row.id for row in found if row.email in ids}
    missing = [account for account in accounts.values() if ids[account.email] not in there]
    if missing:
        hashed = hash_password(PASSWORD)  # once for all: it is no secret, and each costs
        session.add_all(
            User(
                id=ids[account.email], email=account.email, name=account.name, password_hash=hashed,
                platform_role=account.platform_role, created_at=clock.now() - (SINCE if account.role else FOUNDED),
            )
            for account in missing
        )  # fmt: skip
        session.flush()
    _add_sign_ins(session, {ids[email]: account for email, account in accounts.items()})
    return ids


def _add_sign_ins(session: Session, accounts: Mapping[UUID, Account]) -> None:
    """Let those who have never signed in have done so, each after their account was made."""
    now = clock.now()
    for user in session.scalars(select(User).where(User.id.in_(accounts), User.last_sign_in_at.is_(None))):
        account = accounts[user.id]
        role = account.role or account.platform_role
        assert role is not None
        user.last_sign_in_at = max(user.created_at, now - LAST_SEEN[role])


def add_members(plan: SchoolPlan, users: Mapping[str, UUID], now: dt.datetime) -> int:
    """Make the accounts members of the current school, each a person there; returns how many people were added.

    Whoever has or had a membership keeps what became of it.
    """
    members = set(db.session.scalars(select(Membership.user_id)))
    missing = [(n, account) for n, account in enumerate(accounts_of(plan)) if users[account.email] not in members]
    rows, memberships = [], []
    for n, account in missing:
        assert account.role is not None
        kind = KINDS.get(account.role, Kind.STAFF)
        phone = PHONE.format(len(plan.slug) * 10 + n)
        rows.append(person(plan, account.email, kind, account.name, now, email=account.email, phone=phone))
        values = {"user_id": users[account.email], "person_id": rows[-1]["id"], "role": account.role.value}
        made = {"id": known_id(plan.slug, "membership", account.email), "created_at": now - SINCE}
        memberships.append({**made, **values})
    added = fill(Person, rows)
    fill(Membership, memberships)
    return added


def members(plan: SchoolPlan, users: Mapping[str, UUID]) -> dict[str, UUID]:
    """Who the accounts are in the current school: persons by the address of the account, the school's own accounts first."""
    persons = {row.user_id: row.person_id for row in db.session.execute(select(Membership.user_id, Membership.person_id))}
    emails = [account.email for account in accounts_of(plan)]
    return {email: persons[users[email]] for email in emails if users[email] in persons}
