"""Proofs of who somebody is beside the password: passkeys, recovery codes, and what an operator allows for a while."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model


class Passkey(Model):
    """A WebAuthn credential of a user; `name` is what its owner calls the device. `is_synced`: it may live on several."""

    __tablename__ = "passkey"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    name: Mapped[str]
    is_synced: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[dt.datetime | None]
    __table_args__ = (UniqueConstraint("credential_id", name="passkey_once"), Index("passkey_of_user", "user_id"))


class Purpose(StrEnum):
    """What a challenge is for."""

    ADD = "add"
    SIGN_IN = "sign_in"
    STEP_UP = "step_up"


class PasskeyChallenge(Model):
    """A challenge that a browser was given, good once and for a few minutes; `user_id` is None where a stranger signs in."""

    __tablename__ = "passkey_challenge"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    challenge: Mapped[bytes]
    purpose: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    __table_args__ = (
        UniqueConstraint("challenge", name="passkey_challenge_once"),
        CheckConstraint("purpose IN ('add', 'sign_in', 'step_up')", name="passkey_challenge_purpose"),
        Index("passkey_challenge_by_end", "expires_at"),
    )


class RecoveryCode(Model):
    """A code that was shown once and stands in for a passkey, once; only its hash is kept."""

    __tablename__ = "recovery_code"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    code_hash: Mapped[bytes]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[dt.datetime | None]
    __table_args__ = (UniqueConstraint("user_id", "code_hash", name="recovery_code_once"),)


class StepUpFallback(Model):
    """An operator lets a user prove themselves by password alone until `expires_at`, for a reason."""

    __tablename__ = "step_up_fallback"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    granted_by: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (Index("step_up_fallback_of_user", "user_id", "expires_at"),)
