"""What the page of sessions reads of one person. All of it is the platform's: inside `about_accounts`."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.user_agents import Device, device_of
from app.models.login import LoginSession
from app.models.school import School
from app.web.paging import PAGE, Key, Page, cut

LAST_ENDED = 5


class SignedIn(NamedTuple):
    """A session that is open. `place` is the network address it was begun from; `school` the open school it acts in, if any."""

    id: UUID
    device: Device
    place: str | None
    since: dt.datetime
    seen_at: dt.datetime
    way: str
    school: str | None


class Ended(NamedTuple):
    """A session that is over. `ran_out`: its time was up before anything ended it."""

    device: Device
    place: str | None
    since: dt.datetime
    ended_at: dt.datetime
    ran_out: bool


_OPEN = and_(LoginSession.revoked_at.is_(None), LoginSession.expires_at > func.now())
_SIGNED_IN = (
    select(
        LoginSession.id, LoginSession.device, LoginSession.address, LoginSession.created_at, LoginSession.last_seen_at,
        LoginSession.way, School.name,
    )
    .outerjoin(School, and_(School.id == LoginSession.active_school, School.is_open))
    .where(_OPEN)
)  # fmt: skip


def this_one(session: Session, session_id: UUID) -> SignedIn | None:
    """The session of the request; None when it was ended a moment ago."""
    return next(iter(_all(session, _SIGNED_IN.where(LoginSession.id == session_id))), None)


def one_of(session: Session, user_id: UUID, session_id: UUID) -> SignedIn | None:
    """An open session of this user; None for one that is over, somebody else's, or that never was."""
    return next(iter(_all(session, _SIGNED_IN.where(_mine(user_id), LoginSession.id == session_id))), None)


def is_over(session: Session, user_id: UUID, session_id: UUID) -> bool:
    """Whether this is a session of the user that has ended."""
    found = select(LoginSession.id).where(_mine(user_id), LoginSession.id == session_id, ~_OPEN)
    return session.scalar(found) is not None


def others(session: Session, user_id: UUID, but: UUID, after: Key | None = None) -> Page[SignedIn]:
    """A page of the open sessions of a user except `but`, those seen last first."""
    key = tuple_(LoginSession.last_seen_at, LoginSession.id)
    rows = _SIGNED_IN.where(_mine(user_id), LoginSession.id != but)
    rows = rows.where(key < tuple_(*after)) if after else rows
    newest = rows.order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc()).limit(PAGE + 1)
    return cut(_all(session, newest), lambda row: (row.seen_at, row.id))


def how_many_others(session: Session, user_id: UUID, but: UUID) -> int:
    """The number of open sessions of a user except `but`."""
    mine = select(func.count(LoginSession.id)).where(_mine(user_id), LoginSession.id != but, _OPEN)
    return session.scalar(mine) or 0


def last_ended(session: Session, user_id: UUID) -> list[Ended]:
    """The sessions of a user that ended last, the newest first."""
    ended_at = func.least(LoginSession.revoked_at, LoginSession.expires_at)  # of what never happened least() says nothing
    ran_out = or_(LoginSession.revoked_at.is_(None), LoginSession.revoked_at > LoginSession.expires_at)
    rows = select(LoginSession.device, LoginSession.address, LoginSession.created_at, ended_at, ran_out)
    newest = rows.where(_mine(user_id), ~_OPEN).order_by(ended_at.desc(), LoginSession.id.desc()).limit(LAST_ENDED)
    return [Ended(device_of(device or ""), *rest) for device, *rest in session.execute(newest)]


def _mine(user_id: UUID) -> ColumnElement[bool]:
    return LoginSession.user_id == user_id


def _all(session: Session, rows: Select[*tuple[Any, ...]]) -> list[SignedIn]:
    return [SignedIn(row[0], device_of(row.device or ""), *row[2:]) for row in session.execute(rows)]
