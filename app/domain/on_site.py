"""Who is on the school's grounds by the gate: the last scan of the day says in, and close time has not come."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, func, select
from sqlalchemy.types import Date

from app.domain.classes import has_place
from app.models.classes import ClassSession, Enrolment
from app.models.gate import GateState
from app.models.learner import Learner
from app.models.person import Person
from app.models.school import School
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id


class Hours(NamedTuple):
    """When a school's day ends: at `close_time` everybody is presumed to have left; a learner who is still there
    `pickup_minutes` after their last lesson is late in being collected."""

    timezone: ZoneInfo
    close_time: dt.time
    pickup_minutes: int


class HasHours(Protocol):
    """What tells a school's day: a School, or its Hours."""

    @property
    def timezone(self) -> ZoneInfo: ...
    @property
    def close_time(self) -> dt.time: ...


class OnSite(NamedTuple):
    """A learner on site, since a scan."""

    id: UUID
    name: str
    number: str | None
    since: dt.datetime


class Waiting(NamedTuple):
    """A learner who is still there: their lessons, or those of the school where they had none, ended at `ended`."""

    id: UUID
    name: str
    number: str | None
    since: dt.datetime
    ended: dt.datetime


class _Row(NamedTuple):
    """The columns of Hours as the driver gives them."""

    timezone: str
    close_time: dt.time
    pickup_minutes: int


def is_on_site(day: ColumnElement[dt.date]) -> ColumnElement[bool]:
    """Whether a gate state says on site, on a day whose close time has not come (see `day_of`)."""
    return and_(GateState.on_site, GateState.on_date == day)


_DAY = bindparam("day", type_=Date)
_HOURS = Prepared(
    select(School.timezone, School.close_time, School.pickup_minutes).where(School.id == bindparam("school")), _Row
)  # fmt: skip
_ON_SITE = Prepared(
    select(Learner.id, Person.name, Learner.number, GateState.since)
    .join(Learner, Learner.id == GateState.id)
    .join(Person, Person.id == Learner.id)
    .where(is_on_site(_DAY))
    .order_by(Person.sort_key, Person.id),
    OnSite,
)
_TAKES_PLACE = and_(ClassSession.on_date == _DAY, ClassSession.cancelled_at.is_(None))
_THEIRS = (
    select(func.max(ClassSession.ends_at))
    .select_from(Enrolment)
    .join(ClassSession, ClassSession.class_id == Enrolment.class_id)
    .where(Enrolment.learner_id == GateState.id, has_place(_DAY), _TAKES_PLACE)
    .correlate(GateState)
    .scalar_subquery()
)
_OF_ALL = select(func.max(ClassSession.ends_at)).where(_TAKES_PLACE).scalar_subquery()
_ENDED = func.coalesce(_THEIRS, _OF_ALL)
_LATE = Prepared(
    select(Learner.id, Person.name, Learner.number, GateState.since, _ENDED.label("ended"))
    .join(Learner, Learner.id == GateState.id)
    .join(Person, Person.id == Learner.id)
    .where(is_on_site(_DAY), bindparam("ended_before", type_=DateTime(timezone=True)) >= _ENDED)
    .order_by(_ENDED, Person.sort_key, Person.id),
    Waiting,
)


def hours() -> Hours:
    """The hours of the current school."""
    with reading() as cursor:
        (row,) = _HOURS.all(cursor, school=current_school_id())
    return Hours(ZoneInfo(row.timezone), row.close_time, row.pickup_minutes)


def day_of(school: HasHours, now: dt.datetime) -> dt.date | None:
    """The school's day at a moment, None after its close time: from then on everybody is presumed to have left."""
    local = now.astimezone(school.timezone)
    return local.date() if local.time() < school.close_time else None


def on_site(school: HasHours, now: dt.datetime) -> list[OnSite]:
    """The learners who are on site now, by name."""
    day = day_of(school, now)
    if day is None:
        return []
    with reading() as cursor:
        return _ON_SITE.all(cursor, day=day)


def late_to_be_collected(school: Hours, now: dt.datetime) -> list[Waiting]:
    """The learners who are on site although their last lesson ended `pickup_minutes` ago, those who wait longest first.

    On a day without a lesson, and after close time, nobody is late.
    """
    day = day_of(school, now)
    if day is None:
        return []
    with reading() as cursor:
        return _LATE.all(cursor, day=day, ended_before=now - dt.timedelta(minutes=school.pickup_minutes))
