"""Two tokens of each demo school: one that works, whose secret nobody knows, and one that was revoked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.access.api_tokens import TAIL, Scope, hash_of, new_token
from app.models.api_token import ApiToken
from app.models.user import Membership, Role
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.tenancy.database import db

YEAR = dt.timedelta(days=365)


class Plan(NamedTuple):
    """A token: made how many days ago by whom, last used and revoked how many days ago."""

    key: str
    names: Mapping[str, str]
    scopes: tuple[Scope, ...]
    maker: Role
    made: float
    used: float
    network: str
    revoked: float | None = None


PLANS = (
    Plan(
        "turnstile", {"zu": "Isango elizungezayo", "af": "Draaihek, proeflopie"}, (Scope.GATE_READ, Scope.GATE_WRITE),
        Role.OWNER, 96, 41.3, "102.65.40.0/24", 40.2,
    ),
    Plan(
        "timetable", {"zu": "Uhlelo lwezikhathi lwesikole", "af": "Roosterprogram"},
        (Scope.LEARNERS_READ, Scope.STAFF_READ, Scope.CLASSES_READ, Scope.ATTENDANCE_READ),
        Role.ADMIN, 33, 0.31, "196.25.101.0/24",
    ),
)  # fmt: skip


def add_tokens(plan: SchoolPlan, users: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the tokens of the current school that are missing; returns how many. Their secrets were never anywhere."""
    ids = [(each, known_id(plan.slug, "api token", each.key)) for each in PLANS]
    there = set(db.session.scalars(select(ApiToken.id).where(ApiToken.id.in_([token_id for _, token_id in ids]))))
    added = 0
    for each, token_id in ids:
        maker = select(Membership.id).where(Membership.user_id == users[f"{each.maker.value}@{plan.host}"])
        membership = db.session.scalar(maker.order_by(Membership.id.desc()).limit(1))
        if membership and token_id not in there:
            db.session.add(_token(each, plan, token_id, membership, now))
            added += 1
    db.session.flush()
    return added


def _token(each: Plan, plan: SchoolPlan, token_id: UUID, membership: UUID, now: dt.datetime) -> ApiToken:
    secret, made = new_token(), now - dt.timedelta(days=each.made)
    row = ApiToken(
        id=token_id, membership_id=membership, name=each.names[plan.language], scopes=[scope.value for scope in each.scopes],
        token_hash=hash_of(secret), tail=secret[-TAIL:], created_at=made, expires_at=made + YEAR,
        last_used_at=now - dt.timedelta(days=each.used), last_used_from=each.network,
    )  # fmt: skip
    if each.revoked is not None:
        row.revoked_at, row.revoked_by = now - dt.timedelta(days=each.revoked), plan.accounts[Role.OWNER]
    return row
