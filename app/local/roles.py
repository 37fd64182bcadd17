"""The three roles of the database and the database itself, made on the embedded server or on one of your own."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from app.local.refusal import Refusal
from app.tenancy.roles import OWNER, ROLES, claim_database, create_roles

ADMIN_LOCK = 0x756D7468  # "umth": one provisioning at a time on a server
HIDDEN = "UNCHANGED"  # stands where a password was set before and is not known


@dataclass(frozen=True)
class Addresses:
    """Where each role finds the database. Only migrations and tests may see `owner`."""

    owner: str
    app: str
    platform: str

    def environment(self) -> dict[str, str]:
        """Return the settings for programs that act for people: everything but the owner."""
        return {"DATABASE_URL": self.app, "UMTHI_PLATFORM_DATABASE_URL": self.platform}

    def for_migrations(self) -> dict[str, str]:
        return {**self.environment(), "UMTHI_OWNER_DATABASE_URL": self.owner}


def provision(admin: str, *, database: str | None = None) -> Addresses:
    """Make the roles and the database where they are missing, and return an address for each role.

    `admin` is the address of a role that may do so (a superuser, or CREATEROLE and CREATEDB); `database` defaults to the
    one that it names. Running it again changes nothing. Raises Refusal when the server does not answer or does not allow it.
    """
    name = database or _named(admin)
    with _explained(admin, "DATABASE_URL"):
        _make(admin, name, {role: _password(admin, role) for role in ROLES})
    return addresses(admin, name)


def set_up(admin: str, *, new_passwords: bool = False) -> Addresses:
    """As `provision`, for a server in production: a role that is made gets a password of its own, which only the answer holds.

    A role that was there keeps its password, and its address says HIDDEN, unless `new_passwords`.
    """
    name = _named(admin)
    with _explained(admin, "--admin-url"):
        with psycopg.connect(_address(admin, "postgres"), autocommit=True, connect_timeout=5) as connection:
            there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        made = {role: secrets.token_urlsafe(32) if new_passwords or role not in there else None for role in ROLES}
        _make(admin, name, made)
    return Addresses(*(_address(admin, name, role, made[role] or HIDDEN) for role in ROLES))


def administer(admin: str) -> psycopg.Connection:
    """Return a connection, in autocommit, on which databases are made and dropped; the caller closes it."""
    return psycopg.connect(_address(admin, "postgres"), autocommit=True)


def copy(connection: psycopg.Connection, *, template: str, name: str, fast: bool) -> None:
    """Make a database from a provisioned one, on a connection of `administer`. `fast` copies files instead of logging them:
    quicker where fsync is off, slower where it is on (two checkpoints)."""
    source = sql.SQL("{} STRATEGY {}").format(sql.Identifier(template), sql.SQL("file_copy" if fast else "wal_log"))
    _make_database(connection, name, source)


def drop_database(admin: str, name: str) -> None:
    """Drop a database with all its sessions, if it is there."""
    with administer(admin) as connection:
        drop(connection, name)


def drop(connection: psycopg.Connection, name: str) -> None:
    """As `drop_database`, on a connection of `administer`."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _make(admin: str, name: str, passwords: Mapping[str, str | None]) -> None:
    """Make what is missing of roles and database, one at a time on a server."""
    with psycopg.connect(_address(admin, "postgres"), autocommit=True, connect_timeout=5) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [ADMIN_LOCK])
        create_roles(connection, passwords)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))  # or it may not own for it
            _make_database(connection, name, sql.SQL("template0"))
    with psycopg.connect(_address(admin, name), autocommit=True, connect_timeout=5) as connection:
        claim_database(connection)


@contextmanager
def _explained(admin: str, setting: str) -> Iterator[None]:
    """Turn what the server says into a sentence; `setting` is where the address came from."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise Refusal(
            f"{_shown(admin)} may not make roles and databases ({_cause(error)}). Give it CREATEROLE and CREATEDB, "
            f"or let an administrator make {', '.join(ROLES)} and the database, as docs/operations.md says."
        ) from error
    except psycopg.OperationalError as error:
        raise Refusal(
            f"The database at {setting} ({_shown(admin)}) does not answer: {_cause(error)}. Start it or correct {setting}."
        ) from error


def _make_database(connection: psycopg.Connection, name: str, source: sql.Composable) -> None:
    database, people = sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, ROLES))
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(database, sql.Identifier(OWNER), source))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, people))


def _named(admin: str) -> str:
    """The database that the administrator's address names."""
    return unquote(urlsplit(admin).path[1:]) or "umthi"


def _password(admin: str, role: str) -> str | None:
    """Return the role's password, derived from the administrator's, so that nothing is kept; none where that has none."""
    secret = unquote(urlsplit(admin).password or "")
    return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest() if secret else None


def at_database(admin: str, other: Addresses) -> str:
    """Return the administrator's address of the database that `other` names."""
    return _address(admin, unquote(urlsplit(other.app).path[1:]))


def addresses(admin: str, name: str) -> Addresses:
    """Return where each role finds the database `name`."""
    return Addresses(*(_address(admin, name, role, _password(admin, role)) for role in ROLES))


def _address(admin: str, database: str, user: str | None = None, password: str | None = None) -> str:
    """Return `admin` pointed at another database and, when `user` is given, as that user."""
    parts = urlsplit(admin)
    people, at, host = parts.netloc.rpartition("@")
    if user is not None:
        people, at = quote(user, safe="") + (f":{quote(password, safe='')}" if password else ""), "@"
    return urlunsplit(("postgresql", people + at + host, f"/{quote(database, safe='')}", parts.query, ""))


def _shown(address: str) -> str:
    """Return the address without its password."""
    parts = urlsplit(address)
    return urlunsplit(
        parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@") if parts.password else parts.netloc)
    )


def _cause(error: psycopg.Error) -> str:
    """Return what the server or the network said, without the hints that follow in further lines."""
    (first, *_) = str(error).strip().splitlines() or [type(error).__name__]
    words = re.sub(r"\[Errno -?\d+\]", "", first.removeprefix("connection failed: ").removeprefix("connection is bad: "))
    return " ".join(words.split()).rstrip(".?")
