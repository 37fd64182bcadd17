"""Taking something out: written to a file first, so that who took how much is known before a byte leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, update

from app import clock
from app.audit.record import Actor, Target, record, record_read
from app.exports.dataset import Dataset, Length
from app.exports.files import FOLDER, path_of
from app.exports.making import at_school, drop_file, held, label_of, new_export
from app.exports.states import become
from app.exports.writing import Format, write
from app.extensions import current_settings
from app.i18n.speech import Speech
from app.models.export import Export as ExportRow
from app.models.export import ExportState
from app.models.progress import Progress
from app.tenancy.database import db
from app.tenancy.reading import reading
from app.tenancy.scope import current_school_id
from app.work import progress
from app.work.outbox import queue
from blueprints.exports.queries import Detail

MAKE = "exports.make"


class Export(NamedTuple):
    """A written export: its file at the beginning, how long that is, and what to call it."""

    file: BinaryIO
    size: int
    name: str


class Over(Exception):
    """An export that is over cannot be cancelled."""


class NoFile(LookupError):
    """There is no file to fetch: it is not done, was deleted, or its time is up."""


def length_of(dataset: Dataset, filters: Mapping[str, object]) -> Length:
    """How many rows these filters leave."""
    with reading() as cursor:
        return dataset.length(cursor, filters)


def ask_for(
    dataset: Dataset, asked: Mapping[str, str], *, to: Format, language: str, person_id: UUID, by: Actor, url: str
) -> ExportRow:
    """Have an export written by a worker; `url` and its id are its address. `asked` are the filters as an address has them.

    Raises UnknownFilter.
    """
    asked = {name: text for name, text in asked.items() if text}
    length = length_of(dataset, dataset.narrowed(asked))
    export = new_export(dataset, asked, to=to, language=language, length=length, person_id=person_id, by_name=by.name)
    db.session.add(export)
    db.session.flush()
    queue(MAKE, export.id, queue="bulk")
    label = label_of(dataset.name)
    address = f"{url}{export.id}"
    progress.start("export", export.id, person_id=person_id, label=label, url=address, total=length.rows or 0)
    record("exports.ask", export, label=label, after={"format": to.value, "language": language, **asked}, by=by)
    return export


def cancel(export_id: UUID, *, by: Actor) -> None:
    """Have it no longer written; a worker that writes it notices within a second or so. Raises Over."""
    export = held(export_id)
    if export is None:
        raise Over
    before = export.state
    become(export, ExportState.CANCELLED)
    export.ended_at = clock.now()
    label = label_of(export.dataset)
    record("exports.cancel", export, label=label, before={"state": before}, after={"state": export.state}, by=by)
    over = {"seen_at": func.now(), "ended_at": func.coalesce(Progress.ended_at, func.now())}
    waiting = update(Progress).where(Progress.subject == export_id).values(over)
    db.session.execute(waiting, execution_options={"synchronize_session": False})
    drop_file(current_school_id(), export)


def fetch(export: Detail, *, by: Actor) -> Export:
    """The file of an export that is done, audited with its checksum. Raises NoFile."""
    if export.state != ExportState.DONE or export.expires_at is None or export.expires_at <= clock.now():
        raise NoFile
    try:
        file = path_of(current_school_id(), export.id, export.format).open("rb")
    except FileNotFoundError:
        raise NoFile from None
    what = {"format": export.format, "rows": export.rows, "sha256": export.sha256}
    try:
        record_read("exports.fetch", Target("export", export.id), label=label_of(export.dataset), by=by, after=what)
        school = at_school()
    except BaseException:
        file.close()
        raise
    day = export.created_at.astimezone(ZoneInfo(school.timezone)).date()
    return Export(file, export.bytes or 0, f"{school.slug}-{export.dataset}-{day}.{export.format}")


def take_out(dataset: Dataset, filters: Mapping[str, object], *, to: Format, bom: bool, voice: Speech, by: Actor) -> Export:
    """Write the rows of a dataset for somebody at once, audited with their number: for short lists that link to it.

    The file has no name any more: once it is closed, it is gone.
    """
    folder = current_settings().home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = (Path(place) / "export").open("w+b")
        try:
            rows = write(dataset, filters, file, to=to, voice=voice, folder=Path(place), bom=bom)
        except BaseException:
            file.close()
            raise
    size = file.tell()
    file.seek(0)
    taken = {"format": to.value, "rows": rows, **{name: str(value) for name, value in filters.items()}}
    record_read("exports.download", Target("export", dataset.name), label=voice.gettext(dataset.label), by=by, after=taken)
    today = clock.now().astimezone(ZoneInfo(voice.timezone)).date()
    return Export(file, size, f"{at_school().slug}-{dataset.name}-{today}.{to}")
