"""A message: a notice as it was sent. Written once, never edited afterwards."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Message(Tenant, Model):
    """`audience` as in the notice; `person_id` instead of it for a message to one person (a test).

    `channel` is SMS or WhatsApp where the author asked for it; None lets push and email do. `author_id` waits for its end.
    """

    __tablename__ = "message"
    audience: Mapped[str]
    class_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    author_id: Mapped[UUID | None]
    channel: Mapped[str | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    url: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("person_id", "person"),
        school_key("author_id", "person"),
        school_key("class_id", "class_group"),
        Index("message_by_id", "id"),
    )


class MessageText(Tenant, Model):
    """What it says to those who read `language`. The bodies may hold {name} and {link}.

    `lock_screen` is what a notification shows, which anybody may see who holds the phone.
    """

    __tablename__ = "message_text"
    message_id: Mapped[UUID]
    language: Mapped[str]
    subject: Mapped[str]
    lock_screen: Mapped[str]
    body_text: Mapped[str]
    body_html: Mapped[str]
    __table_args__ = (
        school_key("message_id", "message", ondelete="CASCADE"),
        UniqueConstraint("school_id", "message_id", "language", name="message_text_of_language"),
    )
