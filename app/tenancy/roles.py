"""The database's roles, and what each may do to a database as a whole. Which table each may touch is said in the migrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection, errors, sql

OWNER, APP, PLATFORM, BACKUP = "umthi_owner", "umthi_app", "umthi_platform", "umthi_backup"
#: who signs in from our programs, and is given an address
ROLES = (OWNER, APP, PLATFORM)
_NO_MORE = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT"


def create_roles(connection: Connection[Any], passwords: Mapping[str, str | None]) -> None:
    """Create the roles where they are missing, and set the passwords that are given. Needs CREATEROLE; runs in autocommit.

    The owner sees no row, for FORCE binds it too: a migration that rewrites rows says `SET LOCAL ROLE umthi_platform`. That
    membership must not be inherited, or every view would see all. The role for backups reads everything and so needs
    BYPASSRLS, which only a superuser may give: without one it is left for an administrator to make (docs/operations.md).
    """
    for role in ROLES:
        if _is_missing(connection, role):
            connection.execute(sql.SQL("CREATE ROLE {} " + _NO_MORE).format(sql.Identifier(role)))
        if (password := passwords.get(role)) is not None:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
    explicit = " WITH INHERIT FALSE" if connection.info.server_version >= 16_00_00 else ""
    connection.execute(f"GRANT {PLATFORM} TO {OWNER}{explicit}")
    if _is_missing(connection, BACKUP):
        try:
            connection.execute(f"CREATE ROLE {BACKUP} NOLOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION")
            connection.execute(f"GRANT pg_read_all_data TO {BACKUP}")
        except errors.InsufficientPrivilege:
            pass


def claim_database(connection: Connection[Any]) -> None:
    """Let umthi_owner alone make things in the database that `connection` is in, and our roles alone look into it."""
    database = sql.Identifier(connection.info.dbname)
    connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(f"GRANT USAGE ON SCHEMA public TO {APP}, {PLATFORM}")
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.SQL(", ".join(ROLES))))


def _is_missing(connection: Connection[Any], role: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None
