"""The work of bringing an archive in: one transaction, from the first row to the last hash."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from uuid import UUID

from psycopg import OperationalError as Away
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.audit.both import record_both
from app.audit.record import Target
from app.domain import rollups
from app.exports.archive import places
from app.exports.archive.bringing import Brought, bring_in
from app.exports.archive.keeping import Beat, Lost
from app.exports.archive.opening import Opened
from app.exports.archive.wrong import Wrong
from app.models.archive import ArchiveImport, ArchiveState
from app.models.school import School, SchoolState
from app.tenancy.database import db
from app.work.faults import fault_point
from app.work.jobs import Task, job
from blueprints.archives.importing import BRING

log = logging.getLogger("umthi.archives")
MOST_TRIES = 4
BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (2, 10, 60))
PASSES = 3  # over the rows: they are checked, written, and read back


@job(BRING)
def bring(task: Task) -> dt.datetime | None:
    """Bring the archive `task.subject` in; returns when to try again after a fault that may pass.

    All of it is one transaction of the platform, committed here when every hash is equal; whatever happens before that undoes
    all of it, and the row of the import says what was wrong, and where.
    """
    session: Session = db.session()
    work = _begin(session, task.subject)
    if work is None:
        return None
    school_id, import_id = work.school_id, work.id
    beat = Beat(task, _Look(school_id, import_id))
    try:
        with Opened(places.upload_of(school_id, import_id)) as opened:
            opened.check(beat)
            annexes = places.keep_annexes(opened, school_id, import_id, told=beat)
            brought = bring_in(session, school_id, opened, told=beat)
        fault_point("archives.brought")
        beat.now()
        _finish(session, school_id, import_id, brought, annexes)
    except Lost:
        session.rollback()
    except Wrong as wrong:
        session.rollback()
        _stop(session, school_id, import_id, wrong)
    except Exception as fault:
        if isinstance(fault, OperationalError) and fault.connection_invalidated:
            raise  # the database is away: the worker has patience of its own
        session.rollback()
        where = traceback.format_tb(fault.__traceback__)[-3:]
        log.error("import of archive %s: %s", import_id, type(fault).__name__, extra={"fields": {"trace": where}})
        if isinstance(fault, OSError) and not isinstance(fault, (Away, OperationalError)):
            _stop(session, school_id, import_id, Wrong("disk"))
        else:
            return _again(session, school_id, import_id)
    else:
        places.upload_of(school_id, import_id).unlink(missing_ok=True)
        rollups.refresh(session, [school_id])
    return None


def _begin(session: Session, import_id: UUID | None) -> ArchiveImport | None:
    """Note that it is being tried, and commit. None when there is nothing to do, or it was cut off too often."""
    going = select(ArchiveImport).where(ArchiveImport.id == import_id, ArchiveImport.state == ArchiveState.RUNNING.value)
    work = session.scalar(going.with_for_update().execution_options(populate_existing=True))
    if work is None:
        session.commit()
        return None
    if work.tries >= MOST_TRIES:
        school_id, found = work.school_id, work.id
        session.rollback()
        _stop(session, school_id, found, Wrong("fault"))
        return None
    work.tries, work.done = work.tries + 1, 0
    session.commit()
    return work


class _Look:
    """Beside the work, once a second: how far it is, and whether the school is still open."""

    def __init__(self, school_id: int, import_id: UUID) -> None:
        self._school_id, self._import_id = school_id, import_id

    def __call__(self, session: Session, rows: int) -> None:
        state = session.scalar(select(School.state).where(School.id == self._school_id))
        if state == SchoolState.DISABLED:
            raise Wrong("suspended")
        mine = ArchiveImport.school_id == self._school_id, ArchiveImport.id == self._import_id
        done = update(ArchiveImport).where(*mine).values(done=ArchiveImport.done + rows)
        session.execute(done, execution_options={"synchronize_session": False})


def _finish(session: Session, school_id: int, import_id: UUID, brought: Brought, annexes: list[dict[str, object]]) -> None:
    """Write down what was brought in, in the same transaction, and commit all of it."""
    work = session.get_one(ArchiveImport, (school_id, import_id), populate_existing=True, with_for_update=True)
    work.state, work.ended_at, work.problem = ArchiveState.DONE.value, clock.now(), None
    work.tables, work.annexes, work.unsent = [table._asdict() for table in brought.tables], list(annexes), brought.unsent
    work.done = work.total
    work.accounts = {"all": brought.accounts, "new": brought.new_accounts, "gave_way": brought.gave_way}
    rows = sum(table.rows for table in brought.tables)
    what: dict[str, object] = {
        "rows": rows,
        "accounts": brought.accounts,
        "new accounts": brought.new_accounts,
        "from": work.from_school,
    }
    _record(session, work, "archives.brought", what)
    session.commit()


def _stop(session: Session, school_id: int, import_id: UUID, wrong: Wrong) -> None:
    """It ends here: nothing was brought in, nothing of the file stays, and the row says why."""
    places.forget_import(school_id, import_id)
    work = session.get_one(ArchiveImport, (school_id, import_id), populate_existing=True, with_for_update=True)
    work.state, work.ended_at, work.problem = ArchiveState.FAILED.value, clock.now(), wrong.told()
    _record(session, work, "archives.refused", wrong.told())
    session.commit()


def _again(session: Session, school_id: int, import_id: UUID) -> dt.datetime | None:
    """When to try again, or that it has failed after the last attempt."""
    work = session.get_one(ArchiveImport, (school_id, import_id), populate_existing=True)
    tries = work.tries
    session.rollback()
    if tries >= MOST_TRIES:
        _stop(session, school_id, import_id, Wrong("fault"))
        return None
    return clock.now() + BACKOFF[tries - 1]


def _record(session: Session, work: ArchiveImport, action: str, what: dict[str, object]) -> None:
    by = Actor("operator", work.by_id, work.by_name)
    name = session.get_one(School, work.school_id).name
    record_both(session, work.school_id, action, Target("archive_import", work.id), label=name, by=by, after=what)


JOBS = (bring,)
