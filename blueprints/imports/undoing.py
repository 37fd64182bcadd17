"""Taking an import back, its last row first: values that are still as it left them, and whom it added.

Whom it added and nobody has touched since is deleted. Whoever has been changed since, or whom something else refers to, is
archived: nothing that people did since is lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy import ForeignKeyConstraint, Table

from app.models.roster import RosterImport
from app.tenancy.database import db
from app.tenancy.reading import Bulk
from blueprints.imports.pieces import PIECE, today

_ROWS = Bulk("""
SELECT id, number, undo FROM roster_row
WHERE school_id = %(school)s AND import_id = %(import)s AND number < %(at)s AND undo IS NOT NULL
ORDER BY number DESC LIMIT %(piece)s
""")
_UNDONE = Bulk("UPDATE roster_row SET undo = NULL WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[])")
_REOPENED = Bulk("""
UPDATE enrolment e SET ends_on = NULL WHERE e.school_id = %(school)s AND e.id = ANY (%(ids)s::uuid[]) AND e.ends_on IS NOT NULL
AND NOT EXISTS (SELECT FROM enrolment o WHERE o.school_id = %(school)s AND o.learner_id = e.learner_id
    AND o.class_id = e.class_id AND o.ends_on IS NULL)
""")
_RESTORED = Bulk("""
INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on, created_at)
SELECT %(school)s, n.id, n.whose, n.class, n.day, coalesce(n.made, now())
FROM unnest(%(ids)s::uuid[], %(learners)s::uuid[], %(classes)s::uuid[], %(days)s::date[], %(made)s::timestamptz[])
    AS n (id, whose, class, day, made)
ON CONFLICT DO NOTHING
""")
_UNENROLLED = Bulk("""
DELETE FROM enrolment WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[]) AND ends_on IS NULL
""")
_UNTIED = Bulk("""
DELETE FROM guardianship WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[])
AND may_collect AND hears_attendance AND hears_notices AND NOT no_contact AND NOT hears_billing
""")
_AS_IT_IS = Bulk("""
SELECT p.id, ARRAY[p.name, p.language, p.email, p.phone]
    || CASE WHEN l.id IS NULL THEN '{}'
        ELSE ARRAY[l.number, l.first_name, l.last_name, l.known_as, l.birth_date::text] END AS values
FROM person p LEFT JOIN learner l ON l.school_id = p.school_id AND l.id = p.id
WHERE p.school_id = %(school)s AND p.id = ANY (%(ids)s::uuid[])
""")
_LEARNERS_GONE = Bulk("DELETE FROM learner WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[])")
_PERSONS_GONE = Bulk("DELETE FROM person WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[])")
_ARCHIVED = Bulk("""
UPDATE person SET ended_at = now() WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[]) AND ended_at IS NULL
""")
_LEFT = Bulk("""
UPDATE learner SET status = 'left', left_on = %(day)s::date
WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[]) AND status <> 'left'
""")
_CLOSED = Bulk("""
UPDATE enrolment SET ends_on = greatest(starts_on, %(day)s::date)
WHERE school_id = %(school)s AND learner_id = ANY (%(ids)s::uuid[]) AND ends_on IS NULL
""")
#: table and column of what an import changes -> the type of the value
CHANGES = {
    "person": {"name": "text", "sort_key": "text", "email": "text", "phone": "text", "language": "text"},
    "learner": {
        "number": "text", "first_name": "text", "last_name": "text", "known_as": "text", "birth_date": "date", "status": "text",
    },
    "guardianship": {"relation": "text"},
}  # fmt: skip
#: rows that an import makes itself: they do not keep anybody
OWN = frozenset({"learner", "person_word"})


class Undone(NamedTuple):
    """What a piece of an undo did: `kept` values had been changed again since."""

    rows: int
    deleted: int = 0
    archived: int = 0
    back: int = 0
    kept: int = 0


def undo_piece(cursor: Cursor[Any], work: RosterImport) -> Undone:
    """Take the last rows back that are not yet; `rows` 0 when there are none."""
    at = int(work.options.get("at", 2**31 - 1))
    rows = _ROWS.run(cursor, **{"import": work.id, "at": at, "piece": PIECE}).fetchall()
    if not rows:
        return Undone(0)
    left = [row.undo for row in rows]
    _enrolments(cursor, left)
    _UNTIED.run(cursor, ids=[one["tie"] for one in left if "tie" in one])
    back, kept = _values(cursor, left)
    deleted, archived = _people(cursor, left)
    _UNDONE.run(cursor, ids=[row.id for row in rows])
    work.options = {**work.options, "at": rows[-1].number, "tries": 0}
    return Undone(len(rows), deleted, archived, back, kept)


def _enrolments(cursor: Cursor[Any], left: Iterable[dict[str, Any]]) -> None:
    left = list(left)
    _UNENROLLED.run(cursor, ids=[one["enrolment"] for one in left if "enrolment" in one])
    _REOPENED.run(cursor, ids=[one["ended"] for one in left if "ended" in one])
    if dropped := [one["dropped"] for one in left if "dropped" in one]:
        ids, learners, classes, days, made = zip(*dropped, strict=True)
        _RESTORED.run(
            cursor, ids=list(ids), learners=list(learners), classes=list(classes), days=list(days), made=list(made)
        )  # fmt: skip


def _values(cursor: Cursor[Any], left: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Put back what is still as the import left it; returns how many values were, and how many were not."""
    chains: dict[tuple[str, str], dict[str, tuple[str | None, str]]] = {}
    for one in left:  # the last row first: an older change of the same value takes its place
        for table, key, column, before, after in one.get("values", ()):
            of_column = chains.setdefault((table, column), {})
            of_column[key] = (before, of_column[key][1] if key in of_column else after)
    back = kept = 0
    for (table, column), values in chains.items():
        ids = list(values)
        befores, afters = [values[key][0] for key in ids], [values[key][1] for key in ids]
        done = _put_back(table, column).run(cursor, ids=ids, befores=befores, afters=afters).rowcount
        if column != "sort_key":  # it goes with the name
            back, kept = back + done, kept + len(ids) - done
        if column == "status" and (gone := [key for key, before in zip(ids, befores, strict=True) if before == "left"]):
            _ARCHIVED.run(cursor, ids=gone)
    return back, kept


def _people(cursor: Cursor[Any], left: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Delete or archive whom these rows added; returns how many of each."""
    added = [UUID(one[kind]) for one in left for kind in ("learner", "guardian") if kind in one]
    if not added:
        return 0, 0
    learners = [UUID(one["learner"]) for one in left if "learner" in one]
    held = {row.id for row in _referred_to().run(cursor, ids=added)}
    made = {UUID(key): values for one in left for key, values in one.get("made", {}).items()}
    held |= {row.id for row in _AS_IT_IS.run(cursor, ids=added).fetchall() if row.values != made.get(row.id)}
    gone = [key for key in added if key not in held]
    _LEARNERS_GONE.run(cursor, ids=[key for key in learners if key not in held])
    _PERSONS_GONE.run(cursor, ids=gone)
    if held:
        day = today() - dt.timedelta(days=1)
        _ARCHIVED.run(cursor, ids=list(held))
        _LEFT.run(cursor, ids=[key for key in learners if key in held], day=day)
        _CLOSED.run(cursor, ids=[key for key in learners if key in held], day=day)
    return len(gone), len(held)


@cache
def _put_back(table: str, column: str) -> Bulk:
    kind = CHANGES[table][column]
    return Bulk(
        f"UPDATE {table} t SET {column} = n.before FROM unnest(%(ids)s::uuid[], %(befores)s::{kind}[], %(afters)s::{kind}[])"  # noqa: S608
        f" AS n (id, before, after) WHERE t.school_id = %(school)s AND t.id = n.id AND t.{column} IS NOT DISTINCT FROM n.after"
    )


@cache
def _referred_to() -> Bulk:
    """Which of some persons a row of another table refers to, or have ended: the tables are read from the models."""
    held = [
        f"SELECT FROM {table.name} o WHERE o.school_id = %(school)s AND o.{column} = p.id"
        for table, column in sorted(_references(), key=lambda one: (one[0].name, one[1]))
    ]
    is_held = "".join(f" OR EXISTS ({one})" for one in held)
    return Bulk(
        "SELECT p.id FROM person p WHERE p.school_id = %(school)s AND p.id = ANY (%(ids)s::uuid[])"
        " AND (p.ended_at IS NOT NULL $is_held)",
        is_held=is_held,
    )


def _references() -> Iterable[tuple[Table, str]]:
    """Every column that refers to a person or a learner, of a table that an import does not fill for itself."""
    for table in db.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKeyConstraint) and table.name not in OWN:
                target = constraint.referred_table.name
                columns = [column.name for column in constraint.columns if column.name != "school_id"]
                if target in ("person", "learner") and len(columns) == 1:
                    yield table, columns[0]
