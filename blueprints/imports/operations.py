"""What can be done with an import, a verb each. Nothing here commits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app import clock
from app.audit.record import Actor, record
from app.domain.classes import GRADES, class_key
from app.domain.roster import NEEDED, Field, stands_still
from app.i18n.catalogue import N_
from app.models.classes import ClassGroup
from app.models.progress import Course
from app.models.roster import ColumnMapping, ImportState, RosterImport, RosterRow
from app.tenancy.database import db
from app.tenancy.reading import Bulk, driving
from app.tenancy.scope import current_school_id
from app.work import progress
from app.work.outbox import queue
from blueprints.imports.headings import best_guess, key_of
from blueprints.imports.intake import Roster, open_roster
from blueprints.imports.pieces import today
from blueprints.imports.planning import DECISIONS

JOB = "imports.go_on"
AT_ONCE = 2_000  # rows of a statement
_STORE = Bulk("""
INSERT INTO roster_row (school_id, import_id, number, cells)
SELECT %(school)s, %(import)s, n.number, n.cells::jsonb FROM unnest(%(numbers)s::int[], %(cells)s::text[]) AS n (number, cells)
""")
_AFRESH = Bulk("""
UPDATE roster_row SET result = 'new', problems = '[]', plan = '{}' WHERE school_id = %(school)s AND import_id = %(import)s
AND result <> 'new'
""")
_DECIDE = Bulk("""
UPDATE roster_row SET plan = plan || jsonb_build_object('decision', %(decision)s::text)
WHERE school_id = %(school)s AND import_id = %(import)s AND result = 'ask' AND (
    number = %(number)s OR plan->'ask'->>'why' = 'follows' AND plan->>'key' = (
        SELECT plan->>'key' FROM roster_row WHERE school_id = %(school)s AND import_id = %(import)s AND number = %(number)s
    )
)
""")


class Refused(Exception):
    """It cannot be done as the import stands; `message` is marked with N_."""

    message = N_("The import has moved on in the meantime. Nothing was changed.")


class Busy(Refused):
    """Another import of the school is being done or taken back."""

    message = N_("Another import of the school is under way. Wait until it is finished.")


class Unmapped(Refused):
    """A column that has to be there is not."""

    message = N_("Choose the columns of the first name and the surname, and that of the learner number or the date of birth.")


class Twice(Refused):
    """Two columns are to hold the same."""

    message = N_("Two columns are to hold the same. Choose each field once.")


def take_in(file: BinaryIO, name: str, *, person_id: UUID | None, by: Actor) -> RosterImport:
    """Store the rows of a file, as they are, and how its header was mapped the last time. Raises BadFile, and keeps nothing."""
    roster = open_roster(file)
    work = RosterImport(
        file_name=name, size=roster.size, sha256=roster.sha256, format=roster.format, encoding=roster.encoding,
        delimiter=roster.delimiter, header=roster.header, mapping=_mapping_for(roster.header), state=ImportState.MAPPING.value,
        options={"header_row": roster.header_row, "person": str(person_id) if person_id else None}, by_id=by.id,
        by_name=by.name, total=0, done=0, counts={}, moved_at=clock.now(),
    )  # fmt: skip
    db.session.add(work)
    db.session.flush()
    with driving() as cursor:
        work.total = _store(cursor, work.id, roster)
    record("imports.upload", work, label=name, by=by, after={"rows": work.total, "size": roster.size})
    return work


def map_columns(work: RosterImport, mapping: Mapping[str, int], *, by: Actor) -> None:
    """Say what the columns hold, remember it for this header, and have the rows checked. Raises Refused."""
    _must_be(work, ImportState.MAPPING, ImportState.CHECKED)
    if len(set(mapping.values())) < len(mapping):
        raise Twice
    if not all(name in mapping for name in NEEDED) or not (Field.NUMBER in mapping or Field.BIRTH in mapping):
        raise Unmapped
    work.mapping = dict(mapping)
    remembered = insert(ColumnMapping).values(
        school_id=current_school_id(), id=func.uuid7(), header_key=key_of(work.header), mapping=work.mapping
    )
    db.session.execute(
        remembered.on_conflict_do_update(
            constraint="column_mapping_once", set_={"mapping": remembered.excluded.mapping, "used_at": func.now()}
        )
    )
    check(work, by=by)


def check(work: RosterImport, *, by: Actor) -> None:
    """Have the rows checked, from the first one on. Raises Refused."""
    _must_be(work, ImportState.MAPPING, ImportState.CHECKED)
    with driving() as cursor:
        _AFRESH.run(cursor, **{"import": work.id})
    work.options = {name: work.options.get(name) for name in ("header_row", "person")}
    work.counts = {}
    _go_on(work, ImportState.CHECKING)
    record("imports.check", work, label=work.file_name, by=by, after={"columns": sorted(work.mapping)})


def decide(work: RosterImport, decisions: Mapping[int, str], *, by: Actor) -> int:
    """Keep what a person decided of the rows that ask, by the number of the row; returns how many rows that settles.

    Rows about the same learner are settled with it. Raises Refused.
    """
    _must_be(work, ImportState.CHECKED)
    settled = 0
    with driving() as cursor:
        for number, decision in decisions.items():
            if decision in DECISIONS:
                settled += _DECIDE.run(cursor, **{"import": work.id, "number": number, "decision": decision}).rowcount
    record("imports.decide", work, label=work.file_name, by=by, after={str(row): word for row, word in decisions.items()})
    return settled


def run(work: RosterImport, classes: Iterable[str], *, url: str, by: Actor) -> None:
    """Do what the check said; make those of the unknown `classes` (by key) that a person ticked. Raises Refused, Busy."""
    _must_be(work, ImportState.CHECKED)
    _must_be_alone(work)
    unknown: dict[str, list[Any]] = work.options.get("unknown", {})
    made = [unknown[key][0] for key in dict.fromkeys(classes) if key in unknown]
    _make_classes(made)
    work.options = {**work.options, "at": 0, "tries": 0, "url": url}
    _go_on(work, ImportState.RUNNING)
    _tell(work, url)
    record("imports.run", work, label=work.file_name, by=by, after=dict(work.counts) | ({"classes": made} if made else {}))


def undo(work: RosterImport, *, by: Actor) -> None:
    """Take back what the import did. Raises Refused, Busy."""
    _must_be(work, ImportState.DONE)
    _must_be_alone(work)
    work.options = {name: value for name, value in work.options.items() if name != "at"} | {"tries": 0}
    _go_on(work, ImportState.UNDOING)
    record("imports.undo", work, label=work.file_name, by=by)


def resume(work: RosterImport, *, by: Actor) -> None:
    """Let an import that stands still go on with the row where it stopped. Raises Refused, Busy."""
    if not stands_still(work.state, work.moved_at, clock.now()):
        raise Refused
    state = work.options.get("was", work.state) if work.state == ImportState.FAILED else work.state
    if state != ImportState.CHECKING:
        _must_be_alone(work)
    work.options = {name: value for name, value in work.options.items() if name != "was"} | {"tries": 0}
    work.state, work.error, work.moved_at = state, None, clock.now()
    queue(JOB, work.id)
    if state == ImportState.RUNNING:
        progress.end(work.id, Course.FAILED)
        _tell(work, work.options.get("url", "/imports/"))
    record("imports.resume", work, label=work.file_name, by=by, after={"row": work.options.get("at", 0)})


def drop(work: RosterImport, *, by: Actor) -> None:
    """Put an import aside that has changed nothing; its rows are forgotten. Raises Refused."""
    changed_nothing = work.state == ImportState.FAILED and work.options.get("was") == ImportState.CHECKING
    if not changed_nothing:
        _must_be(work, ImportState.MAPPING, ImportState.CHECKING, ImportState.CHECKED)
    work.state, work.ended_at = ImportState.DROPPED.value, clock.now()
    db.session.execute(
        delete(RosterRow).where(RosterRow.import_id == work.id), execution_options={"synchronize_session": False}
    )
    record("imports.drop", work, label=work.file_name, by=by)


def _store(cursor: Cursor[Any], import_id: UUID, roster: Roster) -> int:
    """Write the rows down, some thousands in memory at a time; returns how many there are."""
    total, numbers, cells = 0, list[int](), list[str]()

    def write() -> None:
        if numbers:
            _STORE.run(cursor, **{"import": import_id, "numbers": numbers, "cells": cells})
            numbers.clear()
            cells.clear()

    for number, row in roster.rows:
        numbers.append(number)
        cells.append(json.dumps(row, ensure_ascii=False))
        total += 1
        if len(numbers) >= AT_ONCE:
            write()
    write()
    return total


def _mapping_for(header: list[str]) -> dict[str, int]:
    remembered = db.session.scalar(select(ColumnMapping.mapping).where(ColumnMapping.header_key == key_of(header)))
    return remembered or best_guess(header)


def _make_classes(names: Iterable[str]) -> None:
    year = today().year
    for name in names:
        db.session.add(ClassGroup(name=name, sort_key=class_key(name), grade=_grade(name), year=year, is_register=True))
    db.session.flush()


def _grade(name: str) -> str | None:
    """The grade that a name begins with, behind what is no number: 'Graad 5A' is of grade 5, 'RA' of grade R."""
    found = class_key(name).split()[-1] if class_key(name) else ""
    digits = found[:4]
    grade = ("R" if digits == "0000" else str(int(digits))) if digits.isdecimal() else ""
    return grade if grade in GRADES else None


def _must_be(work: RosterImport, *states: ImportState) -> None:
    if work.state not in set(states):
        raise Refused


def _must_be_alone(work: RosterImport) -> None:
    changing = (ImportState.RUNNING.value, ImportState.UNDOING.value)
    other = select(RosterImport.id).where(RosterImport.state.in_(changing), RosterImport.id != work.id).limit(1)
    if db.session.scalar(other) is not None:
        raise Busy


def _go_on(work: RosterImport, state: ImportState) -> None:
    work.state, work.done, work.error = state.value, 0, None
    work.started_at = work.moved_at = clock.now()
    work.ended_at = None
    queue(JOB, work.id)


def _tell(work: RosterImport, url: str) -> None:
    """Let the status bar of whoever uploaded the file follow it; a visitor of the school has none."""
    if person := work.options.get("person"):
        progress.start("import", work.id, person_id=UUID(person), label=work.file_name, url=url, total=work.total)
