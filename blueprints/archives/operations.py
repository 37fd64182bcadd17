"""Archives of a school: asked for, cancelled, taken out, made by a worker, and gone after a week."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import clock
from app.audit.record import Actor, Target, record, record_read
from app.exports.archive import places
from app.i18n.speech import Speech
from app.ids import uuid7
from app.models.archive import Archive, ArchiveState
from app.models.progress import Progress
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work import progress
from app.work.outbox import queue
from blueprints.archives.queries import ArchiveRow
from blueprints.archives.words import LABEL

MAKE = "archives.make"
UNSYNCED = {"synchronize_session": False}


class AlreadyMaking(Exception):
    """An archive of this school is being made: one at a time."""


class NotRunning(Exception):
    """It is over: there is nothing to cancel."""


class Gone(LookupError):
    """Its file is not there (any more)."""


class Taken(NamedTuple):
    """A file at its beginning, how long it is, and what to call it."""

    file: BinaryIO
    size: int
    name: str


def ask(*, person_id: UUID, by: Actor, voice: Speech, url: str) -> UUID:
    """Have an archive made by a worker, with a bar for whoever waits; `url` is the page. Raises AlreadyMaking."""
    archive_id = uuid7()
    adding = insert(Archive).values(
        school_id=current_school_id(), id=archive_id, by_id=person_id, by_name=by.name, language=voice.language
    )
    if db.session.scalar(adding.on_conflict_do_nothing().returning(Archive.id)) is None:
        raise AlreadyMaking
    label = voice.gettext(LABEL)
    record("archives.ask", Target("archive", archive_id), label=label, by=by)
    queue(MAKE, archive_id, queue="bulk")
    progress.start("export", archive_id, person_id=person_id, label=label, url=url)
    return archive_id


def cancel(archive_id: UUID, *, by: Actor, voice: Speech) -> None:
    """Let an archive be made no further: its worker hears of it within a second. Raises NotRunning."""
    archive = hold(db.session(), archive_id)
    if archive is None or archive.state != ArchiveState.RUNNING:
        raise NotRunning
    archive.state, archive.ended_at = ArchiveState.CANCELLED.value, clock.now()
    over = {"seen_at": func.now(), "ended_at": func.coalesce(Progress.ended_at, func.now())}
    db.session.execute(update(Progress).where(Progress.subject == archive_id).values(over), execution_options=UNSYNCED)
    record("archives.cancel", archive, label=voice.gettext(LABEL), before={"state": "running"}, by=by)


def take(archive: ArchiveRow, *, slug: str, by: Actor, voice: Speech) -> Taken:
    """The file of an archive, audited before a byte of it leaves. Raises Gone."""
    path = places.archive_of(current_school_id(), archive.id)
    is_there = archive.is_done and archive.expires_at is not None and archive.expires_at > clock.now()
    file = _opened(path) if is_there else None
    if file is None:
        raise Gone
    what = {"rows": archive.rows, "size": archive.size, "sha256": archive.sha256}
    record_read("archives.download", Target("archive", archive.id), label=voice.gettext(LABEL), by=by, after=what)
    return Taken(file, path.stat().st_size, f"{slug}-everything-{archive.created_at.date()}.zip")


def take_annex(import_id: UUID, name: str, *, slug: str, by: Actor) -> Taken:
    """An annex of what was brought in, audited. Raises Gone."""
    path = places.annex_of(current_school_id(), import_id, name)
    file = _opened(path)
    if file is None:
        raise Gone
    record_read("archives.download_annex", Target("archive_import", import_id), label=name, by=by, after={"annex": name})
    return Taken(file, path.stat().st_size, f"{slug}-{name}.jsonl")


def hold(session: Session, archive_id: UUID | None) -> Archive | None:
    """An archive as it is now, held until the transaction ends."""
    one = select(Archive).where(Archive.id == archive_id).with_for_update()
    return session.scalar(one.execution_options(populate_existing=True))


def expire(session: Session) -> int:
    """Remove the files whose time is up, of all schools; returns how many. Needs `across_schools`."""
    old = select(Archive).where(Archive.state == ArchiveState.DONE.value, Archive.expires_at <= clock.now())
    gone = 0
    for archive in session.scalars(old.with_for_update(skip_locked=True)):
        places.archive_of(archive.school_id, archive.id).unlink(missing_ok=True)
        archive.state = ArchiveState.EXPIRED.value
        gone += 1
    return gone


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None
