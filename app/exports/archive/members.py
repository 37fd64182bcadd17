"""Accounts and sessions of a school's people: rows of the platform, read by its role at the moment of the school's snapshot."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.exports.archive.tables import Address
from app.models.login import LoginSession
from app.models.user import Membership, User
from app.tenancy.doors import across_schools, outside
from app.tenancy.reading import driving

REASON = "the people of an archive"


class Session(NamedTuple):
    """A sign-in that acted in the school last: of which person there, and when. Neither its secret nor its address travels."""

    person_id: UUID
    device: str | None
    way: str
    created_at: dt.datetime
    last_seen_at: dt.datetime
    ended_at: dt.datetime | None


def people_of(school_id: int, snapshot: str) -> tuple[list[Address], list[Session]]:
    """The accounts that are members of a school or were, by address, and the sessions that act there."""
    members = select(Membership.user_id).where(Membership.school_id == school_id)
    accounts = select(User.id, User.email, User.name, User.language).where(User.id.in_(members)).order_by(User.email)
    sessions = (
        select(
            Membership.person_id, LoginSession.device, LoginSession.way, LoginSession.created_at, LoginSession.last_seen_at,
            LoginSession.revoked_at,
        )
        .join(Membership, Membership.user_id == LoginSession.user_id)
        .where(Membership.school_id == school_id, Membership.ended_at.is_(None), LoginSession.active_school == school_id)
        .order_by(LoginSession.id)
    )  # fmt: skip
    with outside(), across_schools(REASON, routine=True) as platform:
        with driving() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")  # a name that PostgreSQL has just made
        found = [Address(str(row.id), row.email, row.name, row.language) for row in platform.execute(accounts)]
        acted = [Session(*row) for row in platform.execute(sessions)]
        platform.rollback()
    return sorted(found, key=lambda each: each.address), acted


def accounts_lines(accounts: Sequence[Address]) -> Iterator[bytes]:
    """The file of the accounts: what identifies a person, and nothing that opens anything."""
    for each in accounts:
        yield _line({"address": each.address, "name": each.name, "language": each.language})


def sessions_lines(sessions: Sequence[Session]) -> Iterator[bytes]:
    """The file of the sessions."""
    for each in sessions:
        yield _line({name: _plain(value) for name, value in each._asdict().items()})


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value if value is None else str(value)


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
