"""What the school knows of the people of some rows: read with a few statements, however many rows there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app.domain.classes import class_key
from app.tenancy.reading import Bulk

_LEARNERS = Bulk("""
SELECT p.id, p.ended_at IS NOT NULL AS has_left, p.merged_into IS NOT NULL AS was_merged, p.sort_key, l.number, l.first_name,
    l.last_name, l.known_as, l.birth_date
FROM learner l JOIN person p ON p.school_id = l.school_id AND p.id = l.id
WHERE l.school_id = %(school)s AND l.number = ANY (%(numbers)s::text[])
UNION
SELECT p.id, p.ended_at IS NOT NULL, p.merged_into IS NOT NULL, p.sort_key, l.number, l.first_name, l.last_name, l.known_as,
    l.birth_date
FROM person p JOIN learner l ON l.school_id = p.school_id AND l.id = p.id
WHERE p.school_id = %(school)s AND p.kind = 'learner' AND p.sort_key = ANY (%(names)s::text[])
""")
_TIES = Bulk("""
SELECT g.id AS tie, g.learner_id, g.relation, g.no_contact, p.id, p.name, p.sort_key, p.email, p.phone, p.language
FROM guardianship g JOIN person p ON p.school_id = g.school_id AND p.id = g.guardian_id
WHERE g.school_id = %(school)s AND g.learner_id = ANY (%(learners)s::uuid[])
    AND (p.ended_at IS NULL OR g.no_contact)
ORDER BY g.created_at, g.id
""")
_GUARDIANS = Bulk("""
SELECT p.id, p.sort_key, p.email, p.phone, p.language FROM person p
WHERE p.school_id = %(school)s AND p.sort_key = ANY (%(names)s::text[]) AND p.kind = 'guardian' AND p.ended_at IS NULL
AND (p.email = ANY (%(emails)s::text[]) OR p.phone = ANY (%(phones)s::text[]))
ORDER BY p.id
""")
_ENROLMENTS = Bulk("""
SELECT e.id, e.learner_id, e.class_id, e.starts_on, e.created_at, c.name, c.is_register FROM enrolment e
JOIN class_group c ON c.school_id = e.school_id AND c.id = e.class_id
WHERE e.school_id = %(school)s AND e.learner_id = ANY (%(learners)s::uuid[]) AND e.ends_on IS NULL AND c.ended_at IS NULL
ORDER BY e.starts_on, e.id
""")
_CLASSES = Bulk("""
SELECT id, name, sort_key, is_register FROM class_group WHERE school_id = %(school)s AND year = %(year)s AND ended_at IS NULL
""")
GRADE_WORDS = ("grade ", "graad ", "gr ", "ibanga ", "class ", "klas ", "iklasi ")


@dataclass(eq=False)
class Guardian:
    """A guardian; `id` is None for one whom only an earlier row of the file adds, in a check."""

    id: UUID | None
    sort_key: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None


@dataclass(eq=False)
class Tie:
    """That somebody is a guardian of a learner; `barred` is their name where they are to have no contact."""

    id: UUID | None
    guardian: Guardian
    relation: str
    barred: str | None = None


@dataclass(eq=False)
class Place:
    """An open enrolment of a learner."""

    id: UUID
    class_id: UUID
    class_name: str
    is_register: bool
    starts_on: dt.date
    created_at: dt.datetime | None = None


@dataclass(eq=False)
class Learner:
    """A learner as the school has them, or as a row is about to make them (`id` None: only in a check)."""

    id: UUID | None
    sort_key: str
    number: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    known_as: str | None = None
    birth_date: str | None = None
    has_left: bool = False
    was_merged: bool = False
    ties: list[Tie] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Group:
    """A class of this year."""

    id: UUID
    name: str
    is_register: bool


class Classes:
    """The classes of this year by what a roster may call them: 'Grade 5A' is also found as '5A'."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._by_key: dict[str, Group | None] = {}
        for row in rows:
            group = Group(row.id, row.name, row.is_register)
            self._by_key[class_key(row.name)] = group
        for row in rows:
            bare = _bare(class_key(row.name))
            clash = self._by_key.get(bare)
            if clash is None and bare in self._by_key:
                continue
            group = Group(row.id, row.name, row.is_register)
            self._by_key[bare] = group if clash is None or clash == group else clash

    def find(self, name: str) -> Group | None:
        """The class of a name, None where there is none."""
        key = class_key(name)
        return self._by_key.get(key) or self._by_key.get(_bare(key))


def _bare(key: str) -> str:
    return next((key.removeprefix(word) for word in GRADE_WORDS if key.startswith(word)), key)


class Known:
    """The learners with some numbers or names, their guardians and places, and the guardians with some names and addresses."""

    def __init__(self, learners: Sequence[Learner], guardians: Sequence[Guardian]) -> None:
        self.by_number = {one.number: one for one in learners if one.number}
        self.by_name: dict[str, list[Learner]] = {}
        for one in learners:
            self.by_name.setdefault(one.sort_key, []).append(one)
        self.guardians: dict[tuple[str, str], Guardian] = {}
        for guardian in guardians:
            for contact in (guardian.email, guardian.phone):
                if contact:
                    self.guardians.setdefault((guardian.sort_key, contact), guardian)


def classes_of(cursor: Cursor[Any], year: int) -> Classes:
    """The classes of the current school in a year."""
    return Classes(_CLASSES.run(cursor, year=year).fetchall())


def look_up(
    cursor: Cursor[Any],
    *,
    numbers: Collection[str],
    names: Collection[str],
    guardians: Collection[str],
    emails: Collection[str],
    phones: Collection[str],
) -> Known:
    """Everything that the current school knows of whom some rows name; `names` and `guardians` are sort keys."""
    rows = _LEARNERS.run(cursor, numbers=list(numbers), names=list(names)).fetchall()
    found = [
        Learner(
            row.id, row.sort_key, row.number, row.first_name, row.last_name, row.known_as,
            row.birth_date.isoformat() if row.birth_date else None, row.has_left, row.was_merged,
        )
        for row in rows
    ]  # fmt: skip
    by_id = {one.id: one for one in found}
    people: dict[UUID, Guardian] = {}

    def person(row: Any) -> Guardian:
        return people.setdefault(row.id, Guardian(row.id, row.sort_key, row.email, row.phone, row.language))

    ids = list(by_id)
    if ids:
        for row in _TIES.run(cursor, learners=ids).fetchall():
            by_id[row.learner_id].ties.append(Tie(row.tie, person(row), row.relation, row.name if row.no_contact else None))
        for row in _ENROLMENTS.run(cursor, learners=ids).fetchall():
            place = Place(row.id, row.class_id, row.name, row.is_register, row.starts_on, row.created_at)
            by_id[row.learner_id].places.append(place)
    named = _GUARDIANS.run(cursor, names=list(guardians), emails=list(emails), phones=list(phones)).fetchall()
    return Known(found, [person(row) for row in named])
