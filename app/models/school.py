"""A school: the tenant itself. It may read its own row; the platform makes and changes schools."""

from __future__ import annotations

import datetime as dt
import unicodedata
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ColumnElement, Identity, Index, Text, UniqueConstraint, false, func, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, validates
from sqlalchemy_utils import TimezoneType

from app.i18n.languages import LANGUAGES
from app.tenancy.database import Model
from app.tenancy.models import Tenant


class SchoolState(StrEnum):
    """A pending school is being made, a disabled one suspended."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


def is_open(state: str) -> bool:
    """Whether a school in this state is open to its people, its work and the public. The one place that decides it.

    In a statement it is `School.is_open`.
    """
    return state == SchoolState.ACTIVE


def name_key(name: str) -> str:
    """What two spellings of one name have in common: its letters and digits, without case and without accents.

    Empty for a name that has neither letters nor digits.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


class School(Model):
    """`language` is its default and one of `languages`, in which it writes; `money` the CLDR locale in which its amounts are
    written; `currency` an ISO 4217 code. Answers to its mail go to `reply_to`, None: to `contact_email`.

    Between `quiet_from` and `quiet_until` of its clock (both or neither) nothing goes out but what is urgent. `names_on_push`
    allows learners' names on lock screens, `writes_to_students` messages to learners who have an address of their own.
    `alert_minutes` after an unexplained absence was marked its guardians are told (`absence_alerts`: at all); somebody still
    there `pickup_minutes` after their last lesson is late in being collected; registers close after `lock_days`. A lead
    that has been silent for `lead_months` is erased.
    `name_key` lets no second school have the same name in another spelling. A suspended school keeps the state that it comes
    back to in `state_before`; `disabled_at` is since when.
    """

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str]
    state: Mapped[str] = mapped_column(default=SchoolState.ACTIVE)
    state_before: Mapped[str | None]
    disabled_at: Mapped[dt.datetime | None]
    timezone: Mapped[ZoneInfo] = mapped_column(
        TimezoneType(backend="zoneinfo"), default=lambda: ZoneInfo("Africa/Johannesburg")
    )
    close_time: Mapped[dt.time] = mapped_column(default=dt.time(17, 0))
    language: Mapped[str] = mapped_column(default="en")
    money: Mapped[str] = mapped_column(default="en_ZA")
    currency: Mapped[str] = mapped_column(default="ZAR")
    quiet_from: Mapped[dt.time | None]
    quiet_until: Mapped[dt.time | None]
    names_on_push: Mapped[bool] = mapped_column(default=False, server_default=false())
    writes_to_students: Mapped[bool] = mapped_column(default=True, server_default=true())
    absence_alerts: Mapped[bool] = mapped_column(default=True, server_default=true())
    alert_minutes: Mapped[int] = mapped_column(default=10, server_default=text("10"))
    pickup_minutes: Mapped[int] = mapped_column(default=30, server_default=text("30"))
    lock_days: Mapped[int] = mapped_column(default=7, server_default=text("7"))
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_address: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(
        ARRAY(Text), default=lambda: list(LANGUAGES), server_default=text("'{en,af,zu}'")
    )
    reply_to: Mapped[str | None]
    lead_months: Mapped[int] = mapped_column(default=24, server_default=text("24"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        UniqueConstraint("name_key", name="school_name_key"),
        CheckConstraint("language = ANY (languages)", name="school_writes_its_language"),
        CheckConstraint("lead_months BETWEEN 1 AND 120", name="school_lead_months"),
        Index("school_of_state", "state", "name_key"),
        Index("school_newest", text("created_at DESC"), text("id DESC")),
        # what the relay asks for at every turn: few, and read from the index alone
        Index("school_closed", "id", postgresql_where=text(f"state <> '{SchoolState.ACTIVE.value}'")),
        Index("school_by_contact", text("lower(contact_email)"), postgresql_where=text("contact_email IS NOT NULL")),
    )

    @validates("name")
    def _key_of(self, _attribute: str, name: str) -> str:
        self.name_key = name_key(name)
        return name

    @property
    def answers_to(self) -> str | None:
        """Where answers to its mail go."""
        return self.reply_to or self.contact_email

    @hybrid_property
    def is_open(self) -> bool:
        """Whether the school is open: see `is_open` above."""
        return is_open(self.state)

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.state == SchoolState.ACTIVE.value


class SchoolLogo(Tenant, Model):
    """The mark of a school: at most one, as a small PNG that we drew ourselves. A new one has a new id, thus a new address.

    `alt` is what stands in its place for whoever does not see it.
    """

    __tablename__ = "school_logo"
    image: Mapped[bytes]
    width: Mapped[int]
    height: Mapped[int]
    alt: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (UniqueConstraint("school_id", name="school_logo_once"),)
