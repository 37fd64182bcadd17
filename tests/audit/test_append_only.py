"""Nobody changes the audit: not the application with its own credentials, and by accident not even the owner or a superuser."""

from contextlib import ExitStack

import psycopg
import pytest
from psycopg import errors

from app.ids import uuid7
from tests.conftest import WORKER, superuser

REFUSED = (errors.InsufficientPrivilege, errors.GeneratedAlways)
GIVEN = "action, actor_kind, target_kind, changes"
VALUES = "'notices.edit', 'user', 'notice', '{}'"
TABLES = {"umthi_app": "audit_event", "umthi_platform": "platform_event"}


@pytest.fixture(scope="module")
def connections(test_run):
    """A database with one event of each school and two of the platform, and a connection for each role; umthi_app's acts for school 1."""
    addresses = test_run.copy(f"{WORKER}_append")
    of = {
        "umthi_app": addresses.app,
        "umthi_platform": addresses.platform,
        "umthi_owner": addresses.owner,
        "superuser": superuser(test_run, addresses),
    }
    with ExitStack() as stack:
        roles = {role: stack.enter_context(psycopg.connect(url, autocommit=True)) for role, url in of.items()}
        roles["umthi_app"].execute("SET app.school_id = '1'")
        admin = roles["superuser"]
        for school in (1, 2):
            admin.execute(
                "INSERT INTO school (id, slug, name, name_key, state, timezone, close_time, language, money, currency) OVERRIDING SYSTEM VALUE"
                " VALUES (%(n)s, 'school' || %(n)s, 'School', 'school' || %(n)s, 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR')",
                {"n": school},
            )
            admin.execute(
                f"INSERT INTO audit_event (school_id, id, {GIVEN}) VALUES (%s, gen_random_uuid(), {VALUES})", [school]
            )
            admin.execute(f"INSERT INTO platform_event (id, {GIVEN}) VALUES (gen_random_uuid(), {VALUES})")
            admin.execute(
                "INSERT INTO audit_value (school_id, id, event_id, field, value)"
                " SELECT school_id, gen_random_uuid(), id, 'label', 'Sports day' FROM audit_event WHERE school_id = %s",
                [school],
            )
        yield roles
    test_run.drop(f"{WORKER}_append")


@pytest.fixture
def as_(connections):
    """`as_(role)`: a transaction with the role's own credentials, undone after the test."""
    with ExitStack() as stack:

        def connect(role):
            stack.enter_context(connections[role].transaction(force_rollback=True))
            return connections[role]

        yield connect


@pytest.fixture
def unchanged(connections):
    """What the test does is not undone, and every event is as it was all the same."""

    def everything():
        return [connections["superuser"].execute(f"SELECT * FROM {table} ORDER BY seq").fetchall() for table in TABLES.values()]

    before = everything()
    assert [len(rows) for rows in before] == [2, 2]
    yield lambda role: connections[role]
    assert everything() == before


CHANGES = [
    "UPDATE {table} SET action = 'x'",
    "UPDATE {table} SET at = now() - interval '1 year'",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER refuse",
    "DROP TRIGGER refuse ON {table}",
    "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE RULE quiet AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "DROP TABLE {table}",
    "ALTER TABLE {table} ALTER COLUMN at DROP NOT NULL",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE OR REPLACE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "ALTER FUNCTION audit_stamp() RESET ALL",
    "SET session_replication_role = replica",
    "SELECT setval('{table}_seq', 1)",
    "SELECT nextval('{table}_seq')",
    "SELECT * FROM {table} FOR UPDATE",
    "BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    f"MERGE INTO {{table}} e USING (SELECT 1) one ON true WHEN MATCHED THEN UPDATE SET action = 'x' WHEN NOT MATCHED THEN INSERT ({GIVEN}) VALUES ({VALUES})",
    "MERGE INTO {table} USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM {table} RETURNING *) SELECT * FROM gone",
]
FORGED = {
    "a moment of its own": ("at", "now() - interval '1 year'"),
    "a number of its own": ("seq", "1"),
}  # fmt: skip


@pytest.mark.parametrize("role", TABLES)
@pytest.mark.parametrize("statement", CHANGES)
def test_the_application_can_change_no_event(unchanged, role, statement):
    with pytest.raises(REFUSED):
        unchanged(role).execute(statement.replace("{table}", TABLES[role]))
    unchanged(role).rollback()


def _insert(role, columns="", values="", more=""):
    """An insert as the application may do it, with more columns."""
    school = ("school_id, ", "1, ") if role == "umthi_app" else ("", "")
    return (
        f"INSERT INTO {TABLES[role]} ({school[0]}id, {GIVEN}{columns and ', ' + columns})"
        f" VALUES ({school[1]}gen_random_uuid(), {VALUES}{values and ', ' + values}) {more}"
    )


@pytest.mark.parametrize("role", TABLES)
def test_the_application_can_add_an_event_and_read_it(as_, role):
    connection = as_(role)
    before = connection.execute(f"SELECT count(*) FROM {TABLES[role]}").fetchone()[0]
    seq, is_now = connection.execute(_insert(role, more="RETURNING seq, now() - at < '1 min'")).fetchone()
    assert seq > before
    assert is_now
    assert connection.execute(f"SELECT count(*) FROM {TABLES[role]}").fetchone()[0] == before + 1


@pytest.mark.parametrize("role", TABLES)
@pytest.mark.parametrize(("column", "value"), FORGED.values(), ids=FORGED)
def test_an_insert_cannot_choose_its_number_or_its_moment(unchanged, role, column, value):
    with pytest.raises(REFUSED):
        unchanged(role).execute(_insert(role, column, value))


@pytest.mark.parametrize("role", TABLES)
@pytest.mark.parametrize("deed", ["UPDATE SET action = 'x'", "UPDATE SET changes = excluded.changes"])
def test_an_upsert_cannot_change_an_event(unchanged, role, deed):
    key = "(school_id, id)" if role == "umthi_app" else "(id)"
    with pytest.raises(REFUSED):
        unchanged(role).execute(_insert(role, more=f"ON CONFLICT {key} DO {deed}"))


@pytest.mark.parametrize("role", TABLES)
def test_copy_cannot_bring_a_moment_along(unchanged, role):
    connection = unchanged(role)
    with (
        pytest.raises((*REFUSED, errors.FeatureNotSupported)),
        connection.cursor().copy(f"COPY {TABLES[role]} (id, at, seq) FROM STDIN") as rows,
    ):
        rows.write_row((uuid7(), "2001-01-01", 1))


def test_copy_into_a_schools_audit_is_refused_whole(unchanged):
    with (
        pytest.raises(errors.FeatureNotSupported),
        unchanged("umthi_app").cursor().copy(f"COPY audit_event (school_id, id, {GIVEN}) FROM STDIN") as rows,
    ):
        rows.write_row((1, uuid7(), "x", "user", "notice", "{}"))


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT INTO audit_event (school_id, id, {GIVEN}) VALUES (2, gen_random_uuid(), {VALUES})",
        "INSERT INTO audit_value (school_id, id, event_id, field, value) VALUES (2, gen_random_uuid(), gen_random_uuid(), 'label', 'x')",
        f"INSERT INTO platform_event (id, {GIVEN}) VALUES (gen_random_uuid(), {VALUES})",
        "INSERT INTO platform_value (id, event_id, field) VALUES (gen_random_uuid(), gen_random_uuid(), 'label')",
        "SELECT * FROM platform_event",
        "SELECT * FROM platform_value",
    ],
)
def test_a_school_cannot_write_into_anothers_audit_or_the_platforms(unchanged, statement):
    with pytest.raises(REFUSED):
        unchanged("umthi_app").execute(statement)


def test_a_school_reads_its_own_audit_only(as_):
    assert as_("umthi_app").execute("SELECT DISTINCT school_id FROM audit_event").fetchall() == [(1,)]
    assert as_("umthi_app").execute("SELECT DISTINCT school_id FROM audit_value").fetchall() == [(1,)]


@pytest.mark.parametrize("role", ["umthi_app", "umthi_platform"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {table}",
        "UPDATE {table} SET event_id = gen_random_uuid()",
        "UPDATE {table} SET field = 'x'",
        "TRUNCATE {table}",
    ],
)
def test_a_value_can_be_emptied_by_the_platform_and_no_more(as_, role, statement):
    table = "audit_value" if role == "umthi_app" else "platform_value"
    with pytest.raises(REFUSED):
        as_(role).execute(statement.format(table=table))


def test_only_the_platform_empties_a_value(unchanged):
    with pytest.raises(REFUSED):
        unchanged("umthi_app").execute("UPDATE audit_value SET value = NULL")
    assert (
        unchanged("umthi_platform").execute("UPDATE audit_value SET value = NULL, salt = NULL, erased_under = '7'").rowcount
        == 2
    )


@pytest.mark.parametrize("role", ["umthi_owner", "superuser"])
@pytest.mark.parametrize("table", TABLES.values())
@pytest.mark.parametrize("statement", ["UPDATE {table} SET action = 'x'", "DELETE FROM {table}", "TRUNCATE {table}"])
def test_the_trigger_refuses_the_owner_and_a_superuser_too(unchanged, role, table, statement):
    connection = unchanged(role)
    if role == "umthi_owner" and table == "audit_event" and "TRUNCATE" not in statement:
        assert connection.execute(statement.format(table=table)).rowcount == 0, "FORCE shows the owner no row of a school"
    else:
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            connection.execute(statement.format(table=table))


@pytest.mark.parametrize("table", TABLES.values())
def test_without_the_trigger_a_superuser_could(as_, table):
    """The planted weakness: so it is the trigger that refuses above."""
    sql = as_("superuser")
    sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse")
    assert sql.execute(f"UPDATE {table} SET action = 'x'").rowcount == 2


@pytest.mark.parametrize("table", TABLES.values())
def test_the_trigger_stamps_even_a_superusers_insert(as_, table):
    """Grants refuse a given moment above; without them it would still not be the one that is kept."""
    school = ("school_id, ", "1, ") if table == "audit_event" else ("", "")
    (is_now,) = (
        as_("superuser")
        .execute(
            f"INSERT INTO {table} ({school[0]}id, {GIVEN}, at, seq) VALUES ({school[1]}gen_random_uuid(), {VALUES}, '2001-01-01', 1)"
            " RETURNING now() - at < '1 min' AND seq > 1"
        )
        .fetchone()
    )
    assert is_now
