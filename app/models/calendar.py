"""The school's calendar: its terms, and the days on which it differs from the public holidays."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant


class Term(Tenant, Model):
    """A school term, first and last day included."""

    __tablename__ = "term"
    name: Mapped[str]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="term_order"),
        UniqueConstraint("school_id", "starts_on", name="term_start"),
    )


class DayOff(Tenant, Model):
    """A day on which the school is closed besides weekends and public holidays, or (`is_open`) open in spite of one."""

    __tablename__ = "day_off"
    on_date: Mapped[dt.date]
    name: Mapped[str]
    is_open: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (UniqueConstraint("school_id", "on_date", name="day_off_once"),)
