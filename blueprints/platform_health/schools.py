"""The health of every school in one word, and what is known of it: read from what workers have counted."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from app import clock
from app.domain.metrics import of_schools
from app.domain.quietness import QUIET
from app.domain.rates import FAILED, SENT, Rate, since
from app.models.metric import Metric, MetricBucket
from app.models.school import School, SchoolState
from app.web.paging import PAGE, Key, Page, cut

log = logging.getLogger(__name__)
Found = TypeVar("Found")
ACTIVITY = "activity.last"
COUNTED = ("people.learners", "people.guardians", "people.staff")
WEEK = 7 * 24  # hours
STALE = dt.timedelta(hours=3)  # everything is counted anew each hour: what is older than this, nobody counts any more
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Health(StrEnum):
    """The four words, in the order in which schools are listed."""

    QUIET = "quiet"
    ONBOARDING = "onboarding"
    LIVE = "live"
    DISABLED = "disabled"


class Activity(NamedTuple):
    """When something last happened in a school; `at` is None when nothing ever did, and `known` False when nobody can tell."""

    at: dt.datetime | None
    known: bool


class People(NamedTuple):
    """How many people a school has; they are counted together."""

    learners: int
    guardians: int
    staff: int


class SchoolHealth(NamedTuple):
    """One school. What cannot be counted is None; `delivered` is of the last 7 days."""

    id: int
    name: str
    health: str
    activity: Activity
    people: People | None
    delivered: Rate | None


def counts(session: Session) -> dict[str, int]:
    """How many schools there are by health, every word among them."""
    word = _Words().word
    statement = select(word, func.count()).select_from(School).outerjoin(Metric, _ITS_ACTIVITY).outerjoin(_Quiet, _ITS_SILENCE)
    found = dict(session.execute(statement.group_by(word)).all())
    return {health.value: found.get(health.value, 0) for health in Health}


def page(session: Session, *, health: str = "", after: Key | None = None) -> Page[SchoolHealth]:
    """The quiet first, the longest quiet at the top; then by health and name. Of one health, or of all.

    What cannot be counted does not keep the schools from being listed.
    """
    words = _Words()
    key = (words.rank, words.quiet_from, School.name_key)
    statement = (
        select(School.id, School.name, words.word, Metric.moment, func.coalesce(words.is_fresh, False), *key)
        .outerjoin(Metric, _ITS_ACTIVITY)
        .outerjoin(_Quiet, _ITS_SILENCE)
        .order_by(*key)
        .limit(PAGE + 1)
    )
    if health:
        statement = statement.where(words.word == health)
    if after:
        statement = statement.where(tuple_(*key) > after)
    listed = cut(session.execute(statement).all(), lambda row: tuple(row[5:]))
    schools = [row[0] for row in listed.rows]
    people = _or_none(session, lambda: _people(session, schools)) or {}
    delivered = _or_none(session, lambda: _delivered(session, schools)) or {}
    rows = [SchoolHealth(*row[:3], Activity(row[3], row[4]), people.get(row[0]), delivered.get(row[0])) for row in listed.rows]
    return Page(rows, listed.older)


class _Words:
    """What a school is called, as columns of a statement over schools and their last activity."""

    def __init__(self) -> None:
        now = clock.now()
        self.is_fresh: ColumnElement[bool] = Metric.computed_at >= now - STALE
        quiet = and_(self.is_fresh, _Quiet.moment <= now)
        kinds = (
            (School.state == SchoolState.PENDING.value, Health.ONBOARDING),
            (not_(School.is_open), Health.DISABLED),
            (quiet, Health.QUIET),
        )
        places = list(Health)
        self.word: ColumnElement[str] = case(
            *((when, literal(kind.value)) for when, kind in kinds), else_=literal(Health.LIVE.value)
        )
        self.rank: ColumnElement[int] = case(
            *((when, places.index(kind)) for when, kind in kinds), else_=places.index(Health.LIVE)
        )
        self.quiet_from: ColumnElement[dt.datetime] = case((self.word == Health.QUIET.value, _SINCE), else_=literal(_EPOCH))


_Quiet = aliased(Metric)
_ITS_SILENCE = and_(_Quiet.school_id == School.id, _Quiet.name == QUIET, _Quiet.number > 0)
_ITS_ACTIVITY = and_(Metric.school_id == School.id, Metric.name == ACTIVITY)
#: a school in which nothing ever happened has been quiet since it was made
_SINCE: ColumnElement[dt.datetime] = func.coalesce(Metric.moment, School.created_at)


def _delivered(session: Session, schools: Sequence[int]) -> Mapping[int, Rate]:
    """The rate of the last 7 days of each of these schools."""
    numbers = session.execute(
        select(MetricBucket.school_id, MetricBucket.name, func.sum(MetricBucket.number))
        .where(
            MetricBucket.school_id.in_(schools), MetricBucket.span == "hour", MetricBucket.begins_at >= since(WEEK),
            MetricBucket.name.in_((SENT, FAILED)),
        )
        .group_by(MetricBucket.school_id, MetricBucket.name)
    )  # fmt: skip
    found = {(school, name): int(number) for school, name, number in numbers}
    return {school: Rate(found.get((school, SENT), 0), found.get((school, FAILED), 0)) for school in schools}


def _people(session: Session, schools: Sequence[int]) -> Mapping[int, People | None]:
    """The people of each of these schools; None where nobody counts them any more."""
    oldest = clock.now() - STALE
    found = {}
    for school, numbers in of_schools(session, schools, *COUNTED).items():
        fresh = [numbers[name].number for name in COUNTED if name in numbers and numbers[name].computed_at >= oldest]
        found[school] = People(*fresh) if len(fresh) == len(COUNTED) else None
    return found


def _or_none(session: Session, look: Callable[[], Found]) -> Found | None:
    """What `look` finds; None when it cannot be had. Nothing is lost when the transaction begins anew: nobody writes here."""
    try:
        return look()
    except SQLAlchemyError:
        log.exception("a count of schools cannot be had")
        session.rollback()
        return None
