"""Leads, what happened to them, the words they are found by, and how long a school keeps them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
NONE = sa.text("''")
JSON = postgresql.JSONB()
LIVE = sa.text("merged_into IS NULL AND erased_at IS NULL")
NEWEST = sa.literal_column("id DESC")
STAGES = "'new', 'contacted', 'appointment', 'trial', 'enrolled', 'archived'"
SOURCES = "'form', 'site', 'referral', 'phone', 'walk_in', 'event', 'import', 'other'"
KINDS = (
    "'created', 'stage', 'note', 'reply', 'step', 'assigned', 'merged', 'converted', 'unsubscribed', 'consent', 'sent', 'edited',"
    " 'erased'"
)
# What leads are searched by, kept by the database itself as `person_word` is.
WORDS = r"""
CREATE FUNCTION keep_lead_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        changed := ARRAY(
            SELECT f.id FROM fresh f JOIN stale s USING (school_id, id)
            WHERE (f.name, f.child_name, f.phone, f.email) IS DISTINCT FROM (s.name, s.child_name, s.phone, s.email)
        );
        IF changed = '{}' THEN
            RETURN NULL;
        END IF;
        DELETE FROM lead_word w USING fresh f
        WHERE w.school_id = f.school_id AND w.lead_id = f.id AND f.id = ANY (changed);
    END IF;
    INSERT INTO lead_word (school_id, lead_id, word)
    SELECT f.school_id, f.id, word
    FROM fresh f, LATERAL (
        SELECT search_words(f.name, f.child_name) AS word
        UNION SELECT lower(f.email) WHERE f.email IS NOT NULL
        UNION SELECT substr(f.phone, 2) WHERE f.phone IS NOT NULL
        UNION SELECT '0' || substr(f.phone, 4) WHERE f.phone LIKE '+27%'
    ) found
    WHERE TG_OP = 'INSERT' OR f.id = ANY (changed)
    ON CONFLICT (school_id, word, lead_id) DO NOTHING;
    RETURN NULL;
END
$$
"""
WORD_TRIGGERS = (
    """
    CREATE TRIGGER words_of_new AFTER INSERT ON lead REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION keep_lead_words()
    """,
    """
    CREATE TRIGGER words_of_changed AFTER UPDATE ON lead REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION keep_lead_words()
    """,
)


def upgrade() -> None:
    _leads()
    _history()
    _words()
    op.add_column("school", sa.Column("lead_months", sa.Integer(), server_default=sa.text("24"), nullable=False))
    op.create_check_constraint("school_lead_months", "school", "lead_months BETWEEN 1 AND 120")
    op.execute("GRANT UPDATE (lead_months) ON school TO umthi_app")


def _of(column: str, table: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column], [f"{table}.school_id", f"{table}.id"], name=f"{column}_fkey", ondelete=ondelete
    )


def _words_column(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), server_default=NONE, nullable=False)


def _leads() -> None:
    op.create_table(
        "lead",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        _words_column("child_name"),
        _words_column("child_grade"),
        sa.Column("child_birth_date", sa.Date(), nullable=True),
        _words_column("message"),
        sa.Column("stage", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("stage_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        _words_column("origin"),
        sa.Column("utm", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("consent_text_id", sa.Uuid(), nullable=True),
        sa.Column("consent_at", MOMENT, nullable=True),
        sa.Column("replied_at", MOMENT, nullable=True),
        _words_column("next_step"),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("unsubscribed_at", MOMENT, nullable=True),
        sa.Column("archived_why", sa.Text(), nullable=True),
        sa.Column("archived_from", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("learner_id", sa.Uuid(), nullable=True),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("referral_code_id", sa.Uuid(), nullable=True),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("touched_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"stage IN ({STAGES})", name="lead_stage"),
        sa.CheckConstraint(f"source IN ({SOURCES})", name="lead_source"),
        sa.CheckConstraint("(stage = 'archived') = (archived_from IS NOT NULL)", name="lead_archived"),
        sa.CheckConstraint("merged_into <> id", name="lead_merged"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("owner_id", "person"),
        _of("merged_into", "lead"),
        _of("learner_id", "learner"),
        _of("guardian_id", "person"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "submission_key", name="lead_once"),
    )
    op.tenant_table("lead", rights="SELECT, INSERT, UPDATE")
    op.create_index("lead_newest", "lead", ["school_id", NEWEST], postgresql_where=LIVE)
    op.create_index("lead_of_stage", "lead", ["school_id", "stage", NEWEST], postgresql_where=LIVE)
    op.create_index("lead_of_owner", "lead", ["school_id", "owner_id", NEWEST], postgresql_where=LIVE)
    op.create_index("lead_of_source", "lead", ["school_id", "source", NEWEST], postgresql_where=LIVE)
    op.create_index(
        "lead_due", "lead", ["school_id", "next_due_on", NEWEST],
        postgresql_where=sa.text("next_due_on IS NOT NULL AND merged_into IS NULL AND erased_at IS NULL"),
    )  # fmt: skip
    op.create_index("lead_by_email", "lead", ["school_id", "email"], postgresql_where=LIVE)
    op.create_index("lead_by_phone", "lead", ["school_id", "phone"], postgresql_where=LIVE)
    op.create_index("lead_came", "lead", ["school_id", "created_at"])
    op.create_index("lead_silent", "lead", ["school_id", "touched_at"], postgresql_where=sa.text("erased_at IS NULL"))
    for column in ("merged_into", "learner_id", "guardian_id"):
        op.create_index(f"lead_by_{column}", "lead", ["school_id", column], postgresql_where=sa.text(f"{column} IS NOT NULL"))


def _history() -> None:
    op.create_table(
        "lead_event",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("details", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="lead_event_kind"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("lead_id", "lead"),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    # what happened never changes; only an erasure empties its words
    op.tenant_table("lead_event", rights="SELECT, INSERT, UPDATE (details, by_name)")
    op.create_index("lead_event_of_lead", "lead_event", ["school_id", "lead_id", NEWEST])
    op.create_index("lead_event_of_kind", "lead_event", ["school_id", "kind", "at"])


def _words() -> None:
    op.create_table(
        "lead_word",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        _of("lead_id", "lead", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "word", "lead_id", name="lead_word_once"),
    )
    op.tenant_table("lead_word")
    op.create_index("lead_word_of_lead", "lead_word", ["school_id", "lead_id"])
    op.execute(WORDS)
    for statement in WORD_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("REVOKE UPDATE (lead_months) ON school FROM umthi_app")
    op.drop_constraint("school_lead_months", "school", type_="check")
    op.drop_column("school", "lead_months")
    for table in ("lead_word", "lead_event", "lead"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_lead_words()")
