"""Writing down what a piece of rows does: one statement a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app.tenancy.reading import Bulk
from blueprints.imports.deeds import Deeds

_PERSONS = Bulk("""
INSERT INTO person (school_id, id, kind, name, sort_key, language, email, phone)
SELECT %(school)s, n.* FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(names)s::text[], %(sort_keys)s::text[],
    %(languages)s::text[], %(emails)s::text[], %(phones)s::text[]) AS n
""")
_LEARNERS = Bulk("""
INSERT INTO learner (school_id, id, number, first_name, last_name, known_as, birth_date)
SELECT %(school)s, n.* FROM unnest(%(ids)s::uuid[], %(numbers)s::text[], %(firsts)s::text[], %(lasts)s::text[],
    %(known)s::text[], %(births)s::date[]) AS n
""")
_TIES = Bulk("""
INSERT INTO guardianship (school_id, id, guardian_id, learner_id, relation)
SELECT %(school)s, n.* FROM unnest(%(ids)s::uuid[], %(guardians)s::uuid[], %(learners)s::uuid[], %(relations)s::text[]) AS n
""")
_ENROLMENTS = Bulk("""
INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on)
SELECT %(school)s, n.id, n.whose, n.class, %(day)s::date
FROM unnest(%(ids)s::uuid[], %(learners)s::uuid[], %(classes)s::uuid[]) AS n (id, whose, class)
""")
_ENDED = Bulk("""
UPDATE enrolment e SET ends_on = n.day FROM unnest(%(ids)s::uuid[], %(days)s::date[]) AS n (id, day)
WHERE e.school_id = %(school)s AND e.id = n.id
""")
_DROPPED = Bulk("DELETE FROM enrolment WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[])")
_CHANGED = {
    "person": Bulk("""
UPDATE person p SET name = coalesce(n.name, p.name), sort_key = coalesce(n.sort_key, p.sort_key),
    email = coalesce(n.email, p.email), phone = coalesce(n.phone, p.phone), language = coalesce(n.language, p.language),
    email_flagged_at = CASE WHEN n.email IS NULL THEN p.email_flagged_at END
FROM unnest(%(ids)s::uuid[], %(name)s::text[], %(sort_key)s::text[], %(email)s::text[], %(phone)s::text[],
    %(language)s::text[]) AS n (id, name, sort_key, email, phone, language)
WHERE p.school_id = %(school)s AND p.id = n.id
"""),
    "learner": Bulk("""
UPDATE learner l SET number = coalesce(n.number, l.number), first_name = coalesce(n.first_name, l.first_name),
    last_name = coalesce(n.last_name, l.last_name), known_as = coalesce(n.known_as, l.known_as),
    birth_date = coalesce(n.birth_date, l.birth_date), status = coalesce(n.status, l.status),
    left_on = CASE WHEN n.status IS NULL THEN l.left_on END
FROM unnest(%(ids)s::uuid[], %(number)s::text[], %(first_name)s::text[], %(last_name)s::text[], %(known_as)s::text[],
    %(birth_date)s::date[], %(status)s::text[]) AS n (id, number, first_name, last_name, known_as, birth_date, status)
WHERE l.school_id = %(school)s AND l.id = n.id
"""),
    "guardianship": Bulk("""
UPDATE guardianship g SET relation = n.relation FROM unnest(%(ids)s::uuid[], %(relation)s::text[]) AS n (id, relation)
WHERE g.school_id = %(school)s AND g.id = n.id
"""),
}
_COLUMNS = {
    "person": ("name", "sort_key", "email", "phone", "language"),
    "learner": ("number", "first_name", "last_name", "known_as", "birth_date", "status"),
    "guardianship": ("relation",),
}
_BACK = Bulk("""
UPDATE person SET ended_at = NULL WHERE school_id = %(school)s AND id = ANY (%(ids)s::uuid[]) AND ended_at IS NOT NULL
""")
#: the rows themselves: what they came to, and when they were done
_ROWS = Bulk("""
UPDATE roster_row r SET result = n.result, problems = n.problems::jsonb, plan = n.plan::jsonb, undo = n.undo::jsonb,
    done_at = CASE WHEN n.done THEN now() END
FROM unnest(%(ids)s::uuid[], %(results)s::text[], %(problems)s::text[], %(plans)s::text[], %(undo)s::text[], %(done)s::bool[])
    AS n (id, result, problems, plan, undo, done)
WHERE r.school_id = %(school)s AND r.id = n.id
""")


def apply(cursor: Cursor[Any], deeds: Deeds) -> None:
    """Do what was gathered, in the transaction of the cursor."""
    _insert(cursor, _PERSONS, deeds.persons, "ids", "kinds", "names", "sort_keys", "languages", "emails", "phones")
    _insert(cursor, _LEARNERS, deeds.learners, "ids", "numbers", "firsts", "lasts", "known", "births")
    for table, statement in _CHANGED.items():
        of_table = [(key, values) for (whose, key), values in deeds.changed.items() if whose == table]
        if of_table:
            columns = {name: [values.get(name) for _, values in of_table] for name in _COLUMNS[table]}
            statement.run(cursor, ids=[key for key, _ in of_table], **columns)
    if back := [key for (_, key), values in deeds.changed.items() if "status" in values]:
        _BACK.run(cursor, ids=back)
    _insert(cursor, _TIES, deeds.ties, "ids", "guardians", "learners", "relations")
    if deeds.dropped:
        _DROPPED.run(cursor, ids=deeds.dropped)
    _insert(cursor, _ENDED, deeds.ended, "ids", "days")
    _insert(cursor, _ENROLMENTS, deeds.enrolments, "ids", "learners", "classes", day=deeds.day)


def note_rows(cursor: Cursor[Any], rows: Sequence[tuple[UUID, str, list[Any], dict[str, Any], Any, bool]]) -> None:
    """Write down what rows came to: (id, result, problems, plan, undo, whether it is done)."""
    if rows:
        ids, results, problems, plans, undo, done = zip(*rows, strict=True)
        dump: Callable[[Any], str] = json.dumps
        _ROWS.run(
            cursor, ids=list(ids), results=list(results), problems=list(map(dump, problems)), plans=list(map(dump, plans)),
            undo=[None if one is None else dump(one) for one in undo], done=list(done),
        )  # fmt: skip


def _insert(cursor: Cursor[Any], statement: Bulk, rows: Sequence[tuple[Any, ...]], *names: str, **values: object) -> None:
    if rows:
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        statement.run(cursor, **columns, **values)
