"""What the platform sells: plans, and their prices from a day on."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint, func, true
from sqlalchemy.orm import Mapped, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model


class Interval(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Plan(Model):
    """A plan: `code` for machines, its name in three languages. One that is not offered any more stays with who has it."""

    __tablename__ = "plan"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str]
    name: Mapped[dict[str, str]]
    is_offered: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (UniqueConstraint("code", name="plan_code"),)


class PlanPrice(Model):
    """What one unit of a plan costs for an interval from a day on, in cents before VAT. It never changes: a new one follows."""

    __tablename__ = "plan_price"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"))
    interval: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    tax_code: Mapped[str]
    effective_from: Mapped[dt.date]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        CheckConstraint("interval IN ('week', 'month', 'quarter', 'year')", name="plan_price_interval"),
        CheckConstraint("amount >= 0", name="plan_price_amount"),
        CheckConstraint("tax_code IN ('standard', 'zero', 'exempt', 'outside')", name="plan_price_tax_code"),
        UniqueConstraint("plan_id", "interval", "currency", "effective_from", name="plan_price_once"),
    )
