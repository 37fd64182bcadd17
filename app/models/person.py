"""A person as a school knows them: learner, guardian or member of staff, with or without a user of their own."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy_utils import EmailType

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Kind(StrEnum):
    """What somebody is to the school; audiences of notices are made of these."""

    LEARNER = "learner"
    GUARDIAN = "guardian"
    STAFF = "staff"


class Person(Tenant, Model):
    """`sort_key` is the name as it is sorted, made in Python (the database may have no ICU).

    `language` is the one in which the school's mail is written, None the school's own; a user who chooses one sets it.
    Whoever was the same person twice has `ended_at`, and was `merged_into` the other.
    `email_flagged_at` is set when a mail server said that the address does not work.
    """

    __tablename__ = "person"
    kind: Mapped[str]
    name: Mapped[str]
    sort_key: Mapped[str]
    language: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(EmailType)
    email_flagged_at: Mapped[dt.datetime | None]
    phone: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    merged_into: Mapped[UUID | None]
    __table_args__ = (
        school_key("merged_into", "person"),
        Index("person_by_name", "school_id", "sort_key", "id"),
        Index("person_by_email", "email", postgresql_where=text("email IS NOT NULL")),
    )
