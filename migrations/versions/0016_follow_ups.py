"""Templates and items of the follow-up outbox; what a school's marketing is set to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
ZERO = sa.text("0")
NONE = sa.text("''")
JSON = postgresql.JSONB()
NEWEST = sa.literal_column("id DESC")
RIGHTS = "SELECT, INSERT, UPDATE"


def upgrade() -> None:
    _templates()
    _items()
    _settings()


def _of(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["school_id", column], [f"{table}.school_id", f"{table}.id"], name=f"{column}_fkey")


def _templates() -> None:
    op.create_table(
        "follow_up_template",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("days", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("subject", JSON, nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("active_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.CheckConstraint("occasion IN ('stage', 'days', 'step')", name="follow_up_template_occasion"),
        sa.CheckConstraint(
            "stage IN ('new', 'contacted', 'appointment', 'trial', 'enrolled')", name="follow_up_template_stage"
        ),
        sa.CheckConstraint("(occasion = 'step') = (stage IS NULL)", name="follow_up_template_of_stage"),
        sa.CheckConstraint(
            "CASE occasion WHEN 'days' THEN days BETWEEN 1 AND 365 ELSE days = 0 END", name="follow_up_template_days"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("follow_up_template", rights=RIGHTS)
    op.create_index(
        "follow_up_template_in_force", "follow_up_template", ["school_id", "occasion"], postgresql_where=sa.text("is_active")
    )


def _items() -> None:
    op.create_table(
        "follow_up",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.Text(), server_default=NONE, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("is_edited", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("dropped", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'sending', 'sent', 'by_hand', 'failed', 'dead', 'dismissed')", name="follow_up_state"
        ),
        # nothing goes out by itself: without somebody's name, and the words that they saw, no row gets so far
        sa.CheckConstraint(
            "state NOT IN ('sending', 'sent', 'failed', 'dead') OR (approved_at IS NOT NULL AND coalesce(approved_by, '') <> ''"
            " AND subject IS NOT NULL AND body IS NOT NULL AND email IS NOT NULL)",
            name="follow_up_approved",
        ),
        sa.CheckConstraint("(state IN ('sent', 'by_hand')) = (sent_at IS NOT NULL)", name="follow_up_sent"),
        sa.CheckConstraint("(sent_at IS NULL) = (way IS NULL)", name="follow_up_sent_how"),
        sa.CheckConstraint("way IN ('email', 'sms', 'whatsapp', 'phone', 'paper', 'other')", name="follow_up_way"),
        sa.CheckConstraint(
            "dropped IN ('moved_on', 'archived', 'merged', 'unsubscribed', 'erased')", name="follow_up_dropped"
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("lead_id", "lead"),
        _of("template_id", "follow_up_template"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "lead_id", "template_id", "occasion", name="follow_up_once"),
    )  # fmt: skip
    op.tenant_table("follow_up", rights=RIGHTS)
    op.create_index("follow_up_newest", "follow_up", ["school_id", NEWEST])
    op.create_index("follow_up_of_state", "follow_up", ["school_id", "state", NEWEST])
    op.create_index("follow_up_of_template", "follow_up", ["school_id", "template_id", "revision"])
    op.create_index("follow_up_due", "follow_up", ["school_id", "due_at", "id"], postgresql_where=sa.text("state = 'open'"))
    op.create_index(
        "follow_up_gone_out", "follow_up", ["school_id", "sent_at"], postgresql_where=sa.text("sent_at IS NOT NULL")
    )


def _settings() -> None:
    op.create_table(
        "marketing_setting",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("sender_name", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("utm_source", sa.Text(), server_default=NONE, nullable=False),
        sa.Column("utm_medium", sa.Text(), server_default=NONE, nullable=False),
        sa.Column("utm_campaign", sa.Text(), server_default=NONE, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("owner_id", "person"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", name="marketing_setting_once"),
    )
    op.tenant_table("marketing_setting", rights=RIGHTS)


def downgrade() -> None:
    for table in ("marketing_setting", "follow_up", "follow_up_template"):
        op.drop_table(table)
