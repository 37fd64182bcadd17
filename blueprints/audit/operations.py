"""What is done with a school's audit log: it is checked, and taken along with its seals."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

from app.audit.canonical import Stream
from app.audit.exporting import sealed_lines
from app.audit.record import Actor, Target, record, record_read
from app.extensions import current_settings
from app.ids import uuid7
from app.tenancy.doors import acting_for, outside
from app.tenancy.scope import current_school_id
from app.work import progress
from app.work.outbox import queue
from blueprints.audit import one

FOLDER = "exports"  # in UMTHI_HOME
PIECE = 64 * 1024  # bytes


class AlreadyChecking(Exception):
    """A check of this log runs, or waits to."""


class Taken(NamedTuple):
    """A written file at its beginning, and how long it is. It has no name any more: once it is closed, it is gone."""

    file: BinaryIO
    size: int

    def pieces(self) -> Iterator[bytes]:
        """Its bytes."""
        with self.file:
            while piece := self.file.read(PIECE):
                yield piece


def start_check(*, by: Actor, person_id: UUID | None, label: str, url: str) -> None:
    """Have the log of the current school checked by a worker, with a bar for whoever waits. Raises AlreadyChecking."""
    standing, _, running = one.standing()
    if running:
        raise AlreadyChecking
    subject = uuid7()
    record("audit.check", None, label=label, by=by)
    queue(one.CHECK, subject, queue="bulk")
    if person_id is not None:
        progress.start("check", subject, person_id=person_id, label=label, url=url, total=int(standing.events))


def take_sealed(*, name: str, by: Actor) -> Taken:
    """The current school's log with its seals, for deploy/verify_audit.py; audited with the number of its lines."""
    folder = current_settings().home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    school_id, lines = current_school_id(), 0
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = (Path(place) / "sealed").open("w+b")
        try:
            with outside(), acting_for(school_id):
                for line in sealed_lines(Stream(school_id), name):
                    file.write(line.encode())
                    lines += 1
        except BaseException:
            file.close()
            raise
    size = file.tell()
    file.seek(0)
    record_read("audit.export", Target("export", "sealed_audit"), label=name, by=by, after={"lines": lines})
    return Taken(file, size)
