"""An import is worked off in pieces, each one transaction: a check that plans its rows, a run that does what they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Cursor

from app import clock
from app.domain.classes import class_key
from app.domain.roster import Field
from app.i18n.speech import speech
from app.models.roster import RosterImport, RowResult
from app.tenancy.reading import Bulk, forget_plans
from blueprints.imports.applying import apply, note_rows
from blueprints.imports.deeds import Deeds
from blueprints.imports.known import Known, classes_of, look_up
from blueprints.imports.planning import NEW, SAME, TIE, Plan, Planner, Row, read_row
from blueprints.imports.seen import Seen

PIECE = 500  # rows of a transaction
_ROWS = Bulk("""
SELECT id, number, cells, result, plan->>'decision' AS decision, plan FROM roster_row
WHERE school_id = %(school)s AND import_id = %(import)s AND number > %(at)s ORDER BY number LIMIT %(piece)s
""")
_TRACES = Bulk("""
SELECT number, plan->'seen' AS seen, result = 'ask' AS asks FROM roster_row
WHERE school_id = %(school)s AND import_id = %(import)s AND number <= %(at)s AND result NOT IN ('new', 'wrong') ORDER BY number
""")
_COUNTS = Bulk("""
SELECT result, count(*) AS number FROM roster_row WHERE school_id = %(school)s AND import_id = %(import)s GROUP BY result
""")
WANTED = (RowResult.ADD.value, RowResult.CHANGE.value)


def today() -> dt.date:
    """The date at the school."""
    return clock.now().astimezone(ZoneInfo(speech().timezone)).date()


def seen_before(cursor: Cursor[Any], work: RosterImport) -> Seen:
    """What the rows that are checked already have said."""
    seen = Seen()
    if at := int(work.options.get("at", 0)):
        rows = _TRACES.run(cursor, **{"import": work.id, "at": at})
        seen.note_all((row.number, row.seen, row.asks) for row in rows if row.seen)
    return seen


def check_piece(cursor: Cursor[Any], work: RosterImport, seen: Seen) -> bool:
    """Plan the next rows and write down what they would do; returns whether there were any."""
    found = _next(cursor, work)
    day = today()
    rows = [_read(work, one, day) for one in found]
    known, classes = _known(cursor, rows), classes_of(cursor, day.year)
    planner = Planner(known=known, seen=seen, classes=classes, mapping=work.mapping)
    plans = [planner.plan(row) for row in rows]
    note_rows(cursor, [(one.row.id, one.result.value, one.row.problems, one.kept(), None, False) for one in plans])
    unknown = dict(work.options.get("unknown", {}))
    for name in (plan.no_class for plan in plans if plan.no_class and plan.result in WANTED):
        key = class_key(name)
        unknown[key] = [unknown.get(key, [name])[0], unknown.get(key, [name, 0])[1] + 1]
    _advance(work, found, unknown=unknown)
    return bool(found)


def run_piece(cursor: Cursor[Any], work: RosterImport) -> bool:
    """Do what the next rows say, as it is now; returns whether there were any. What has become a question is left out."""
    found = _next(cursor, work)
    day = today()
    rows = [_read(work, one, day) for one in found if one.result in WANTED or one.decision in (SAME, NEW, TIE)]
    deeds = Deeds(day)
    if rows:
        known, classes = _known(cursor, rows), classes_of(cursor, day.year)
        planner = Planner(known=known, seen=Seen(), classes=classes, mapping=work.mapping, deeds=deeds)
        plans = [planner.plan(row) for row in rows]
        forget_plans(cursor)
        apply(cursor, deeds)
        before = {one.id: one.plan for one in found}
        note_rows(cursor, [_noted(plan, before[plan.row.id], deeds) for plan in plans])
    _advance(work, found)
    return bool(found)


def counts_of(cursor: Cursor[Any], import_id: UUID) -> dict[str, int]:
    """How many rows of an import came to what."""
    return {row.result: row.number for row in _COUNTS.run(cursor, **{"import": import_id})}


def _noted(plan: Plan, before: dict[str, Any], deeds: Deeds) -> tuple[UUID, str, list[Any], dict[str, Any], Any, bool]:
    """A row that was done. It keeps the words of its check, with what was decided of it."""
    is_left_out = plan.result in (RowResult.WRONG, RowResult.ASK)
    kept = before | plan.kept() if is_left_out else plan.kept() | {"decision": plan.row.decision}
    return plan.row.id, plan.result.value, plan.row.problems, kept, deeds.undo.get(plan.row.number), not is_left_out


def _next(cursor: Cursor[Any], work: RosterImport) -> list[Any]:
    at = int(work.options.get("at", 0))
    return _ROWS.run(cursor, **{"import": work.id, "at": at, "piece": PIECE}).fetchall()


def _advance(work: RosterImport, found: Sequence[Any], **options: Any) -> None:
    if found:
        work.options = {**work.options, **options, "at": found[-1].number, "tries": 0}
        work.done += len(found)
    work.moved_at = clock.now()


def _read(work: RosterImport, one: Any, day: dt.date) -> Row:
    return read_row(
        one.id, one.number, one.cells, mapping=work.mapping, width=len(work.header), strict=work.format == "csv", today=day,
        decision=one.decision,
    )  # fmt: skip


def _known(cursor: Cursor[Any], rows: Sequence[Row]) -> Known:
    def given(name: Field) -> Iterator[str]:
        return (value for row in rows if (value := row.values.get(name)))

    return look_up(
        cursor, numbers=set(given(Field.NUMBER)), names={row.name_key for row in rows if row.name_key},
        guardians={row.guardian_key for row in rows if row.guardian_key}, emails=set(given(Field.EMAIL)),
        phones=set(given(Field.PHONE)),
    )  # fmt: skip
