"""What a school does to find out why a learner is away for long."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "absence_inquiry",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('called', 'wrote', 'visited', 'referred')", name="absence_inquiry_kind"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "learner_id"], ["learner.school_id", "learner.id"], name="learner_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("absence_inquiry", rights="SELECT, INSERT, UPDATE")
    op.create_index("absence_inquiry_of_learner", "absence_inquiry", ["school_id", "learner_id", sa.literal_column("id DESC")])


def downgrade() -> None:
    op.drop_table("absence_inquiry")
