"""The website of a school: drafts, versions, pictures, preview links, events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

# At the commit, not at the change: what waits for the row of the site then waits for nothing else, and never for long.
# Asked of the school of the row, so that it does the same for the platform, which has no current one.
STAMP = """
CREATE FUNCTION site_shows_else() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_school integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO of_school USING OLD;
    ELSE
        EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO of_school USING NEW;
    END IF;
    UPDATE site SET stamp = stamp + 1 WHERE school_id = of_school;
    RETURN NULL;
END
$$;
"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER site_shows_else AFTER INSERT OR UPDATE{of} OR DELETE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION site_shows_else('{column}');
"""
#: tables of which public pages show something beside the document of a version; a picture's files come and go with its row
SHOWN = (
    "notice", "school_event", "site_picture", "class_group", "meeting_time", "school_logo", "review", "lead_form",
    "lead_consent_text",
)  # fmt: skip
#: of these only some columns are shown, and others change often
COLUMNS = {"lead_form": " OF is_open, fields, wordings"}


def upgrade() -> None:
    empty, now = sa.text("''"), sa.text("now()")
    _tenant(
        "site",
        sa.Column("is_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("off_why", sa.Text(), server_default=empty, nullable=False),
        sa.Column("draft", postgresql.JSONB(), nullable=False),
        sa.Column("draft_revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("draft_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("draft_by_name", sa.Text(), server_default=empty, nullable=False),
        sa.Column("removed", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("stamp", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.UniqueConstraint("school_id", name="site_once"),
        sa.CheckConstraint("NOT is_on OR published_version IS NOT NULL", name="site_on_is_published"),
        rights="SELECT, INSERT, UPDATE",
    )
    _tenant(
        "site_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=empty, nullable=False),
        sa.Column("same_as", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0", name="site_version_number"),
        sa.UniqueConstraint("school_id", "number", name="site_version_once"),
        rights="SELECT, INSERT",
    )
    _tenant(
        "site_picture",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alt", postgresql.JSONB(), nullable=False),
        sa.Column("is_decorative", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name="site_picture_size"),
    )
    op.create_index("site_picture_newest", "site_picture", ["school_id", sa.literal_column("id DESC")])
    _tenant(
        "site_picture_file",
        sa.Column("picture_id", sa.Uuid(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "picture_id"],
            ["site_picture.school_id", "site_picture.id"],
            name="picture_id_fkey",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("mime IN ('image/jpeg', 'image/png', 'image/webp')", name="site_picture_file_mime"),
        sa.UniqueConstraint("school_id", "picture_id", "width", name="site_picture_file_once"),
        rights="SELECT, INSERT, DELETE",
    )
    _tenant(
        "site_preview",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=empty, nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.UniqueConstraint("school_id", "token_hash", name="site_preview_once"),
        rights="SELECT, INSERT, UPDATE",
    )
    _tenant(
        "school_event",
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("text", postgresql.JSONB(), nullable=False),
        sa.Column("place", sa.Text(), server_default=empty, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_shown", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="school_event_order"),
        rights="SELECT, INSERT, UPDATE",
    )
    op.create_index(
        "school_event_by_start",
        "school_event",
        ["school_id", "starts_at", "id"],
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.execute(STAMP)
    for table in SHOWN:
        op.execute(TRIGGER.format(table=table, of=COLUMNS.get(table, ""), column="school_id"))
    op.execute(TRIGGER.format(table="school", of="", column="id"))


def downgrade() -> None:
    for table in (*SHOWN, "school"):
        op.execute(f"DROP TRIGGER site_shows_else ON {table}")
    op.execute("DROP FUNCTION site_shows_else()")
    for table in ("school_event", "site_preview", "site_picture_file", "site_picture", "site_version", "site"):
        op.drop_table(table)


def _tenant(
    table: str, *columns: sa.Column[object] | sa.Constraint, rights: str = "SELECT, INSERT, UPDATE, DELETE"
) -> None:  # fmt: skip
    op.create_table(
        table,
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table(table, rights=rights)
