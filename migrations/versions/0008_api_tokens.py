"""Tokens of the JSON API, how much of their allowance they have used, and what their writes were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("last_used_from", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(
            ["school_id", "membership_id"], ["membership.school_id", "membership.id"], name="membership_id_fkey"
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("api_token", rights="SELECT, INSERT, UPDATE (name, revoked_at, revoked_by)")
    op.create_index("api_token_by_hash", "api_token", ["token_hash"])
    op.create_table(
        "api_answer",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(
            ["school_id", "token_id"], ["api_token.school_id", "api_token.id"], name="token_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "token_id", "key", name="api_answer_once"),
    )
    op.tenant_table("api_answer", rights="SELECT, INSERT")
    op.create_index("api_answer_by_age", "api_answer", ["created_at"])
    op.create_table(
        "api_allowance",
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token_id"),
        prefixes=["UNLOGGED"],
    )
    op.platform_table("api_allowance")


def downgrade() -> None:
    for table in ("api_allowance", "api_answer", "api_token"):
        op.drop_table(table)
