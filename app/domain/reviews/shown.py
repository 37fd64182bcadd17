"""What strangers may see of the reviews: those that the family and the school both want there. Withdrawn means gone at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Integer, bindparam, cast, func, select

from app.models.promotion import Review, ReviewState
from app.tenancy.reading import Prepared, reading

BEST, WORST = 5, 1
SCALE = range(WORST, BEST + 1)


class ShownReview(NamedTuple):
    """A review as it stands on the website. `name` is as the family wants it shown, `text` may be empty.

    `given_at` is when it was written or last changed, `language` the language in which it was; `answer` is the school's, None
    without one. All three texts are plain text.
    """

    id: UUID
    name: str
    rating: int
    text: str
    language: str
    given_at: dt.datetime
    answer: str | None
    answered_at: dt.datetime | None


@dataclass(frozen=True)
class Figures:
    """How many reviews are shown, and the sum of their ratings."""

    count: int
    total: int

    @property
    def average(self) -> Decimal | None:
        """The mean of those shown, with one decimal; None where none is shown: there is no figure then."""
        if not self.count:
            return None
        return (Decimal(self.total) / self.count).quantize(Decimal("0.1"), ROUND_HALF_UP)


class _Sum(NamedTuple):
    number: int
    total: int


_IS_SHOWN = (Review.state == ReviewState.SHOWN.value) & Review.consents
_WRITTEN = func.coalesce(Review.changed_at, Review.given_at)
_SHOWN = Prepared(
    select(
        Review.id, Review.shown_name.label("name"), Review.rating, Review.body.label("text"), Review.language,
        _WRITTEN.label("given_at"), Review.answer, Review.answered_at,
    )
    .where(_IS_SHOWN)
    .order_by(_WRITTEN.desc(), Review.id.desc())
    .limit(bindparam("limit", type_=Integer)),
    ShownReview,
)  # fmt: skip
_FIGURES = Prepared(
    select(func.count().label("number"), cast(func.coalesce(func.sum(Review.rating), 0), Integer).label("total")).where(
        _IS_SHOWN
    ),
    _Sum,
)


def shown_reviews(limit: int) -> list[ShownReview]:
    """The reviews of the current school that are shown, the newest first, at most `limit`."""
    with reading() as cursor:
        return _SHOWN.all(cursor, limit=limit)


def figures() -> Figures:
    """How many reviews of the current school are shown and what they come to: for an `AggregateRating`, all of them real."""
    with reading() as cursor:
        (found,) = _FIGURES.all(cursor)
    return Figures(found.number, found.total)
