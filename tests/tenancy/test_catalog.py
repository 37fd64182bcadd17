"""The product's schema has no breach, and each kind of breach is found when it is planted."""

from __future__ import annotations

import typing
from pathlib import Path

import pytest
from alembic.autogenerate import render_python_code
from alembic.operations.ops import CreateTableOp, DowngradeOps, MigrationScript, UpgradeOps
from sqlalchemy import Table, create_engine, text
from sqlalchemy.pool import NullPool

import app.models  # noqa: F401
from app.local import migrate
from app.models.notice import Notice
from app.models.user import User
from app.tenancy.catalog import breaches, rights
from app.tenancy.database import db, sqlalchemy_url
from app.tenancy.doors import acting_for
from app.tenancy.models import Tenant
from app.tenancy.roles import APP, BACKUP, PLATFORM
from app.tenancy.walls import add_walls
from tests.tenancy.conftest import Cast, Place

ROLES = Path(__file__).parents[2] / "docs" / "database-roles.md"
PLATFORM_TABLES = (
    "account_mail", "alembic_version", "app_user", "login_session", "password_link", "periodic", "platform_event",
    "platform_value", "provider", "sign_in_failure", "onboarding_run", "onboarding_step", "platform_metric", "platform_bucket",
    "recovery_run", "billable_report",
    "step_up_fallback",
    "recovery_code",
    "platform_setting",
    "platform_seal",
    "passkey_challenge",
    "passkey",
    "audit_epoch",
    "plan",
    "plan_price",
    "ledger_proof",
    "webhook_event",
    "webhook_refusal",
    "webhook_secret",
    "provider_customer",
    "audit_mark",
    "platform_checkpoint",
    "api_allowance",
)  # fmt: skip
APPEND_ONLY = ("audit_event", "platform_event")
DEFINERS = ("audit_stamp", "audit_expire")
EXPIRING = ("audit_checkpoint", "audit_event", "audit_seal", "audit_value")

PLANTED = {
    "ALTER TABLE notice NO FORCE ROW LEVEL SECURITY": "notice has no ENABLE and FORCE ROW LEVEL SECURITY",
    "ALTER TABLE notice DISABLE ROW LEVEL SECURITY": "notice has no ENABLE and FORCE ROW LEVEL SECURITY",
    "ALTER TABLE school DISABLE ROW LEVEL SECURITY": "school has no ENABLE and FORCE ROW LEVEL SECURITY",
    "CREATE POLICY more ON notice USING (true)": "notice has other policies than the two",
    "DROP POLICY school ON notice": "notice has other policies than the two",
    "ALTER POLICY school ON notice USING (true)": "notice has other policies than the two",
    "ALTER POLICY school ON school USING (true)": "school has other policies than the two",
    "ALTER POLICY school ON notice WITH CHECK (true)": "notice has other policies than the two",
    "ALTER POLICY school ON notice TO PUBLIC": "notice has other policies than the two",
    "ALTER POLICY platform ON notice TO umthi_platform, umthi_app": "notice has other policies than the two",
    "ALTER POLICY expired_seen ON audit_event TO umthi_app": "audit_event has other policies than the two",
    "ALTER POLICY expired_removed ON audit_event TO umthi_owner, umthi_platform": "audit_event has other policies than the two",
    "ALTER POLICY expired_removed ON audit_seal USING (true)": "audit_seal has other policies than the two",
    "CREATE POLICY expired_seen ON notice FOR SELECT TO umthi_owner USING (author_id IS NULL)": "notice has other policies than the two",
    "CREATE POLICY expired_more ON audit_event FOR UPDATE TO umthi_owner USING (xid = 1)": "audit_event has other policies than the two",
    "ALTER FUNCTION audit_expire(integer) SET search_path = public": "audit_expire is a SECURITY DEFINER function that looks for names where its caller can put some",
    "ALTER TABLE attempt DROP CONSTRAINT attempt_pkey, ADD PRIMARY KEY (id, school_id)": "attempt has another primary key than (school_id, id)",
    "CREATE UNIQUE INDEX planted ON person (email) WHERE kind = 'x'": "planted is unique, or excludes, across schools",
    "ALTER TABLE person ADD UNIQUE (id); ALTER TABLE notice ADD CONSTRAINT bare FOREIGN KEY (author_id) REFERENCES person (id)": "notice.bare refers to another table's row without school_id",
    "CREATE TABLE forgotten (id int)": "forgotten has no school_id and is not a known table of the platform",
    "CREATE TABLE forgotten (school_id int, id uuid)": "forgotten has no ENABLE and FORCE ROW LEVEL SECURITY",
    "CREATE MATERIALIZED VIEW all_notices AS SELECT title FROM notice": "all_notices has no school_id and is not a known table of the platform",
    "CREATE MATERIALIZED VIEW school_notices AS SELECT school_id, title FROM notice": "school_notices is a materialised view, which no wall stands before",
    "CREATE VIEW titles AS SELECT * FROM notice": "titles is a view without security_invoker",
    "CREATE FUNCTION peep() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM notice'": "peep is a SECURITY DEFINER function that is not listed",
    "ALTER FUNCTION audit_stamp() RESET search_path": "audit_stamp is a SECURITY DEFINER function that looks for names where its caller can put some",
    "CREATE SCHEMA beside": "beside is a schema beside public",
    "GRANT TRUNCATE ON notice TO umthi_app": "umthi_app on notice: TRUNCATE may do more than it should",
    "GRANT SELECT ON notice TO PUBLIC": "- on notice: SELECT may do more than it should",
    "GRANT SELECT (title) ON notice TO PUBLIC": "- on notice.title: SELECT may do more than it should",
    "GRANT CREATE ON SCHEMA public TO umthi_app": "umthi_app CREATE on public may do more than it should",
    "GRANT UPDATE ON audit_event TO umthi_app": "umthi_app on audit_event: UPDATE is not append-only",
    "GRANT INSERT ON audit_event TO umthi_app": "umthi_app on audit_event: INSERT is not append-only",
    "GRANT DELETE ON platform_event TO umthi_platform": "umthi_platform on platform_event: DELETE is not append-only",
    "GRANT UPDATE (action) ON platform_event TO umthi_platform": "umthi_platform on platform_event.action: UPDATE is not append-only",
    "GRANT INSERT (at) ON audit_event TO umthi_app": "umthi_app on audit_event.at: INSERT is not append-only",
    "ALTER TABLE audit_event DISABLE TRIGGER refuse": "audit_event, which lacks the trigger refuse, is not append-only",
    "DROP TRIGGER stamp ON platform_event": "platform_event, which lacks the trigger stamp, is not append-only",
    "ALTER TABLE platform_event ENABLE REPLICA TRIGGER refuse_truncate": "platform_event, which lacks the trigger refuse_truncate, is not append-only",
    f"GRANT INSERT ON notice TO {BACKUP}": f"{BACKUP} on notice: INSERT is more than a reader",
    f"GRANT {BACKUP} TO umthi_owner": f"umthi_owner, who may become {BACKUP}, is a role that can step over the walls",
    f"GRANT {BACKUP} TO umthi_app": f"umthi_app, who may become {BACKUP}, is a role that can step over the walls",
    "ALTER TABLE notice OWNER TO postgres_like": "notice is not owned by umthi_owner",
    "ALTER ROLE umthi_app BYPASSRLS": "umthi_app is a role that can step over the walls",
    "ALTER ROLE umthi_owner BYPASSRLS": "umthi_owner is a role that can step over the walls",
    "ALTER ROLE umthi_owner INHERIT; REVOKE umthi_platform FROM umthi_owner; GRANT umthi_platform TO umthi_owner": "umthi_owner, who inherits umthi_platform, is a role that can step over the walls",
    "GRANT umthi_platform TO umthi_app": "umthi_app, who may become umthi_platform, is a role that can step over the walls",
}  # fmt: skip


def _breaches(place: Place, planted: str = "") -> list[str]:
    engine = create_engine(sqlalchemy_url(place.admin), poolclass=NullPool)
    with engine.connect() as connection:
        if "postgres_like" in planted:
            connection.execute(text("CREATE ROLE postgres_like"))
        if planted:
            connection.execute(text(planted))
        found = breaches(
            connection, platform_tables=PLATFORM_TABLES, append_only=APPEND_ONLY, definers=DEFINERS, expiring=EXPIRING
        )
        connection.rollback()
    return found


def test_the_schema_has_no_breach(place: Place) -> None:
    assert _breaches(place) == []


@pytest.mark.parametrize(("planted", "breach"), PLANTED.items(), ids=PLANTED)
def test_a_planted_breach_is_found(planted: str, breach: str, place: Place) -> None:
    assert breach in _breaches(place, planted)


def test_an_invoker_view_is_no_breach(place: Place) -> None:
    view = "CREATE VIEW v WITH (security_invoker=true) AS SELECT * FROM notice"
    assert _breaches(place, f"{view}; ALTER VIEW v OWNER TO umthi_owner") == []


@pytest.mark.parametrize(
    ("kind", "source", "leaks"),
    [
        ("VIEW peep", "peep", True),
        ("MATERIALIZED VIEW peep", "peep", True),
        ("VIEW peep WITH (security_invoker=true)", "peep", False),
        ("FUNCTION peep() RETURNS SETOF notice SECURITY DEFINER LANGUAGE sql", "peep()", True),
        ("FUNCTION peep() RETURNS SETOF notice LANGUAGE sql", "peep()", False),
    ],
)
def test_why_they_are_breaches(kind: str, source: str, leaks: bool, cast: Cast, place: Place) -> None:
    query = "SELECT * FROM notice"
    with place.connect() as connection:
        connection.execute(f"CREATE {kind} AS " + (f"'{query}'" if "FUNCTION" in kind else query))
        if "VIEW" in kind:
            connection.execute("GRANT SELECT ON peep TO umthi_app")
    try:
        with acting_for(cast.thaba) as session:
            rows = session.scalars(text(f"SELECT school_id FROM {source}")).all()
    finally:
        with place.connect() as connection:
            connection.execute(f"DROP {kind.split(' peep', maxsplit=1)[0]} peep")
    assert (2 in rows) == leaks


def test_every_table_with_a_school_has_the_orm_wall() -> None:
    walled = {m.local_table for m in db.Model.registry.mappers if issubclass(m.class_, Tenant)}
    assert {t for t in db.metadata.tables.values() if "school_id" in t.columns} == walled


def test_autogenerate_writes_the_wall_by_itself() -> None:
    tables = (CreateTableOp.from_table(typing.cast("Table", m.__table__)) for m in (Notice, User))
    script = MigrationScript(None, UpgradeOps(list(tables)), DowngradeOps())
    add_walls(None, None, [script])
    code = render_python_code(script.upgrade_ops)
    assert "op.tenant_table('notice')" in code
    assert "op.tenant_table('app_user')" not in code


def test_the_migrations_make_the_models(own_database: typing.Any) -> None:
    migrate.check(own_database().owner)  # raises when autogenerate finds a difference


def test_the_migrations_go_back(own_database: typing.Any) -> None:
    addresses = own_database()
    migrate.downgrade(addresses.owner, "base")
    migrate.upgrade(addresses.owner)
    migrate.check(addresses.owner)


VERBS = {"SELECT": "read", "INSERT": "add", "UPDATE": "change", "DELETE": "remove"}


def _table_of_roles(addresses: typing.Any) -> str:
    """The table of docs/database-roles.md, from the grants of a fresh database."""
    engine = create_engine(sqlalchemy_url(addresses.owner), poolclass=NullPool)
    with engine.connect() as connection:
        given = rights(connection)
        tables = connection.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1"
            )
        )

        def cell(table: str, role: str) -> str:
            mine = {right.verb: right.columns for right in given if (right.table, right.role) == (table, role)}
            return (
                ", ".join(f"{word} ({mine[verb]})" if mine[verb] else word for verb, word in VERBS.items() if verb in mine)
                or "–"
            )

        lines = [f"| `{table}` | {cell(table, APP)} | {cell(table, PLATFORM)} |" for table in tables]
    return "\n".join(["| table | `umthi_app` | `umthi_platform` |", "|---|---|---|", *lines])


def test_the_document_says_who_may_do_what_with_each_table(own_database: typing.Any) -> None:
    """When a migration changes a grant, copy the table that this prints into docs/database-roles.md, and look at the difference."""
    table = _table_of_roles(own_database())
    assert table in ROLES.read_text(), f"docs/database-roles.md should say:\n\n{table}\n"
