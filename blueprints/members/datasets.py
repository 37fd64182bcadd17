"""What can be taken out of a school's accounts: the table of its people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import Cursor

from app.access.permissions import Permission
from app.domain.memberships import NO_ACCOUNT, accounts
from app.exports.dataset import Column, Dataset, Kind, Row
from app.exports.filters import a_choice, one_of
from app.i18n.catalogue import N_
from app.web.badges import WORDS
from blueprints.members import queries
from blueprints.members.queries import KINDS, ROLES
from blueprints.members.words import METHODS, STANDS


def rows(cursor: Cursor[Any], filters: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of ACCOUNTS, by name. What only the platform knows is read before the first of them."""
    known = accounts()
    never = [user_id for user_id, account in known.items() if account.last_sign_in_at is None]
    kinds = [filters["kind"]] if filters.get("kind") else list(KINDS)
    found = queries.every(cursor, never, kinds=kinds, role=filters.get("role", ""), stand=filters.get("state", ""))
    for row in found:
        account = known.get(row.user_id, NO_ACCOUNT)
        yield (
            row.name, row.email, row.role or row.invited_as or "", row.stand, account.last_sign_in_at,
            account.methods if row.user_id else "", row.joined_at,
        )  # fmt: skip


ACCOUNTS = Dataset(
    "accounts", N_("People and accounts"), Permission.PEOPLE_MANAGE,
    (
        Column("name", N_("Name")),
        Column("email", N_("Email address")),
        Column("role", N_("Role"), Kind.WORD, {role: WORDS[role] for role in ROLES}),
        Column("state", N_("State"), Kind.WORD, STANDS),
        Column("last_sign_in_at", N_("Last sign-in"), Kind.MOMENT),
        Column("methods", N_("Sign-in methods"), Kind.WORD, METHODS),
        Column("joined_at", N_("Joined"), Kind.MOMENT),
    ),
    rows, {
        "kind": one_of(*KINDS), "role": a_choice(N_("Role"), {role: WORDS[role] for role in ROLES}),
        "state": a_choice(N_("State"), STANDS),
    }, is_guarded=True,
)  # fmt: skip
DATASETS = (ACCOUNTS,)
