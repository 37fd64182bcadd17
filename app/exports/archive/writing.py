"""Writing an archive: every table of one moment, streamed into a ZIP on the disk, a few rows in memory at a time."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from psycopg import Cursor

from app import clock
from app.audit.canonical import Stream
from app.audit.exporting import sealed_lines
from app.exports.archive import readme, tables
from app.exports.archive.manifest import ACCOUNTS, ANNEX, AUDIT, CARRIED, NAME, README, Manifest, Part, path_of
from app.exports.archive.members import Session, accounts_lines, people_of, sessions_lines
from app.exports.archive.tables import SETTINGS, Address, Column
from app.exports.archive.waiting import waiting_lines
from app.i18n.speech import Speech
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.doors import acting_for, outside
from app.tenancy.reading import driving

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
LEVEL = 6  # of zlib
PIECE = 256 * 1024  # bytes that are compressed at once
WAITING, SESSIONS = "annexes/audit_waiting.jsonl", "annexes/sessions.jsonl"
Told = Callable[[int], None]


class Written(NamedTuple):
    """A file that was written: how long it is, its SHA-256, and what is in it."""

    size: int
    sha256: str
    manifest: Manifest


def write(school_id: int, to: Path, *, voice: Speech, begins: Told = lambda _: None, told: Told = lambda _: None) -> Written:
    """Write everything of a school to `to`, as it was at one moment.

    `begins` hears once how many rows there are, `told` again and again how many more are written; what they raise ends it. In
    sessions of its own: the caller may be anywhere. Raises OSError where the disk is full.
    """
    with outside(), acting_for(school_id) as session, driving() as cursor:
        cursor.execute(SNAPSHOT)
        cursor.execute(SETTINGS)
        snapshot = cursor.execute("SELECT pg_export_snapshot() AS name").fetchone()
        assert snapshot is not None
        accounts, sessions = people_of(school_id, snapshot.name)
        school = session.get_one(School, school_id)
        parts = [*_parts(cursor, Stream(school_id), school.name, accounts, sessions)]
        begins(sum(part.length for part in parts))
        with ZipFile(to, "w", ZIP_DEFLATED, allowZip64=True, compresslevel=LEVEL) as archive:
            made_at = clock.now()
            written = tuple(_write(archive, part, made_at, told) for part in parts)
            manifest = Manifest(tables.schema(), school.name, school.slug, made_at, written)
            archive.writestr(_info(README, made_at), readme.text(manifest, voice))
            archive.writestr(_info(NAME, made_at), manifest.written())
        _sync(to)
        db.session.rollback()
    return Written(to.stat().st_size, digest_of(to), manifest)


def _sync(path: Path) -> None:
    """What is told to be there is on the disk, also after a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def digest_of(path: Path) -> str:
    """The SHA-256 of a file (hex)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Part(NamedTuple):
    path: str
    kind: str
    columns: tuple[Column, ...]
    length: int
    lines: Iterable[bytes]


def _parts(
    cursor: Cursor[Any], stream: Stream, school: str, accounts: Sequence[Address], sessions: Sequence[Session]
) -> Iterator[_Part]:
    """Every part of the archive, to be read in this order."""
    for table in tables.order():
        yield _table(cursor, table, CARRIED, accounts)
    yield _Part(ACCOUNTS, ANNEX, (), len(accounts), accounts_lines(accounts))
    for table in tables.annexes():
        yield _table(cursor, table, ANNEX, accounts)
    yield _Part(SESSIONS, ANNEX, (), len(sessions), sessions_lines(sessions))
    yield _Part(AUDIT, ANNEX, (), 0, (line.encode() for line in sealed_lines(stream, school)))
    yield _Part(WAITING, ANNEX, (), 0, waiting_lines(cursor, stream))


def _table(cursor: Cursor[Any], table: str, kind: str, accounts: Sequence[Address]) -> _Part:
    for counted in tables.run(tables.counting(table), cursor, None):
        number = int(counted[0])
    return _Part(path_of(table, kind), kind, tables.columns(table), number, tables.lines(cursor, table, accounts))


def _write(archive: ZipFile, part: _Part, made_at: dt.datetime, told: Told) -> Part:
    """Stream one part into the archive."""
    digest, rows, size = hashlib.sha256(), 0, 0
    held: list[bytes] = []
    with archive.open(_info(part.path, made_at), "w", force_zip64=True) as file:

        def flush() -> None:
            nonlocal rows, size
            piece = b"".join(held)
            digest.update(piece)
            file.write(piece)
            rows, size = rows + len(held), size + len(piece)
            told(min(len(held), part.length))
            held.clear()

        waiting = 0
        for line in part.lines:
            held.append(line)
            waiting += len(line)
            if waiting >= PIECE:
                flush()
                waiting = 0
        flush()
    return Part(part.path, part.kind, part.columns, rows, digest.hexdigest(), size)


def _info(path: str, made_at: dt.datetime) -> ZipInfo:
    info = ZipInfo(path, made_at.astimezone(dt.UTC).timetuple()[:6])
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o400 << 16
    return info


def summary(manifest: Manifest) -> list[dict[str, Any]]:
    """What is kept of it in the database: of each part its name, kind, rows and SHA-256."""
    return [{"name": part.name, "kind": part.kind, "rows": part.rows, "sha256": part.sha256} for part in manifest.parts]
