"""What a piece of rows does to the school, gathered so that it is done with a statement a table; and what undoes each row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.names import sort_key
from app.ids import uuid7
from blueprints.imports.known import Place

#: what a row leaves behind to be undone: ids of what it added and ended, how whom it added was made, and of values
#: [table, id, column, before, after]
Undo = dict[str, Any]


@dataclass
class Deeds:
    """`None` in a change means that the value stays."""

    day: dt.date
    persons: list[tuple[UUID, str, str, str, str | None, str | None, str | None]] = field(default_factory=list)
    learners: list[tuple[UUID, str | None, str, str, str | None, str | None]] = field(default_factory=list)
    ties: list[tuple[UUID, UUID, UUID, str]] = field(default_factory=list)
    enrolments: list[tuple[UUID, UUID, UUID]] = field(default_factory=list)
    ended: list[tuple[UUID, dt.date]] = field(default_factory=list)
    dropped: list[UUID] = field(default_factory=list)
    changed: dict[tuple[str, UUID], dict[str, str]] = field(default_factory=dict)
    undo: dict[int, Undo] = field(default_factory=dict)

    def _left(self, row: int) -> Undo:
        return self.undo.setdefault(row, {})

    def add_person(self, row: int, kind: str, name: str, language: str | None, email: str | None, phone: str | None) -> UUID:
        """A new person; returns their id."""
        made = uuid7()
        self.persons.append((made, kind, name, sort_key(name), language, email, phone))
        self._left(row)[kind] = str(made)
        self._left(row).setdefault("made", {})[str(made)] = [name, language, email, phone]
        return made

    def add_learner(self, row: int, first: str, last: str, **values: str | None) -> UUID:
        """A new learner: a person and a profile."""
        made = self.add_person(row, "learner", f"{first} {last}", None, None, None)
        profile = (values["number"], first, last, values["known_as"], values["birth_date"])
        self.learners.append((made, *profile))
        self._left(row)["made"][str(made)] += profile
        return made

    def add_tie(self, row: int, guardian: UUID, learner: UUID, relation: str) -> UUID:
        made = uuid7()
        self.ties.append((made, guardian, learner, relation))
        self._left(row)["tie"] = str(made)
        return made

    def enrol(self, row: int, learner: UUID, class_id: UUID) -> UUID:
        made = uuid7()
        self.enrolments.append((made, learner, class_id))
        self._left(row)["enrolment"] = str(made)
        return made

    def leave(self, row: int, learner: UUID, place: Place) -> None:
        """End an enrolment with yesterday; one that begins today or later never was."""
        if place.starts_on < self.day:
            self.ended.append((place.id, self.day - dt.timedelta(days=1)))
            self._left(row)["ended"] = str(place.id)
        else:
            self.dropped.append(place.id)
            began = (place.starts_on.isoformat(), place.created_at.isoformat() if place.created_at else None)
            self._left(row)["dropped"] = [str(place.id), str(learner), str(place.class_id), *began]

    def change(self, row: int, table: str, key: UUID, column: str, before: str | None, after: str) -> None:
        """A value that becomes another."""
        self.changed.setdefault((table, key), {})[column] = after
        self._left(row).setdefault("values", []).append([table, str(key), column, before, after])
