"""What a school reads of the support visits to it."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.models.support import SupportVisit
from app.models.user import Membership, Role
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut


class VisitRow(NamedTuple):
    """One visit. `until` is when it ended or will; `ended_by` None where its time ran out or its operator signed out."""

    id: UUID
    operator: str
    reason: str
    began_at: dt.datetime
    until: dt.datetime
    raised_at: dt.datetime | None
    ended_at: dt.datetime | None
    ended_by: str | None
    ran_out: bool
    is_open: bool


class _Found(NamedTuple):
    id: UUID


_IS_OPEN = and_(SupportVisit.ended_at.is_(None), SupportVisit.expires_at > func.now())
_ROW = select(
    SupportVisit.id, SupportVisit.operator, SupportVisit.reason, SupportVisit.began_at,
    func.coalesce(SupportVisit.ended_at, SupportVisit.expires_at).label("until"),
    SupportVisit.raised_at, SupportVisit.ended_at, SupportVisit.ended_by,
    (func.coalesce(SupportVisit.ended_at, func.now()) >= SupportVisit.expires_at).label("ran_out"), _IS_OPEN.label("is_open"),
).order_by(SupportVisit.id.desc())  # fmt: skip
_OPEN = Prepared(_ROW.where(_IS_OPEN), VisitRow)
_OWNERS = Prepared(
    select(Membership.id).where(Membership.role == Role.OWNER.value, Membership.ended_at.is_(None)).limit(1), _Found
)


def newest(after: Key | None) -> Page[VisitRow]:
    """The visits, newest first; those before the one whose id is in `after`."""
    values: dict[str, Any] = {"after": after[0]} if after else {}
    with reading() as cursor:
        rows = _newest(after is not None).all(cursor, **values)
    return cut(rows, lambda row: (row.id,))


def open_visits() -> list[VisitRow]:
    """The visits that are going on now."""
    with reading() as cursor:
        return _OPEN.all(cursor)


def has_owner() -> bool:
    """Whether somebody owns the school."""
    with reading() as cursor:
        return bool(_OWNERS.all(cursor))


@cache
def _newest(older: bool) -> Prepared[VisitRow]:
    statement = _ROW.limit(PAGE + 1)
    if older:
        statement = statement.where(SupportVisit.id < bindparam("after", type_=PG_UUID(as_uuid=True)))
    return Prepared(statement, VisitRow)
