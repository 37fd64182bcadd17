"""Classes, learners and enrolments as a test wants them, past both walls; and months that end at once."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import psycopg

from app.ids import uuid7
from app.tenancy.doors import across_schools
from app.work.jobs import Task
from blueprints.billable.jobs import freeze_months
from tests.cast import add_person

Sql = psycopg.Connection[Any]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def month(text: str) -> dt.date:
    """'2026-03' as the report has it."""
    return day(f"{text}-01")


def came_on(sql: Sql, school: int, text: str, *, timezone: str = "Africa/Johannesburg") -> None:
    """Let a school be on Umthi since that day, at noon UTC, and live by that clock."""
    sql.execute(
        "UPDATE school SET created_at = %s::timestamptz, timezone = %s WHERE id = %s", (f"{text} 12:00+00", timezone, school)
    )


def add_class(sql: Sql, school: int, name: str = "Grade 5A") -> UUID:
    made = uuid7()
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (%s, %s, %s, %s, 2026)",
        (school, made, name, name.lower()),
    )
    return made


def add_learner(sql: Sql, school: int, number: str | None, name: str = "Sizwe Ndlovu") -> UUID:
    made = add_person(sql, school, name, "learner", None)
    sql.execute("UPDATE learner SET number = %s WHERE school_id = %s AND id = %s", (number, school, made))
    return made


def enrol(
    sql: Sql, school: int, learner: UUID, in_class: UUID, since: str, until: str | None = None, *, state: str = "active"
) -> UUID:  # fmt: skip
    """A learner in a class between two days, both included."""
    made = uuid7()
    sql.execute(
        "INSERT INTO enrolment (school_id, id, learner_id, class_id, state, starts_on, ends_on) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (school, made, learner, in_class, state, since, until),
    )
    return made


def enrol_many(sql: Sql, school: int, number: int, since: str, until: str | None = None) -> list[UUID]:
    """So many learners, numbered N001 and on, in a class of their own."""
    in_class = add_class(sql, school, f"Class of {number} since {since}")
    learners = [add_learner(sql, school, f"N{n:03}") for n in range(1, number + 1)]
    for learner in learners:
        enrol(sql, school, learner, in_class, since, until)
    return learners


def freeze() -> None:
    """What the job of every five minutes does, until nothing is due."""
    with across_schools("test", routine=True) as session:
        while freeze_months.run(Task(0, uuid4(), "billable.freeze", None, 1)) is not None:
            session.commit()
        session.commit()


def frozen(sql: Sql, school: int) -> dict[str, tuple[int, int]]:
    """The months that a school has frozen: learners and adjustment."""
    rows = sql.execute("SELECT month, learners, adjustment FROM billable_month WHERE school_id = %s ORDER BY month", (school,))
    return {f"{first:%Y-%m}": (learners, adjustment) for first, learners, adjustment in rows}


def closed(sql: Sql) -> dict[str, tuple[int, int, int]]:
    """The reports that are closed: schools, learners and adjustment."""
    rows = sql.execute("SELECT month, schools, learners, adjustment FROM billable_report ORDER BY month")
    return {f"{first:%Y-%m}": tuple(rest) for first, *rest in rows}


def lines(sql: Sql, school: int, first: dt.date) -> list[tuple[Any, ...]]:
    """The learners behind a number: number, kind, the month that it is about, days, first and last day."""
    return sql.execute(
        "SELECT number, kind, about, days, first_on, last_on FROM billable_learner WHERE school_id = %s AND month = %s"
        " ORDER BY about, number, kind",
        (school, first),
    ).fetchall()
