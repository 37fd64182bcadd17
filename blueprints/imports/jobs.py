"""The work on an import: to check its rows, to do them, to take them back. A worker takes it up after any crash."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from app import clock
from app.audit.record import record
from app.domain.roster import GOING
from app.i18n.speech import speech
from app.models.progress import Course
from app.models.roster import ImportState, RosterImport
from app.tenancy.database import db
from app.tenancy.reading import driving
from app.work import progress
from app.work.faults import fault_point
from app.work.jobs import Task, job
from blueprints.imports.pieces import check_piece, counts_of, run_piece, seen_before
from blueprints.imports.seen import Seen
from blueprints.imports.sentences import CUT_OFF, reason
from blueprints.imports.undoing import undo_piece

log = logging.getLogger("umthi.imports")
MOST_TRIES = 4
BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (2, 10, 60))
LONGEST = 200  # characters of a noted error


@job("imports.go_on")
def go_on(task: Task) -> dt.datetime | None:
    """Work on the import `task.subject` piece by piece, each a transaction; returns when to go on.

    That it is being tried is committed before the first piece: an import that takes its worker along each time stops, and says
    so, instead of doing it for ever.
    """
    session: Session = db.session()
    if not _begin(session, task.subject):
        return None
    seen: Seen | None = None
    while task.time_left() > 0:
        try:
            work = _hold(session, task.subject)
            if work is None:
                session.commit()
                return None
            seen = _piece(work, seen)
            is_over = work.state not in set(GOING)
            fault_point("imports.piece")
            session.commit()
        except Exception as fault:
            if isinstance(fault, OperationalError) and fault.connection_invalidated:
                raise  # the database is away: the worker has patience of its own
            session.rollback()
            where = traceback.format_tb(fault.__traceback__)[-3:]
            log.error("import %s: %s", task.subject, technical(fault), extra={"fields": {"trace": where}})
            return _note(session, task.subject, technical(fault))
        if is_over:
            return None
    return clock.now()


def _piece(work: RosterImport, seen: Seen | None) -> Seen | None:
    """Work on the next piece, or end what has none left. A check hands on what it has seen."""
    before = work.done
    with driving() as cursor:
        match work.state:
            case ImportState.CHECKING:
                seen = seen_before(cursor, work) if seen is None else seen
                if not check_piece(cursor, work, seen):
                    work.counts = counts_of(cursor, work.id)
                    _end(work, ImportState.CHECKED)
            case ImportState.RUNNING:
                if not run_piece(cursor, work):
                    work.counts = counts_of(cursor, work.id)
                    _end(work, ImportState.DONE)
                    record("imports.finish", work, label=work.file_name, after=work.counts)
                    progress.end(work.id, Course.DONE)
            case _:
                _undo(work, undo_piece(cursor, work)._asdict())
    if work.state == ImportState.RUNNING:
        progress.advance(work.id, done=min(work.done, work.total - 1) - before)  # the end is said by the end
    return seen


def _undo(work: RosterImport, done: dict[str, int]) -> None:
    told: dict[str, int] = work.options.get("undone", {})
    work.options = {**work.options, "undone": {name: told.get(name, 0) + number for name, number in done.items()}}
    work.done, work.moved_at = work.done + done["rows"], clock.now()
    if not done["rows"]:
        _end(work, ImportState.UNDONE)
        work.undone_at = clock.now()
        record("imports.undone", work, label=work.file_name, after=work.options["undone"])


def _end(work: RosterImport, state: ImportState) -> None:
    work.state, work.error = state.value, None
    work.moved_at = work.ended_at = clock.now()


def _begin(session: Session, import_id: UUID | None) -> bool:
    """Note that it is being tried, and commit. False when there is nothing to do, or it was cut off too often."""
    work = _hold(session, import_id)
    if work is None:
        session.commit()
        return False
    tries = int(work.options.get("tries", 0))
    if tries >= MOST_TRIES:
        _stop(work, work.error or CUT_OFF)
        session.commit()
        return False
    work.options = {**work.options, "tries": tries + 1}
    work.started_at = work.started_at or clock.now()
    session.commit()
    return True


def _note(session: Session, import_id: UUID | None, error: str) -> dt.datetime | None:
    """Leave the reason; returns when to try again, or stops the import after the last attempt."""
    work = _hold(session, import_id)
    again = None
    if work is not None:
        tries = int(work.options.get("tries", 0)) or 1  # what got further before it failed begins to count anew
        work.options, work.error = {**work.options, "tries": tries}, error
        if tries >= MOST_TRIES:
            _stop(work, error)
        else:
            again = clock.now() + BACKOFF[tries - 1]
    session.commit()
    return again


def _stop(work: RosterImport, error: str) -> None:
    """The import stands still here, until somebody resumes it."""
    work.options = {**work.options, "was": work.state, "tries": 0}
    work.state, work.error, work.moved_at = ImportState.FAILED.value, error, clock.now()
    record("imports.fail", work, label=work.file_name, after={"error": error, "row": work.options.get("at", 0)})
    progress.end(work.id, Course.FAILED, speech().gettext(reason(error)))


def _hold(session: Session, import_id: UUID | None) -> RosterImport | None:
    """The import as it is now, if work goes on with it, held to the end of the transaction: a second copy of the work waits."""
    going = select(RosterImport).where(RosterImport.id == import_id, RosterImport.state.in_([state.value for state in GOING]))
    return session.scalar(going.with_for_update().execution_options(populate_existing=True))


def technical(error: Exception) -> str:
    """An error without anything personal: its type and, from the database, the state and the constraint, never the values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    diagnosis = getattr(cause, "diag", None)
    parts = (type(cause).__name__, getattr(cause, "sqlstate", None), getattr(diagnosis, "constraint_name", None))
    return " ".join(part for part in parts if part)[:LONGEST]


JOBS = (go_on,)
