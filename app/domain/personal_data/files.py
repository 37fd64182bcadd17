"""Files in which somebody can stand: packs, exports, archives and annexes of the school. All of them end with an erasure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from app import clock
from app.extensions import current_settings
from app.models.archive import Archive, ArchiveImport
from app.models.export import Export
from app.models.personal_data import DataPack
from app.work.outbox import queue_each

FOLDER = "personal-data"  # in UMTHI_HOME
#: Archive.error of one whose rows were read before an erasure: its making begins anew
OUTDATED = "outdated"
MAKE_EXPORT = "exports.make"
UNSYNCED = {"synchronize_session": False}


def file_of(school_id: int, pack_id: UUID) -> Path:
    """Where the file of a pack is, or will be."""
    return current_settings().home / FOLDER / str(school_id) / f"{pack_id}.zip"


def files_of(school_id: int) -> Iterator[tuple[UUID, Path]]:
    """The files of packs that lie there for a school, whole or not, with the ids of their packs."""
    for path in sorted((current_settings().home / FOLDER / str(school_id)).glob("*")):
        try:
            yield UUID(path.stem), path
        except ValueError:
            continue


def drop_orphans(session: Session, school_id: int) -> int:
    """Remove the files whose pack is not there any more, or is over; returns how many. Needs the rows as they are committed."""
    lying = dict[Path, UUID]((path, pack_id) for pack_id, path in files_of(school_id))
    if not lying:
        return 0
    living = select(DataPack.id).where(
        DataPack.school_id == school_id, DataPack.id.in_(set(lying.values())), DataPack.state.in_(("running", "done"))
    )
    kept = set(session.scalars(living))
    orphans = [path for path, pack_id in lying.items() if pack_id not in kept]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def withdraw_files(session: Session, school_id: int) -> Counter[str]:
    """Let every file of a school that was made from its rows end now: nobody can say of whom each is. Needs `across_schools`.

    What is done expires: what deletes files that have expired deletes these; a download refuses them from the commit on. What
    is being made begins anew, from the rows as they are then: first these, so that one that is done meanwhile is among the
    done. Annexes of what was brought in are of nobody's rows here, and go whole; their files after the commit.
    """
    counts: Counter[str] = Counter()
    exports = update(Export).where(Export.school_id == school_id, Export.state.in_(("queued", "running")))
    again = exports.values(state="queued", run=0, written=0).returning(Export.id)
    counts["export"] += _begin_anew(session, school_id, list(session.scalars(again, execution_options=UNSYNCED)))
    archives = update(Archive).where(Archive.school_id == school_id, Archive.state == "running")
    counts["archive"] += _number(session, archives.values(error=OUTDATED))
    making = select(DataPack.id).where(DataPack.school_id == school_id, DataPack.state == "running")
    session.execute(making.with_for_update())  # whoever makes one holds it to its end: then it is among the done
    for model in (Export, Archive, DataPack):
        ending = update(model).where(
            model.school_id == school_id, model.state == "done", model.expires_at.is_not(None), model.expires_at > clock.now()
        )
        counts[model.__tablename__] += _number(session, ending.values(expires_at=clock.now()))
    brought = update(ArchiveImport).where(
        ArchiveImport.school_id == school_id, ArchiveImport.state == "done", ArchiveImport.annexes != []
    )
    counts[ArchiveImport.__tablename__] += _number(session, brought.values(annexes=[]))
    return counts


def _begin_anew(session: Session, school_id: int, exports: list[UUID]) -> int:
    """Work for exports that were queued or running: whoever writes one now notices that it is not theirs any more."""
    if exports:
        queue_each(MAKE_EXPORT, exports, school_id=school_id)
        session.flush()
    return len(exports)


def _number(session: Session, statement: Update) -> int:
    done: Any = session.execute(statement, execution_options=UNSYNCED)
    return int(done.rowcount)
