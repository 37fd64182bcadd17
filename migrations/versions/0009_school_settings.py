"""Settings of a school: its logo, its reply-to address, the languages it writes in; why memberships ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

#: what a school may change about itself from now on
SETTINGS = "name, name_key, timezone, close_time, language, languages, contact_email, contact_phone, contact_address, reply_to"


def upgrade() -> None:
    every = sa.text("'{en,af,zu}'")
    op.add_column("school", sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default=every, nullable=False))
    op.add_column("school", sa.Column("reply_to", sa.Text(), nullable=True))
    op.create_check_constraint("school_writes_its_language", "school", "language = ANY (languages)")
    op.execute(f"GRANT UPDATE ({SETTINGS}) ON school TO umthi_app")
    op.add_column("membership", sa.Column("end_reason", sa.Text(), nullable=True))
    op.create_check_constraint(
        "membership_end_reason", "membership",
        "end_reason IS NULL OR (ended_at IS NOT NULL AND end_reason IN ('disabled', 'moved'))",
    )  # fmt: skip
    op.create_index("membership_of_person", "membership", ["school_id", "person_id"])
    op.add_column("account_mail", sa.Column("address", sa.Text(), nullable=True))
    op.create_table(
        "school_logo",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", name="school_logo_once"),
    )
    op.tenant_table("school_logo")


def downgrade() -> None:
    op.drop_table("school_logo")
    op.drop_column("account_mail", "address")
    op.drop_index("membership_of_person", "membership")
    op.drop_constraint("membership_end_reason", "membership", type_="check")
    op.drop_column("membership", "end_reason")
    op.execute(f"REVOKE UPDATE ({SETTINGS}) ON school FROM umthi_app")
    op.drop_constraint("school_writes_its_language", "school", type_="check")
    op.drop_column("school", "reply_to")
    op.drop_column("school", "languages")
