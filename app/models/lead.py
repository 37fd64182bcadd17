"""Leads: people who ask about a place at the school, what happened to them, and the words they are found by."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Stage(StrEnum):
    """How far a lead has come; which may follow which stands in `app.domain.leads.stages`."""

    NEW = "new"
    CONTACTED = "contacted"
    APPOINTMENT = "appointment"
    TRIAL = "trial"
    ENROLLED = "enrolled"
    ARCHIVED = "archived"


class Source(StrEnum):
    """How a lead came."""

    FORM = "form"
    SITE = "site"
    REFERRAL = "referral"
    PHONE = "phone"
    WALK_IN = "walk_in"
    EVENT = "event"
    IMPORT = "import"
    OTHER = "other"


class Happening(StrEnum):
    """What can happen to a lead: the kinds of `lead_event`."""

    CREATED = "created"
    STAGE = "stage"
    NOTE = "note"
    REPLY = "reply"
    STEP = "step"
    ASSIGNED = "assigned"
    MERGED = "merged"
    CONVERTED = "converted"
    UNSUBSCRIBED = "unsubscribed"
    CONSENT = "consent"
    SENT = "sent"
    EDITED = "edited"
    ERASED = "erased"


_LIVE = text("merged_into IS NULL AND erased_at IS NULL")


class Lead(Tenant, Model):
    """Somebody who asks for a place: `name` is theirs, `child_…` is for whom. `email` in small letters, `phone` in E.164.

    `origin` is the host whose page the form stood on, `utm` what the address of that page said (first-party: nothing else is
    known). `replied_at` is when the school first answered, None: nobody has yet. `archived_from` is the stage an archived lead
    comes back to. Whoever was the same lead twice was `merged_into` the other. `touched_at` moves with everything that happens;
    what has been silent too long is erased: `erased_at`, after which no word of theirs is left.
    `submission_key` makes one lead of a form that was sent twice.
    """

    __tablename__ = "lead"
    name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str]
    child_name: Mapped[str] = mapped_column(default="", server_default="")
    child_grade: Mapped[str] = mapped_column(default="", server_default="")
    child_birth_date: Mapped[dt.date | None]
    message: Mapped[str] = mapped_column(default="", server_default="")
    stage: Mapped[str] = mapped_column(default=Stage.NEW.value, server_default=Stage.NEW.value)
    stage_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    owner_id: Mapped[UUID | None]
    source: Mapped[str]
    origin: Mapped[str] = mapped_column(default="", server_default="")
    utm: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    consent_text_id: Mapped[UUID | None]
    consent_at: Mapped[dt.datetime | None]
    replied_at: Mapped[dt.datetime | None]
    next_step: Mapped[str] = mapped_column(default="", server_default="")
    next_due_on: Mapped[dt.date | None]
    unsubscribed_at: Mapped[dt.datetime | None]
    archived_why: Mapped[str | None]
    archived_from: Mapped[str | None]
    merged_into: Mapped[UUID | None]
    learner_id: Mapped[UUID | None]
    guardian_id: Mapped[UUID | None]
    referral_code_id: Mapped[UUID | None]
    submission_key: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    touched_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    erased_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("owner_id", "person"),
        school_key("merged_into", "lead"),
        school_key("learner_id", "learner"),
        school_key("guardian_id", "person"),
        school_key("consent_text_id", "lead_consent_text"),
        school_key("referral_code_id", "referral_code"),
        UniqueConstraint("school_id", "submission_key", name="lead_once"),
        CheckConstraint(
            "stage IN ('new', 'contacted', 'appointment', 'trial', 'enrolled', 'archived')", name="lead_stage"
        ),
        CheckConstraint(
            "source IN ('form', 'site', 'referral', 'phone', 'walk_in', 'event', 'import', 'other')", name="lead_source"
        ),
        CheckConstraint("(stage = 'archived') = (archived_from IS NOT NULL)", name="lead_archived"),
        CheckConstraint("merged_into <> id", name="lead_merged"),
        Index("lead_newest", "school_id", text("id DESC"), postgresql_where=_LIVE),
        Index("lead_of_stage", "school_id", "stage", text("id DESC"), postgresql_where=_LIVE),
        Index("lead_of_owner", "school_id", "owner_id", text("id DESC"), postgresql_where=_LIVE),
        Index("lead_of_source", "school_id", "source", text("id DESC"), postgresql_where=_LIVE),
        Index(
            "lead_due", "school_id", "next_due_on", text("id DESC"),
            postgresql_where=text("next_due_on IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL"),
        ),
        Index("lead_by_email", "school_id", "email", postgresql_where=_LIVE),
        Index("lead_by_phone", "school_id", "phone", postgresql_where=_LIVE),
        Index("lead_came", "school_id", "created_at"),
        Index("lead_silent", "school_id", "touched_at", postgresql_where=text("erased_at IS NULL")),
        Index("lead_by_merged_into", "school_id", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("lead_by_learner_id", "school_id", "learner_id", postgresql_where=text("learner_id IS NOT NULL")),
        Index("lead_by_guardian_id", "school_id", "guardian_id", postgresql_where=text("guardian_id IS NOT NULL")),
    )  # fmt: skip


class LeadEvent(Tenant, Model):
    """One thing that happened to a lead. It never changes; only an erasure empties `details`.

    `by_id` is the user who did it, None for a stranger or the system; `details` are those of the kind, see
    `app.domain.leads.records`.
    """

    __tablename__ = "lead_event"
    lead_id: Mapped[UUID]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    kind: Mapped[str]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    __table_args__ = (
        school_key("lead_id", "lead"),
        CheckConstraint(
            "kind IN ('created', 'stage', 'note', 'reply', 'step', 'assigned', 'merged', 'converted', 'unsubscribed',"
            " 'consent', 'sent', 'edited', 'erased')",
            name="lead_event_kind",
        ),
        Index("lead_event_of_lead", "school_id", "lead_id", text("id DESC")),
        Index("lead_event_of_kind", "school_id", "kind", "at"),
    )


class LeadWord(Tenant, Model):
    """A word of a lead's name, child's name, address or number: written by triggers on `lead`, read by prefix (collation C)."""

    __tablename__ = "lead_word"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    lead_id: Mapped[UUID]
    word: Mapped[str] = mapped_column(Text(collation="C"))
    __table_args__ = (
        school_key("lead_id", "lead", ondelete="CASCADE"),
        UniqueConstraint("school_id", "word", "lead_id", name="lead_word_once"),
        Index("lead_word_of_lead", "school_id", "lead_id"),
    )
