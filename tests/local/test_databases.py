"""Roles and throw-away databases, on the embedded server or on the one of DATABASE_URL."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import pytest

from app.local import roles
from app.local.refusal import Refusal
from app.local.testing import Run
from tests.local.instances import free_port

Make = Callable[[], roles.Addresses]
SCHOOL = (
    "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency)"
    " VALUES ('only-here', 'Only here', 'onlyhere', 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR') RETURNING id"
)


def ask(address: str, question: str) -> object:
    with psycopg.connect(address) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def test_each_role_reaches_the_database_as_itself(own_database: Make) -> None:
    made = own_database()
    assert [ask(a, "SELECT current_user") for a in (made.owner, made.app, made.platform)] == list(roles.ROLES)


def test_the_app_role_owns_nothing_and_passes_no_policy(own_database: Make) -> None:
    app = own_database().app
    assert (
        ask(app, "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        is False
    )
    for statement in ("CREATE TABLE mine (id int)", "DROP TABLE notice", "SET ROLE umthi_owner", "CREATE SCHEMA mine"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, statement)


def test_the_template_brings_the_migrated_schema_and_two_databases_do_not_see_each_other(own_database: Make) -> None:
    one, two = own_database(), own_database()
    ask(one.platform, SCHOOL)
    assert [ask(a.platform, "SELECT count(*) FROM school") for a in (one, two)] == [1, 0]


def test_provisioning_again_changes_nothing(test_run: Run, own_database: Make) -> None:
    made = own_database()
    ask(made.platform, SCHOOL)
    assert roles.provision(test_run.admin, database=urlsplit(made.app).path[1:]) == made
    assert ask(made.platform, "SELECT count(*) FROM school") == 1


def test_a_role_that_may_not_provision_is_told_what_is_missing(own_database: Make) -> None:
    with pytest.raises(Refusal, match="CREATEROLE and CREATEDB"):
        roles.provision(own_database().app, database="umthi_never")


@pytest.mark.parametrize(
    ("host", "cause"),
    [
        ("127.0.0.1", r'connection to server at "127\.0\.0\.1", port \d+ failed: Connection refused'),
        ("no-such-host.invalid", r"failed to resolve host 'no-such-host\.invalid': [A-Z][^\[\]?\n]*[a-z]"),
    ],
)
def test_a_server_out_of_reach_is_told_with_its_cause(host: str, cause: str) -> None:
    address = f"postgresql://umthi:secret@{host}:{free_port()}/umthi"
    for make, setting in ((roles.provision, "DATABASE_URL"), (roles.set_up, "--admin-url")):
        with pytest.raises(Refusal) as refused:
            make(address)
        shown = re.escape(address.replace("secret", "…"))
        assert re.fullmatch(
            rf"The database at {setting} \({shown}\) does not answer: {cause}\. Start it or correct {setting}\.",
            str(refused.value),
        )


def test_a_set_up_server_gives_passwords_once_and_keeps_them_unless_asked() -> None:
    server = Run.begin()  # of our own: the roles are the server's, and other tests use theirs
    try:
        again = roles.set_up(server.as_superuser(server.addresses("")))
        assert {urlsplit(a).password for a in (again.owner, again.app, again.platform)} == {roles.HIDDEN}
        renewed = roles.set_up(server.as_superuser(server.addresses("")), new_passwords=True)
        passwords = {urlsplit(a).password for a in (renewed.owner, renewed.app, renewed.platform)}
        assert len(passwords) == 3
        assert all(p and len(p) > 40 for p in passwords)
        assert ask(renewed.app, "SELECT current_user") == "umthi_app"
    finally:
        server.finish()


def test_databases_are_copied_and_dropped_though_a_test_has_cut_the_line(test_run: Run, own_database) -> None:
    own_database()
    line = test_run.line()
    with psycopg.connect(test_run.admin, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (line.info.backend_pid,))
    with psycopg.connect(own_database().app) as connection:
        assert connection.execute("SELECT count(*) FROM school").fetchone()
    assert test_run.line() is not line
    assert test_run.line() is test_run.line()
