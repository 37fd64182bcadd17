"""A person's data by law: consent, requests, erasures and their certificates, breaches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
TABLES = (
    "data_request",
    "data_pack",
    "legal_hold",
    "erasure_certificate",
    "consent_text",
    "consent",
    "breach",
    "breach_person",
)
# An erasure empties what registers say in free words; the marks themselves stay for ever.
WORDS = "UPDATE (note, why) ON attendance_event"


def upgrade() -> None:
    op.create_table(
        "data_request",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "asked_by_id"], ["person.school_id", "person.id"], name="asked_by_id_fkey"),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.CheckConstraint("kind IN ('access', 'correction', 'erasure')", name="data_request_kind"),
        sa.CheckConstraint("way IN ('portal', 'paper', 'school')", name="data_request_way"),
        sa.CheckConstraint(
            "state IN ('open', 'confirmed', 'running', 'done', 'declined', 'withdrawn')", name="data_request_state"
        ),
    )
    op.tenant_table("data_request", rights="SELECT, INSERT, UPDATE")
    op.create_index("data_request_newest", "data_request", ["school_id", sa.literal_column("id DESC")])
    op.create_index("data_request_of_person", "data_request", ["school_id", "person_id", sa.literal_column("id DESC")])
    op.create_table(
        "data_pack",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'running'"), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("is_released", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.ForeignKeyConstraint(
            ["school_id", "request_id"], ["data_request.school_id", "data_request.id"], name="request_id_fkey"
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.CheckConstraint("state IN ('running', 'done', 'failed', 'expired')", name="data_pack_state"),
    )
    op.tenant_table("data_pack", rights="SELECT, INSERT, UPDATE")
    op.create_index("data_pack_by_end", "data_pack", ["expires_at"], postgresql_where=sa.text("state = 'done'"))
    op.create_index("data_pack_of_person", "data_pack", ["school_id", "person_id", sa.literal_column("id DESC")])
    op.create_table(
        "legal_hold",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("legal_hold", rights="SELECT, INSERT, UPDATE")
    op.create_index("legal_hold_of_person", "legal_hold", ["school_id", "person_id"])
    op.create_table(
        "erasure_certificate",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("kept", postgresql.JSONB(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.ForeignKeyConstraint(
            ["school_id", "request_id"], ["data_request.school_id", "data_request.id"], name="request_id_fkey"
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.CheckConstraint("number > 0", name="erasure_certificate_from_one"),
        sa.UniqueConstraint("school_id", "number", name="erasure_certificate_number"),
    )
    op.tenant_table("erasure_certificate", rights="SELECT", platform_rights="SELECT, INSERT")
    op.create_table(
        "consent_text",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("published_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "purpose", "version", name="consent_text_version"),
    )
    op.tenant_table("consent_text", rights="SELECT, INSERT")
    op.create_table(
        "consent",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.ForeignKeyConstraint(["school_id", "text_id"], ["consent_text.school_id", "consent_text.id"], name="text_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.CheckConstraint("answer IN ('given', 'refused', 'withdrawn')", name="consent_answer"),
        sa.CheckConstraint("way IN ('portal', 'paper', 'school')", name="consent_way"),
    )
    op.tenant_table("consent", rights="SELECT, INSERT")
    op.create_index("consent_of_person", "consent", ["school_id", "person_id", "purpose", sa.literal_column("id DESC")])
    op.create_table(
        "breach",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("sought", postgresql.JSONB(), nullable=False),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("steps", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("looked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.CheckConstraint("state IN ('open', 'reported', 'closed')", name="breach_state"),
        sa.CheckConstraint("since < until", name="breach_order"),
    )
    op.tenant_table("breach")
    op.create_index("breach_newest", "breach", ["school_id", sa.literal_column("id DESC")])
    op.create_table(
        "breach_person",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("breach_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.ForeignKeyConstraint(
            ["school_id", "breach_id"], ["breach.school_id", "breach.id"], name="breach_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "breach_id", "person_id", name="breach_person_once"),
    )
    op.tenant_table("breach_person")
    op.execute(f"GRANT {WORDS} TO umthi_platform")


def downgrade() -> None:
    op.execute(f"REVOKE {WORDS} FROM umthi_platform")
    for table in reversed(TABLES):
        op.drop_table(table)
