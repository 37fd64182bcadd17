"""Backups: a dump, and beside it what was in it by number, so that a restore can be compared instead of believed.

`pg_dump` and the counts see one snapshot. A restore goes into a database of its own first; only when every table has as many
rows as the manifest says does it take the place of the one in use, which is kept under another name.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from app import clock
from app.local import postgres, roles
from app.local.refusal import Refusal

DUMP, MANIFEST = "database.dump", "manifest.json"
_TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
# Another server counts its transactions anew, and events are sealed in the order of these: what comes now has to come above.
_GO_ON_ABOVE = """
DO $$ BEGIN
  IF to_regclass('public.audit_epoch') IS NOT NULL THEN
    UPDATE audit_epoch SET xid = greatest(xid,
      (SELECT max(xid) FROM audit_event), (SELECT max(xid) FROM platform_event),
      (SELECT max(until_xid) FROM audit_seal), (SELECT max(until_xid) FROM platform_seal));
  END IF;
END $$
"""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: when it was taken (ISO 8601), at which migration, by which server, and the rows of each table."""

    taken_at: str
    revision: str
    server: str
    rows: dict[str, int]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of a backup. Raises Refusal for a folder that is none."""
        try:
            return cls(**json.loads((folder / MANIFEST).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise Refusal(f"{folder} is not a backup: {MANIFEST} is missing or broken ({error}).") from error


def take(address: str, folder: Path) -> Manifest:
    """Write a backup of the database at `address` into a new `folder`, for its owner's eyes only.

    The role must read everything past row-level security: umthi_backup, or a superuser. Raises Refusal; a folder that was not
    finished is removed.
    """
    if folder.exists():
        raise Refusal(f"{folder} is there already. Name another folder.")
    folder.mkdir(mode=0o700, parents=True)
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SET LOCAL row_security = off")  # an error, not fewer rows, for a role that may not see all
            snapshot = _one(connection, "SELECT pg_export_snapshot()")
            manifest = Manifest(
                clock.now().isoformat(timespec="seconds"), str(_one(connection, "SELECT version_num FROM alembic_version")),
                str(_one(connection, "SHOW server_version")), rows(connection),
            )  # fmt: skip
            dump = folder / DUMP
            _run(connection, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}", address=address)
        dump.chmod(0o600)
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    except psycopg.errors.InsufficientPrivilege as error:
        shutil.rmtree(folder)
        raise Refusal(f"This role may not read everything ({error.diag.message_primary}). Use umthi_backup.") from error
    except BaseException:
        shutil.rmtree(folder)
        raise
    return manifest


def drill(folder: Path, admin: str) -> dict[str, tuple[int, int]]:
    """Restore a backup into a database that is dropped again. Returns the tables whose rows differ: (as noted, as restored)."""
    name = f"umthi_drill_{secrets.token_hex(4)}"
    try:
        return _restored(folder, admin, name)
    finally:
        roles.drop_database(admin, name)


def restore(folder: Path, admin: str) -> str:
    """Put a backup in the place of the database that `admin` names. Returns the name under which that one is kept ("" if none).

    `admin` is a superuser's address. Raises Refusal, and leaves everything as it was, unless every table has its rows.
    """
    name, fresh = _database(admin), f"umthi_restore_{secrets.token_hex(4)}"
    try:
        if differing := _restored(folder, admin, fresh):
            told = ", ".join(f"{table} {found} instead of {noted}" for table, (noted, found) in differing.items())
            raise Refusal(f"The restored database is not what was backed up: {told}. Nothing was changed.")
        return _swap(admin, name, fresh)
    finally:
        roles.drop_database(admin, fresh)  # not there any more when all went well


def rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has."""
    tables = [row[0] for row in connection.execute(_TABLES)]
    count = sql.SQL("SELECT count(*) FROM public.{}")
    return {table: int(_one(connection, count.format(sql.Identifier(table)))) for table in tables}


def _restored(folder: Path, admin: str, name: str) -> dict[str, tuple[int, int]]:
    """Restore into a new database, and compare."""
    manifest = Manifest.read(folder)
    roles.provision(admin, database=name)
    address = _at(admin, name)
    with psycopg.connect(address) as connection:
        _run(connection, "pg_restore", "--exit-on-error", f"--dbname={address}", "--no-password", str(folder / DUMP))
        connection.execute(_GO_ON_ABOVE)
        found = rows(connection)
    return {
        table: (manifest.rows.get(table, 0), found.get(table, 0))
        for table in sorted(manifest.rows.keys() | found.keys())
        if manifest.rows.get(table, 0) != found.get(table, 0)
    }


def _swap(admin: str, name: str, fresh: str) -> str:
    """Let `fresh` be called `name`; returns what the one before is called now."""
    before = f"{name}_before_{clock.now():%Y%m%d_%H%M%S}"
    with psycopg.connect(_at(admin, "postgres"), autocommit=True) as connection:
        there = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
        with connection.transaction():
            for old, new in ((name, before), (fresh, name)) if there else ((fresh, name),):
                # Whoever is connected would hold the name; what comes back finds the database that has it then.
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [old])
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                connection.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
    return before if there else ""


def _run(connection: psycopg.Connection[Any], tool: str, *words: str, address: str = "") -> None:
    """Run a tool of PostgreSQL that is at least as new as the server. Raises Refusal with what it said."""
    command = [str(_tool(tool, connection.info.server_version // 10000)), *words, *([f"--dbname={address}"] if address else [])]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PGCONNECT_TIMEOUT": "5"})
    if ran.returncode:
        said = re.sub(r"postgresql://\S+", "…", ran.stderr).strip().splitlines() or ["no reason"]
        raise Refusal(f"{tool} failed: {said[0]}")


def _tool(name: str, server: int) -> Path:
    """The tool of the system where it is new enough, else the one that comes with the embedded server."""
    if found := shutil.which(name):
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if (major := re.search(r"(\d+)", said)) and int(major[1]) >= server:
            return Path(found)
    if server > postgres.MAJOR:
        raise Refusal(f"{name} of PostgreSQL {server} is needed. Install postgresql-client-{server}.")
    return postgres.binaries() / name


def _one(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _database(address: str) -> str:
    return unquote(urlsplit(address).path[1:]) or "umthi"


def _at(address: str, database: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{database}"))
