"""Reviews by families, and posters, flyers and cards with their drawings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
JSON = postgresql.JSONB()
NEWEST = sa.literal_column("id DESC")


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="asked", nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("unsent_why", sa.Text(), nullable=True),
        sa.Column("reminder_id", sa.Uuid(), nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("shown_name", sa.Text(), nullable=True),
        sa.Column("consents", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("consented_at", MOMENT, nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("given_at", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("hidden_why", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "milestone = 'enrolled' OR milestone ~ '^(term:[0-9]{4}-[0-9]{2}-[0-9]{2}|year:[0-9]{4})$'", name="review_milestone"
        ),
        sa.CheckConstraint("state IN ('asked', 'new', 'shown', 'hidden', 'withdrawn')", name="review_state"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="review_rating"),
        sa.CheckConstraint(
            "(state IN ('new', 'shown', 'hidden')) = (rating IS NOT NULL) AND (rating IS NULL) = (body IS NULL)"
            " AND (rating IS NULL) = (shown_name IS NULL)",
            name="review_is_given",
        ),
        sa.CheckConstraint("rating IS NOT NULL OR (answer IS NULL AND NOT consents)", name="review_leaves_nothing"),
        sa.CheckConstraint("state <> 'shown' OR consents", name="review_shown_with_consent"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.ForeignKeyConstraint(["school_id", "message_id"], ["message.school_id", "message.id"], name="message_id_fkey"),
        sa.ForeignKeyConstraint(["school_id", "reminder_id"], ["message.school_id", "message.id"], name="reminder_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "person_id", "milestone", name="review_asked_once"),
    )
    op.tenant_table("review", rights="SELECT, INSERT, UPDATE")
    op.create_index("review_of_state", "review", ["school_id", "state", NEWEST])
    op.create_table(
        "promotion_asset",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("leads_to", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("kind IN ('poster', 'flyer', 'card')", name="promotion_asset_kind"),
        sa.CheckConstraint("leads_to IN ('site', 'lead')", name="promotion_asset_leads_to"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("promotion_asset", rights="SELECT, INSERT, UPDATE, DELETE")
    op.create_index("promotion_asset_newest", "promotion_asset", ["school_id", NEWEST])
    op.create_table(
        "promotion_drawing",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("svg", sa.Text(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=True),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("drawn_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("number > 0", name="promotion_drawing_from_one"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(
            ["school_id", "asset_id"], ["promotion_asset.school_id", "promotion_asset.id"], name="asset_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "asset_id", "number", "language", name="promotion_drawing_once"),
    )  # fmt: skip
    op.tenant_table("promotion_drawing", rights="SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.drop_table("promotion_drawing")
    op.drop_table("promotion_asset")
    op.drop_table("review")
