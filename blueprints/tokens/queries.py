"""The tokens of a school as its page shows them: never the token, of which nothing is kept but a hash and its end."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, and_, bindparam, case, func, select

from app.models.api_token import ApiToken
from app.models.person import Person
from app.models.user import Membership
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

ACTIVE, EXPIRED, REVOKED, ORPHANED = "active", "expired", "revoked", "orphaned"
STATES = (ACTIVE, EXPIRED, REVOKED, ORPHANED)


class TokenRow(NamedTuple):
    """A token; `tail` is the end of it, `maker` who made it, and `state` one of STATES. `last_used_from` is a network."""

    id: UUID
    name: str
    tail: str
    scopes: list[str]
    maker: str
    state: str
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    revoked_by: str | None
    last_used_at: dt.datetime | None
    last_used_from: str | None


class Count(NamedTuple):
    """How many tokens are in a state."""

    state: str
    number: int


_STATE = case(
    (ApiToken.revoked_at.is_not(None), REVOKED),
    (ApiToken.expires_at <= bindparam("now", type_=DateTime(timezone=True)), EXPIRED),
    (Membership.ended_at.is_not(None), ORPHANED),
    else_=ACTIVE,
)
_ROWS = (
    select(
        ApiToken.id, ApiToken.name, ApiToken.tail, ApiToken.scopes, Person.name.label("maker"), _STATE.label("state"),
        ApiToken.created_at, ApiToken.expires_at, ApiToken.revoked_at, ApiToken.revoked_by, ApiToken.last_used_at,
        ApiToken.last_used_from,
    )
    .join(Membership, and_(Membership.school_id == ApiToken.school_id, Membership.id == ApiToken.membership_id))
    .join(Person, and_(Person.school_id == Membership.school_id, Person.id == Membership.person_id))
)  # fmt: skip
_ONE = Prepared(_ROWS.where(ApiToken.id == bindparam("id", type_=Uuid)), TokenRow)
_COUNTS = Prepared(
    select(_STATE.label("state"), func.count().label("number"))
    .select_from(ApiToken)
    .join(Membership, and_(Membership.school_id == ApiToken.school_id, Membership.id == ApiToken.membership_id))
    .group_by(_STATE),
    Count,
)


def tokens(now: dt.datetime, *, state: str = "", after: Key | None = None) -> Page[TokenRow]:
    """The tokens of the school, the newest first; those in a state, and those behind `after`."""
    values: dict[str, object] = {"now": now} | ({"state": state} if state else {}) | ({"after": after[0]} if after else {})
    with reading() as cursor:
        return cut(_page(bool(state), after is not None).all(cursor, **values), lambda row: (row.id,))


def token(token_id: UUID, now: dt.datetime) -> TokenRow | None:
    """One token of the school."""
    with reading() as cursor:
        found = _ONE.all(cursor, id=token_id, now=now)
    return found[0] if found else None


def counts(now: dt.datetime) -> dict[str, int]:
    """How many tokens of the school are in each state."""
    with reading() as cursor:
        return dict.fromkeys(STATES, 0) | {row.state: row.number for row in _COUNTS.all(cursor, now=now)}


@cache
def _page(by_state: bool, older: bool) -> Prepared[TokenRow]:
    statement = _ROWS.order_by(ApiToken.id.desc()).limit(PAGE + 1)
    if by_state:
        statement = statement.where(bindparam("state", type_=Text) == _STATE)
    if older:
        statement = statement.where(ApiToken.id < bindparam("after", type_=Uuid))
    return Prepared(statement, TokenRow)
