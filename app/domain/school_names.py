"""Schools by what an operator types: their number, their name in any spelling, or a part of it. Inside `across_schools`."""

from __future__ import annotations

import re
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.models.school import School, name_key

MOST = 10  # schools of a search
LAST = 2**31 - 1  # of an int


class Named(NamedTuple):
    """A school."""

    id: int
    name: str
    state: str


def named(session: Session, typed: str) -> list[Named]:
    """The school with this number or this name, else those whose names hold it, by name; at most MOST, and none for ''."""
    if not typed:
        return []
    if typed.isdecimal() and typed.isascii():
        return _found(session, School.id == int(typed)) if 0 < int(typed[:11]) <= LAST else []
    if (key := name_key(typed)) and (exactly := _found(session, School.name_key == key)):
        return exactly
    pattern = re.sub(r"([\\%_])", r"\\\1", typed)
    return _found(session, School.name.ilike(f"%{pattern}%", escape="\\"))


def _found(session: Session, wanted: ColumnElement[bool]) -> list[Named]:
    select_them = select(School.id, School.name, School.state).where(wanted)
    by_name = select_them.order_by(func.lower(School.name), School.id).limit(MOST)
    return [Named(*row) for row in session.execute(by_name)]
