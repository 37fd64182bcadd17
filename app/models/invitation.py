"""Invitations: a person of a school is given a way to an account of their own."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import Index, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy_utils import EmailType

from app.models.person import Person
from app.tenancy.database import Model
from app.tenancy.models import Tenant, belongs_to, school_key


class Invitation(Tenant, Model):
    """Single use; its token is made of the id and the secret and stored nowhere, `token_hash` is its SHA-256.

    Active, Used, Expired or Revoked, by the moments below; of a person at most one is neither used nor revoked. `invited_by` is
    the name of who made it, `sent_at` when the mail server took it, `error` why it did not.
    """

    __tablename__ = "invitation"
    person_id: Mapped[UUID]
    role: Mapped[str]
    email: Mapped[str] = mapped_column(EmailType)
    token_hash: Mapped[bytes]
    invited_by: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
    error: Mapped[str | None]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = belongs_to("Person", "person_id")
    __table_args__ = (
        school_key("person_id", "person"),
        Index("invitation_by_token", "token_hash"),
        Index("invitation_by_id", "id"),
        Index("invitation_of_person", "school_id", "person_id"),
        Index(
            "invitation_open", "school_id", "person_id", unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
        Index("invitation_newest", "school_id", literal_column("id DESC")),
    )  # fmt: skip
