"""Seals: from then on every change of the sealed events shows. One chain for each school and one of the platform's own.

A checkpoint says, signed, up to which seal a log was removed because it is older than it has to be kept.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, UniqueConstraint, func, text, true
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model
from app.tenancy.models import Tenant


class Sealed:
    """The seal number `number` of a stream: its events from the place (`from_xid`, `from_seq`) up to the one (`until_xid`,
    `until_seq`), without that. A place is a transaction and a number in it; events are sealed in this order.

    `seqs` are their numbers in order, `digests` 16 bytes for each. `hash` covers these and `previous`, that of the one before.
    """

    number: Mapped[int] = mapped_column(BigInteger)
    from_xid: Mapped[int] = mapped_column(BigInteger)
    from_seq: Mapped[int] = mapped_column(BigInteger)
    until_xid: Mapped[int] = mapped_column(BigInteger)
    until_seq: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int]
    seqs: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    digests: Mapped[bytes]
    previous: Mapped[bytes]
    hash: Mapped[bytes]

    @declared_attr
    def at(cls) -> Mapped[dt.datetime]:  # noqa: N805
        """When it was sealed."""
        return mapped_column(server_default=func.now())


class AuditSeal(Tenant, Sealed, Model):
    """A seal of a school's log. Nobody may change or remove one."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        UniqueConstraint("school_id", "number", name="audit_seal_number"),
        Index("audit_seal_until", "school_id", "until_xid", "until_seq"),
    )


class PlatformSeal(Sealed, Model):
    """A seal of the platform's log."""

    __tablename__ = "platform_seal"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    __table_args__ = (
        UniqueConstraint("number", name="platform_seal_number"),
        Index("platform_seal_until", "until_xid", "until_seq"),
    )


class Checkpointed:
    """The checkpoint number `number` of a stream: its log went up to and with the seal `seal`, whose hash is `head` and which
    was made `until_at`. `events` is how many went since the beginning, `digest` a SHA-256 over their digests.

    `hash` covers all of this and `previous`, that of the checkpoint before; `signature` (Ed25519) is made by the key whose
    public half is `key`.
    """

    number: Mapped[int] = mapped_column(BigInteger)
    seal: Mapped[int] = mapped_column(BigInteger)
    until_xid: Mapped[int] = mapped_column(BigInteger)
    until_seq: Mapped[int] = mapped_column(BigInteger)
    until_at: Mapped[dt.datetime]
    head: Mapped[bytes]
    events: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes]
    previous: Mapped[bytes]
    hash: Mapped[bytes]
    key: Mapped[bytes]
    signature: Mapped[bytes]
    at: Mapped[dt.datetime]


class AuditCheckpoint(Tenant, Checkpointed, Model):
    """A checkpoint of a school's log. Nobody may change or remove one."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (UniqueConstraint("school_id", "number", name="audit_checkpoint_number"),)


class PlatformCheckpoint(Checkpointed, Model):
    """A checkpoint of the platform's log."""

    __tablename__ = "platform_checkpoint"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    __table_args__ = (UniqueConstraint("number", name="platform_checkpoint_number"),)


class AuditMark(Model):
    """The last seal of a stream (`school:1`, `platform`), noted beside the chain: a log that was cut, or is gone, is missed."""

    __tablename__ = "audit_mark"
    stream: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    until_xid: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]


class AuditEpoch(Model):
    """What is added to the numbers of transactions of this server: a database that was moved to another one goes on above."""

    __tablename__ = "audit_epoch"
    id: Mapped[bool] = mapped_column(primary_key=True, default=True, server_default=true())
    xid: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    __table_args__ = (CheckConstraint("id", name="audit_epoch_one"),)
