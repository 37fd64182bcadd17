"""Emergencies: what was broadcast, to whom, and who has answered."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Emergency(Tenant, Model):
    """A broadcast by all channels at once, until its all-clear or its cancellation, which are told to the same people."""

    __tablename__ = "emergency"
    title: Mapped[dict[str, str]]
    message: Mapped[dict[str, str]]
    audience: Mapped[str]
    message_id: Mapped[UUID]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    ended_how: Mapped[str | None]
    ended_by: Mapped[str | None]
    end_message_id: Mapped[UUID | None]
    __table_args__ = (
        school_key("message_id", "message"),
        school_key("end_message_id", "message"),
        CheckConstraint("ended_how IN ('all_clear', 'cancelled')", name="emergency_ended_how"),
        Index("emergency_newest", "school_id", text("id DESC")),
    )


class EmergencyPerson(Tenant, Model):
    """Somebody for whom an emergency was, whether they were on site when it began, and when they were known to be safe."""

    __tablename__ = "emergency_person"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    emergency_id: Mapped[UUID]
    person_id: Mapped[UUID]
    was_on_site: Mapped[bool] = mapped_column(default=False, server_default=false())
    acknowledged_at: Mapped[dt.datetime | None]
    acknowledged_by: Mapped[str | None]
    __table_args__ = (
        school_key("emergency_id", "emergency"),
        school_key("person_id", "person"),
        UniqueConstraint("school_id", "emergency_id", "person_id", name="emergency_person_once"),
    )
