"""Billable learners: what was frozen of each month, and whom it counted. A count, without amounts.

Rows are added and never changed: the platform's role may not. They say what they need themselves (the name of a school, the
number of a learner), so that nothing that is renamed, merged or removed later makes an old month read otherwise.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class BillableMonth(Tenant, Model):
    """A school's month (its first day) as it was frozen: its `learners`, and the `adjustment` of earlier months in it.

    `name` is what the school was called then, `name_key` where that stands in the report.
    """

    __tablename__ = "billable_month"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    month: Mapped[dt.date]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    learners: Mapped[int]
    adjustment: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    frozen_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        UniqueConstraint("school_id", "month", name="billable_month_once"),
        Index(
            "billable_month_of_all", "month", "name_key", "school_id", postgresql_include=["learners", "adjustment"]
        ),
    )  # fmt: skip


class Billed(StrEnum):
    """A learner was counted in the month, or added to or removed from an earlier one by it."""

    COUNTED = "counted"
    ADDED = "added"
    REMOVED = "removed"


class BillableLearner(Tenant, Model):
    """A learner behind the number of `month`: the days of enrolment in the month `about` which the line is.

    `number` is the school's own for the learner, as it was. Of one who was removed they are the days that had been counted. A
    learner may be gone by now (an import was undone): what was counted stays, so nothing refers to their row.
    """

    __tablename__ = "billable_learner"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    month: Mapped[dt.date]
    learner_id: Mapped[UUID]
    number: Mapped[str | None]
    kind: Mapped[str]
    about: Mapped[dt.date]
    days: Mapped[int]
    first_on: Mapped[dt.date]
    last_on: Mapped[dt.date]
    __table_args__ = (
        CheckConstraint("kind IN ('counted', 'added', 'removed')", name="billable_learner_kind"),
        UniqueConstraint("school_id", "month", "about", "learner_id", name="billable_learner_once"),
    )


class BillableReport(Model):
    """A month of all schools that is closed: no school is added to it any more. `csv` is its file for finance, to the byte."""

    __tablename__ = "billable_report"
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    schools: Mapped[int]
    learners: Mapped[int]
    adjustment: Mapped[int]
    csv: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str]
    closed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
