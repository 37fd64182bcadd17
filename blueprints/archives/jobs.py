"""The work on archives: one is written in one go, from one moment of the database; old ones go."""

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
from app.access.permissions import Permission, permissions_of
from app.audit.record import record
from app.domain.personal_data.files import OUTDATED
from app.exports.archive import places
from app.exports.archive.finishing import finish
from app.exports.archive.keeping import Beat, Lost
from app.exports.archive.writing import Written, write
from app.i18n.speech import speech
from app.models.archive import Archive, ArchiveState
from app.models.progress import Course, Progress
from app.models.user import Membership
from app.tenancy.database import db
from app.work import progress
from app.work.faults import fault_point
from app.work.jobs import Task, job
from blueprints.archives.operations import MAKE, UNSYNCED, expire, hold
from blueprints.archives.words import ERRORS, LABEL

log = logging.getLogger("umthi.archives")
MOST_TRIES = 4
BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (2, 10, 60))


class Outdated(Exception):
    """Somebody's data was erased meanwhile, and what was read still has it: it is made anew."""


class Stopped(Exception):
    """It shall not be made any further; the text is a key of ERRORS, empty where somebody cancelled it."""


@job(MAKE)
def make(task: Task) -> dt.datetime | None:
    """Make the archive `task.subject`; returns when to try again after a fault that may pass.

    That it is being tried is committed first. Its file has another name until it is whole and known by its hash, so that there
    is never half a file to download; whatever ends the work leaves a state that says so.
    """
    session: Session = db.session()
    archive_id = task.subject
    if archive_id is None or not _begin(session, archive_id):
        return None
    part = places.unfinished(task.school_id, archive_id)
    look = _Look(task)
    beat = Beat(task, look)
    try:
        written = write(task.school_id, part, voice=speech(), begins=look.begin, told=beat)
        fault_point("archives.written")
        beat.now()
        _finish(session, archive_id, written)
    except Lost:
        session.rollback()  # somebody else makes it: the file is theirs
    except Outdated:
        session.rollback()
        part.unlink(missing_ok=True)
        return _again(session, archive_id)
    except Stopped as why:
        session.rollback()
        part.unlink(missing_ok=True)
        _stop(session, archive_id, str(why))
    except Exception as fault:
        if isinstance(fault, OperationalError) and fault.connection_invalidated:
            raise  # the database is away: the worker has patience of its own
        session.rollback()
        part.unlink(missing_ok=True)
        where = traceback.format_tb(fault.__traceback__)[-3:]
        log.error("archive %s: %s", archive_id, type(fault).__name__, extra={"fields": {"trace": where}})
        if isinstance(fault, OSError) and not isinstance(fault, (Away, OperationalError)):
            _stop(session, archive_id, "disk")
        else:
            return _again(session, archive_id)
    return None


@job("archives.expire")
def expire_old(task: Task) -> dt.datetime | None:
    """Remove the files whose week is over."""
    expire(db.session())
    return None


def _begin(session: Session, archive_id: UUID) -> bool:
    """Note that it is being tried, and commit. False when there is nothing to do, or it was cut off too often."""
    archive = hold(session, archive_id)
    goes_on = archive is not None and archive.state == ArchiveState.RUNNING
    if archive is not None and goes_on:
        if archive.tries >= MOST_TRIES:
            session.rollback()
            _stop(session, archive_id, "lost")
            return False
        archive.tries, archive.done, archive.total, archive.error = archive.tries + 1, 0, 0, None
    session.commit()
    return goes_on


class _Look:
    """Beside the work, once a second: whether it is still wanted, by somebody who may have it, of a school that is open."""

    def __init__(self, task: Task) -> None:
        self._task, self._total = task, 0

    def begin(self, rows: int) -> None:
        """Hear how many rows there are; whoever waits hears of it with the next look."""
        self._total = rows

    def __call__(self, session: Session, rows: int) -> None:
        task = self._task
        archive = session.scalar(select(Archive).where(Archive.id == task.subject))
        if archive is None or archive.state != ArchiveState.RUNNING:
            raise Stopped("")
        if archive.error == OUTDATED:
            raise Outdated
        if not task.watch.is_open(task.school_id):
            raise Stopped("suspended")
        if archive.by_id is not None and not _may(session, archive.by_id):
            raise Stopped("revoked")
        archive.done, archive.total = archive.done + rows, self._total
        bar = {"done": archive.done, "total": self._total + 1}  # the last one is said by the end
        session.execute(update(Progress).where(Progress.subject == archive.id).values(bar), execution_options=UNSYNCED)


def _may(session: Session, person_id: UUID) -> bool:
    """Whether a person of the school may (still) take its data out, with the medical notes."""
    theirs = select(Membership.role, Membership.reads_medical).where(
        Membership.person_id == person_id, Membership.ended_at.is_(None)
    )
    found = session.execute(theirs).first()
    if found is None:
        return False
    more = {Permission.MEDICAL_READ} if found.reads_medical else set()
    return {Permission.EXPORTS_VIEW, Permission.MEDICAL_READ} <= permissions_of(found.role, None) | more


def _finish(session: Session, archive_id: UUID, written: Written) -> None:
    """The file gets its name, and the archive is done. Raises Stopped where it is not wanted any more."""
    archive = hold(session, archive_id)
    if archive is None or archive.state != ArchiveState.RUNNING:
        raise Stopped("")
    if archive.error == OUTDATED:
        raise Outdated
    finish(archive, written)
    what = {"size": written.size, "sha256": written.sha256, "rows": archive.done}
    record("archives.make", archive, label=speech().gettext(LABEL), after=what)
    progress.end(archive_id, Course.DONE)
    session.commit()


def _stop(session: Session, archive_id: UUID, why: str) -> None:
    """It ends here, and says why; one that was cancelled has said so already."""
    archive = hold(session, archive_id)
    if archive is not None and archive.state == ArchiveState.RUNNING and why:
        archive.state, archive.error, archive.ended_at = ArchiveState.FAILED.value, why, clock.now()
        record("archives.fail", archive, label=speech().gettext(LABEL), after={"error": why})
        progress.end(archive_id, Course.FAILED, speech().gettext(ERRORS[why]))
    session.commit()


def _again(session: Session, archive_id: UUID) -> dt.datetime | None:
    """When to try again, or that it has failed after the last attempt."""
    archive = hold(session, archive_id)
    tries = archive.tries if archive is not None else MOST_TRIES
    session.rollback()
    if tries >= MOST_TRIES:
        _stop(session, archive_id, "fault")
        return None
    return clock.now() + BACKOFF[tries - 1]


JOBS = (make, expire_old)
