"""What workers do: make a pack, erase somebody, and take files away that have expired."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.audit.record import Actor, Target, add_event
from app.domain.personal_data.erasing import Refused, erase
from app.domain.personal_data.files import drop_orphans, file_of
from app.domain.personal_data.pack import account_counts, gather
from app.exports.archive import places
from app.exports.archive.keeping import Beat, Lost
from app.i18n.catalogue import N_
from app.i18n.speech import speaking, speech_for
from app.models.archive import ArchiveImport
from app.models.person import Person
from app.models.personal_data import DataPack, DataRequest, RequestState
from app.models.progress import Course
from app.models.school import School
from app.models.user import Membership, Role
from app.tenancy.database import db
from app.tenancy.doors import across_schools, outside
from app.tenancy.keys import Hand, tables
from app.tenancy.reading import driving
from app.work import progress
from app.work.jobs import Task, job
from blueprints.personal_data.operations import ERASE, KEPT, MAKE, finish_access
from blueprints.personal_data.packing import write
from blueprints.personal_data.words import FAULT

COUNTING = N_("What is kept of the account of somebody who asked what is held about them")
ERASING = N_("The erasure of somebody’s personal data")
MOST_RUNS = 4


@job(MAKE)
def make(task: Task) -> dt.datetime | None:
    """Make the pack `task.subject`. One that fails is tried again, and after MOST_RUNS has failed, which its page says."""
    pack = db.session.scalars(select(DataPack).where(DataPack.id == task.subject).with_for_update()).one_or_none()
    if pack is None or pack.state != "running":
        return None
    asked = db.session.get(DataRequest, (task.school_id, pack.request_id)) if pack.request_id else None
    if task.runs > MOST_RUNS:
        pack.state, pack.ended_at = "failed", clock.now()
        progress.end(pack.id, Course.FAILED)
        if asked is not None and asked.state == RequestState.RUNNING:
            asked.state, asked.error = RequestState.OPEN.value, FAULT
        return None
    school = db.session.get_one(School, task.school_id)
    voice = speech_for(pack.language, str(school.timezone), school.money, school.currency)
    beat = Beat(task, _go_on)
    try:
        with driving() as cursor:
            held, known = gather(Hand(cursor), pack.person_id, told=beat), tables(cursor)
        with outside(), across_schools(COUNTING) as session:
            account = account_counts(session, known, held.users)
        path = file_of(task.school_id, pack.id)
        with speaking(voice):
            written = write(held, account, path, school=school.name, voice=voice, medical=reads_medical(pack.by_id))
        beat.now()
    except Lost:
        db.session.rollback()  # somebody else makes it
        return None
    now = clock.now()
    pack.rows, pack.size, pack.sha256 = written.rows, written.size, written.sha256
    pack.state, pack.ended_at, pack.expires_at = "done", now, now + KEPT
    progress.end(pack.id, Course.DONE)
    if asked is not None:
        finish_access(asked)
    return None


def _go_on(_session: Session, _rows: int) -> None:
    """Nothing is looked at beside the work: it only keeps its lease."""


def reads_medical(person_id: UUID | None) -> bool:
    """Whether somebody may read medical notes: an owner, and whom the owner lets."""
    found = select(Membership.id).where(
        Membership.person_id == person_id, Membership.ended_at.is_(None),
        Membership.reads_medical | (Membership.role == Role.OWNER.value),
    )  # fmt: skip
    return db.session.scalar(found.limit(1)) is not None


@job(ERASE)
def carry_out(task: Task) -> dt.datetime | None:
    """Erase whom the request `task.subject` is about. What is refused by now, or failed MOST_RUNS times, waits and says why."""
    if task.subject is None:
        return None
    by = Actor("job", None, ERASE)
    with outside(), across_schools(ERASING) as session:
        if task.runs > MOST_RUNS:
            _open_again(session, task, FAULT)
            return None
        try:
            certificate = erase(session, task.school_id, task.subject, told=Beat(task, _go_on))
        except Lost:
            session.rollback()
            return None
        except Refused as refused:
            session.rollback()
            _open_again(session, task, str(refused))
            return None
        if certificate is not None:
            person = session.get_one(Person, (task.school_id, certificate.person_id))
            add_event(
                session, "personal_data.erase", Target("person", person.id), label=person.name, by=by,
                school_id=task.school_id, after={"certificate": certificate.number},
            )  # fmt: skip
            session.commit()
        # also of a run that was cut off between its commit and this
        drop_orphans(session, task.school_id)
        spent = select(ArchiveImport.id).where(
            ArchiveImport.school_id == task.school_id, ArchiveImport.state == "done", ArchiveImport.annexes == []
        )
        for import_id in session.scalars(spent):
            places.forget_import(task.school_id, import_id)
    return None


def _open_again(session: Session, task: Task, why: str) -> None:
    """An erasure that was not carried out waits for somebody to look at it again."""
    asked = update(DataRequest).where(
        DataRequest.school_id == task.school_id, DataRequest.id == task.subject,
        DataRequest.state == RequestState.RUNNING.value,
    )  # fmt: skip
    session.execute(asked.values(state=RequestState.OPEN.value, error=why))
    session.commit()


@job("personal_data.expire")
def expire(_: Task) -> dt.datetime | None:
    """Take away the files of packs whose time is up, of every school, and those that nothing knows of any more."""
    over = select(DataPack).where(DataPack.state == "done", DataPack.expires_at <= clock.now()).limit(500)
    for pack in db.session.scalars(over.with_for_update(skip_locked=True)):
        file_of(pack.school_id, pack.id).unlink(missing_ok=True)
        pack.state = "expired"
    db.session.flush()
    for school_id in db.session.scalars(select(School.id)):
        drop_orphans(db.session(), school_id)
    return None


JOBS = (make, carry_out, expire)
