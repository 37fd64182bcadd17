"""Who did what: append-only tables, one stream per school and one of the platform's own."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model
from app.tenancy.models import Tenant


class AuditEvent(Tenant, Model):
    """Something done in a school. `changes` holds field names and salted hashes of the values, never the values or their salts.

    The database sets `seq`, `at` and `xid` (the transaction); nobody may change or remove a row.
    """

    __tablename__ = "audit_event"
    seq: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    at: Mapped[dt.datetime] = mapped_column(server_default=FetchedValue())
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    target_kind: Mapped[str]
    target_id: Mapped[str | None]
    request_id: Mapped[str | None]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    xid: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    __table_args__ = (
        Index("audit_event_by_xid", "school_id", "xid", "seq"),
        Index("audit_event_of_action", "school_id", "action", "at"),
        Index("audit_event_of_kind", "school_id", "target_kind", "at"),
        Index("audit_event_newest", "school_id", text("seq DESC")),
        Index("audit_event_by_time", text("at DESC")),
        Index("audit_event_by_action", "action", "at"),
        Index("audit_event_by_actor", "actor_id", "at"),
        Index("audit_event_of_school", "school_id", "at"),
        Index("audit_event_of_request", "request_id", postgresql_where=text("request_id IS NOT NULL")),
        Index("audit_event_of_target", "school_id", "target_id", text("seq DESC")),
    )


class AuditValue(Tenant, Model):
    """The personal words of an event (names, before and after), which can be erased without touching the event."""

    __tablename__ = "audit_value"
    event_id: Mapped[UUID]
    field: Mapped[str]
    value: Mapped[str | None]
    salt: Mapped[str | None]
    erased_under: Mapped[str | None]
    __table_args__ = (UniqueConstraint("school_id", "event_id", "field", name="audit_value_once"),)


class PlatformEvent(Model):
    """Something done on the platform: failed sign-ins, attempts that were turned away, what operators do."""

    __tablename__ = "platform_event"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    seq: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    at: Mapped[dt.datetime] = mapped_column(server_default=FetchedValue())
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    target_kind: Mapped[str]
    target_id: Mapped[str | None]
    request_id: Mapped[str | None]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    xid: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    __table_args__ = (
        Index("platform_event_by_xid", "xid", "seq"),
        Index("platform_event_newest", text("seq DESC")),
        Index("platform_event_by_time", text("at DESC")),
        Index("platform_event_deeds", text("at DESC"), postgresql_where=text("action <> 'tenancy.crossed'")),
        Index("platform_event_deeds_by_actor", "actor_id", "at", postgresql_where=text("action <> 'tenancy.crossed'")),
        Index("platform_event_by_action", "action", "at"),
        Index("platform_event_by_actor", "actor_id", "at"),
        Index("platform_event_of_request", "request_id", postgresql_where=text("request_id IS NOT NULL")),
    )


class PlatformValue(Model):
    """The personal words of a platform event, erasable."""

    __tablename__ = "platform_value"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[UUID]
    field: Mapped[str]
    value: Mapped[str | None]
    salt: Mapped[str | None]
    erased_under: Mapped[str | None]
    __table_args__ = (UniqueConstraint("event_id", "field", name="platform_value_once"),)
