"""What workers have counted, so that a page over all schools costs the same for ten of them and for ten thousand."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class Metric(Tenant, Model):
    """One number of a school, and a moment that belongs to it (the oldest, the last; each rollup says which)."""

    __tablename__ = "metric"
    name: Mapped[str]
    number: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    moment: Mapped[dt.datetime | None]
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        UniqueConstraint("school_id", "name", name="metric_once"),
        Index("metric_worst", "name", "moment", postgresql_where=text("number > 0"), postgresql_include=["number"]),
    )


class MetricBucket(Tenant, Model):
    """One number of a school for five minutes, an hour, or a month of its clock; `begins_at` is when that began."""

    __tablename__ = "metric_bucket"
    name: Mapped[str]
    span: Mapped[str]
    begins_at: Mapped[dt.datetime]
    number: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        CheckConstraint("span IN ('minute', 'hour', 'month')", name="metric_bucket_span"),
        UniqueConstraint("school_id", "span", "begins_at", "name", name="metric_bucket_once"),
        Index("metric_bucket_by_time", "span", "begins_at"),
    )


class PlatformMetric(Model):
    """The same over all schools: the sum, the oldest (or last) moment, and in how many `schools` the number is not 0."""

    __tablename__ = "platform_metric"
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    schools: Mapped[int] = mapped_column(server_default=text("0"))
    moment: Mapped[dt.datetime | None]
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class PlatformBucket(Model):
    """The sum over all schools for five minutes, an hour or a month."""

    __tablename__ = "platform_bucket"
    span: Mapped[str] = mapped_column(primary_key=True)
    begins_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
