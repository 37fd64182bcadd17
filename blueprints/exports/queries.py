"""Reads for exports: those that were asked for, one of them with whoever fetched it, and the classes to choose from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, func, select

from app.exports.cells import shown
from app.exports.dataset import Dataset
from app.i18n.speech import Speech, speaking
from app.models.audit import AuditEvent, AuditValue
from app.models.classes import ClassGroup
from app.models.export import Export
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

SHOWN = 10  # rows of a preview
LAST = UUID(int=(1 << 128) - 1)
MOST_FETCHES = 500  # of the exports of a page


class Listed(NamedTuple):
    """An export in the list."""

    id: UUID
    dataset: str
    format: str
    state: str
    rows: int | None
    by_name: str
    created_at: dt.datetime
    expires_at: dt.datetime | None


class Detail(NamedTuple):
    """An export with all that its page shows."""

    id: UUID
    dataset: str
    format: str
    language: str
    filters: dict[str, str]
    state: str
    written: int
    estimate: int | None
    rows: int | None
    bytes: int | None
    sha256: str | None
    manifest: dict[str, Any] | None
    error: str | None
    by_name: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    expires_at: dt.datetime | None


class Fetch(NamedTuple):
    """Who fetched the file of an export (its id as text), and when; `who` None: the name was erased from the audit log."""

    export: str
    at: dt.datetime
    who: str | None


class ClassRow(NamedTuple):
    """A class to choose."""

    id: UUID
    name: str
    year: int


_DETAIL = Prepared(
    select(
        Export.id, Export.dataset, Export.format, Export.language, Export.filters, Export.state, Export.written,
        Export.estimate, Export.rows, Export.bytes, Export.sha256, Export.manifest, Export.error, Export.by_name,
        Export.created_at, Export.ended_at, Export.expires_at,
    ).where(Export.id == bindparam("export", type_=Uuid)),
    Detail,
)  # fmt: skip
_NEWEST = Prepared(
    select(
        Export.id, Export.dataset, Export.format, Export.state, Export.rows, Export.by_name, Export.created_at,
        Export.expires_at,
    )
    .where(Export.id < bindparam("before", type_=Uuid))
    .order_by(Export.id.desc())
    .limit(PAGE + 1),
    Listed,
)  # fmt: skip
_WHO = (
    select(func.min(AuditValue.value))
    .where(AuditValue.event_id == AuditEvent.id, AuditValue.field == "actor")
    .correlate(AuditEvent)
    .scalar_subquery()
)
_FETCHES = Prepared(
    select(AuditEvent.target_id.label("export"), AuditEvent.at, _WHO.label("who"))
    .where(AuditEvent.target_id == any_(bindparam("exports", type_=ARRAY(Text))), AuditEvent.action == "exports.fetch")
    .order_by(AuditEvent.seq.desc())
    .limit(MOST_FETCHES),
    Fetch,
)
_CLASSES = Prepared(
    select(ClassGroup.id, ClassGroup.name, ClassGroup.year).order_by(
        ClassGroup.year.desc(), ClassGroup.sort_key, ClassGroup.id
    ),
    ClassRow,
)


def newest(after: Key | None) -> Page[Listed]:
    """The exports of the current school, the newest first."""
    (before,) = after or (LAST,)
    with reading() as cursor:
        return cut(_NEWEST.all(cursor, before=before), lambda row: (row.id,))


def detail(export_id: UUID) -> Detail | None:
    """One export of the current school."""
    with reading() as cursor:
        return next(iter(_DETAIL.all(cursor, export=export_id)), None)


def fetches(exports: Sequence[UUID]) -> dict[str, list[Fetch]]:
    """Who fetched the files of these exports, by the export's id as text, the latest first."""
    found: dict[str, list[Fetch]] = {}
    with reading() as cursor:
        for row in _FETCHES.all(cursor, exports=[str(each) for each in exports]):
            found.setdefault(row.export, []).append(row)
    return found


def classes() -> list[ClassRow]:
    """Every class of the current school, those of the newest year first."""
    with reading() as cursor:
        return _CLASSES.all(cursor)


def preview(dataset: Dataset, filters: Mapping[str, object], voice: Speech) -> list[list[str]]:
    """The first rows of a dataset, each cell as a file in this language shows it."""
    shows = shown(dataset.columns, voice)
    with speaking(voice), reading() as cursor:
        rows = list(islice(dataset.rows(cursor, filters), SHOWN))
    return [["" if value is None else str(show(value)) for show, value in zip(shows, row, strict=True)] for row in rows]
