"""Follow-ups: what a school writes to those who asked for a place, and what its marketing is set to."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, func, text, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Occasion(StrEnum):
    """When a template speaks: as a lead comes to a stage, so many days after that, or on the day of a lead's next step."""

    STAGE = "stage"
    DAYS = "days"
    STEP = "step"


class FollowUpState(StrEnum):
    """What has become of a follow-up. `open` waits for a person, `failed` was not taken, `dead` cannot be delivered there."""

    OPEN = "open"
    SENDING = "sending"
    SENT = "sent"
    BY_HAND = "by_hand"
    FAILED = "failed"
    DEAD = "dead"
    DISMISSED = "dismissed"


class FollowUpTemplate(Tenant, Model):
    """What is written on an occasion: `subject` and `body` by language, with places such as {name}.

    `stage` is None only for the day of a next step; `days` is 0 but for those that come after a stage. `revision` counts its
    wordings; since `active_at` dates that come make follow-ups of it, unless it is retired.
    """

    __tablename__ = "follow_up_template"
    name: Mapped[str]
    occasion: Mapped[str]
    stage: Mapped[str | None]
    days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    subject: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[dict[str, str]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    active_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_by: Mapped[str]
    __table_args__ = (
        CheckConstraint("occasion IN ('stage', 'days', 'step')", name="follow_up_template_occasion"),
        CheckConstraint(
            "stage IN ('new', 'contacted', 'appointment', 'trial', 'enrolled')", name="follow_up_template_stage"
        ),
        CheckConstraint("(occasion = 'step') = (stage IS NULL)", name="follow_up_template_of_stage"),
        CheckConstraint(
            "CASE occasion WHEN 'days' THEN days BETWEEN 1 AND 365 ELSE days = 0 END", name="follow_up_template_days"
        ),
        Index("follow_up_template_in_force", "school_id", "occasion", postgresql_where=text("is_active")),
    )  # fmt: skip


class FollowUp(Tenant, Model):
    """What is to be said to a lead, or was. Nothing is sent but what somebody approved: the database refuses it.

    `occasion` is the day of a next step, '' for a stage: a template speaks to a lead once on each. It waits for a person from
    `due_at` on. Without `subject` and `body` it says what its template says; they are its own once somebody has edited or
    approved it, at `revision` of the template. `email` is where it was sent. `dropped` says why nobody was asked any more.
    """

    __tablename__ = "follow_up"
    lead_id: Mapped[UUID]
    template_id: Mapped[UUID]
    revision: Mapped[int]
    occasion: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str]
    subject: Mapped[str | None]
    body: Mapped[str | None]
    is_edited: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str] = mapped_column(default=FollowUpState.OPEN.value, server_default=FollowUpState.OPEN.value)
    due_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    email: Mapped[str | None]
    approved_at: Mapped[dt.datetime | None]
    approved_by_id: Mapped[UUID | None]
    approved_by: Mapped[str | None]
    sent_at: Mapped[dt.datetime | None]
    way: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    error: Mapped[str | None]
    dropped: Mapped[str | None]
    reason: Mapped[str | None]
    ended_at: Mapped[dt.datetime | None]
    ended_by_id: Mapped[UUID | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        school_key("lead_id", "lead"),
        school_key("template_id", "follow_up_template"),
        UniqueConstraint("school_id", "lead_id", "template_id", "occasion", name="follow_up_once"),
        CheckConstraint(
            "state IN ('open', 'sending', 'sent', 'by_hand', 'failed', 'dead', 'dismissed')", name="follow_up_state"
        ),
        CheckConstraint(
            "state NOT IN ('sending', 'sent', 'failed', 'dead') OR (approved_at IS NOT NULL AND coalesce(approved_by, '') <> ''"
            " AND subject IS NOT NULL AND body IS NOT NULL AND email IS NOT NULL)",
            name="follow_up_approved",
        ),
        CheckConstraint("(state IN ('sent', 'by_hand')) = (sent_at IS NOT NULL)", name="follow_up_sent"),
        CheckConstraint("(sent_at IS NULL) = (way IS NULL)", name="follow_up_sent_how"),
        CheckConstraint("way IN ('email', 'sms', 'whatsapp', 'phone', 'paper', 'other')", name="follow_up_way"),
        CheckConstraint(
            "dropped IN ('moved_on', 'archived', 'merged', 'unsubscribed', 'erased')", name="follow_up_dropped"
        ),
        Index("follow_up_newest", "school_id", text("id DESC")),
        Index("follow_up_of_state", "school_id", "state", text("id DESC")),
        Index("follow_up_of_template", "school_id", "template_id", "revision"),
        Index("follow_up_due", "school_id", "due_at", "id", postgresql_where=text("state = 'open'")),
        Index("follow_up_gone_out", "school_id", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
    )  # fmt: skip


class MarketingSetting(Tenant, Model):
    """What a school's marketing uses: a row a school, none while all is as it comes.

    Answers to follow-ups go to `reply_to`, else where all of the school's answers go; they are signed with `sender_name`, else
    with the name of the school. `owner_id` is who looks after new leads. `utm_…` stand on links of posters and cards.
    """

    __tablename__ = "marketing_setting"
    reply_to: Mapped[str | None]
    sender_name: Mapped[str | None]
    owner_id: Mapped[UUID | None]
    utm_source: Mapped[str] = mapped_column(default="", server_default="")
    utm_medium: Mapped[str] = mapped_column(default="", server_default="")
    utm_campaign: Mapped[str] = mapped_column(default="", server_default="")
    __table_args__ = (
        school_key("owner_id", "person"),
        UniqueConstraint("school_id", name="marketing_setting_once"),
    )
