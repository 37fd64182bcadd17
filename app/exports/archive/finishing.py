"""The end of making an archive: its file gets its name, and its row says what it is."""

from __future__ import annotations

import datetime as dt

from app import clock
from app.exports.archive import places
from app.exports.archive.writing import Written, summary
from app.models.archive import Archive, ArchiveState

LIFE = dt.timedelta(days=7)  # of the file


def finish(archive: Archive, written: Written) -> None:
    """Note on its row what was written, and give the file its name: the caller holds the row, and commits."""
    part = places.unfinished(archive.school_id, archive.id)
    part.chmod(0o400)
    part.rename(places.archive_of(archive.school_id, archive.id))
    now = clock.now()
    archive.state, archive.ended_at, archive.expires_at, archive.error = ArchiveState.DONE.value, now, now + LIFE, None
    archive.size, archive.sha256, archive.tables = written.size, written.sha256, summary(written.manifest)
    archive.done = archive.total = sum(part.rows for part in written.manifest.parts)
