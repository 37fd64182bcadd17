"""What becomes of the people of a school that closes: who had only this one is signed out, the others keep theirs."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, update
from sqlalchemy.orm import Session, aliased

from app import clock
from app.models.login import LoginSession
from app.models.school import School
from app.models.user import Membership, User

QUIETLY = {"synchronize_session": False}
_There = aliased(School)
_Elsewhere = aliased(Membership)


class Affected(NamedTuple):
    """How many people a suspension leaves without any school, how many keep another, and how many sessions end."""

    losing: int
    keeping: int
    sessions: int


def affected(session: Session, school_id: int) -> Affected:
    """Whom the closing of a school would concern. Needs `across_schools`."""
    has_more = _has_more(school_id)
    people = select(
        func.count(User.id).filter(not_(has_more)), func.count(User.id).filter(has_more)
    ).where(_belongs(school_id), User.disabled_at.is_(None))  # fmt: skip
    losing, keeping = session.execute(people).one()
    live = LoginSession.revoked_at.is_(None), LoginSession.expires_at > func.now()
    sessions = select(func.count(LoginSession.id)).where(*live, LoginSession.user_id.in_(_only_here(school_id)))
    return Affected(losing, keeping, session.scalar(sessions) or 0)


def end_sessions_of(session: Session, school_id: int) -> None:
    """End every session of those who have no other open school; those of the others that act here act in no school.

    A support visit is nobody's membership: its session goes on, and is told that the visit is over. Needs `across_schools`.
    """
    ended = update(LoginSession).where(LoginSession.revoked_at.is_(None), LoginSession.user_id.in_(_only_here(school_id)))
    session.execute(ended.values(revoked_at=clock.now()), execution_options=QUIETLY)
    members = select(User.id).where(_belongs(school_id))
    moved = update(LoginSession).where(LoginSession.active_school == school_id, LoginSession.revoked_at.is_(None))
    session.execute(moved.where(LoginSession.user_id.in_(members)).values(active_school=None), execution_options=QUIETLY)


def _only_here(school_id: int) -> Select[UUID]:
    """The users whom this school is all they have."""
    return select(User.id).where(_belongs(school_id), not_(_has_more(school_id)))


def _belongs(school_id: int) -> ColumnElement[bool]:
    """Of a user: whether they are one of the school."""
    mine = and_(Membership.user_id == User.id, Membership.school_id == school_id, Membership.ended_at.is_(None))
    return select(Membership.id).where(mine).correlate(User).exists()


def _has_more(school_id: int) -> ColumnElement[bool]:
    """Of a user: whether they have another school that is open, or run the platform."""
    other = and_(_Elsewhere.user_id == User.id, _Elsewhere.school_id != school_id, _Elsewhere.ended_at.is_(None))
    elsewhere = select(_Elsewhere.id).join(_There, _There.id == _Elsewhere.school_id).where(other, _There.is_open)
    return or_(User.platform_role.is_not(None), elsewhere.correlate(User).exists())
