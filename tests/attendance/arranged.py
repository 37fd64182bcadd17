"""A class of Thaba Nkulu on a Tuesday morning in a year to come: the clock of the product stands there, so that every day is known.

It lies in the future, so that what is due later is so for the database too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest

from app.ids import uuid7
from tests.cast import Cast, SchoolCast, add_person
from tests.conftest import Browser

HERE = ZoneInfo("Africa/Johannesburg")
TODAY = dt.date(2031, 3, 4)  # a Tuesday, and no holiday
NAMES = ("Amahle Cele", "Bandile Khoza", "Carla Botha")
DAY = dt.timedelta(days=1)


@dataclass
class Hands:
    """The hands of the clock: `at("08:05")` sets them, `on` another day."""

    patched: pytest.MonkeyPatch
    moment: dt.datetime = field(default_factory=lambda: dt.datetime.combine(TODAY, dt.time(8, 5), HERE))

    def at(self, time: str, day: dt.date = TODAY) -> dt.datetime:
        self.moment = dt.datetime.combine(day, dt.time.fromisoformat(time), HERE).astimezone(dt.UTC)
        self.patched.setattr("app.clock.now", lambda: self.moment)
        return self.moment


@dataclass
class Group:
    """A class and its learners, by name; the student of the cast is one of them and the guardian of the cast is theirs."""

    id: UUID
    learners: list[UUID]
    student: UUID
    path: str

    def marks(self, **told: object) -> dict[str, str]:
        """A form in which everybody is present, but for what is told: `marks(**{str(learner): "absent"})`, or a dict of fields."""
        form = {f"status-{learner}": "present" for learner in self.learners}
        for learner, said in told.items():
            fields = said if isinstance(said, dict) else {"status": said}
            form |= {f"{name}-{learner}": str(value) for name, value in fields.items()}
        return form


def add_group(sql: psycopg.Connection[Any], school: SchoolCast, name: str = "Grade 5A", *, register: bool = True) -> UUID:
    """A class without learners that nobody teaches."""
    made = uuid7()
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, grade, year, is_register) VALUES (%s, %s, %s, %s, '5', 2031, %s)",
        (school.id, made, name, name.lower(), register),
    )
    return made


def enrol(
    sql: psycopg.Connection[Any], school: SchoolCast, group: UUID, learner: UUID, since: dt.date = dt.date(2031, 1, 15)
) -> None:
    sql.execute(
        "INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on) VALUES (%s, %s, %s, %s, %s)",
        (school.id, uuid7(), learner, group, since),
    )


def teach(sql: psycopg.Connection[Any], school: SchoolCast, group: UUID) -> None:
    sql.execute(
        "INSERT INTO class_teacher (school_id, id, class_id, person_id) VALUES (%s, %s, %s, %s)",
        (school.id, uuid7(), group, school.teacher.person_id),
    )


def tie(sql: psycopg.Connection[Any], school: SchoolCast, guardian: UUID, learner: UUID, **columns: object) -> None:
    """Make somebody the guardian of a learner."""
    row = {"school_id": school.id, "id": uuid7(), "guardian_id": guardian, "learner_id": learner, **columns}
    sql.execute(f"INSERT INTO guardianship ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))


def lesson(sql: psycopg.Connection[Any], school: SchoolCast, group: UUID, at: str, day: dt.date = TODAY) -> UUID:
    """A lesson of an hour."""
    made, starts = uuid7(), dt.datetime.combine(day, dt.time.fromisoformat(at), HERE)
    sql.execute(
        "INSERT INTO class_session (school_id, id, class_id, on_date, starts_at, ends_at) VALUES (%s, %s, %s, %s, %s, %s)",
        (school.id, made, group, day, starts, starts + dt.timedelta(hours=1)),
    )
    return made


def arrange(sql: psycopg.Connection[Any], cast: Cast) -> Group:
    """Grade 5A with three learners and the student, taught by the teacher; the guardian hears of the student."""
    school = cast.thaba
    sql.execute("UPDATE app_user SET language = 'en'")
    group = add_group(sql, school)
    teach(sql, school, group)
    learners = [add_person(sql, school.id, name, "learner", None) for name in NAMES]
    assert school.student.person_id
    assert school.guardian.person_id
    for learner in (*learners, school.student.person_id):
        enrol(sql, school, group, learner)
    tie(sql, school, school.guardian.person_id, school.student.person_id)
    return Group(group, [*learners, school.student.person_id], school.student.person_id, f"/attendance/classes/{group}")


def revision(page: Any) -> str:
    """What a register's form carries."""
    return str(page.form()["revision"])


def save(browser: Browser, group: Group, *, seen: int = 0, why: str = "", query: str = "", **told: object) -> Any:
    """Send a register; see `Group.marks`."""
    data = group.marks(**told) | {"revision": str(seen), "why": why}
    return browser.post(f"{group.path}{query}", data)


def mark(
    sql: psycopg.Connection[Any], group: Group, learner: UUID, day: dt.date, status: str = "absent", reason: str | None = None
) -> None:
    """What the daily register of a day says of a learner."""
    found = sql.execute("SELECT id FROM register WHERE class_id = %s AND on_date = %s", (group.id, day)).fetchone()
    register = found[0] if found else uuid7()
    at = dt.datetime.combine(day, dt.time(8), HERE)
    if not found:
        sql.execute(
            "INSERT INTO register (school_id, id, class_id, on_date, saved_name) VALUES (1, %s, %s, %s, 'Lerato Dlamini')",
            (register, group.id, day),
        )
    of_table: dict[str, dict[str, object]] = {"attendance_mark": {"on_date": day}, "attendance_event": {}}
    for table, extra in of_table.items():
        row: dict[str, object] = {
            "school_id": 1,
            "register_id": register,
            "learner_id": learner,
            "status": status,
            "reason": reason,
            "at": at,
            "by_name": "Lerato Dlamini",
            **extra,
        }
        sql.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))


def school_days(number: int, *, until: dt.date = TODAY) -> list[dt.date]:
    """The last weekdays up to a day, the oldest first."""
    days: list[dt.date] = []
    day = until
    while len(days) < number:
        if day.weekday() < 5:
            days.append(day)
        day -= DAY
    return days[::-1]
