"""What the rollups have counted, as pages read it. Inside `across_schools`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.metric import Metric, MetricBucket, PlatformBucket, PlatformMetric


class Number(NamedTuple):
    """A number, the moment that belongs to it, and when it was counted. `schools`: in how many it is not 0 (platform only)."""

    number: int
    moment: dt.datetime | None
    computed_at: dt.datetime
    schools: int = 1


class Bucket(NamedTuple):
    """One number of an hour or a month."""

    begins_at: dt.datetime
    name: str
    number: int


def of_platform(session: Session, *names: str) -> dict[str, Number]:
    """The platform's sums by name; a name that nobody has counted yet is not there."""
    found = select(
        PlatformMetric.name, PlatformMetric.number, PlatformMetric.moment, PlatformMetric.computed_at, PlatformMetric.schools
    ).where(PlatformMetric.name.in_(names))
    return {row.name: Number(row.number, row.moment, row.computed_at, row.schools) for row in session.execute(found)}


def of_schools(session: Session, schools: Sequence[int], *names: str) -> dict[int, dict[str, Number]]:
    """The numbers of each of these schools by name; what nobody has counted yet is not there."""
    found = select(Metric.school_id, Metric.name, Metric.number, Metric.moment, Metric.computed_at).where(
        Metric.school_id.in_(schools), Metric.name.in_(names)
    )
    numbers: dict[int, dict[str, Number]] = {school: {} for school in schools}
    for row in session.execute(found):
        numbers[row.school_id][row.name] = Number(row.number, row.moment, row.computed_at)
    return numbers


def buckets_of_platform(session: Session, span: str, since: dt.datetime, *names: str) -> list[Bucket]:
    """The platform's sums by hour or month, the oldest first."""
    found = (
        select(PlatformBucket.begins_at, PlatformBucket.name, PlatformBucket.number)
        .where(PlatformBucket.span == span, PlatformBucket.begins_at >= since, PlatformBucket.name.in_(names))
        .order_by(PlatformBucket.begins_at, PlatformBucket.name)
    )
    return [Bucket(*row) for row in session.execute(found)]


def buckets_of_school(session: Session, school: int, span: str, since: dt.datetime, *names: str) -> list[Bucket]:
    """The numbers of one school by hour or month, the oldest first."""
    found = (
        select(MetricBucket.begins_at, MetricBucket.name, MetricBucket.number)
        .where(
            MetricBucket.school_id == school,
            MetricBucket.span == span,
            MetricBucket.begins_at >= since,
            MetricBucket.name.in_(names),
        )
        .order_by(MetricBucket.begins_at, MetricBucket.name)
    )
    return [Bucket(*row) for row in session.execute(found)]
