"""The operator's console: onboarding runs, invitations, support visits, suspension, metrics that workers keep."""

import sqlalchemy as sa
from alembic import op

from app.models.school import name_key

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
PEOPLE = ("admin", "officer")
# What told the failures apart that there are already: as app.domain.causes has it.
CAUSES = r"""
UPDATE delivery d SET cause = concat_ws('~', d.channel, coalesce(n.event, ''), coalesce(n.code::text, ''),
    coalesce(substring(n.answer FROM '^[0-9]\.(?:[0-9]{1,3}(?:\.[0-9]{1,3})?)?'), CASE WHEN n.code IS NULL THEN n.answer END, ''))
FROM delivery o LEFT JOIN LATERAL (
    SELECT a.event, a.code, a.answer FROM attempt a
    WHERE a.school_id = o.school_id AND a.delivery_id = o.id AND a.event NOT IN ('retry', 'discard')
    ORDER BY a.at DESC, a.id DESC LIMIT 1
) n ON true
WHERE d.school_id = o.school_id AND d.id = o.id AND d.state = 'dead'
"""


def upgrade() -> None:
    _schools()
    op.add_column("login_session", sa.Column("stepped_up_at", MOMENT, nullable=True))
    op.add_column("app_user", sa.Column("password_temporary_until", MOMENT, nullable=True))
    op.add_column("app_user", sa.Column("address_unproven_at", MOMENT, nullable=True))
    op.create_index("app_user_of_platform", "app_user", ["email"], postgresql_where=sa.text("platform_role IS NOT NULL"))
    op.create_index("person_by_email", "person", ["email"], postgresql_where=sa.text("email IS NOT NULL"))
    op.create_index("message_by_id", "message", ["id"])
    op.create_index(
        "delivery_ended", "delivery", ["school_id", "ended_at", "state", "channel"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )  # fmt: skip
    for table in ("audit_event", "platform_event"):
        op.create_index(f"{table}_by_time", table, [sa.literal_column("at DESC")])
        op.create_index(f"{table}_by_action", table, ["action", "at"])
        op.create_index(f"{table}_by_actor", table, ["actor_id", "at"])
    _reading_all_logs()
    _causes()
    _onboarding()
    _invitations()
    _support()
    _metrics()


def _reading_all_logs() -> None:
    op.create_index("audit_event_of_school", "audit_event", ["school_id", "at"])
    for table in ("audit_event", "platform_event"):
        op.create_index(
            f"{table}_of_request", table, ["request_id"], postgresql_where=sa.text("request_id IS NOT NULL")
        )  # fmt: skip
    lowered = sa.func.lower(sa.column("name")).label("lowered")
    op.create_index("app_user_by_name", "app_user", [lowered], postgresql_ops={"lowered": "text_pattern_ops"})


def _causes() -> None:
    op.add_column("delivery", sa.Column("cause", sa.Text(), server_default="", nullable=False))
    connection = op.get_bind()
    connection.execute(sa.text("SET LOCAL ROLE umthi_platform"))
    connection.execute(sa.text(CAUSES))
    connection.execute(sa.text("RESET ROLE"))
    newest = [sa.literal_column("ended_at DESC"), sa.literal_column("id DESC")]
    dead = sa.text("state = 'dead'")
    op.create_index("delivery_dead_everywhere", "delivery", newest, postgresql_where=dead)
    op.create_index("delivery_dead_of_cause", "delivery", ["cause", *newest, "school_id", "channel"], postgresql_where=dead)
    op.create_table(
        "recovery_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("school", sa.Integer(), nullable=True),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("started_name", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
            for name in ("total", "schools", "done", "flagged", "forgotten", "suspended", "at_school")
        ),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("deed IN ('retry', 'discard')", name="recovery_run_deed"),
        sa.ForeignKeyConstraint(["school"], ["school.id"]),
        sa.ForeignKeyConstraint(["started_by"], ["app_user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.platform_table("recovery_run")
    op.create_index(
        "recovery_run_once", "recovery_run", ["chosen"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )  # fmt: skip
    op.create_index("recovery_run_newest", "recovery_run", [sa.literal_column("created_at DESC")])


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
    op.create_index("school_closed", "school", ["id"], postgresql_where=sa.text("state <> 'active'"))
    op.create_index("school_of_state", "school", ["state", "name_key"])
    op.create_index(
        "school_by_contact", "school", [sa.text("lower(contact_email)")], postgresql_where=sa.text("contact_email IS NOT NULL")
    )


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
    op.create_index(
        "metric_worst", "metric", ["name", "moment"], postgresql_where=sa.text("number > 0"),
        postgresql_include=["number"],
    )  # fmt: skip
    op.create_table(
        "metric_bucket",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("span IN ('minute', 'hour', 'month')", name="metric_bucket_span"),
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


def _forget_causes() -> None:
    op.drop_table("recovery_run")
    op.drop_index("delivery_dead_of_cause", "delivery")
    op.drop_index("delivery_dead_everywhere", "delivery")
    op.drop_column("delivery", "cause")
    op.drop_index("app_user_by_name", "app_user")
    for table in ("platform_event", "audit_event"):
        op.drop_index(f"{table}_of_request", table)
    op.drop_index("audit_event_of_school", "audit_event")


def downgrade() -> None:
    _forget_causes()
    for table in ("platform_bucket", "platform_metric", "metric_bucket", "metric", "staff_note", "support_visit", "invitation",
                  "onboarding_step", "onboarding_run"):  # fmt: skip
        op.drop_table(table)
    for table in ("platform_event", "audit_event"):
        op.drop_index(f"{table}_by_time", table)
        op.drop_index(f"{table}_by_actor", table)
        op.drop_index(f"{table}_by_action", table)
    op.drop_index("delivery_ended", "delivery")
    op.drop_index("message_by_id", "message")
    op.drop_index("person_by_email", "person")
    op.drop_index("app_user_of_platform", "app_user")
    op.drop_column("app_user", "address_unproven_at")
    op.drop_column("app_user", "password_temporary_until")
    op.drop_column("login_session", "stepped_up_at")
    for index in ("school_by_contact", "school_of_state"):
        op.drop_index(index, "school")
    op.drop_index("school_closed", "school")
    op.drop_constraint("school_name_key", "school")
    for column in ("disabled_at", "state_before", "name_key"):
        op.drop_column("school", column)
