"""The accounts that everybody may sign in with, outside production: users, and who they are in the schools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.demo import PASSWORD
from app.access.passwords import hash_password
from app.models.person import Kind, Person
from app.models.user import Membership, PlatformRole, Role, User
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.people import person
from app.seed.plans import SchoolPlan
from app.tenancy.database import db

KINDS = {Role.GUARDIAN: Kind.GUARDIAN, Role.STUDENT: Kind.LEARNER}  # the others are staff
PHONE = "+27825550{:03}"


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

    A user whose address somebody changed is still there under the id that the seed gave, and is left alone.
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
                platform_role=account.platform_role,
            )
            for account in missing
        )  # fmt: skip
    return ids


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
        memberships.append({"id": known_id(plan.slug, "membership", account.email), **values})
    added = fill(Person, rows)
    fill(Membership, memberships)
    return added


def members(plan: SchoolPlan, users: Mapping[str, UUID]) -> dict[str, UUID]:
    """Who the accounts are in the current school: persons by the address of the account, the school's own accounts first."""
    persons = {row.user_id: row.person_id for row in db.session.execute(select(Membership.user_id, Membership.person_id))}
    emails = [account.email for account in accounts_of(plan)]
    return {email: persons[users[email]] for email in emails if users[email] in persons}
