"""Who runs the platform. Needs `across_schools`."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.models.user import User
from app.web.paging import PAGE, Key, Page, cut


class Row(NamedTuple):
    """Somebody who runs the platform; `state` is active or disabled."""

    id: UUID
    name: str
    email: str
    role: str
    state: str
    last_sign_in_at: dt.datetime | None
    created_at: dt.datetime


STATES = ("active", "disabled")
_state = case((User.disabled_at.is_(None), "active"), else_="disabled")
_IS_STAFF = User.platform_role.is_not(None)
_ROW = select(
    User.id, User.name, User.email, User.platform_role, _state.label("state"), User.last_sign_in_at, User.created_at
).where(_IS_STAFF)


def staff(session: Session, *, state: str, pattern: str, after: Key | None) -> Page[Row]:
    """Those in a state ("" for all) whose name or address is alike, by address; those behind `after`."""
    found = _ROW
    if state:
        found = found.where(_state == state)
    if pattern:
        found = found.where(or_(User.name.ilike(pattern, escape="\\"), User.email.ilike(pattern, escape="\\")))
    if after:
        found = found.where(User.email > after[0])
    rows = [_row(row) for row in session.execute(found.order_by(User.email).limit(PAGE + 1))]
    return cut(rows, lambda row: (row.email,))


def person(session: Session, user_id: UUID) -> Row | None:
    """Somebody who runs the platform; None for anybody else."""
    found = session.execute(_ROW.where(User.id == user_id)).one_or_none()
    return None if found is None else _row(found)


def counts(session: Session) -> dict[str, int]:
    """How many there are in each state, and of all under ""."""
    found = select(_state.label("state"), func.count().label("number")).where(_IS_STAFF).group_by(_state)
    of_state = {row.state: row.number for row in session.execute(found)}
    return {"": sum(of_state.values()), **{state: of_state.get(state, 0) for state in STATES}}


def _row(row: Any) -> Row:
    return Row(row.id, row.name, row.email, row.platform_role or "", row.state, row.last_sign_in_at, row.created_at)
