"""Classes: who is in them, who teaches them, when they meet."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, UniqueConstraint, Uuid, func, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.person import Person
from app.tenancy.database import Model
from app.tenancy.models import Tenant, belongs_to, school_key


class ClassGroup(Tenant, Model):
    """A class of a school year. `grade` is R or 1 to 12; a learner's daily register is kept by their class with `is_register`.

    `capacity` None: no limit. `came_from` is the class of the year before that was promoted into it.
    """

    __tablename__ = "class_group"
    name: Mapped[str]
    sort_key: Mapped[str]
    grade: Mapped[str | None]
    year: Mapped[int]
    is_register: Mapped[bool] = mapped_column(default=True, server_default=true())
    capacity: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    came_from: Mapped[UUID | None]
    __table_args__ = (
        school_key("came_from", "class_group"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="class_group_capacity"),
        Index(
            "class_group_name", "school_id", "year", "sort_key", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
    )  # fmt: skip


class ClassTeacher(Tenant, Model):
    """A member of staff who teaches a class, and so keeps its registers."""

    __tablename__ = "class_teacher"
    class_id: Mapped[UUID]
    person_id: Mapped[UUID]
    person: Mapped[Person] = belongs_to("Person", "person_id")
    __table_args__ = (
        school_key("class_id", "class_group"),
        school_key("person_id", "person"),
        UniqueConstraint("school_id", "class_id", "person_id", name="class_teacher_once"),
        Index("class_teacher_of_person", "school_id", "person_id"),
    )


class MeetingTime(Tenant, Model):
    """When a class meets: on `weekdays` (ISO, Monday is 1) of every `every_weeks`-th week since `from_on`, by the school's
    clock.
    """

    __tablename__ = "meeting_time"
    class_id: Mapped[UUID]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    every_weeks: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    starts_at: Mapped[dt.time]
    ends_at: Mapped[dt.time]
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]
    room: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("class_id", "class_group"),
        CheckConstraint("starts_at < ends_at", name="meeting_time_order"),
        CheckConstraint("every_weeks BETWEEN 1 AND 8", name="meeting_time_weeks"),
        Index("meeting_time_of_class", "school_id", "class_id"),
    )


class ClassSession(Tenant, Model):
    """One lesson, made from a meeting time or by hand. One that was moved is cancelled, and names the one in its place."""

    __tablename__ = "class_session"
    class_id: Mapped[UUID]
    meeting_id: Mapped[UUID | None]
    on_date: Mapped[dt.date]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    room: Mapped[str | None]
    cancelled_at: Mapped[dt.datetime | None]
    cancelled_why: Mapped[str | None]
    moved_to: Mapped[UUID | None]
    __table_args__ = (
        school_key("class_id", "class_group"),
        school_key("moved_to", "class_session", ondelete="SET NULL"),
        school_key("meeting_id", "meeting_time", ondelete="SET NULL"),
        UniqueConstraint("school_id", "class_id", "starts_at", name="class_session_once"),
        Index("class_session_by_day", "school_id", "on_date"),
    )


class EnrolmentState(StrEnum):
    """A learner waits for a place in a class, or has one."""

    WAITING = "waiting"
    ACTIVE = "active"


class Enrolment(Tenant, Model):
    """A learner in a class, from the first day to the last, both included (None: still); they wait in order of `created_at`."""

    __tablename__ = "enrolment"
    learner_id: Mapped[UUID]
    class_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default=EnrolmentState.ACTIVE, server_default=EnrolmentState.ACTIVE.value)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("learner_id", "learner"),
        school_key("class_id", "class_group"),
        CheckConstraint("state IN ('waiting', 'active')", name="enrolment_state"),
        CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="enrolment_order"),
        Index(
            "enrolment_once", "school_id", "learner_id", "class_id", unique=True, postgresql_where=text("ends_on IS NULL")
        ),
        Index("enrolment_of_class", "school_id", "class_id", "starts_on"),
        Index("enrolment_of_learner", "school_id", "learner_id", "starts_on"),
    )  # fmt: skip


class RollOver(Tenant, Model):
    """The classes of a year were promoted to the next; what that changed, so that it can be undone.

    `last_day` is the last one in the old classes, `first_day` the first in the new ones. With `last_day` the old classes end,
    and `leavers` leave.
    """

    __tablename__ = "roll_over"
    year: Mapped[int]
    last_day: Mapped[dt.date]
    first_day: Mapped[dt.date]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    made_by: Mapped[str]
    undone_at: Mapped[dt.datetime | None]
    made_classes: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    ended_classes: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    made_enrolments: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    ended_enrolments: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    leavers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    __table_args__ = (
        CheckConstraint("last_day < first_day", name="roll_over_order"),
        Index("roll_over_once", "school_id", "year", unique=True, postgresql_where=text("undone_at IS NULL")),
    )
