"""Being signed in: sessions as rows, single-use links, and the failures that throttle. All of it the platform's."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.ids import uuid7
from app.tenancy.database import Model


class LoginSession(Model):
    """One signed-in device. The token is in its cookie only; here is its SHA-256.

    `active_school` is where the person acts (not a tenant column: the row belongs to the person). `data` is what
    `flask.session` keeps. `stepped_up_at` is when its person last proved anew who they are, `way` how they signed in.
    """

    __tablename__ = "login_session"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    active_school: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    device: Mapped[str | None]
    address: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    stepped_up_at: Mapped[dt.datetime | None]
    way: Mapped[str] = mapped_column(default="password", server_default="password")


class PasswordLink(Model):
    """A single-use link that sets a password: after 'forgotten', or the first one of an operator. Only its hash is kept."""

    __tablename__ = "password_link"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class SignInFailure(Model):
    """One failed sign-in, counted by account and by address; both only as keyed hashes."""

    __tablename__ = "sign_in_failure"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_key: Mapped[bytes]
    address_key: Mapped[bytes]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        Index("sign_in_failure_of_account", "account_key", "at"),
        Index("sign_in_failure_of_address", "address_key", "at"),
    )


class AccountMail(Model):
    """A mail of the platform to one user: sent by a job, in the user's language; nothing secret is kept in it.

    `address` is where it goes if that is not the user's own: to the one that they had until now.
    `details` is what a mail about the account tells: the name of a passkey, the device and the network address.
    """

    __tablename__ = "account_mail"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    language: Mapped[str]
    address: Mapped[str | None]
    details: Mapped[dict[str, Any] | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[dt.datetime | None]
    error: Mapped[str | None]
