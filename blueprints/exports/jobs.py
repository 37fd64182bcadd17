"""The work on exports: one is written by one run at a time, and begins anew after any crash; what is old is deleted."""

from __future__ import annotations

import datetime as dt
import errno
import logging
import time
import traceback

from flask import current_app
from psycopg.errors import DiskFull
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock
from app.access.accounts import about_accounts
from app.audit.record import Actor, add_event
from app.delivery import export_mail
from app.exports import files
from app.exports.dataset import datasets_of
from app.exports.making import (
    CUT_OFF,
    FAULT,
    LOST,
    NO_ROOM,
    Work,
    at_school,
    drop_file,
    fail,
    finish,
    held,
    label_of,
    may_take,
    pause,
    take_up,
    work_of,
    write_file,
)
from app.exports.states import become
from app.models.export import Export, ExportState
from app.models.user import Membership
from app.tenancy.database import db
from app.tenancy.doors import outside
from app.tenancy.reading import Bulk, writing
from app.tenancy.scope import current_school_id
from app.work.faults import fault_point
from app.work.holding import hold
from app.work.jobs import Task, job
from app.work.outbox import queue
from blueprints.exports.operations import MAKE

log = logging.getLogger("umthi.exports")
MOST_TRIES = 4
BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (2, 10, 60))
TURN = dt.timedelta(seconds=3)  # until it is looked whether another export of the school is done
BEAT = 1.0  # seconds between two looks while a file is written
PATIENCE = dt.timedelta(minutes=1)
TELL = "exports.tell"
TOLD = {ExportState.DONE.value: "export_ready", ExportState.FAILED.value: "export_failed"}
REMEMBERED = dt.timedelta(days=365)  # who took what out; the audit log knows it for longer
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_BEAT = Bulk("""
WITH beat AS (
    UPDATE export SET written = %(written)s
    WHERE school_id = %(school)s AND id = %(export)s AND run = %(run)s AND state = 'running' RETURNING id
), told AS (
    UPDATE progress SET done = least(%(written)s, total - 1)
    WHERE school_id = %(school)s AND subject = %(export)s AND ended_at IS NULL AND total > 0
)
SELECT id FROM beat
""")


class Stopped(Exception):
    """It was cancelled, or another run writes it: nothing more is to be done here."""


class Closed(Exception):
    """The school was closed: it waits until that is open again."""


class Lost(Exception):
    """Whoever asked for it may not have it any more."""


@job(MAKE)
def make(task: Task) -> dt.datetime | None:
    """Write the export `task.subject`; returns when to try again.

    Its row is held only for moments: while the file is written, each beat looks whether it is still wanted.
    """
    session: Session = db.session()
    try:
        work = _begin(session, task)
        if not isinstance(work, Work):
            return work
        fault_point("export.begun")
        written = write_file(work, tick=Beat(task, work))
        fault_point("export.written")
        _finish(session, work, written)
    except Stopped:
        pass
    except Closed:
        return _end(session, task, again=clock.now())
    except Lost:
        return _end(session, task, why=LOST)
    except Exception as fault:
        if isinstance(fault, OperationalError) and fault.connection_invalidated:
            raise  # the database is away: the worker has patience of its own
        session.rollback()
        where = traceback.format_tb(fault.__traceback__)[-3:]
        log.error("export %s: %s", task.subject, type(fault).__name__, extra={"fields": {"trace": where}})
        if isinstance(fault, DiskFull) or (isinstance(fault, OSError) and fault.errno in NO_SPACE):
            return _end(session, task, why=NO_ROOM)
        return _end(session, task, why=FAULT, is_worth_trying=True)
    return None


class Beat:
    """Told how many rows are written; once a second it says so to whoever waits, and looks whether it is to go on."""

    def __init__(self, task: Task, work: Work) -> None:
        self._task, self._work, self._looked = task, work, time.monotonic()

    def __call__(self, written: int) -> None:
        """Raises Stopped, Closed and Lost."""
        if time.monotonic() - self._looked < BEAT:
            return
        work = self._work
        with writing() as cursor:
            going = _BEAT.run(cursor, export=work.id, run=work.run, written=written).fetchone()
        if going is None or not hold(self._task):
            raise Stopped
        if not self._task.watch.is_open(self._task.school_id):
            raise Closed
        if not may_take(work.person_id, work.dataset):
            raise Lost
        self._looked = time.monotonic()


def _begin(session: Session, task: Task) -> Work | dt.datetime | None:
    """Take the export up, and commit that; None when there is nothing to do, a moment when another one of the school runs."""
    export = held(task.subject)
    if export is None:
        return None
    others = select(Export.id).where(Export.state == ExportState.RUNNING.value, Export.id != export.id).limit(1)
    if session.scalar(others) is not None:  # one at a time, so that a school does not take every worker
        return clock.now() + TURN
    if export.tries >= MOST_TRIES:
        fail(export, CUT_OFF)
        return None
    take_up(export, run=task.runs)
    session.commit()
    work = work_of(export)
    if not may_take(work.person_id, work.dataset):
        raise Lost
    session.commit()
    return work


def _finish(session: Session, work: Work, written: files.Written) -> None:
    """Say that the file is there, if it is still wanted; else nobody gets it."""
    export = held(work.id, run=work.run)
    if export is None:
        _drop_unless_done(session, work)
    elif may_take(work.person_id, work.dataset):
        finish(export, work, written)
        _tell_later(export)
    else:
        fail(export, LOST)
        drop_file(current_school_id(), export)


def _drop_unless_done(session: Session, work: Work) -> None:
    """Delete the file of an export that was cancelled as it got its name; one that another run has taken up replaces it."""
    export = session.get(Export, work.id)
    if export is not None and export.state == ExportState.CANCELLED:
        drop_file(current_school_id(), export)


def _end(
    session: Session, task: Task, *, why: str = "", again: dt.datetime | None = None, is_worth_trying: bool = False
) -> dt.datetime | None:
    """After a run that came to no file: it waits for another one, or has failed."""
    export = held(task.subject, run=task.runs)
    if export is None:
        return None
    if again is not None:
        export.tries -= 1  # it did nothing wrong
    elif is_worth_trying and export.tries < MOST_TRIES:
        again = clock.now() + BACKOFF[export.tries - 1]
    if again is not None:
        pause(export)
    else:
        fail(export, why)
        drop_file(current_school_id(), export)
        _tell_later(export)
    session.commit()
    return again


def _tell_later(export: Export) -> None:
    """Whoever waited for long has left the page, and is told by mail."""
    if clock.now() - export.created_at > PATIENCE:
        queue(TELL, export.id)


@job(TELL)
def tell(task: Task) -> dt.datetime | None:
    """Mail whoever asked for the export `task.subject` what came of it, if they still belong to the school."""
    session: Session = db.session()
    export = session.get(Export, (task.school_id, task.subject))
    if export is None:
        return None
    users = select(Membership.user_id).where(Membership.person_id == export.person_id, Membership.ended_at.is_(None))
    user_id, dataset = session.scalar(users), datasets_of(current_app).get(export.dataset)
    if user_id is None or dataset is None or export.state not in TOLD:
        return None
    kind, export_id, rows, until = TOLD[export.state], export.id, export.rows or 0, export.expires_at
    school = at_school().name
    with outside(), about_accounts("an export is over") as platform:
        export_mail.tell(
            platform, kind, user_id=user_id, export_id=export_id, label=dataset.label, school=school, rows=rows, until=until
        )
    return None


@job("exports.expire")
def expire(task: Task) -> dt.datetime | None:
    """Delete the files whose time is up, in every school, and after a year what is known of them."""
    session: Session = db.session()
    now = clock.now()
    over = select(Export).where(Export.state == ExportState.DONE.value, Export.expires_at <= now).with_for_update()
    for export in session.scalars(over.execution_options(populate_existing=True)):
        drop_file(export.school_id, export)
        become(export, ExportState.EXPIRED)
        add_event(
            session, "exports.expire", export, label=label_of(export.dataset), by=Actor("job", None, task.name),
            after={"state": export.state}, school_id=export.school_id,
        )  # fmt: skip
    old = delete(Export).where(Export.created_at < now - REMEMBERED, Export.state != ExportState.RUNNING.value)
    session.execute(old, execution_options={"synchronize_session": False})
    files.sweep()
    return None


JOBS = (make, tell, expire)
