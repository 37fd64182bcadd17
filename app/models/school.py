"""A school: the tenant itself. It may read its own row; the platform makes and changes schools."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Identity, false, func, true
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy_utils import TimezoneType

from app.tenancy.database import Model


class SchoolState(StrEnum):
    """Only an active school is open."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class School(Model):
    """`language` is its default; `money` the CLDR locale in which its amounts are written; `currency` an ISO 4217 code.

    Between `quiet_from` and `quiet_until` of its clock (both or neither) nothing goes out but what is urgent. `names_on_push`
    allows learners' names on lock screens, `writes_to_students` messages to learners who have an address of their own.
    """

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default=SchoolState.ACTIVE)
    timezone: Mapped[ZoneInfo] = mapped_column(
        TimezoneType(backend="zoneinfo"), default=lambda: ZoneInfo("Africa/Johannesburg")
    )
    close_time: Mapped[dt.time] = mapped_column(default=dt.time(17, 0))
    language: Mapped[str] = mapped_column(default="en")
    money: Mapped[str] = mapped_column(default="en_ZA")
    currency: Mapped[str] = mapped_column(default="ZAR")
    quiet_from: Mapped[dt.time | None]
    quiet_until: Mapped[dt.time | None]
    names_on_push: Mapped[bool] = mapped_column(default=False, server_default=false())
    writes_to_students: Mapped[bool] = mapped_column(default=True, server_default=true())
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_address: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
