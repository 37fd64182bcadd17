"""Accounts and evidence: passkeys, recovery codes, fallbacks of a step-up, settings of the platform, seals of the audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
STREAMS = ("audit_event", "platform_event")
SEALS = ("audit_seal", "platform_seal")
OF_SCHOOL = {"audit_event_of_action": "action", "audit_event_of_kind": "target_kind"}  # of one school, by time
# The transaction that wrote an event: those of all that ended before some moment are below a number, and more never come.
STAMP = """
CREATE OR REPLACE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.seq := nextval((TG_TABLE_NAME || '_seq')::regclass);
  NEW.at := clock_timestamp();
  {xid}RETURN NEW;
END $$
"""
OF_NOW = "NEW.xid := pg_current_xact_id()::text::bigint + (SELECT xid FROM public.audit_epoch);\n  "


def upgrade() -> None:
    _accounts()
    _seals()


def _accounts() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_synced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id", name="passkey_once"),
    )
    op.platform_table("passkey")
    op.create_index("passkey_of_user", "passkey", ["user_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("challenge", name="passkey_challenge_once"),
        sa.CheckConstraint("purpose IN ('add', 'sign_in', 'step_up')", name="passkey_challenge_purpose"),
    )
    op.platform_table("passkey_challenge")
    op.create_index("passkey_challenge_by_end", "passkey_challenge", ["expires_at"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "code_hash", name="recovery_code_once"),
    )
    op.platform_table("recovery_code")
    op.create_table(
        "step_up_fallback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.platform_table("step_up_fallback")
    op.create_index("step_up_fallback_of_user", "step_up_fallback", ["user_id", "expires_at"])
    op.create_table(
        "platform_setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.platform_table("platform_setting")
    op.add_column("login_session", sa.Column("way", sa.Text(), server_default=sa.text("'password'"), nullable=False))


def _seals() -> None:
    op.create_table(
        "audit_epoch",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("xid", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id", name="audit_epoch_one"),
    )
    op.platform_table("audit_epoch", platform="SELECT")
    op.execute("INSERT INTO audit_epoch DEFAULT VALUES")
    for table in STREAMS:
        op.add_column(table, sa.Column("xid", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        op.alter_column(table, "xid", server_default=None)
    op.execute(STAMP.format(xid=OF_NOW))
    op.create_index("audit_event_by_xid", "audit_event", ["school_id", "xid", "seq"])
    op.create_index("platform_event_by_xid", "platform_event", ["xid", "seq"])
    op.drop_index("audit_event_of_person", "audit_event")
    op.create_index("audit_event_of_target", "audit_event", ["school_id", "target_id", sa.literal_column("seq DESC")])
    for name, column in OF_SCHOOL.items():
        op.create_index(name, "audit_event", ["school_id", column, "at"])
    for table, of_school in zip(SEALS, (True, False), strict=True):
        op.create_table(
            table,
            *([sa.Column("school_id", sa.Integer(), nullable=False)] if of_school else []),
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("number", sa.BigInteger(), nullable=False),
            sa.Column("from_xid", sa.BigInteger(), nullable=False),
            sa.Column("from_seq", sa.BigInteger(), nullable=False),
            sa.Column("until_xid", sa.BigInteger(), nullable=False),
            sa.Column("until_seq", sa.BigInteger(), nullable=False),
            sa.Column("events", sa.Integer(), nullable=False),
            sa.Column("seqs", postgresql.ARRAY(sa.BigInteger()), nullable=False),
            sa.Column("digests", sa.LargeBinary(), nullable=False),
            sa.Column("previous", sa.LargeBinary(), nullable=False),
            sa.Column("hash", sa.LargeBinary(), nullable=False),
            sa.Column("at", MOMENT, server_default=NOW, nullable=False),
            *([sa.ForeignKeyConstraint(["school_id"], ["school.id"])] if of_school else []),
            sa.PrimaryKeyConstraint(*(["school_id"] if of_school else []), "id"),
            sa.UniqueConstraint(*(["school_id"] if of_school else []), "number", name=f"{table}_number"),
        )
        op.create_index(f"{table}_until", table, [*(["school_id"] if of_school else []), "until_xid", "until_seq"])
        for statement in (
            f"CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        ):
            op.execute(statement)
    op.tenant_table("audit_seal", rights="SELECT", platform_rights="SELECT, INSERT")
    op.platform_table("platform_seal", platform="SELECT, INSERT")


def downgrade() -> None:
    for table in SEALS:
        op.drop_table(table)
    op.execute(STAMP.format(xid=""))
    for name in (*OF_SCHOOL, "audit_event_of_target"):
        op.drop_index(name, "audit_event")
    op.create_index(
        "audit_event_of_person", "audit_event", ["school_id", "target_id", sa.literal_column("seq DESC")],
        postgresql_where=sa.text("target_kind = 'person'"),
    )  # fmt: skip
    for table in STREAMS:
        op.drop_column(table, "xid")
    op.drop_table("audit_epoch")
    op.drop_column("login_session", "way")
    for table in ("platform_setting", "step_up_fallback", "recovery_code", "passkey_challenge", "passkey"):
        op.drop_table(table)
