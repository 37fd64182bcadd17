"""A user: one person on the platform, who may belong to several schools. Schools act on memberships, never on users."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy_utils import EmailType

from app.ids import uuid7
from app.models.person import Person
from app.models.school import School
from app.tenancy.database import Model
from app.tenancy.models import Tenant, belongs_to, school_key


class PlatformRole(StrEnum):
    """Those who run the platform, on top of whatever they are in schools."""

    OPERATOR = "operator"
    SUPERUSER = "superuser"


class Role(StrEnum):
    """What a membership makes of a user in one school."""

    OWNER = "owner"
    ADMIN = "admin"
    TEACHER = "teacher"
    OFFICER = "officer"
    GUARDIAN = "guardian"
    STUDENT = "student"


class User(Model):
    """Called `app_user` in the database, where `user` is a reserved word. `language` None means the school's.

    A password that somebody else chose is temporary: until `password_temporary_until` it opens the page that changes it, then
    nothing. `address_unproven_at`: the password was chosen by a link that somebody at a school had seen too, and since then
    nobody has shown that the address is theirs: such an account gets nothing new by its address alone.
    """

    __tablename__ = "app_user"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(EmailType, unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[dt.datetime | None]
    password_temporary_until: Mapped[dt.datetime | None]
    address_unproven_at: Mapped[dt.datetime | None]
    language: Mapped[str | None]
    theme: Mapped[str] = mapped_column(default="fynbos")
    mode: Mapped[str] = mapped_column(default="auto")
    platform_role: Mapped[str | None]
    disabled_at: Mapped[dt.datetime | None]
    last_sign_in_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        Index("app_user_of_platform", "email", postgresql_where=text("platform_role IS NOT NULL")),
        Index("app_user_by_name", func.lower(text("name")).label("lowered"), postgresql_ops={"lowered": "text_pattern_ops"}),
    )


class EndReason(StrEnum):
    """Why a membership ended, where the school decided it. One that is disabled can come back."""

    DISABLED = "disabled"
    MOVED = "moved"


class Membership(Tenant, Model):
    """A user in a school: their role, and the person they are there. At most one that has not ended.

    `reads_medical`: the owner lets them read learners' medical notes. `end_reason` is of EndReason, None for one that goes on,
    and for one that ended because the person left.
    """

    __tablename__ = "membership"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    person_id: Mapped[UUID]
    role: Mapped[str]
    reads_medical: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str | None]
    person: Mapped[Person] = belongs_to("Person", "person_id")
    school: Mapped[School] = relationship(foreign_keys="Membership.school_id", viewonly=True)
    __table_args__ = (
        school_key("person_id", "person"),
        Index("membership_of_user", "school_id", "user_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("membership_of_person", "school_id", "person_id"),
        CheckConstraint(
            "end_reason IS NULL OR (ended_at IS NOT NULL AND end_reason IN ('disabled', 'moved'))", name="membership_end_reason"
        ),
        Index("membership_by_user", "user_id", postgresql_where=text("ended_at IS NULL")),
    )
