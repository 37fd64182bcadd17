"""The people of a school as their audiences: how many a notice is for, and whom no mail reaches."""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from app.models.notice import Audience
from app.models.person import Kind, Person
from app.tenancy.reading import Prepared

#: the kinds of people that an audience is made of, as the database has them
KINDS: dict[str, tuple[str, ...]] = {
    Audience.EVERYONE: (Kind.LEARNER.value, Kind.GUARDIAN.value, Kind.STAFF.value),
    Audience.GUARDIANS: (Kind.GUARDIAN.value,),
    Audience.STUDENTS: (Kind.LEARNER.value,),
    Audience.STAFF: (Kind.STAFF.value,),
}
HERE: ColumnElement[bool] = Person.ended_at.is_(None)
#: young learners have no address, and their guardians are written to: nobody misses theirs
IS_EXPECTED: ColumnElement[bool] = or_(Person.kind != Kind.LEARNER.value, Person.email.is_not(None))
HAS_NONE: ColumnElement[bool] = or_(Person.email.is_(None), Person.email_flagged_at.is_not(None))
UNREACHABLE: ColumnElement[bool] = and_(HERE, IS_EXPECTED, HAS_NONE)


class Reach(NamedTuple):
    """Whom a notice to an audience is for.

    `people` are mailed, but for those `without` a working address. `learners` have no address of their own and see it when
    they sign in.
    """

    people: int
    without: int
    learners: int


class _OfKind(NamedTuple):
    kind: str
    people: int
    without: int
    learners: int


_BY_KIND = Prepared(
    select(
        Person.kind, func.count().filter(IS_EXPECTED).label("people"),
        func.count().filter(IS_EXPECTED, HAS_NONE).label("without"), func.count().filter(not_(IS_EXPECTED)).label("learners"),
    )
    .where(HERE)
    .group_by(Person.kind),
    _OfKind,
)  # fmt: skip


def reach(cursor: Cursor[Any]) -> dict[str, Reach]:
    """How far each audience of the school is reached by mail, by audience."""
    found = {row.kind: row for row in _BY_KIND.all(cursor)}
    counted = {}
    for audience, kinds in KINDS.items():
        there = [found[kind] for kind in kinds if kind in found]
        sums = (sum(getattr(row, name) for row in there) for name in Reach._fields)
        counted[str(audience)] = Reach(*sums)
    return counted
