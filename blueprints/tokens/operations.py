"""What can be done about tokens: make one, call it otherwise, revoke it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.access.api_tokens import TAIL, hash_of, new_token
from app.audit.record import Actor, record
from app.i18n.catalogue import N_
from app.models.api_token import ApiToken
from app.models.school import School
from app.models.user import Membership
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work.outbox import queue

MOST = 50  # tokens of a school that work at the same time
LONGEST_LIFE = dt.timedelta(days=366)


class NoSuchToken(LookupError):
    """The school has no such token."""


class TooMany(Exception):
    """MOST of them are enough for any school; `message` is for people."""

    message = N_("Your school has 50 tokens that work, and more are not possible. Revoke one that is no longer used.")


class Made(NamedTuple):
    """A new token: shown this once."""

    token: str
    row: ApiToken


def make_token(name: str, *, scopes: Sequence[str], expires_at: dt.datetime, user_id: UUID, by: Actor) -> Made:
    """Make a token for a member of the school, whose membership it ends with; the owners are told. Raises TooMany."""
    db.session.execute(select(School.id).where(School.id == current_school_id()).with_for_update(key_share=True))
    works = ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now()
    if (db.session.scalar(select(func.count()).select_from(ApiToken).where(*works)) or 0) >= MOST:
        raise TooMany
    mine = select(Membership.id).where(Membership.user_id == user_id, Membership.ended_at.is_(None))
    token = new_token()
    row = ApiToken(
        membership_id=db.session.scalars(mine).one(), name=name, scopes=list(scopes), token_hash=hash_of(token),
        tail=token[-TAIL:], created_at=clock.now(), expires_at=expires_at,
    )  # fmt: skip
    db.session.add(row)
    record("tokens.make", row, label=name, after={"scopes": list(scopes), "expires_at": expires_at}, by=by)
    queue("tokens.tell_owners", row.id)
    return Made(token, row)


def rename_token(token_id: UUID, name: str, *, by: Actor) -> bool:
    """Call a token otherwise; False when it is called so already. Raises NoSuchToken."""
    row = _held(token_id)
    if row.name == name:
        return False
    record("tokens.rename", row, label=row.name, before={"name": row.name}, after={"name": name}, by=by)
    row.name = name
    return True


def revoke_token(token_id: UUID, *, by: Actor) -> bool:
    """Let a token open nothing any more, from its next request on; False when it was revoked before. Raises NoSuchToken."""
    row = _held(token_id)
    if row.revoked_at:
        return False
    row.revoked_at, row.revoked_by = clock.now(), by.name
    record("tokens.revoke", row, label=row.name, before={"revoked": False}, after={"revoked": True}, by=by)
    return True


def _held(token_id: UUID) -> ApiToken:
    row = db.session.scalars(select(ApiToken).where(ApiToken.id == token_id).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchToken(token_id)
    return row
