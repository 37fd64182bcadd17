"""A person's data by law: what was asked for, packs, legal holds, erasures and their certificates, consent, breaches."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Asks(StrEnum):
    """What somebody asks for."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """How a request stands; only an erasure is confirmed first, and then runs."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    RUNNING = "running"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Way(StrEnum):
    """How something came: by the person in the portal, on paper, or by word to the school."""

    PORTAL = "portal"
    PAPER = "paper"
    SCHOOL = "school"


class DataRequest(Tenant, Model):
    """Somebody asks about the data of `person_id`; a correction says which `field` is to be what.

    `asked_by_id` is the person who is told of the outcome, None where the school entered it for somebody without a record.
    """

    __tablename__ = "data_request"
    kind: Mapped[str]
    person_id: Mapped[UUID]
    asked_by_id: Mapped[UUID | None]
    asked_by: Mapped[str]
    way: Mapped[str]
    field: Mapped[str | None]
    wanted: Mapped[str | None]
    reason: Mapped[str]
    law: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=RequestState.OPEN, server_default=RequestState.OPEN.value)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    due_on: Mapped[dt.date]
    confirmed_at: Mapped[dt.datetime | None]
    confirmed_by: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    answer: Mapped[str | None]
    error: Mapped[str | None]
    __table_args__ = (
        school_key("person_id", "person"),
        school_key("asked_by_id", "person"),
        CheckConstraint("kind IN ('access', 'correction', 'erasure')", name="data_request_kind"),
        CheckConstraint("way IN ('portal', 'paper', 'school')", name="data_request_way"),
        CheckConstraint(
            "state IN ('open', 'confirmed', 'running', 'done', 'declined', 'withdrawn')", name="data_request_state"
        ),
        Index("data_request_of_person", "school_id", "person_id", text("id DESC")),
        Index("data_request_newest", "school_id", text("id DESC")),
    )


class DataPack(Tenant, Model):
    """A file with all that is held about a person; `is_released` lets the one who asked fetch it, until `expires_at`."""

    __tablename__ = "data_pack"
    person_id: Mapped[UUID]
    request_id: Mapped[UUID | None]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default="running", server_default="running")
    rows: Mapped[int | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    is_released: Mapped[bool] = mapped_column(default=False, server_default=false())
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("person_id", "person"),
        school_key("request_id", "data_request"),
        CheckConstraint("state IN ('running', 'done', 'failed', 'expired')", name="data_pack_state"),
        Index("data_pack_of_person", "school_id", "person_id", text("id DESC")),
        Index("data_pack_by_end", "expires_at", postgresql_where=text("state = 'done'")),
    )


class LegalHold(Tenant, Model):
    """A reason in law for which nothing of a person may be erased, until somebody lifts it."""

    __tablename__ = "legal_hold"
    person_id: Mapped[UUID]
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    lifted_at: Mapped[dt.datetime | None]
    lifted_by: Mapped[str | None]
    lifted_why: Mapped[str | None]
    __table_args__ = (
        school_key("person_id", "person"),
        Index("legal_hold_of_person", "school_id", "person_id"),
    )


class ErasureCertificate(Tenant, Model):
    """What was erased of a person, never who they were: `counts` by table, `kept` the tables that stay. Numbers have no gap.

    Rows are added and never changed; erased values of the audit name the number.
    """

    __tablename__ = "erasure_certificate"
    number: Mapped[int]
    person_id: Mapped[UUID]
    request_id: Mapped[UUID]
    kind: Mapped[str]
    law: Mapped[str]
    reason: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    asked_on: Mapped[dt.date]
    by_name: Mapped[str]
    confirmed_by: Mapped[str]
    __table_args__ = (
        school_key("person_id", "person"),
        school_key("request_id", "data_request"),
        UniqueConstraint("school_id", "number", name="erasure_certificate_number"),
        CheckConstraint("number > 0", name="erasure_certificate_from_one"),
    )


class ConsentText(Tenant, Model):
    """What people are asked to consent to, for a purpose, in each language. Never changed: a new version has a new number."""

    __tablename__ = "consent_text"
    purpose: Mapped[str]
    version: Mapped[int]
    texts: Mapped[dict[str, str]] = mapped_column(JSONB)
    by_name: Mapped[str]
    published_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (UniqueConstraint("school_id", "purpose", "version", name="consent_text_version"),)


class Answer(StrEnum):
    """What was said to a purpose."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Consent(Tenant, Model):
    """What was said about a person for a purpose, by whom and how: only added to, the newest counts.

    `text_id` is the text that was shown, None where nobody knows; `signed_on` the day on the paper.
    """

    __tablename__ = "consent"
    person_id: Mapped[UUID]
    purpose: Mapped[str]
    text_id: Mapped[UUID | None]
    answer: Mapped[str]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    way: Mapped[str]
    signed_on: Mapped[dt.date | None]
    note: Mapped[str | None]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("person_id", "person"),
        school_key("text_id", "consent_text"),
        CheckConstraint("answer IN ('given', 'refused', 'withdrawn')", name="consent_answer"),
        CheckConstraint("way IN ('portal', 'paper', 'school')", name="consent_way"),
        Index("consent_of_person", "school_id", "person_id", "purpose", text("id DESC")),
    )


class Breach(Tenant, Model):
    """A workbook about a breach: what to look for (`sought`), what was noted, and which steps were taken (`steps`)."""

    __tablename__ = "breach"
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime]
    sought: Mapped[dict[str, Any]] = mapped_column(JSONB)
    notes: Mapped[str] = mapped_column(default="", server_default="")
    steps: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    looked_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('open', 'reported', 'closed')", name="breach_state"),
        CheckConstraint("since < until", name="breach_order"),
        Index("breach_newest", "school_id", text("id DESC")),
    )


class BreachPerson(Tenant, Model):
    """Somebody whom a breach affected: how often, from when to when, and what was `seen` (action -> how often, fields)."""

    __tablename__ = "breach_person"
    breach_id: Mapped[UUID]
    person_id: Mapped[UUID]
    events: Mapped[int]
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    seen: Mapped[dict[str, Any]] = mapped_column(JSONB)
    __table_args__ = (
        school_key("breach_id", "breach", ondelete="CASCADE"),
        school_key("person_id", "person"),
        UniqueConstraint("school_id", "breach_id", "person_id", name="breach_person_once"),
    )
