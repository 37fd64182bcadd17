"""The form for enquiries, its texts of consent, what it refused; referrals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
JSON = postgresql.JSONB()
NEWEST = sa.literal_column("id DESC")
TABLES = (
    "referral_reward",
    "referral",
    "referral_code",
    "lead_form_pace",
    "lead_form_refusal",
    "lead_consent_text",
    "lead_form",
)
# Rewards are a ledger: rows are added and never changed, whoever asks (the function is that of the platform's own ledger).
LEDGER = (
    "CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON referral_reward FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
    "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON referral_reward FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
)


def upgrade() -> None:
    _form()
    _referrals()
    op.create_foreign_key(
        "consent_text_id_fkey", "lead", "lead_consent_text", ["school_id", "consent_text_id"], ["school_id", "id"]
    )
    op.create_foreign_key(
        "referral_code_id_fkey", "lead", "referral_code", ["school_id", "referral_code_id"], ["school_id", "id"]
    )


def _of(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["school_id", column], [f"{table}.school_id", f"{table}.id"], name=f"{column}_fkey")


def _form() -> None:
    op.create_table(
        "lead_form",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("wordings", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("origins", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("per_address", sa.Integer(), server_default=sa.text("20"), nullable=False),
        sa.Column("min_seconds", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("telling", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.CheckConstraint("per_address BETWEEN 1 AND 1000", name="lead_form_per_address"),
        sa.CheckConstraint("min_seconds BETWEEN 0 AND 30", name="lead_form_min_seconds"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", name="lead_form_once"),
    )
    op.tenant_table("lead_form", rights="SELECT, INSERT, UPDATE")
    op.create_table(
        "lead_consent_text",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("published_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("version > 0", name="lead_consent_text_from_one"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "version", name="lead_consent_text_version"),
    )
    op.tenant_table("lead_consent_text", rights="SELECT, INSERT")
    op.create_table(
        "lead_form_refusal",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "on_date", "reason", name="lead_form_refusal_once"),
    )
    op.tenant_table("lead_form_refusal", rights="SELECT, INSERT, UPDATE")
    op.create_table(
        "lead_form_pace",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("number", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "who", "since", name="lead_form_pace_once"),
    )
    op.tenant_table("lead_form_pace", rights="SELECT, INSERT, UPDATE")


def _referrals() -> None:
    op.create_table(
        "referral_code",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("guardian_id", "person"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "code", name="referral_code_word"),
    )
    op.tenant_table("referral_code", rights="SELECT, INSERT, UPDATE")
    op.create_index("referral_code_of_guardian", "referral_code", ["school_id", "guardian_id", NEWEST])
    op.create_index(
        "referral_code_once", "referral_code", ["school_id", "guardian_id"], unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "referral",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.Text(), server_default=sa.text("'form'"), nullable=False),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.CheckConstraint("how IN ('form', 'hand')", name="referral_how"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("lead_id", "lead"),
        _of("code_id", "referral_code"),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("referral", rights="SELECT, INSERT, UPDATE")
    op.create_index(
        "referral_once", "referral", ["school_id", "lead_id"], unique=True, postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.create_index("referral_of_code", "referral", ["school_id", "code_id", NEWEST])
    op.create_index("referral_newest", "referral", ["school_id", NEWEST])
    op.create_table(
        "referral_reward",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('granted', 'paid', 'taken_back')", name="referral_reward_kind"),
        sa.CheckConstraint("(kind = 'granted') = (grant_id IS NULL)", name="referral_reward_of"),
        sa.CheckConstraint("cents >= 0", name="referral_reward_cents"),
        sa.CheckConstraint("cents > 0 OR words <> ''", name="referral_reward_something"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("referral_id", "referral"),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("referral_reward", rights="SELECT, INSERT", platform_rights="SELECT, INSERT")
    op.create_index(
        "referral_reward_ends_once", "referral_reward", ["school_id", "grant_id"], unique=True,
        postgresql_where=sa.text("grant_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index("referral_reward_of_referral", "referral_reward", ["school_id", "referral_id", NEWEST])
    for statement in LEDGER:
        op.execute(statement)


def downgrade() -> None:
    for column in ("consent_text_id", "referral_code_id"):
        op.drop_constraint(f"{column}_fkey", "lead", type_="foreignkey")
    for table in TABLES:
        op.drop_table(table)
