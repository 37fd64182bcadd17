"""Archives: everything of a school in one file, and what came of bringing one in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
NOTHING = sa.text("0")


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=NOTHING, nullable=False)


def upgrade() -> None:
    op.create_table(
        "archive",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'running'"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        _number("total"),
        _number("done"),
        _number("tries"),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        _list("tables"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.CheckConstraint("state IN ('running', 'done', 'failed', 'cancelled', 'expired')", name="archive_state"),
    )
    op.tenant_table("archive", rights="SELECT, INSERT, UPDATE")
    op.create_index(
        "archive_going", "archive", ["school_id"], unique=True, postgresql_where=sa.text("state = 'running'")
    )  # fmt: skip
    op.create_index("archive_newest", "archive", ["school_id", sa.literal_column("id DESC")])
    op.create_index("archive_by_end", "archive", ["expires_at"], postgresql_where=sa.text("state = 'done'"))
    op.create_table(
        "archive_import",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'running'"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("from_school", sa.Text(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=True),
        _number("total"),
        _number("done"),
        _number("tries"),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        _list("tables"),
        _list("annexes"),
        sa.Column("accounts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        _number("unsent"),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="archive_import_state"),
    )
    op.tenant_table("archive_import", rights="SELECT")
    op.create_index(
        "archive_import_going", "archive_import", ["school_id"], unique=True, postgresql_where=sa.text("state = 'running'")
    )
    op.create_index("archive_import_newest", "archive_import", ["school_id", sa.literal_column("id DESC")])


def downgrade() -> None:
    op.drop_table("archive_import")
    op.drop_table("archive")
