"""Exports of the baseline: of each school one to fetch, one without rows, one whose file has gone, and one that failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.exports.dataset import Length, datasets_of
from app.exports.making import NO_ROOM, drop_file, fail, finish, new_export, take_up, work_of, write_file
from app.exports.states import become
from app.exports.writing import Format
from app.i18n.languages import LANGUAGES
from app.i18n.speech import speaking, speech_for
from app.ids import first_of
from app.models.export import Export, ExportState
from app.models.person import Person
from app.models.user import Role
from app.seed.known import known_id
from app.seed.plans import ZONE, SchoolPlan, today_at_school
from app.tenancy.database import db

RANDOM = (1 << 62) - 1  # what of an id is no moment
BEFORE_ALL = "2001-01-01"  # no school was there
TAKES = dt.timedelta(seconds=3)


class _Plan(NamedTuple):
    """An export: of which dataset, narrowed how, by whom, how many days ago, and what became of it."""

    dataset: str
    to: Format
    days_ago: int
    at: dt.time
    state: ExportState
    filters: Mapping[str, str] = {}
    by: Role = Role.ADMIN


EXPORTS = (
    _Plan("lessons", Format.CSV, 12, dt.time(8, 5), ExportState.EXPIRED, by=Role.OWNER),
    _Plan("attendance", Format.XLSX, 4, dt.time(15, 20), ExportState.FAILED),
    _Plan("gate", Format.CSV, 3, dt.time(10, 45), ExportState.DONE, {"until": BEFORE_ALL}),
    _Plan("classes", Format.XLSX, 1, dt.time(9, 10), ExportState.DONE),
)


def add_exports(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Make the exports that a school lacks, of what is committed of it; returns how many.

    `accounts` are the persons of the school's accounts by address. A school that has taken the same out already gets none.
    """
    there = {(row.dataset, row.format) for row in db.session.execute(select(Export.dataset, Export.format))}
    missing = [each for each in EXPORTS if (each.dataset, each.to.value) not in there]
    with speaking(speech_for(plan.language, str(ZONE), LANGUAGES[plan.language].cldr, "ZAR")):
        for each in missing:
            _add(each, plan, accounts[f"{each.by.value}@{plan.host}"], now)
    return len(missing)


def _add(each: _Plan, plan: SchoolPlan, person_id: UUID, now: dt.datetime) -> None:
    """Ask for an export and let it become what it is to be, as its worker would."""
    made_at = dt.datetime.combine(today_at_school(now) - dt.timedelta(days=each.days_ago), each.at, ZONE)
    name = db.session.scalars(select(Person.name).where(Person.id == person_id)).one()
    export = new_export(
        datasets_of(current_app)[each.dataset], each.filters, to=each.to, language=plan.language,
        length=Length(None, is_exact=False), person_id=person_id, by_name=name,
    )  # fmt: skip
    export.id = UUID(int=first_of(made_at).int | known_id(plan.slug, "export", each.dataset).int & RANDOM)
    export.created_at = made_at
    db.session.add(export)
    db.session.flush()
    take_up(export, run=1)
    if each.state is ExportState.FAILED:
        fail(export, NO_ROOM)
    else:
        work = work_of(export)
        finish(export, work, write_file(work), at=made_at + TAKES)
    export.started_at, export.ended_at = made_at, made_at + TAKES
    if each.state is ExportState.EXPIRED:
        drop_file(export.school_id, export)
        become(export, ExportState.EXPIRED)
