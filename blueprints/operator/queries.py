"""What operators read: across schools, inside `across_schools`."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.models.school import School, SchoolState
from app.web.paging import PAGE, Key, Page, cut


class SchoolRow(NamedTuple):
    """One school of the platform. `sort` is what it is sorted by, `language` a code, `timezone` an IANA name."""

    id: int
    sort: str
    name: str
    state: str
    language: str
    timezone: str
    created_at: dt.datetime


_SORT = func.lower(School.name)
_ROW = select(School.id, _SORT, School.name, School.state, School.language, School.timezone, School.created_at)


def schools(session: Session, *, state: str = "", pattern: str = "", after: Key | None = None) -> Page[SchoolRow]:
    """The first page of schools by name, or the one after a place; of one state, and with `pattern` (for ILIKE) in the name."""
    statement = _ROW.order_by(_SORT, School.id).limit(PAGE + 1)
    if state:
        statement = statement.where(School.state == state)
    if pattern:
        statement = statement.where(School.name.ilike(pattern, escape="\\"))
    if after:
        statement = statement.where(tuple_(_SORT, School.id) > after)
    rows = [SchoolRow(*row)._replace(timezone=str(row.timezone)) for row in session.execute(statement)]
    return cut(rows, lambda row: (row.sort, row.id))


def how_many(session: Session) -> dict[str, int]:
    """How many schools there are, by state; every state is there."""
    found = session.execute(select(School.state, func.count().label("schools")).group_by(School.state))
    return {state.value: 0 for state in SchoolState} | {row.state: row.schools for row in found}
