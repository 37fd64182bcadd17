"""What the pages of reviews read."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, and_, bindparam, func, or_, select, tuple_

from app.models.person import Person
from app.models.promotion import Review, ReviewState
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

#: the states of the filter
STATES = tuple(state.value for state in ReviewState)


class Row(NamedTuple):
    """A review in the list, or the question that has not been answered. `at` is when it last moved."""

    id: UUID
    name: str
    milestone: str
    state: str
    rating: int | None
    body: str | None
    language: str | None
    consents: bool
    is_changed: bool
    answer: str | None
    asked_at: dt.datetime
    sent_at: dt.datetime | None
    unsent_why: str | None
    reminded_at: dt.datetime | None
    at: dt.datetime

    @property
    def beginning(self) -> str:
        """The first words of the text, for a list."""
        text = " ".join((self.body or "").split())
        return text if len(text) <= 140 else text[:139].rstrip() + "…"


class Detail(NamedTuple):
    """A review with everything that the school sees of it."""

    id: UUID
    person_id: UUID
    name: str
    milestone: str
    state: str
    rating: int | None
    body: str | None
    shown_name: str | None
    language: str | None
    consents: bool
    consented_at: dt.datetime | None
    revision: int
    asked_at: dt.datetime
    asked_by: str
    sent_at: dt.datetime | None
    unsent_why: str | None
    reminded_at: dt.datetime | None
    given_at: dt.datetime | None
    changed_at: dt.datetime | None
    withdrawn_at: dt.datetime | None
    decided_at: dt.datetime | None
    decided_by: str | None
    hidden_why: str | None
    answer: str | None
    answered_at: dt.datetime | None
    answered_by: str | None

    @property
    def is_given(self) -> bool:
        """Whether there is something to read."""
        return self.rating is not None

    @property
    def is_changed(self) -> bool:
        """Whether the family has changed it since the school last decided."""
        return self.state == ReviewState.NEW and self.decided_at is not None


class _Count(NamedTuple):
    state: str
    number: int


_AT = func.coalesce(Review.withdrawn_at, Review.changed_at, Review.given_at, Review.asked_at)
_STATE, _PATTERN = bindparam("state", type_=Text), bindparam("pattern", type_=Text)
_AFTER_AT, _AFTER_ID = bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid)
_IS_CHANGED = and_(Review.state == ReviewState.NEW.value, Review.decided_at.is_not(None))
_LIST = Prepared(
    select(
        Review.id, Person.name, Review.milestone, Review.state, Review.rating, Review.body, Review.language, Review.consents,
        _IS_CHANGED.label("is_changed"), Review.answer, Review.asked_at, Review.sent_at, Review.unsent_why, Review.reminded_at,
        _AT.label("at"),
    )
    .join(Person, Person.id == Review.person_id)
    .where(
        or_(_STATE == "", Review.state == _STATE),
        or_(_PATTERN == "", Person.name.ilike(_PATTERN, escape="\\"), Review.body.ilike(_PATTERN, escape="\\")),
        or_(_AFTER_ID.is_(None), tuple_(_AT, Review.id) < tuple_(_AFTER_AT, _AFTER_ID)),
    )
    .order_by(_AT.desc(), Review.id.desc())
    .limit(PAGE + 1),
    Row,
)  # fmt: skip
_DETAIL = Prepared(
    select(*(Person.name if field == "name" else getattr(Review, field) for field in Detail._fields))
    .join(Person, Person.id == Review.person_id)
    .where(Review.id == bindparam("id", type_=Uuid)),
    Detail,
)
_COUNTS = Prepared(select(Review.state, func.count().label("number")).group_by(Review.state), _Count)


def newest(*, state: str, pattern: str, after: Key | None) -> Page[Row]:
    """The reviews, what moved last first: in a state, of somebody or with words that match."""
    after_at, after_id = after or (None, None)
    with reading() as cursor:
        rows = _LIST.all(cursor, state=state, pattern=pattern, after_at=after_at, after_id=after_id)
    return cut(rows, lambda row: (row.at, row.id))


def counts() -> dict[str, int]:
    """How many there are in each state."""
    with reading() as cursor:
        found = {row.state: row.number for row in _COUNTS.all(cursor)}
    return {state: found.get(state, 0) for state in STATES}


def review(review_id: UUID) -> Detail | None:
    """A review of the current school."""
    with reading() as cursor:
        found = _DETAIL.all(cursor, id=review_id)
    return found[0] if found else None
