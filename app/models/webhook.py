"""What payment providers tell us: an inbox of raw events, what each did to a school, and what was refused."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model
from app.tenancy.models import Tenant


class EventState(StrEnum):
    """`ignored`: of a type that means nothing to us, or older than what is known; `failed`: its effect could not be made."""

    STORED = "stored"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


class WebhookEvent(Model):
    """An event as it came, to the byte. `for_school` is our own record's answer to whose it is, never the payload's.

    `customer` is whom the payload names: the question, not the answer. `altered` counts how often the same id came with another
    body. `reason` is a code, `note` what a person wrote or which error it was.
    """

    __tablename__ = "webhook_event"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    provider: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    happened_at: Mapped[dt.datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    object_id: Mapped[str | None]
    customer: Mapped[str | None]
    for_school: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    state: Mapped[str] = mapped_column(default=EventState.STORED.value, server_default=EventState.STORED.value)
    reason: Mapped[str | None]
    note: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    copies: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    altered: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    received_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('stored', 'done', 'ignored', 'failed')", name="webhook_event_state"),
        UniqueConstraint("provider", "event_id", name="webhook_event_once"),
        Index("webhook_event_of_state", "state", text("id DESC")),
        Index("webhook_event_waiting", "received_at", postgresql_where=text("state = 'stored'")),
        Index("webhook_event_of_object", "object_id", "provider", text("id DESC")),
        Index("webhook_event_of_nobody", "customer", "provider", postgresql_where=text("for_school IS NULL")),
    )


class WebhookRefusal(Model):
    """How many were refused in an hour, by reason; nothing of them is kept."""

    __tablename__ = "webhook_refusal"
    provider: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[dt.datetime] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, default=1, server_default=text("1"))
    last_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class WebhookSecret(Model):
    """A secret that a provider signs with, sealed; while it rolls over, two hold. From `retires_at` on it holds no more."""

    __tablename__ = "webhook_secret"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    provider: Mapped[str]
    sealed: Mapped[str]
    fingerprint: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    retires_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
    __table_args__ = (UniqueConstraint("provider", "fingerprint", name="webhook_secret_once"),)


class ProviderCustomer(Model):
    """Our own record of which school a provider's customer is."""

    __tablename__ = "provider_customer"
    provider: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(primary_key=True)
    for_school: Mapped[int] = mapped_column(ForeignKey("school.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (Index("provider_customer_of_school", "for_school"),)


class WebhookEffect(Tenant, Model):
    """What an event is to its school: it waits, has had its effect (once), means nothing, or failed.

    Kept with the effect itself, in one transaction.
    """

    __tablename__ = "webhook_effect"
    provider: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    state: Mapped[str] = mapped_column(default=EventState.STORED.value, server_default=EventState.STORED.value)
    reason: Mapped[str | None]
    happened_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('stored', 'done', 'ignored', 'failed')", name="webhook_effect_state"),
        UniqueConstraint("school_id", "provider", "event_id", name="webhook_effect_once"),
        Index("webhook_effect_newest", "school_id", "state", text("received_at DESC")),
    )


class WebhookWatermark(Tenant, Model):
    """The newest event that an object of a provider has taken in; an older one does nothing to it any more."""

    __tablename__ = "webhook_watermark"
    provider: Mapped[str]
    object_id: Mapped[str]
    happened_at: Mapped[dt.datetime]
    event_id: Mapped[str]
    __table_args__ = (UniqueConstraint("school_id", "provider", "object_id", name="webhook_watermark_once"),)
