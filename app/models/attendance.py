"""Attendance: registers, what stands in them now, everything that ever stood in them, and what families are told."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Status(StrEnum):
    """How a learner stands in a register; whether an absence is explained, its reason says."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"


class Register(Tenant, Model):
    """A class on a day (`session_id` None: the daily register) or in one lesson. `revision` goes up at each save."""

    __tablename__ = "register"
    class_id: Mapped[UUID]
    session_id: Mapped[UUID | None]
    on_date: Mapped[dt.date]
    first_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    saved_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    saved_by: Mapped[UUID | None]
    saved_name: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    __table_args__ = (
        school_key("class_id", "class_group"),
        school_key("session_id", "class_session"),
        UniqueConstraint(
            "school_id", "class_id", "on_date", "session_id", name="register_once", postgresql_nulls_not_distinct=True
        ),
        Index("register_by_day", "school_id", "on_date"),
    )


class _Mark:
    """What is said of a learner: `reason` is one of the policy's letters, `minutes` how late they came."""

    status: Mapped[str]
    reason: Mapped[str | None]
    minutes: Mapped[int | None]
    note: Mapped[str | None]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]


class AttendanceMark(_Mark, Tenant, Model):
    """What a register says of a learner now: the newest of its events."""

    __tablename__ = "attendance_mark"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    register_id: Mapped[UUID]
    learner_id: Mapped[UUID]
    on_date: Mapped[dt.date]
    __table_args__ = (
        school_key("register_id", "register"),
        school_key("learner_id", "learner"),
        CheckConstraint("status IN ('present', 'late', 'absent')", name="attendance_mark_status"),
        UniqueConstraint("school_id", "register_id", "learner_id", name="attendance_mark_once"),
        Index("attendance_mark_of_learner", "school_id", "learner_id", "on_date"),
        Index("attendance_mark_by_day", "school_id", "on_date", "status"),
    )


class AttendanceEvent(_Mark, Tenant, Model):
    """Something that a register said of a learner, for ever: it is only added to. `why` is the reason for a correction."""

    __tablename__ = "attendance_event"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    register_id: Mapped[UUID]
    learner_id: Mapped[UUID]
    why: Mapped[str | None]
    __table_args__ = (
        school_key("register_id", "register"),
        school_key("learner_id", "learner"),
        Index("attendance_event_of_learner", "school_id", "learner_id", "register_id", "at"),
        Index("attendance_event_of_register", "school_id", "register_id", "at"),
    )


class ReportState(StrEnum):
    """What became of an absence that a family reported."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class AbsenceReport(Tenant, Model):
    """A guardian says that a learner is away from a day until a day, both included, and the school decides."""

    __tablename__ = "absence_report"
    learner_id: Mapped[UUID]
    person_id: Mapped[UUID]
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date]
    reason: Mapped[str]
    note: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=ReportState.WAITING, server_default=ReportState.WAITING.value)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    answer: Mapped[str | None]
    __table_args__ = (
        school_key("learner_id", "learner"),
        school_key("person_id", "person"),
        CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="absence_report_state"),
        CheckConstraint("from_on <= until_on", name="absence_report_order"),
        Index("absence_report_of_learner", "school_id", "learner_id", "from_on"),
        Index("absence_report_by_state", "school_id", "state", "from_on"),
    )


class AlertState(StrEnum):
    """What became of the message about an unexplained absence."""

    WAITING = "waiting"
    SENT = "sent"
    WITHHELD = "withheld"
    UNDONE = "undone"


class AbsenceAlert(Tenant, Model):
    """A learner is away unexplained: their guardians are told at `due_at`, once a day. `why` says why it was withheld."""

    __tablename__ = "absence_alert"
    learner_id: Mapped[UUID]
    register_id: Mapped[UUID]
    on_date: Mapped[dt.date]
    due_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(default=AlertState.WAITING, server_default=AlertState.WAITING.value)
    why: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    followed_up_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("learner_id", "learner"),
        school_key("register_id", "register"),
        CheckConstraint("state IN ('waiting', 'sent', 'withheld', 'undone')", name="absence_alert_state"),
        UniqueConstraint("school_id", "learner_id", "on_date", name="absence_alert_once"),
        Index("absence_alert_waiting", "school_id", "due_at", postgresql_where=text("state = 'waiting'")),
    )


class InquiryKind(StrEnum):
    """What the school did to find out why a learner is away."""

    CALLED = "called"
    WROTE = "wrote"
    VISITED = "visited"
    REFERRED = "referred"


class AbsenceInquiry(Tenant, Model):
    """One step of the school about a continuous absence, and what came of it. Rows are added and stay."""

    __tablename__ = "absence_inquiry"
    learner_id: Mapped[UUID]
    kind: Mapped[str]
    note: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    __table_args__ = (
        school_key("learner_id", "learner"),
        CheckConstraint("kind IN ('called', 'wrote', 'visited', 'referred')", name="absence_inquiry_kind"),
        Index("absence_inquiry_of_learner", "school_id", "learner_id", text("id DESC")),
    )
