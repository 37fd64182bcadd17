"""Making a school, as rows: a run, and its steps. The worker takes the next step after any crash."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy_utils import EmailType, TimezoneType

from app.ids import uuid7
from app.tenancy.database import Model


class RunState(StrEnum):
    """A draft is being reviewed; `failed` made no school, `partial_failure` made one and stopped after it."""

    DRAFT = "draft"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL_FAILURE = "partial_failure"
    FAILED = "failed"


class StepState(StrEnum):
    """How a step stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class StepName(StrEnum):
    """The steps in their order; `officer` only where one was given."""

    SCHOOL = "school"
    ADMIN = "admin"
    OFFICER = "officer"
    FINISH = "finish"


class OnboardingRun(Model):
    """What a school is made of, and how far it has come. `school` is its number once it exists (no tenant column).

    Of the first admin and the first officer: `…_name`, `…_email` and the hash of a typed password (`…_password_hash`) stand
    here until the last step, afterwards only `…_key`, a keyed hash of the address. `…_is_new` says whether the run made the
    account `…_user_id` (None: not yet known), `…_password_typed` whether the operator typed a password for it.
    """

    __tablename__ = "onboarding_run"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    state: Mapped[str] = mapped_column(default=RunState.DRAFT)
    name: Mapped[str]
    name_key: Mapped[str]
    timezone: Mapped[ZoneInfo] = mapped_column(TimezoneType(backend="zoneinfo"))
    close_time: Mapped[dt.time]
    language: Mapped[str]
    admin_name: Mapped[str | None]
    admin_email: Mapped[str | None] = mapped_column(EmailType)
    admin_key: Mapped[bytes | None]
    admin_password_typed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    admin_password_hash: Mapped[str | None]
    admin_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    admin_is_new: Mapped[bool | None]
    officer_name: Mapped[str | None]
    officer_email: Mapped[str | None] = mapped_column(EmailType)
    officer_key: Mapped[bytes | None]
    officer_password_typed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    officer_password_hash: Mapped[str | None]
    officer_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    officer_is_new: Mapped[bool | None]
    school: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    resumed_by: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    acknowledged_at: Mapped[dt.datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'running', 'completed', 'partial_failure', 'failed')", name="onboarding_run_state"
        ),
        Index("onboarding_run_newest", literal_column("id DESC"), postgresql_where=text("state <> 'draft'")),
        Index("onboarding_run_of_school", "school", literal_column("id DESC")),
        Index(
            "onboarding_run_once", "name_key", unique=True,
            postgresql_where=text("state = 'running' OR state = 'partial_failure'"),
        ),
        Index(
            "onboarding_run_in_trouble", "created_at",
            postgresql_where=text("state IN ('running', 'partial_failure', 'failed') AND acknowledged_at IS NULL"),
        ),
    )  # fmt: skip


class OnboardingStep(Model):
    """One step of a run. `error` is the reason of its last failure, technical and without anything personal."""

    __tablename__ = "onboarding_step"
    run_id: Mapped[UUID] = mapped_column(ForeignKey("onboarding_run.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default=StepState.WAITING, server_default=StepState.WAITING.value)
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    error: Mapped[str | None]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (CheckConstraint("state IN ('waiting', 'working', 'done', 'failed')", name="onboarding_step_state"),)
