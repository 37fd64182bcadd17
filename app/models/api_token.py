"""Tokens of the JSON API: what a program of a school shows instead of a person signing in."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ARRAY, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class ApiToken(Tenant, Model):
    """Made by a member of the school, whose membership it ends with; `scopes` are what it may do at most (`Scope`).

    Of the token itself only the SHA-256 and the last four characters (`tail`) are kept. `last_used_from` is a network, never an
    address. It always ends: `expires_at`, unless somebody (`revoked_by`, a name) revoked it before.
    """

    __tablename__ = "api_token"
    membership_id: Mapped[UUID]
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    token_hash: Mapped[bytes]
    tail: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[str | None]
    last_used_at: Mapped[dt.datetime | None]
    last_used_from: Mapped[str | None]
    __table_args__ = (
        school_key("membership_id", "membership"),
        Index("api_token_by_hash", "token_hash"),  # who asks is looked up before the school is known
    )


class ApiAnswer(Tenant, Model):
    """What a write with an `Idempotency-Key` was answered, stored with what it changed: the same again is answered the same.

    `digest` tells the request from another one that has the same key by mistake.
    """

    __tablename__ = "api_answer"
    token_id: Mapped[UUID]
    key: Mapped[str]
    digest: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[str]
    location: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("token_id", "api_token", ondelete="CASCADE"),
        UniqueConstraint("school_id", "token_id", "key", name="api_answer_once"),
        Index("api_answer_by_age", "created_at"),
    )


class ApiAllowance(Model):
    """How many requests a token has made in its present window, which began at `since`.

    UNLOGGED: counting costs no write-ahead log, and after a crash of the database every token begins anew.
    """

    __tablename__ = "api_allowance"
    token_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[dt.datetime]
    used: Mapped[int] = mapped_column(Integer)
    __table_args__ = {"prefixes": ["UNLOGGED"]}
