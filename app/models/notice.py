"""A notice: what a school tells its people, per language, and when."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.person import Person
from app.tenancy.database import Model
from app.tenancy.models import Tenant, belongs_to, school_key


class Audience(StrEnum):
    """Whom a notice is for; `CLASS` is whoever has to do with the notice's `class_id`: learners, their guardians, teachers."""

    EVERYONE = "everyone"
    GUARDIANS = "guardians"
    STUDENTS = "students"
    STAFF = "staff"
    CLASS = "class"


class Notice(Tenant, Model):
    """`title` and `message` by language code, at least one of each; shown from `starts_at` until `ends_at` (None: no end).

    `channel` asks for SMS or WhatsApp; None lets push and email do. `message_id` names what was sent, once it was: an edit
    after that changes the page and the dashboards, never a mail.
    """

    __tablename__ = "notice"
    title: Mapped[dict[str, str]]
    message: Mapped[dict[str, str]]
    audience: Mapped[str] = mapped_column(default=Audience.EVERYONE)
    class_id: Mapped[UUID | None]
    channel: Mapped[str | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime | None]
    author_id: Mapped[UUID]
    message_id: Mapped[UUID | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    edited_at: Mapped[dt.datetime | None]
    removed_at: Mapped[dt.datetime | None]
    author: Mapped[Person] = belongs_to("Person", "author_id")
    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        school_key("author_id", "person"),
        school_key("message_id", "message"),
        school_key("class_id", "class_group"),
        Index("notice_of_message", "school_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
        Index("notice_newest", "school_id", text("starts_at DESC"), text("id DESC")),
    )
