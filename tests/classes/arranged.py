"""Classes as a test needs them, written past the application."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from app.domain.classes import class_key
from app.ids import uuid7
from tests.cast import SchoolCast, add_person

ZONE = ZoneInfo("Africa/Johannesburg")


def today() -> dt.date:
    """The date at the schools."""
    return dt.datetime.now(ZONE).date()


def day(offset: int) -> dt.date:
    """So many days from today."""
    return today() + dt.timedelta(days=offset)


def insert(sql: psycopg.Connection[Any], table: str, school: SchoolCast, **columns: object) -> UUID:
    """One row of a school; returns its id."""
    row = {"school_id": school.id, "id": uuid7(), **columns}
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    sql.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
    return row["id"]  # type: ignore[return-value]


def add_class(sql: psycopg.Connection[Any], school: SchoolCast, name: str = "Grade 3B", **columns: object) -> UUID:
    """A class of this year."""
    row = {"grade": "3", "year": today().year, **columns}
    return insert(sql, "class_group", school, name=name, sort_key=class_key(name), **row)


def add_learner(sql: psycopg.Connection[Any], school: SchoolCast, name: str) -> UUID:
    """A learner without a class."""
    return add_person(sql, school.id, name, "learner", None)


def enrol(sql: psycopg.Connection[Any], school: SchoolCast, group: UUID, learner: UUID, **columns: object) -> UUID:
    """A place in a class since a month."""
    row = {"starts_on": day(-30), **columns}
    return insert(sql, "enrolment", school, class_id=group, learner_id=learner, **row)


def teach(sql: psycopg.Connection[Any], school: SchoolCast, group: UUID, person: UUID | None = None) -> UUID:
    """The school's teacher (or another) teaches a class."""
    return insert(sql, "class_teacher", school, class_id=group, person_id=person or school.teacher.person_id)


def add_meeting(sql: psycopg.Connection[Any], school: SchoolCast, group: UUID, **columns: object) -> UUID:
    """A class meets every day of the week but Sunday."""
    row = {"weekdays": [1, 2, 3, 4, 5, 6], "starts_at": "08:30", "ends_at": "09:15", "from_on": day(-7), **columns}
    return insert(sql, "meeting_time", school, class_id=group, **row)


def add_lesson(
    sql: psycopg.Connection[Any], school: SchoolCast, group: UUID, on: dt.date, at: str = "10:00", **columns: object
) -> UUID:
    """A lesson of an hour, made by hand."""
    starts = dt.datetime.combine(on, dt.time.fromisoformat(at), ZONE)
    row = {"on_date": on, "starts_at": starts, "ends_at": starts + dt.timedelta(hours=1), **columns}
    return insert(sql, "class_session", school, class_id=group, **row)


def spells(sql: psycopg.Connection[Any], learner: UUID) -> list[tuple[Any, ...]]:
    """The places of a learner: class, state, first and last day, the first place first."""
    return sql.execute(
        "SELECT c.name, e.state, e.starts_on, e.ends_on FROM enrolment e JOIN class_group c"
        " ON c.school_id = e.school_id AND c.id = e.class_id WHERE e.learner_id = %s ORDER BY e.starts_on, c.name",
        (learner,),
    ).fetchall()


def deeds(sql: psycopg.Connection[Any]) -> list[str]:
    """The actions in the audit, the first one first."""
    return [row[0] for row in sql.execute("SELECT action FROM audit_event ORDER BY id").fetchall()]


def a_meeting(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A meeting time of a class of its own."""
    return add_meeting(sql, school, add_class(sql, school, f"Class {uuid7()}"))


def a_lesson(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A lesson of the school's teacher, in three days."""
    group = add_class(sql, school, f"Class {uuid7()}")
    teach(sql, school, group)
    return add_lesson(sql, school, group, day(3))


def a_place(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """Somebody who waits for a place in a class of its own."""
    assert school.student.person_id
    return enrol(sql, school, add_class(sql, school, f"Class {uuid7()}"), school.student.person_id, state="waiting")


def a_term(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A term that is long over, so that no lesson hangs on it."""
    return insert(sql, "term", school, name="Term 1", starts_on="2021-01-27", ends_on="2021-04-23")


def a_day_off(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A day off that is long over."""
    return insert(sql, "day_off", school, on_date="2021-03-22", name="Sports day")


def a_roll_over(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """The promotion of the classes of a year of which nothing is left."""
    return insert(
        sql, "roll_over", school, year=2021, last_day="2021-12-15", first_day="2022-01-12", made_by="Naledi Mokoena",
        made_classes=[], ended_classes=[], made_enrolments=[], ended_enrolments=[], leavers=[],
    )  # fmt: skip


#: what the arguments of the addresses of classes name, and how it is made
THINGS = {
    "meeting_id": a_meeting,
    "session_id": a_lesson,
    "enrolment_id": a_place,
    "term_id": a_term,
    "day_off_id": a_day_off,
    "roll_over_id": a_roll_over,
}
