"""Delivery on every channel: devices, preferences, gateways, quiet hours, health of providers, progress of work."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
SETTINGS = "quiet_from, quiet_until, names_on_push, writes_to_students"


def health() -> list[sa.Column[object]]:
    """The columns of whatever messages go out by."""
    return [
        sa.Column("condition", sa.Text(), server_default="not_configured", nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("proven_at", MOMENT, nullable=True),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.Column("last_failure_at", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
    ]


def upgrade() -> None:
    op.add_column("school", sa.Column("quiet_from", sa.Time(), nullable=True))
    op.add_column("school", sa.Column("quiet_until", sa.Time(), nullable=True))
    op.add_column("school", sa.Column("names_on_push", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("school", sa.Column("writes_to_students", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.execute(f"GRANT UPDATE ({SETTINGS}) ON school TO umthi_app")
    op.add_column("notice", sa.Column("channel", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("channel", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("author_id", sa.Uuid(), nullable=True))
    op.create_foreign_key("author_id_fkey", "message", "person", ["school_id", "author_id"], ["school_id", "id"])
    op.add_column("message_text", sa.Column("lock_screen", sa.Text(), server_default="", nullable=False))
    op.alter_column("message_text", "lock_screen", server_default=None)
    op.add_column("attempt", sa.Column("provider", sa.Text(), nullable=True))
    op.add_column("attempt", sa.Column("milliseconds", sa.Integer(), nullable=True))
    op.create_index("attempt_by_age", "attempt", ["at"])
    _deliveries()
    for column in health():
        op.add_column("provider", column)
    op.execute("INSERT INTO provider (name) VALUES ('push')")
    _new_tables()


def _deliveries() -> None:
    op.add_column(
        "delivery", sa.Column("give_up_at", MOMENT, server_default=sa.text("now() + interval '24 hours'"), nullable=False)
    )
    op.add_column("delivery", sa.Column("put_off", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("delivery", sa.Column("instead", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("discard_reason", sa.Text(), nullable=True))
    op.drop_index("delivery_dead", "delivery")
    op.create_index(
        "delivery_dead",
        "delivery",
        ["school_id", sa.literal_column("ended_at DESC"), sa.literal_column("id DESC")],
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index("delivery_of_person", "delivery", ["school_id", "person_id"])


def _new_tables() -> None:
    op.create_table(
        "contact_preference",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("push", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("unsubscribed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "person_id", name="contact_preference_of_person"),
    )
    op.tenant_table("contact_preference", rights="SELECT, INSERT, UPDATE")
    op.create_table(
        "push_subscription",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_success_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "endpoint", name="push_subscription_once"),
    )
    op.tenant_table("push_subscription")
    op.create_index("push_subscription_of_person", "push_subscription", ["school_id", "person_id"])
    op.create_table(
        "gateway",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("ping_url", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("errors", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("window_start", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("open_until", MOMENT, nullable=True),
        *health(),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.PrimaryKeyConstraint("school_id", "id"),
        sa.UniqueConstraint("school_id", "channel", name="gateway_of_channel"),
    )
    op.tenant_table("gateway")
    op.create_table(
        "progress",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"]),
        sa.ForeignKeyConstraint(["school_id", "person_id"], ["person.school_id", "person.id"], name="person_id_fkey"),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.tenant_table("progress", rights="SELECT, INSERT, UPDATE")
    op.create_index("progress_unseen", "progress", ["school_id", "person_id"], postgresql_where=sa.text("seen_at IS NULL"))
    op.create_index("progress_of_subject", "progress", ["school_id", "subject"])


def downgrade() -> None:
    for table in ("progress", "gateway", "push_subscription", "contact_preference"):
        op.drop_table(table)
    op.execute("DELETE FROM provider WHERE name = 'push'")
    for column in ("condition", "detail", "checked_at", "proven_at", "last_success_at", "last_failure_at", "told_at"):
        op.drop_column("provider", column)
    op.drop_index("delivery_of_person", "delivery")
    op.drop_index("delivery_dead", "delivery")
    op.create_index("delivery_dead", "delivery", ["school_id", "reason"], postgresql_where=sa.text("state = 'dead'"))
    for column in ("discard_reason", "instead", "put_off", "give_up_at"):
        op.drop_column("delivery", column)
    op.drop_index("attempt_by_age", "attempt")
    op.drop_column("attempt", "milliseconds")
    op.drop_column("attempt", "provider")
    op.drop_column("message_text", "lock_screen")
    op.drop_constraint("author_id_fkey", "message")
    op.drop_column("message", "author_id")
    op.drop_column("message", "channel")
    op.drop_column("notice", "channel")
    op.execute(f"REVOKE UPDATE ({SETTINGS}) ON school FROM umthi_app")
    for column in ("writes_to_students", "names_on_push", "quiet_until", "quiet_from"):
        op.drop_column("school", column)
