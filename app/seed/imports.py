"""Roster imports of the demo schools: one that is finished, one that waits for somebody, and one that stands still."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, select

from app.domain.roster import Field
from app.models.classes import ClassGroup, Enrolment
from app.models.learner import Guardianship, Learner
from app.models.person import Person
from app.models.roster import ImportState, RosterImport, RosterRow, RowResult
from app.models.user import Role
from app.seed.filling import fill
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.seed.thaba import THABA
from app.tenancy.database import db

HEADER = [field.value for field in Field]
MAPPING = {name: column for column, name in enumerate(HEADER)}
FINISHED, WAITING, STANDING = 40, 12, 30  # learners of the school in each
STOPPED_AFTER = 21  # row of the one that stands still
TOO_MANY = "OperationalError 53300"  # what the database said
#: learners whom the lists bring: first name, surname, date of birth (years ago, month, day), name and relation of an adult
NEW = {
    THABA.slug: (
        ("Siyamthanda", "Ndaba", (7, 2, 11), "Thulisile Ndaba", "mother"),
        ("Anele", "Hadebe", (8, 9, 3), "Mandla Hadebe", "father"),
        ("Lwandle", "Cebekhulu", (6, 5, 27), "Nokwazi Cebekhulu", "grandparent"),
    ),
    "": (
        ("Mieke", "Swanepoel", (7, 3, 9), "Hester Swanepoel", "mother"),
        ("Dawid", "Kotzé", (9, 11, 21), "Gert Kotzé", "father"),
        ("Lihle", "Mabena", (6, 8, 14), "Sarah Mabena", "mother"), ("Jannes", "Theron", (8, 1, 30), "Elna Theron", "mother"),
    ),
}  # fmt: skip


class _Learner(NamedTuple):
    """A learner of the school, as a list names them."""

    id: UUID
    number: str | None
    first: str
    last: str
    known_as: str | None
    birth: dt.date | None
    class_name: str | None
    guardian: str | None
    relation: str | None
    email: str | None
    phone: str | None
    language: str | None

    @property
    def cells(self) -> list[str]:
        return [value.isoformat() if isinstance(value, dt.date) else value or "" for value in self[1:]]


class _Line(NamedTuple):
    """A row of a list, and what it came to."""

    cells: list[str]
    result: RowResult
    plan: dict[str, Any]
    problems: list[Any] = []
    undo: dict[str, Any] | None = None


def add_imports(plan: SchoolPlan, users: dict[str, UUID], now: dt.datetime) -> int:
    """Add the imports of a demo school that are missing; returns how many were. Its learners have to be there."""
    learners = _learners(FINISHED + WAITING + STANDING)
    begun = [_finished(plan, users, learners[:FINISHED], now)]
    if plan.slug == THABA.slug:
        begun.append(_waiting(plan, users, learners[FINISHED : FINISHED + WAITING], now))
    else:
        begun.append(_standing(plan, users, learners[FINISHED + WAITING :], now))
    return sum(begun)


def _finished(plan: SchoolPlan, users: dict[str, UUID], learners: Sequence[_Learner], now: dt.datetime) -> int:
    """The list of the beginning of the year: it brought what the learners are called, and the rest was there."""
    at = now - dt.timedelta(days=61, hours=3)
    lines = [
        _Line(
            one.cells, RowResult.CHANGE, {"name": f"{one.first} {one.last}", "changes": [["known_as", None, one.known_as]]},
            undo={"values": [["learner", str(one.id), "known_as", None, one.known_as]]},
        )
        if one.known_as
        else _Line(one.cells, RowResult.SAME, {"name": f"{one.first} {one.last}"})
        for one in learners
    ]  # fmt: skip
    return _add(plan, users, "learners-january.csv", ImportState.DONE, lines, at, {"at": len(lines) + 1})


def _waiting(plan: SchoolPlan, users: dict[str, UUID], learners: Sequence[_Learner], now: dt.datetime) -> int:
    """A list with new learners, a question and some rows that are wrong, checked this morning."""
    lines = [_Line(one.cells, RowResult.SAME, {"name": f"{one.first} {one.last}"}) for one in learners[:-3]]
    lines += [_new(plan, number, now) for number in range(len(_new_ones(plan)))]
    day, phone, twin = learners[-3:]
    cells = day.cells
    cells[4] = "2016-31-04"
    lines.append(_Line(cells, RowResult.WRONG, {}, [[4, "no_such_day", {"text": "2016-31-04"}]]))
    cells = phone.cells
    cells[9] = "082 555 01"
    lines.append(_Line(cells, RowResult.WRONG, {}, [[9, "phone", {"text": "082 555 01"}]]))
    cells = twin.cells
    cells[0] = f"{now.year}0917"
    ask = {"why": "twin", "learner": str(twin.id), "name": f"{twin.first} {twin.last}", "number": twin.number}
    lines.append(_Line(cells, RowResult.ASK, {"name": f"{twin.first} {twin.last}", "ask": ask, "key": "917"}))
    unknown = {"0007z": ["7Z", len(_new_ones(plan))]}
    return _add(plan, users, "new-learners.csv", ImportState.CHECKED, lines, now - dt.timedelta(hours=2), {"unknown": unknown})


def _standing(plan: SchoolPlan, users: dict[str, UUID], learners: Sequence[_Learner], now: dt.datetime) -> int:
    """A list whose import the database has stopped: resumed, it goes on with the row where it stopped."""
    lines = [_Line(one.cells, RowResult.SAME, {"name": f"{one.first} {one.last}"}) for one in learners]
    lines += [_new(plan, number, now) for number in range(len(_new_ones(plan)))]
    options = {"was": ImportState.RUNNING.value, "at": STOPPED_AFTER, "tries": 0}
    return _add(plan, users, "leerders.csv", ImportState.FAILED, lines, now - dt.timedelta(hours=1, minutes=20), options)


def _new(plan: SchoolPlan, number: int, now: dt.datetime) -> _Line:
    first, last, (years, month, day), guardian, relation = _new_ones(plan)[number]
    born = dt.date(now.year - years, month, day).isoformat()
    email = f"{guardian.split()[0].lower()}.{number}@{plan.host}"
    of_class = "7Z" if plan.slug == THABA.slug else ""
    cells = [
        f"{now.year}09{number + 1:02}",
        first,
        last,
        "",
        born,
        of_class,
        guardian,
        relation,
        email,
        f"08255507{number:02}",
        "",
    ]
    adds = [["learner", f"{first} {last}"], ["guardian", guardian]]
    what: dict[str, Any] = {"name": f"{first} {last}", "adds": adds, "changes": [["tie", None, guardian]]}
    return _Line(cells, RowResult.ADD, what | ({"no_class": of_class} if of_class else {}))


def _new_ones(plan: SchoolPlan) -> tuple[Any, ...]:
    return NEW.get(plan.slug, NEW[""])


def _add(
    plan: SchoolPlan, users: dict[str, UUID], name: str, state: ImportState, lines: Sequence[_Line], at: dt.datetime,
    options: dict[str, Any],
) -> int:  # fmt: skip
    if db.session.scalar(select(RosterImport.id).where(RosterImport.file_name == name).limit(1)) is not None:
        return 0
    known, admin = known_id(plan.slug, "import", name), f"{Role.ADMIN.value}@{plan.host}"
    key = UUID(int=int(at.timestamp() * 1000) << 80 | known.int & ((1 << 80) - 1))  # of its time: ids sort the list
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.result.value] = counts.get(line.result.value, 0) + 1
    stopped = options.get("at") if state is ImportState.FAILED else None
    added = fill(RosterImport, [{
        "id": key, "file_name": name, "size": 90 * len(lines), "sha256": hashlib.sha256(key.bytes).digest(), "format": "csv",
        "encoding": "utf-8", "delimiter": ",", "header": HEADER, "mapping": MAPPING, "options": {"header_row": 1} | options,
        "state": state.value, "total": len(lines), "done": stopped - 1 if stopped else len(lines), "counts": counts,
        "error": TOO_MANY if stopped else None, "by_id": users.get(admin), "by_name": plan.accounts[Role.ADMIN],
        "created_at": at, "started_at": at, "moved_at": at + dt.timedelta(minutes=2),
        "ended_at": None if stopped else at + dt.timedelta(minutes=2),
    }])  # fmt: skip
    rows = [
        {
            "id": known_id(plan.slug, "import", name, number), "import_id": key, "number": number, "cells": line.cells,
            "result": line.result.value, "problems": line.problems, "plan": line.plan, "undo": line.undo,
            "done_at": at + dt.timedelta(minutes=1) if _is_done(state, line) else None,
        }
        for number, line in enumerate(lines, 2)
    ]  # fmt: skip
    fill(RosterRow, [row for row in rows if row["undo"]])
    fill(RosterRow, [{name: value for name, value in row.items() if name != "undo"} for row in rows if not row["undo"]])
    return added


def _is_done(state: ImportState, line: _Line) -> bool:
    return state is ImportState.DONE and line.result != RowResult.SAME


def _learners(number: int) -> list[_Learner]:
    """The first learners of the school, each with their class and one guardian."""
    learners = db.session.scalars(
        select(Learner)
        .join(Person, Person.id == Learner.id)
        .where(Person.ended_at.is_(None), Learner.number.is_not(None))
        .order_by(Learner.number)
        .limit(number)
    ).all()
    ids = [one.id for one in learners]
    classes = db.session.execute(
        select(Enrolment.learner_id, ClassGroup.name)
        .join(ClassGroup, and_(ClassGroup.id == Enrolment.class_id, ClassGroup.is_register, ClassGroup.ended_at.is_(None)))
        .where(Enrolment.learner_id.in_(ids), Enrolment.ends_on.is_(None))
    )
    adults = db.session.execute(
        select(Guardianship.learner_id, Guardianship.relation, Person.name, Person.email, Person.phone, Person.language)
        .join(Person, Person.id == Guardianship.guardian_id)
        .where(Guardianship.learner_id.in_(ids))
        .order_by(Guardianship.id.desc())
    )
    class_of = {row.learner_id: row.name for row in classes}
    adult_of = {row.learner_id: (row.name, row.relation, row.email, row.phone, row.language) for row in adults}
    nobody = (None, None, None, None, None)
    return [
        _Learner(
            one.id, one.number, one.first_name, one.last_name, one.known_as, one.birth_date, class_of.get(one.id),
            *adult_of.get(one.id, nobody),
        )
        for one in learners
    ]  # fmt: skip
