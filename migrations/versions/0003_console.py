"""The operator's console: onboarding runs, invitations, support visits, suspension, metrics that workers keep."""

import sqlalchemy as sa
from alembic import op

from app.models.school import name_key

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
PEOPLE = ("admin", "officer")


def upgrade() -> None:
    _schools()
    op.add_column("login_session", sa.Column("stepped_up_at", MOMENT, nullable=True))
    op.add_column("app_user", sa.Column("password_temporary_until", MOMENT, nullable=True))
    op.create_index("app_user_of_platform", "app_user", ["email"], postgresql_where=sa.text("platform_role IS NOT NULL"))
    op.create_index("person_by_email", "person", ["email"], postgresql_where=sa.text("email IS NOT NULL"))
    op.create_index("message_by_id", "message", ["id"])
    for table in ("audit_event", "platform_event"):
        op.create_index(f"{table}_by_time", table, [sa.literal_column("at DESC")])
        op.create_index(f"{table}_by_action", table, ["action", sa.literal_column("at DESC")])
        op.create_index(f"{table}_by_actor", table, ["actor_id", sa.literal_column("at DESC")])
    _onboarding()
    _invitations()
    _support()
    _metrics()


def _schools() -> None:
    op.add_column("school", sa.Column("name_key", sa.Text(), nullable=True))
    op.add_column("school", sa.Column("state_before", sa.Text(), nullable=True))
    op.add_column("school", sa.Column("disabled_at", MOMENT, nullable=True))
    connection = op.get_bind()
    connection.execute(sa.text("SET LOCAL ROLE umthi_platform"))
    for school_id, name in connection.execute(sa.text("SELECT id, name FROM school ORDER BY id")).all():
        taken = connection.execute(sa.text("SELECT FROM school WHERE name_key = :key"), {"key": name_key(name)}).first()
        key = name_key(name) + (str(school_id) if taken else "")  # namesakes from before there was a key stay
        connection.execute(sa.text("UPDATE school SET name_key = :key WHERE id = :id"), {"key": key, "id": school_id})
    connection.execute(sa.text("RESET ROLE"))
    op.alter_column("school", "name_key", nullable=False)
    op.create_unique_constraint("school_name_key", "school", ["name_key"])


def _onboarding() -> None:
    def person(who: str) -> list[sa.Column[object]]:
        return [
            sa.Column(f"{who}_name", sa.Text(), nullable=True),
            sa.Column(f"{who}_email", sa.String(255), nullable=True),
            sa.Column(f"{who}_key", sa.LargeBinary(), nullable=True),
            sa.Column(f"{who}_password_typed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
            sa.Column(f"{who}_password_hash", sa.Text(), nullable=True),
            sa.Column(f"{who}_user_id", sa.Uuid(), nullable=True),
            sa.Column(f"{who}_is_new", sa.Boolean(), nullable=True),
        ]

    op.create_table(
        "onboarding_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(50), nullable=False),
        sa.Column("close_time", sa.Time(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        *(column for who in PEOPLE for column in person(who)),
        sa.Column("school", sa.Integer(), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'completed', 'partial_failure', 'failed')", name="onboarding_run_state"
        ),
        sa.ForeignKeyConstraint(["school"], ["school.id"]),
        sa.ForeignKeyConstraint(["started_by"], ["app_user.id"]),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["app_user.id"]),
        *(sa.ForeignKeyConstraint([f"{who}_user_id"], ["app_user.id"]) for who in PEOPLE),
        sa.PrimaryKeyConstraint("id"),
    )
    op.platform_table("onboarding_run")
    op.create_index(
        "onboarding_run_newest", "onboarding_run", [sa.literal_column("id DESC")], postgresql_where=sa.text("state <> 'draft'")
    )
    op.create_index("onboarding_run_of_school", "onboarding_run", ["school", sa.literal_column("id DESC")])
    op.create_index(
        "onboarding_run_once", "onboarding_run", ["name_key"], unique=True,
        postgresql_where=sa.text("state = 'running' OR state = 'partial_failure'"),
    )  # fmt: skip
    op.create_index(
        "onboarding_run_in_trouble", "onboarding_run", ["created_at"],
        postgresql_where=sa.text("state IN ('running', 'partial_failure', 'failed') AND acknowledged_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "onboarding_step",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'working', 'done', 'failed')", name="onboarding_step_state"),
        sa.ForeignKeyConstraint(["run_id"], ["onboarding_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "position"),
    )
    op.platform_table("onboarding_step")


def _invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("invitation", rights="SELECT, INSERT, UPDATE")
    op.create_index("invitation_by_token", "invitation", ["token_hash"])
    op.create_index("invitation_by_id", "invitation", ["id"])
    op.create_index("invitation_of_person", "invitation", ["school_id", "person_id"])
    op.create_index(
        "invitation_open", "invitation", ["school_id", "person_id"], unique=True,
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )  # fmt: skip
    op.create_index("invitation_newest", "invitation", ["school_id", sa.literal_column("id DESC")])


def _support() -> None:
    op.create_table(
        "support_visit",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("raised_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("support_visit", rights="SELECT, UPDATE (ended_at, ended_by)")
    op.create_index("support_visit_of_session", "support_visit", ["session_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("support_visit_newest", "support_visit", ["school_id", sa.literal_column("id DESC")])
    op.create_table(
        "staff_note",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("staff_note", rights="")


def _metrics() -> None:
    op.create_table(
        "metric",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("moment", MOMENT, nullable=True),
        sa.Column("computed_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "name", name="metric_once"),
    )
    op.tenant_table("metric", rights="")
    op.create_index("metric_worst", "metric", ["name", "moment"], postgresql_where=sa.text("number > 0"))
    op.create_table(
        "metric_bucket",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("span IN ('hour', 'month')", name="metric_bucket_span"),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "span", "begins_at", "name", name="metric_bucket_once"),
    )
    op.tenant_table("metric_bucket", rights="")
    op.create_index("metric_bucket_by_time", "metric_bucket", ["span", "begins_at"])
    op.create_table(
        "platform_metric",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("schools", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("moment", MOMENT, nullable=True),
        sa.Column("computed_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.platform_table("platform_metric")
    op.create_table(
        "platform_bucket",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("span", "begins_at", "name"),
    )
    op.platform_table("platform_bucket")


def downgrade() -> None:
    for table in ("platform_bucket", "platform_metric", "metric_bucket", "metric", "staff_note", "support_visit", "invitation",
                  "onboarding_step", "onboarding_run"):  # fmt: skip
        op.drop_table(table)
    for table in ("platform_event", "audit_event"):
        op.drop_index(f"{table}_by_time", table)
        op.drop_index(f"{table}_by_actor", table)
        op.drop_index(f"{table}_by_action", table)
    op.drop_index("message_by_id", "message")
    op.drop_index("person_by_email", "person")
    op.drop_index("app_user_of_platform", "app_user")
    op.drop_column("app_user", "password_temporary_until")
    op.drop_column("login_session", "stepped_up_at")
    op.drop_constraint("school_name_key", "school")
    for column in ("disabled_at", "state_before", "name_key"):
        op.drop_column("school", column)
