"""An export from its asking to its end: a row that says how it stands, and a file that is whole or not there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from flask import current_app
from sqlalchemy import Uuid, bindparam, select

from app import clock
from app.access.permissions import Permission, permissions_of
from app.audit.record import record
from app.exports.dataset import Dataset, Length, Tick, datasets_of
from app.exports.files import Written, path_of, write_whole
from app.exports.states import OPEN, become
from app.exports.writing import Format, write
from app.i18n.catalogue import N_
from app.i18n.speech import Speech, speech, speech_for
from app.ids import uuid7
from app.models.export import Export, ExportState
from app.models.progress import Course
from app.models.school import School
from app.models.user import Membership
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.work import progress

KEPT = dt.timedelta(days=7)  # a file, from when it is done
#: what a failed export says: a message of these
FAULT = N_("Something went wrong while the file was written. Ask for it again; if that fails too, tell us.")
NO_ROOM = N_("The server has no room for the file at the moment. Ask for it again later, or narrow it to fewer rows.")
LOST = N_("Whoever asked for it may not take it out of the school any more.")
CUT_OFF = N_("It was cut off again and again, so it was stopped. Narrow it to fewer rows, and ask for it again.")


class AtSchool(NamedTuple):
    """What a file says of its school, and by what clock and money it is written."""

    slug: str
    name: str
    timezone: str
    money: str
    currency: str


class _Role(NamedTuple):
    role: str


_SCHOOL = Prepared(
    select(School.slug, School.name, School.timezone, School.money, School.currency).where(School.id == bindparam("school")),
    AtSchool,
)
_ROLE = Prepared(
    select(Membership.role).where(Membership.person_id == bindparam("person", type_=Uuid), Membership.ended_at.is_(None)), _Role
)


class Work(NamedTuple):
    """What a run needs to know of an export, whatever becomes of its row meanwhile."""

    id: UUID
    run: int
    dataset: Dataset
    filters: Mapping[str, object]
    to: Format
    language: str
    person_id: UUID


def new_export(
    dataset: Dataset, asked: Mapping[str, str], *, to: Format, language: str, length: Length, person_id: UUID, by_name: str
) -> Export:
    """An export that waits for a worker. `asked` are filters as they stand in an address, read before."""
    return Export(
        id=uuid7(), dataset=dataset.name, format=to.value, language=language, filters=dict(asked),
        state=ExportState.QUEUED.value, estimate=length.rows, person_id=person_id, by_name=by_name, created_at=clock.now(),
        run=0, tries=0, written=0,
    )  # fmt: skip


def held(export_id: UUID | None, *, run: int | None = None) -> Export | None:
    """An export that is not over, as it is now and held to the end of the transaction; with `run` if that writes it."""
    wanted = select(Export).where(Export.id == export_id, Export.state.in_(OPEN))
    if run is not None:
        wanted = wanted.where(Export.run == run, Export.state == ExportState.RUNNING.value)
    found: Export | None = db.session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    return found


def take_up(export: Export, *, run: int) -> None:
    """Begin to write an export, or begin anew: any other run writes nothing of it from now on."""
    become(export, ExportState.RUNNING)
    export.run, export.tries, export.written = run, export.tries + 1, 0
    export.started_at = clock.now()


def work_of(export: Export) -> Work:
    """What its run needs to know. Raises KeyError and UnknownFilter for what this version of the product does not have."""
    dataset = datasets_of(current_app)[export.dataset]
    filters = dataset.narrowed(export.filters)
    return Work(export.id, export.run, dataset, filters, Format(export.format), export.language, export.person_id)


def write_file(work: Work, *, tick: Tick = lambda _: None) -> Written:
    """Write the whole file. Raises OSError where the disk has no room, what the database raises, and what `tick` raises."""
    school = at_school()
    voice = voice_in(work.language, school)
    return write_whole(
        current_school_id(), work.id, work.run, work.to.value,
        lambda file, folder: write(work.dataset, work.filters, file, to=work.to, voice=voice, folder=folder, tick=tick),
    )  # fmt: skip


def finish(export: Export, work: Work, written: Written, *, at: dt.datetime | None = None) -> None:
    """All of the file is there, since `at` (None: now): say so, and what is in it."""
    become(export, ExportState.DONE)
    now = at or clock.now()
    export.written = export.rows = written.rows
    export.bytes, export.sha256, export.error = written.bytes, written.sha256, None
    export.ended_at, export.expires_at = now, now + KEPT
    export.manifest = _manifest(export, work, now)
    told = {"format": export.format, "rows": written.rows, "bytes": written.bytes, "sha256": written.sha256}
    record("exports.finish", export, label=speech().gettext(work.dataset.label), after=told)
    progress.end(export.id, Course.DONE)


def fail(export: Export, why: str) -> None:
    """It will not be written: `why` is a message to be translated."""
    become(export, ExportState.FAILED)
    export.error, export.ended_at = why, clock.now()
    record("exports.fail", export, label=label_of(export.dataset), after={"error": why})
    progress.end(export.id, Course.FAILED, speech().gettext(why))


def pause(export: Export) -> None:
    """It waits, and begins anew."""
    become(export, ExportState.QUEUED)
    export.written = 0


def drop_file(school_id: int, export: Export) -> None:
    """Delete the file of an export, if there is one."""
    path_of(school_id, export.id, export.format).unlink(missing_ok=True)


def may_take(person_id: UUID, dataset: Dataset) -> bool:
    """Whether a person of the current school may take a dataset out of it, as things are now."""
    with reading() as cursor:
        roles = _ROLE.all(cursor, person=person_id)
    return any({Permission.EXPORTS_VIEW, dataset.permission} <= permissions_of(row.role, None) for row in roles)


def at_school() -> AtSchool:
    """The current school, as its files have it."""
    with reading() as cursor:
        return _SCHOOL.all(cursor, school=current_school_id())[0]


def voice_in(language: str, school: AtSchool) -> Speech:
    """The words of a file in a language, by the clock and the money of the school."""
    return speech_for(language, school.timezone, school.money, school.currency)


def label_of(name: str) -> str:
    """What people call a dataset, in the language of the one who acts; its name, if there is none of it any more."""
    dataset = datasets_of(current_app).get(name)
    return speech().gettext(dataset.label) if dataset else name


def _manifest(export: Export, work: Work, now: dt.datetime) -> dict[str, object]:
    """What is in the file, for machines and for ever."""
    school = at_school()
    voice = voice_in(export.language, school)
    return {
        "export": str(export.id), "school": school.slug, "school_name": school.name, "dataset": export.dataset,
        "label": voice.gettext(work.dataset.label),
        "columns": [
            {"key": column.key, "label": voice.gettext(column.label), "kind": column.kind.value}
            for column in work.dataset.columns
        ],
        "filters": export.filters, "language": export.language, "timezone": school.timezone, "format": export.format,
        "rows": export.rows, "bytes": export.bytes, "sha256": export.sha256,
        "made_at": now.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), "by": export.by_name,
    }  # fmt: skip
