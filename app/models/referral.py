"""Families who send other families: their codes, which enquiry came by which, and what a school gave for it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class How(StrEnum):
    """How an enquiry came to be somebody's: by the link or code in the form, or because the school entered it."""

    FORM = "form"
    HAND = "hand"


class Reward(StrEnum):
    """What a line of the ledger says: promised, handed over, or not given after all."""

    GRANTED = "granted"
    PAID = "paid"
    TAKEN_BACK = "taken_back"


class ReferralCode(Tenant, Model):
    """The code of a family, by its parent or guardian: one at a time. A closed one is never given out again."""

    __tablename__ = "referral_code"
    guardian_id: Mapped[UUID]
    code: Mapped[str]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("guardian_id", "person"),
        UniqueConstraint("school_id", "code", name="referral_code_word"),
        Index("referral_code_of_guardian", "school_id", "guardian_id", text("id DESC")),
        Index("referral_code_once", "school_id", "guardian_id", unique=True, postgresql_where=text("closed_at IS NULL")),
    )


class Referral(Tenant, Model):
    """An enquiry that counts for a code: one a lead, the first that the family came with (`touched_at`).

    One that was entered wrongly is withdrawn, and stays to be seen.
    """

    __tablename__ = "referral"
    lead_id: Mapped[UUID]
    code_id: Mapped[UUID]
    how: Mapped[str] = mapped_column(default=How.FORM.value, server_default=How.FORM.value)
    touched_at: Mapped[dt.datetime]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_why: Mapped[str | None]
    __table_args__ = (
        school_key("lead_id", "lead"),
        school_key("code_id", "referral_code"),
        CheckConstraint("how IN ('form', 'hand')", name="referral_how"),
        Index("referral_once", "school_id", "lead_id", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        Index("referral_of_code", "school_id", "code_id", text("id DESC")),
        Index("referral_newest", "school_id", text("id DESC")),
    )


class ReferralReward(Tenant, Model):
    """A line of the ledger of rewards: rows are added and never changed, every sum is made from them.

    A grant is money (`cents` of `currency`), or words alone (`cents` 0). `grant_id` is the grant that was paid or taken back,
    each grant at most once; it has no foreign key, for what is brought in from an archive gets such a key by an update.
    """

    __tablename__ = "referral_reward"
    referral_id: Mapped[UUID]
    kind: Mapped[str]
    grant_id: Mapped[UUID | None]
    cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    words: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    __table_args__ = (
        school_key("referral_id", "referral"),
        CheckConstraint("kind IN ('granted', 'paid', 'taken_back')", name="referral_reward_kind"),
        CheckConstraint("(kind = 'granted') = (grant_id IS NULL)", name="referral_reward_of"),
        CheckConstraint("cents >= 0", name="referral_reward_cents"),
        CheckConstraint("cents > 0 OR words <> ''", name="referral_reward_something"),
        Index("referral_reward_ends_once", "school_id", "grant_id", unique=True, postgresql_where=text("grant_id IS NOT NULL")),
        Index("referral_reward_of_referral", "school_id", "referral_id", text("id DESC")),
    )
