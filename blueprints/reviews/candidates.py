"""Whom a school can ask: the parents and guardians of a class, after a milestone, or one by name."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, Text, Uuid, and_, bindparam, cast, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.domain.classes import has_place
from app.domain.reach import reachable
from app.domain.reviews.milestones import ENROLLED, EndedTerm, after_term, in_year
from app.models.classes import Enrolment
from app.models.learner import Guardianship
from app.models.notice import Audience
from app.models.person import Person
from app.models.promotion import Review
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.web.paging import Key, Page, write_place

MOST = 200  # people on one page, and in one go
CLASS, TERM, BEGUN, NAME = "class", "term", "enrolled", "name"
SOURCES = (CLASS, TERM, BEGUN, NAME)
EVERYBODY = 100_000
#: the key of the list: 1 for whoever was asked for the milestone, who come last; then by name
BY_TURN = (("0", "1").index, str, UUID)


class Source(NamedTuple):
    """How people are picked: one of SOURCES, with a class, a term that is over, or a pattern for the name."""

    kind: str
    day: dt.date
    class_id: UUID | None = None
    term: EndedTerm | None = None
    pattern: str = ""

    @property
    def milestone(self) -> str:
        """The key of what they would be asked after."""
        if self.kind == BEGUN:
            return ENROLLED
        if self.kind == TERM and self.term:
            return after_term(self.term.starts_on)
        return in_year(self.day.year)


class Candidate(NamedTuple):
    """A parent or guardian who could be asked. `children` are the names of their learners.

    `state` is that of the review of this milestone, None if they were not asked; `last_asked` is of any. `why` is why nothing
    reaches them.
    """

    id: UUID
    name: str
    children: str
    state: str | None
    last_asked: dt.datetime | None
    has_said: bool
    why: str | None = None

    @property
    def can_be_asked(self) -> bool:
        """Whether they were not asked for this, and can be reached."""
        return self.state is None and self.why is None

    @property
    def is_ticked(self) -> bool:
        """Whether the page suggests to ask them: not whoever has said what they think."""
        return self.can_be_asked and not self.has_said


class _Row(NamedTuple):
    id: UUID
    name: str
    children: str
    state: str | None
    last_asked: dt.datetime | None
    has_said: bool
    sort_key: str

    @property
    def place(self) -> Key:
        """What the list is sorted by, as BY_TURN reads it."""
        return int(self.state is not None), self.sort_key, self.id


_DAY = bindparam("day", type_=Date)
_FIRST, _LAST = bindparam("first", type_=Date), bindparam("last", type_=Date)
_AFTER = (
    bindparam("after_turn", type_=Integer), bindparam("after_name", type_=Text), bindparam("after_id", type_=Uuid),
)  # fmt: skip


def candidates(source: Source, after: Key | None = None) -> Page[Candidate]:
    """A page of MOST parents and guardians of a source: those who get notices, and not those without contact.

    They come by name, whoever was asked for the milestone last; `after` is the place (BY_TURN) behind which the page begins.
    """
    turn, name, last_id = after or (None, None, None)
    with reading() as cursor:
        rows = _found(source.kind).all(
            cursor, day=source.day, milestone=source.milestone, class_id=source.class_id, pattern=source.pattern,
            first=source.term.starts_on if source.term else source.day, last=source.term.ends_on if source.term else source.day,
            after_turn=turn, after_name=name, after_id=last_id,
        )  # fmt: skip
    if not rows:
        return Page([], None)
    group = source.kind == CLASS
    reached = reachable(
        audience=(Audience.CLASS if group else Audience.GUARDIANS).value, channel=None, urgent=False, way="", limit=EVERYBODY,
        class_id=source.class_id if group else None,
    )  # fmt: skip
    whys = {person.id: person.why for person in reached}
    shown = [Candidate(*row[:-1], why=whys.get(row.id, "no_address")) for row in rows[:MOST]]
    return Page(shown, write_place(rows[MOST - 1].place) if len(rows) > MOST else None)


def people(ids: set[UUID]) -> list[Person]:
    """The records of those who were picked."""
    from_ids = select(Person).where(Person.id.in_(ids), Person.ended_at.is_(None)).order_by(Person.sort_key, Person.id)
    return list(db.session.scalars(from_ids))


@cache
def _found(kind: str) -> Prepared[_Row]:
    child, asked, any_asked = aliased(Person), aliased(Review), aliased(Review)
    of_child = and_(Guardianship.learner_id == child.id, child.ended_at.is_(None))
    last = select(func.max(any_asked.asked_at)).where(any_asked.person_id == Person.id).correlate(Person).scalar_subquery()
    said = (
        select(any_asked.id).where(any_asked.person_id == Person.id, any_asked.rating.is_not(None)).correlate(Person).exists()
    )
    turn = cast(asked.id.is_not(None), Integer)
    names = func.string_agg(child.name, aggregate_order_by(literal(", "), child.sort_key))
    return Prepared(
        select(
            Person.id, Person.name, names.label("children"), asked.state, last.label("last_asked"), said.label("has_said"),
            Person.sort_key,
        )
        .join(Guardianship, Guardianship.guardian_id == Person.id)
        .join(child, of_child)
        .outerjoin(asked, and_(asked.person_id == Person.id, asked.milestone == bindparam("milestone", type_=Text)))
        .where(
            Person.ended_at.is_(None), Guardianship.hears_notices, ~Guardianship.no_contact, _picked(kind),
            or_(_AFTER[-1].is_(None), tuple_(turn, Person.sort_key, Person.id) > tuple_(*_AFTER)),
        )
        .group_by(Person.school_id, Person.id, asked.id, asked.state)
        .order_by(turn, Person.sort_key, Person.id)
        .limit(MOST + 1),
        _Row,
    )  # fmt: skip


def _picked(kind: str) -> ColumnElement[bool]:
    """Which of the guardianships a source has."""
    of = Enrolment.learner_id == Guardianship.learner_id
    here = select(Enrolment.id).where(of, has_place(_DAY)).correlate(Guardianship).exists()
    if kind == CLASS:
        in_class = select(Enrolment.id).where(of, Enrolment.class_id == bindparam("class_id", type_=Uuid), has_place(_DAY))
        return in_class.correlate(Guardianship).exists()
    if kind == NAME:
        return and_(here, Person.name.ilike(bindparam("pattern", type_=Text), escape="\\"))
    at_end = select(Enrolment.id).where(of, has_place(_LAST)).correlate(Guardianship).exists()
    if kind == TERM:
        return at_end
    at_start = select(Enrolment.id).where(of, has_place(_FIRST)).correlate(Guardianship).exists()
    return and_(at_start, at_end, here)
