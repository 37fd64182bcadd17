"""The gate: every scan as it was, and where each learner is by them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Direction(StrEnum):
    """What a scan came to: in, out, one too many of the same, or a code that is nobody's."""

    IN = "in"
    OUT = "out"
    REPEAT = "repeat"
    UNKNOWN = "unknown"


class GateScan(Tenant, Model):
    """A code that was scanned; the id is the device's own, so that the same scan twice is one.

    `scanned_at` is the device's time, and their order decides: `direction` follows from all scans of the learner on `on_date`
    (the school's day), and is worked out anew when a late one arrives.
    """

    __tablename__ = "gate_scan"
    code: Mapped[str]
    learner_id: Mapped[UUID | None]
    scanned_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    on_date: Mapped[dt.date]
    direction: Mapped[str]
    was_offline: Mapped[bool] = mapped_column(default=False, server_default=false())
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    __table_args__ = (
        school_key("learner_id", "learner"),
        CheckConstraint("direction IN ('in', 'out', 'repeat', 'unknown')", name="gate_scan_direction"),
        Index("gate_scan_of_learner", "school_id", "learner_id", "on_date", "scanned_at"),
        Index("gate_scan_by_time", "school_id", text("scanned_at DESC")),
        # which schools had scans lately, over all schools: rows come in the order of their arrival, so it costs a scan nothing
        Index("gate_scan_received", "received_at", postgresql_using="brin"),
    )


class GateState(Tenant, Model):
    """Where the learner of the same id is by the last scan that counts: `on_date` is its day.

    Whoever is on site is so until the school's close time of that day, at which it presumes that they have left. `revision`
    counts every change, so that two scans at the same moment cannot both follow from what was before them.
    """

    __tablename__ = "gate_state"
    on_site: Mapped[bool]
    since: Mapped[dt.datetime]
    on_date: Mapped[dt.date]
    revision: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    __table_args__ = (
        school_key("id", "learner"),
        Index("gate_state_on_site", "school_id", "on_date", postgresql_where=text("on_site")),
    )
