"""What families say about a school, and the posters, flyers and cards with which it shows itself."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class ReviewState(StrEnum):
    """How a review stands: asked for, given and not looked at yet, on the website, not there, taken back by the family."""

    ASKED = "asked"
    NEW = "new"
    SHOWN = "shown"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"


class Review(Tenant, Model):
    """A person is asked for a review once for a milestone: `enrolled`, `term:<first day>` or `year:<year>`.

    `message_id` and `reminder_id` are what was sent; `unsent_why` is why nothing could be. What was given (`rating`, `body`,
    `shown_name`, `language`) is there or gone together; `consents`: it may stand on the website. Each change by the family
    raises `revision`, and takes the review off the website until the school has looked at it again.
    """

    __tablename__ = "review"
    person_id: Mapped[UUID]
    milestone: Mapped[str]
    state: Mapped[str] = mapped_column(default=ReviewState.ASKED, server_default=ReviewState.ASKED.value)
    asked_by: Mapped[str]
    asked_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    message_id: Mapped[UUID | None]
    sent_at: Mapped[dt.datetime | None]
    unsent_why: Mapped[str | None]
    reminder_id: Mapped[UUID | None]
    reminded_at: Mapped[dt.datetime | None]
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    body: Mapped[str | None]
    shown_name: Mapped[str | None]
    consents: Mapped[bool] = mapped_column(default=False, server_default=false())
    consented_at: Mapped[dt.datetime | None]
    language: Mapped[str | None]
    given_at: Mapped[dt.datetime | None]
    changed_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    revision: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    hidden_why: Mapped[str | None]
    answer: Mapped[str | None]
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str | None]
    __table_args__ = (
        school_key("person_id", "person"),
        school_key("message_id", "message"),
        school_key("reminder_id", "message"),
        CheckConstraint(
            "milestone = 'enrolled' OR milestone ~ '^(term:[0-9]{4}-[0-9]{2}-[0-9]{2}|year:[0-9]{4})$'", name="review_milestone"
        ),
        CheckConstraint("state IN ('asked', 'new', 'shown', 'hidden', 'withdrawn')", name="review_state"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="review_rating"),
        CheckConstraint(
            "(state IN ('new', 'shown', 'hidden')) = (rating IS NOT NULL) AND (rating IS NULL) = (body IS NULL)"
            " AND (rating IS NULL) = (shown_name IS NULL)",
            name="review_is_given",
        ),
        CheckConstraint("rating IS NOT NULL OR (answer IS NULL AND NOT consents)", name="review_leaves_nothing"),
        CheckConstraint("state <> 'shown' OR consents", name="review_shown_with_consent"),
        UniqueConstraint("school_id", "person_id", "milestone", name="review_asked_once"),
        Index("review_of_state", "school_id", "state", text("id DESC")),
    )


class PromotionAsset(Tenant, Model):
    """A poster, flyer or social card. `texts` by language: `headline`, `body`, `call`, and `alt`, the words in its place.

    Its QR code leads to the school's site or its enquiry form (`leads_to`); `theme` names its colours.
    """

    __tablename__ = "promotion_asset"
    kind: Mapped[str]
    title: Mapped[str]
    leads_to: Mapped[str]
    theme: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        CheckConstraint("kind IN ('poster', 'flyer', 'card')", name="promotion_asset_kind"),
        CheckConstraint("leads_to IN ('site', 'lead')", name="promotion_asset_leads_to"),
        Index("promotion_asset_newest", "school_id", text("id DESC")),
    )


class PromotionDrawing(Tenant, Model):
    """An asset as it was drawn in one language. `fingerprint` is of all that it was drawn from; another one means it is old.

    `png` is there for social cards, which networks take only as pixels.
    """

    __tablename__ = "promotion_drawing"
    asset_id: Mapped[UUID]
    number: Mapped[int]
    language: Mapped[str]
    svg: Mapped[str]
    png: Mapped[bytes | None] = mapped_column(LargeBinary)
    alt: Mapped[str]
    fingerprint: Mapped[str]
    by_name: Mapped[str]
    drawn_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("asset_id", "promotion_asset", ondelete="CASCADE"),
        CheckConstraint("number > 0", name="promotion_drawing_from_one"),
        UniqueConstraint("school_id", "asset_id", "number", "language", name="promotion_drawing_once"),
    )
