"""Bringing an archive into a school: taken in from an operator, looked at, and left to a worker."""

from __future__ import annotations

import hashlib
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.both import record_both
from app.audit.record import Actor, Target
from app.domain import lifecycle
from app.domain.lifecycle import NotTheName
from app.exports.archive import places
from app.exports.archive.bringing import refuse_suspended
from app.exports.archive.emptiness import refuse_filled
from app.exports.archive.opening import Opened
from app.exports.archive.wrong import WORDS, Wrong
from app.i18n.speech import Speech
from app.ids import uuid7
from app.models.archive import ArchiveImport, ArchiveState
from app.tenancy.reading import driving
from app.work.outbox import queue

BRING = "archives.bring"
SIZE = 2 << 30  # bytes of an archive that is uploaded
PIECE = 1 << 20


class AlreadyBringing(Exception):
    """An archive is being brought into this school."""


def take_in(session: Session, school_id: int, file: BinaryIO, name: str, *, typed: str, by: Actor, user_id: UUID) -> UUID:
    """Keep an uploaded archive, and leave it to a worker; returns the id of the import.

    Its names and its manifest are looked at here, so that what is none is refused at once. Needs `across_schools`; the caller
    commits. Raises Wrong, NotTheName, AlreadyBringing and NoSuchSchool.
    """
    school = lifecycle.find(session, school_id)
    if " ".join(typed.split()) != " ".join(school.name.split()):
        raise NotTheName
    refuse_suspended(session, school_id)
    with driving() as cursor:
        refuse_filled(cursor, school_id)
    import_id = uuid7()
    kept = places.upload_of(school_id, import_id)
    digest, size = hashlib.sha256(), 0
    try:
        with kept.open("wb") as to:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
                to.write(piece)
        with Opened(kept) as opened:
            manifest = opened.manifest
        adding = insert(ArchiveImport).values(
            school_id=school_id, id=import_id, state=ArchiveState.RUNNING.value, by_id=user_id, by_name=by.name,
            file_name=name, size=size, sha256=digest.hexdigest(), from_school=manifest.school, made_at=manifest.made_at,
            total=sum(part.rows for part in manifest.parts), created_at=func.now(),
        )  # fmt: skip
        if session.scalar(adding.on_conflict_do_nothing().returning(ArchiveImport.id)) is None:
            raise AlreadyBringing
        what = {"file": name, "from": manifest.school, "sha256": digest.hexdigest()}
        record_both(
            session, school_id, "archives.bring", Target("archive_import", import_id), label=school.name, by=by, after=what
        )
        queue(BRING, import_id)
    except BaseException as fault:
        places.forget_import(school_id, import_id)
        if isinstance(fault, OSError):
            raise Wrong("disk") from None
        raise
    return import_id


def said(problem: dict[str, object], voice: Speech) -> str:
    """What is wrong with an archive, as people are told."""
    named = {name: problem.get(name, "") for name in ("file", "line", "detail")}
    return voice.gettext(WORDS[str(problem["key"])], **named)
