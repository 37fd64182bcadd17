"""Registers and what stands in them, as programs read them."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Date, DateTime, Text, Uuid, and_, select

from app.access.api_tokens import Scope
from app.models.attendance import AttendanceMark, Register, Status
from app.web.api.asking import Moment, one_of
from blueprints.api.listing import Filter, Key, Listing

GROUP = "Attendance"


class RegisterRow(NamedTuple):
    """A register that was saved: of a class on a day, or of one of its lessons. `revision` goes up at each save."""

    id: UUID
    class_id: UUID
    lesson_id: UUID | None
    day: dt.date
    revision: int
    first_at: dt.datetime
    saved_at: dt.datetime
    saved_by: str


class MarkRow(NamedTuple):
    """How a learner stands in a register now. `reason` is one of the policy's letters; an absence without one is unexplained.
    `minutes` is how late they came, `updated_at` when this was said."""

    id: UUID
    register_id: UUID
    class_id: UUID
    lesson_id: UUID | None
    learner_id: UUID
    day: dt.date
    status: Literal["present", "late", "absent"]
    reason: str | None
    minutes: int | None
    note: str | None
    updated_at: dt.datetime
    updated_by: str


REGISTERS = Listing(
    "registers", "registers", GROUP, Scope.ATTENDANCE_READ, RegisterRow,
    select(
        Register.id, Register.class_id, Register.session_id.label("lesson_id"), Register.on_date.label("day"),
        Register.revision, Register.first_at, Register.saved_at, Register.saved_name.label("saved_by"),
    ),
    (Key("id", Register.id, UUID),),
    {
        "class_id": Filter(fields.UUID(), lambda given: Register.class_id == given, Uuid),
        "day": Filter(fields.Date(), lambda given: Register.on_date == given, Date),
        "since": Filter(fields.Date(), lambda given: Register.on_date >= given, Date),
        "until": Filter(fields.Date(), lambda given: Register.on_date <= given, Date),
        "updated_since": Filter(Moment(), lambda given: Register.saved_at >= given, DateTime(timezone=True)),
    },
    is_personal=False,
)  # fmt: skip
MARKS = Listing(
    "attendance-marks", "how learners stand in registers", GROUP, Scope.ATTENDANCE_READ, MarkRow,
    select(
        AttendanceMark.id, AttendanceMark.register_id, Register.class_id, Register.session_id.label("lesson_id"),
        AttendanceMark.learner_id, AttendanceMark.on_date.label("day"), AttendanceMark.status, AttendanceMark.reason,
        AttendanceMark.minutes, AttendanceMark.note, AttendanceMark.at.label("updated_at"),
        AttendanceMark.by_name.label("updated_by"),
    )
    .join(Register, and_(Register.school_id == AttendanceMark.school_id, Register.id == AttendanceMark.register_id)),
    (Key("id", AttendanceMark.id, UUID),),
    {
        "class_id": Filter(fields.UUID(), lambda given: Register.class_id == given, Uuid),
        "learner_id": Filter(fields.UUID(), lambda given: AttendanceMark.learner_id == given, Uuid),
        "day": Filter(fields.Date(), lambda given: AttendanceMark.on_date == given, Date),
        "since": Filter(fields.Date(), lambda given: AttendanceMark.on_date >= given, Date),
        "until": Filter(fields.Date(), lambda given: AttendanceMark.on_date <= given, Date),
        "status": Filter(one_of(*Status), lambda given: AttendanceMark.status == given, Text),
        "updated_since": Filter(Moment(), lambda given: AttendanceMark.at >= given, DateTime(timezone=True)),
    },
)  # fmt: skip
LISTINGS = (REGISTERS, MARKS)
