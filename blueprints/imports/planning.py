"""What a row would do: whom it means, what it adds, what it changes. The check and the run decide by the same words.

A learner is told by their number, else by name and birth date; a guardian by name and an address or phone, or by name among the
guardians of the learner. An empty cell changes nothing. The first row about somebody counts, later ones have to agree with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import UUID

from app.domain.names import sort_key
from app.domain.roster import Field
from app.models.learner import Relation
from app.models.roster import RowResult
from blueprints.imports.deeds import Deeds
from blueprints.imports.known import Classes, Guardian, Known, Learner, Place, Tie
from blueprints.imports.seen import Seen, Trace, differing, key_of, print_of
from blueprints.imports.values import Wrong, read

PRINTED = (Field.FIRST, Field.LAST, Field.KNOWN_AS, Field.BIRTH, Field.CLASS)
GUARDIAN_PRINTED = (Field.EMAIL, Field.PHONE, Field.LANGUAGE)
LEARNER_FIELDS = (
    (Field.NUMBER, "number"), (Field.FIRST, "first_name"), (Field.LAST, "last_name"), (Field.KNOWN_AS, "known_as"),
    (Field.BIRTH, "birth_date"),
)  # fmt: skip
GUARDIAN_FIELDS = ((Field.EMAIL, "email"), (Field.PHONE, "phone"), (Field.LANGUAGE, "language"))
SAME, NEW, TIE, SKIP = "same", "new", "tie", "skip"  # what a person decides of a row that asks; TIE: the guardian is another
DECISIONS = (SAME, NEW, TIE, SKIP)
BARRED = "barred"  # why a person is asked of a guardian, who may be the one without contact under another spelling
Values = dict[Field, str | None]


@dataclass
class Row:
    """A row of the file: its cells read, and what is wrong with them. `decision` is a person's, about whom it means."""

    id: UUID
    number: int
    values: Values
    problems: list[list[Any]]
    decision: str | None = None
    name_key: str = ""
    guardian_key: str = ""


@dataclass
class Plan:
    """What a row comes to. `ask` says why a person is asked, about which learner or which earlier row; `no_class` names a class
    that is not there, `untied` a guardian who is not added, since the learner has one who is to have no contact."""

    row: Row
    result: RowResult = RowResult.SAME
    adds: list[list[str]] = field(default_factory=list)
    changes: list[list[str | None]] = field(default_factory=list)
    ask: dict[str, Any] | None = None
    trace: Trace | None = None
    no_class: str | None = None
    untied: str | None = None

    def kept(self) -> dict[str, Any]:
        """The plan as the row keeps it."""
        kept: dict[str, Any] = {
            "name": f"{self.row.values.get(Field.FIRST) or ''} {self.row.values.get(Field.LAST) or ''}".strip()
        }
        kept |= {"adds": self.adds} if self.adds else {}
        kept |= {"changes": self.changes} if self.changes else {}
        kept |= {"ask": self.ask} if self.ask else {}
        kept |= {"no_class": self.no_class} if self.no_class else {}
        kept |= {"untied": self.untied} if self.untied else {}
        kept |= {"seen": list(self.trace), "key": str(self.trace.learner)} if self.trace else {}
        return kept


class Stop(Exception):
    """The row goes no further: something is wrong with it, or a person has to decide."""


def read_row(
    id: UUID, number: int, cells: Sequence[str], *,
    mapping: Mapping[str, int], width: int, strict: bool, today: dt.date, decision: str | None = None,
) -> Row:  # fmt: skip
    """The values of a row by its mapping; `strict`: as many cells as the header has (`width`)."""
    row = Row(id, number, {}, [], decision)
    if len(cells) > width:
        row.problems.append([None, "too_wide", {"cells": len(cells), "headings": width}])
    elif strict and len(cells) < width:
        row.problems.append([None, "too_narrow", {"cells": len(cells), "headings": width}])
    if row.problems:
        return row
    for name, column in mapping.items():
        field_name = Field(name)
        try:
            row.values[field_name] = read(field_name, cells[column] if column < len(cells) else "", today)
        except Wrong as wrong:
            row.problems.append([column, wrong.code, wrong.values])
    first, last, guardian = (row.values.get(one) for one in (Field.FIRST, Field.LAST, Field.GUARDIAN))
    row.name_key = sort_key(f"{first} {last}") if first and last else ""
    row.guardian_key = sort_key(guardian) if guardian else ""
    return row


class Planner:
    """Plans the rows of a piece, one after the other; `deeds` gathers what they do, in a run."""

    def __init__(
        self, *, known: Known, seen: Seen, classes: Classes, mapping: Mapping[str, int], deeds: Deeds | None = None,
    ) -> None:  # fmt: skip
        self._known, self._seen, self._classes, self._mapping, self._deeds = known, seen, classes, mapping, deeds
        self._here: dict[int, Learner] = {}  # by key: whom a row of this piece was about

    def plan(self, row: Row) -> Plan:
        """What one row comes to."""
        plan = Plan(row)
        if not row.problems:
            with suppress(Stop):
                self._plan(row, plan)
        if row.problems:
            plan.result, plan.adds, plan.changes, plan.ask = RowResult.WRONG, [], [], None
        elif plan.ask:
            plan.result = RowResult.ASK
        elif plan.adds:
            plan.result = RowResult.ADD
        elif plan.changes:
            plan.result = RowResult.CHANGE
        if plan.trace and not row.problems:
            self._seen.note(row.number, plan.trace, asks=plan.ask is not None and plan.ask["why"] != BARRED)
        return plan

    def _plan(self, row: Row, plan: Plan) -> None:
        number, birth = row.values.get(Field.NUMBER), row.values.get(Field.BIRTH)
        if not number and not birth:
            self._refuse(row, Field.NUMBER, "nobody")
        who = key_of("who", row.name_key, birth) if row.name_key and birth else 0
        key = key_of("number", number) if number else self._key_by_name(row, who)
        prints = print_of(*(row.values.get(one) for one in PRINTED))
        earlier = self._seen.learner(key)
        if earlier:
            self._must_agree(row, PRINTED, earlier.prints, prints, earlier.row)
        guardian = self._traced(row, key)  # what can be refused is refused before anything is gathered
        plan.trace = Trace(key, prints, who, *guardian)
        if earlier and key in self._seen.asking and row.decision is None:
            plan.ask = {"why": "follows", "row": earlier.row}
            raise Stop
        learner = self._here.get(key) or (self._find(row, who) if earlier else None)
        if learner is None:
            learner = Learner(None, row.name_key) if earlier and not self._deeds else self._meant(row, plan, who)
        self._here[key] = learner
        self._ask_of_barred(row, plan, learner)
        if not plan.adds and learner.first_name is not None:
            self._of_learner(row, plan, learner, only_missing=earlier is not None)
        if not earlier or (learner.first_name is not None and not learner.places):
            self._of_class(row, plan, learner)
        if row.values.get(Field.GUARDIAN) and not plan.untied:
            self._of_guardian(row, plan, learner)

    def _key_by_name(self, row: Row, who: int) -> int:
        """The key of a row without a number: that of the row which said the number, else of name and birth date."""
        if not who:
            self._refuse(row, Field.FIRST if not row.values.get(Field.FIRST) else Field.LAST, "missing")
        there = self._seen.person(who)
        return there.prints if there else key_of("person", row.name_key, row.values.get(Field.BIRTH))

    def _find(self, row: Row, who: int) -> Learner | None:
        """The learner of the school whom a row means without a question, if there is one."""
        number = row.values.get(Field.NUMBER)
        if number and (found := self._known.by_number.get(number)):
            return found
        return twins[0] if len(twins := self._twins(row)) == 1 and (not number or row.decision == SAME) else None

    def _twins(self, row: Row) -> list[Learner]:
        """The learners with the name and the birth date of a row."""
        birth = row.values.get(Field.BIRTH)
        named = self._known.by_name.get(row.name_key, []) if row.name_key and birth else []
        return [one for one in named if one.birth_date == birth and not one.was_merged]

    def _meant(self, row: Row, plan: Plan, who: int) -> Learner:
        """The learner whom a first row means, or a new one. Raises Stop where that is a question."""
        number, decision = row.values.get(Field.NUMBER), row.decision
        if number and (found := self._known.by_number.get(number)):
            if found.was_merged:
                self._refuse(row, Field.NUMBER, "merged")
            if decision != SAME:
                if found.has_left:
                    self._ask(plan, "left", found)
                if self._is_somebody_else(row, found):
                    self._ask(plan, "other", found)
            return found
        twins = self._twins(row)
        if decision != NEW:
            if len(twins) > 1:
                self._refuse(row, Field.FIRST, "several")
            if twins and (twins[0].has_left or number) and decision != SAME:
                self._ask(plan, "left" if twins[0].has_left else "twin", twins[0])
            if twins:
                return twins[0]
            if number and who and (there := self._seen.person(who)):
                plan.ask = {"why": "twin_row", "row": there.row}
                raise Stop
        return self._new(row, plan)

    def _is_somebody_else(self, row: Row, found: Learner) -> bool:
        """Whether neither the name nor the birth date of a row is that of the learner with its number."""
        birth = row.values.get(Field.BIRTH)
        return bool(
            row.name_key and row.name_key != found.sort_key and birth and found.birth_date and birth != found.birth_date
        )

    def _new(self, row: Row, plan: Plan) -> Learner:
        first, last = row.values.get(Field.FIRST), row.values.get(Field.LAST)
        if not first or not last:
            self._refuse(row, Field.LAST if first else Field.FIRST, "missing")
        number, known_as, birth = (row.values.get(one) for one in (Field.NUMBER, Field.KNOWN_AS, Field.BIRTH))
        learner = Learner(None, row.name_key, number, first, last, known_as, birth)
        if self._deeds:
            learner.id = self._deeds.add_learner(
                row.number, str(first), str(last), number=number, known_as=known_as, birth_date=birth
            )
        if number:
            self._known.by_number[number] = learner
        plan.adds.append(["learner", learner.name])
        return learner

    def _of_learner(self, row: Row, plan: Plan, learner: Learner, *, only_missing: bool) -> None:
        """What changes of a learner who is there already; `only_missing`: an earlier row said the rest."""
        old_name = learner.name
        for name, attribute in LEARNER_FIELDS:
            if not only_missing or getattr(learner, attribute) is None:
                self._set(row, plan, "learner", learner, name, attribute)
        if learner.name != old_name and self._deeds and learner.id:
            self._deeds.change(row.number, "person", learner.id, "name", old_name, learner.name)
            self._deeds.change(row.number, "person", learner.id, "sort_key", learner.sort_key, sort_key(learner.name))
            learner.sort_key = sort_key(learner.name)
        if learner.has_left:
            plan.changes.append(["status", "left", "enrolled"])
            learner.has_left = False
            if self._deeds and learner.id:
                self._deeds.change(row.number, "learner", learner.id, "status", "left", "enrolled")

    def _of_class(self, row: Row, plan: Plan, learner: Learner) -> None:
        wanted = row.values.get(Field.CLASS)
        if not wanted:
            return
        group = self._classes.find(wanted)
        if group is None:
            plan.no_class = wanted
            return
        if any(place.class_id == group.id for place in learner.places):
            return
        before = next((place for place in learner.places if place.is_register and group.is_register), None)
        plan.changes.append([Field.CLASS.value, before.class_name if before else None, group.name])
        if self._deeds and learner.id:
            if before:
                self._deeds.leave(row.number, learner.id, before)
                learner.places.remove(before)
            made = self._deeds.enrol(row.number, learner.id, group.id)
            learner.places.append(Place(made, group.id, group.name, group.is_register, self._deeds.day))

    def _traced(self, row: Row, key: int) -> tuple[tuple[int, ...], int, int, int]:
        """What a row leaves behind of its guardian. Raises Stop where it contradicts an earlier row."""
        email, phone = row.values.get(Field.EMAIL), row.values.get(Field.PHONE)
        if not row.values.get(Field.GUARDIAN):
            if email or phone:
                self._refuse(row, Field.GUARDIAN, "no_guardian")
            return (), 0, 0, 0
        keys = tuple(key_of("guardian", row.guardian_key, contact) for contact in (email, phone) if contact)
        prints = print_of(*(row.values.get(one) for one in GUARDIAN_PRINTED))
        tie, tie_print = key_of("tie", str(key), row.guardian_key), print_of(row.values.get(Field.RELATION))
        for seen in map(self._seen.guardian, keys):
            if seen:
                self._must_agree(row, GUARDIAN_PRINTED, seen.prints, prints, seen.row)
        if before := self._seen.tie(tie):
            self._must_agree(row, (Field.RELATION,), before.prints, tie_print, before.row)
        return keys, prints, tie, tie_print

    def _of_guardian(self, row: Row, plan: Plan, learner: Learner) -> None:
        assert plan.trace
        name, relation = str(row.values.get(Field.GUARDIAN)), row.values.get(Field.RELATION)
        is_seen = any(self._seen.guardian(key) for key in plan.trace.guardians)
        is_tied = self._seen.tie(plan.trace.tie) is not None
        tie = next((one for one in learner.ties if one.guardian.sort_key == row.guardian_key), None)
        guardian = tie.guardian if tie else self._guardian(row)
        if guardian is None and (is_seen or is_tied) and not self._deeds:
            guardian = Guardian(None, row.guardian_key)  # whom an earlier row adds
        elif guardian is None:
            guardian = self._new_guardian(row, plan, name)
        else:
            for one, attribute in GUARDIAN_FIELDS:
                if not is_seen or getattr(guardian, attribute) is None:
                    self._set(row, plan, "person", guardian, one, attribute)
        if tie is None and (self._deeds or not is_tied):
            relation = relation or Relation.GUARDIAN.value
            made = None
            if self._deeds and guardian.id and learner.id:
                made = self._deeds.add_tie(row.number, guardian.id, learner.id, relation)
            learner.ties.append(Tie(made, guardian, relation))
            plan.changes.append(["tie", None, name])
        elif tie and not is_tied and relation and relation != tie.relation:
            plan.changes.append([Field.RELATION.value, tie.relation, relation])
            if self._deeds and tie.id:
                self._deeds.change(row.number, "guardianship", tie.id, "relation", tie.relation, relation)
            tie.relation = relation

    def _ask_of_barred(self, row: Row, plan: Plan, learner: Learner) -> None:
        """Nobody becomes a guardian of a learner who has one without contact, unless a person says that it is somebody else."""
        barred = next((tie.barred for tie in learner.ties if tie.barred), None)
        is_new = row.guardian_key and all(tie.guardian.sort_key != row.guardian_key for tie in learner.ties)
        if barred is None or not is_new or row.decision == TIE:
            return
        if row.decision is None:
            plan.ask = {"why": BARRED, "name": learner.name, "guardian": row.values.get(Field.GUARDIAN), "barred": barred}
            raise Stop
        plan.untied = row.values.get(Field.GUARDIAN)

    def _guardian(self, row: Row) -> Guardian | None:
        contacts = (row.values.get(Field.EMAIL), row.values.get(Field.PHONE))
        places = [(row.guardian_key, contact) for contact in contacts if contact]
        return next((self._known.guardians[place] for place in places if place in self._known.guardians), None)

    def _new_guardian(self, row: Row, plan: Plan, name: str) -> Guardian:
        email, phone, language = (row.values.get(one) for one in GUARDIAN_PRINTED)
        made = self._deeds.add_person(row.number, "guardian", name, language, email, phone) if self._deeds else None
        guardian = Guardian(made, row.guardian_key, email, phone, language)
        for contact in (email, phone):
            if contact:
                self._known.guardians.setdefault((row.guardian_key, contact), guardian)
        plan.adds.append(["guardian", name])
        return guardian

    def _set(self, row: Row, plan: Plan, table: str, of: Learner | Guardian, name: Field, attribute: str) -> None:
        """Let a value that was given and is another take the place of the old one."""
        given, before = row.values.get(name), getattr(of, attribute)
        if not given or given == before:
            return
        plan.changes.append([name.value, before, given])
        setattr(of, attribute, given)
        if self._deeds and of.id:
            self._deeds.change(row.number, table, of.id, attribute, before, given)

    def _must_agree(self, row: Row, fields: Sequence[Field], before: int, now: int, earlier: int) -> None:
        place = differing(before, now, len(fields))
        if place is not None:
            self._refuse(row, fields[place], "differs", other=earlier)

    def _refuse(self, row: Row, name: Field, code: str, **values: Any) -> NoReturn:
        row.problems.append([self._mapping.get(name.value), code, values])
        raise Stop

    def _ask(self, plan: Plan, why: str, about: Learner) -> NoReturn:
        plan.ask = {"why": why, "learner": str(about.id), "name": about.name, "number": about.number}
        raise Stop
