"""What the rollups have counted, as pages read it. Inside `across_schools`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ARRAY, DateTime, Integer, Text, any_, bindparam, select
from sqlalchemy.orm import Session

from app.models.metric import Metric, MetricBucket, PlatformBucket, PlatformMetric
from app.tenancy.reading import LookUp


class Number(NamedTuple):
    """A number, the moment that belongs to it, and when it was counted. `schools`: in how many it is not 0 (platform only)."""

    number: int
    moment: dt.datetime | None
    computed_at: dt.datetime
    schools: int = 1


class Bucket(NamedTuple):
    """One number of five minutes, an hour or a month."""

    begins_at: dt.datetime
    name: str
    number: int


class _OfPlatform(NamedTuple):
    name: str
    number: int
    moment: dt.datetime | None
    computed_at: dt.datetime
    schools: int


class _OfSchool(NamedTuple):
    school_id: int
    name: str
    number: int
    moment: dt.datetime | None
    computed_at: dt.datetime


_NAMES = any_(bindparam("names", type_=ARRAY(Text)))
_SINCE = bindparam("since", type_=DateTime(timezone=True))
_PLATFORM = LookUp(
    select(
        PlatformMetric.name, PlatformMetric.number, PlatformMetric.moment, PlatformMetric.computed_at, PlatformMetric.schools
    ).where(PlatformMetric.name == _NAMES),
    _OfPlatform,
)
_SCHOOLS = LookUp(
    select(Metric.school_id, Metric.name, Metric.number, Metric.moment, Metric.computed_at).where(
        Metric.school_id == any_(bindparam("schools", type_=ARRAY(Integer))), Metric.name == _NAMES
    ),
    _OfSchool,
)
_PLATFORM_BUCKETS = LookUp(
    select(PlatformBucket.begins_at, PlatformBucket.name, PlatformBucket.number)
    .where(
        PlatformBucket.span == bindparam("span", type_=Text), PlatformBucket.begins_at >= _SINCE, PlatformBucket.name == _NAMES
    )
    .order_by(PlatformBucket.begins_at, PlatformBucket.name),
    Bucket,
)
_SCHOOL_BUCKETS = LookUp(
    select(MetricBucket.begins_at, MetricBucket.name, MetricBucket.number)
    .where(
        MetricBucket.school_id == bindparam("school", type_=Integer), MetricBucket.span == bindparam("span", type_=Text),
        MetricBucket.begins_at >= _SINCE, MetricBucket.name == _NAMES,
    )
    .order_by(MetricBucket.begins_at, MetricBucket.name),
    Bucket,
)  # fmt: skip


def of_platform(session: Session, *names: str) -> dict[str, Number]:
    """The platform's sums by name; a name that nobody has counted yet is not there."""
    rows = _PLATFORM.rows(session, names=list(names))
    return {row.name: Number(row.number, row.moment, row.computed_at, row.schools) for row in rows}


def of_schools(session: Session, schools: Sequence[int], *names: str) -> dict[int, dict[str, Number]]:
    """The numbers of each of these schools by name; what nobody has counted yet is not there."""
    numbers: dict[int, dict[str, Number]] = {school: {} for school in schools}
    for row in _SCHOOLS.rows(session, schools=list(schools), names=list(names)):
        numbers[row.school_id][row.name] = Number(row.number, row.moment, row.computed_at)
    return numbers


def buckets_of_platform(session: Session, span: str, since: dt.datetime, *names: str) -> list[Bucket]:
    """The platform's sums by five minutes, hour or month, the oldest first."""
    return _PLATFORM_BUCKETS.rows(session, span=span, since=since, names=list(names))


def buckets_of_school(session: Session, school: int, span: str, since: dt.datetime, *names: str) -> list[Bucket]:
    """The numbers of one school by five minutes, hour or month, the oldest first."""
    return _SCHOOL_BUCKETS.rows(session, school=school, span=span, since=since, names=list(names))
