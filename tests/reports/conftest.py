"""A small school whose numbers can be counted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.ids import uuid7
from tests.cast import Cast, SchoolCast, add_person

MONDAY = dt.date(2026, 3, 2)
FRIDAY = dt.date(2026, 3, 6)
SATURDAY = dt.date(2026, 3, 7)
STATUS = {"p": ("present", None), "l": ("late", None), "b": ("absent", "b"), "x": ("absent", None)}


@dataclass
class Place:
    """A school under the hands of a test."""

    sql: psycopg.Connection[Any]
    school: SchoolCast
    classes: dict[str, UUID] = field(default_factory=dict)
    learners: dict[str, UUID] = field(default_factory=dict)

    def a_class(self, name: str, *, year: int = 2026, is_register: bool = True, capacity: int | None = None) -> UUID:
        made = self.classes[name] = uuid7()
        self.sql.execute(
            "INSERT INTO class_group (school_id, id, name, sort_key, grade, year, is_register, capacity)"
            " VALUES (%s, %s, %s, lower(%s), '5', %s, %s, %s)",
            (self.school.id, made, name, name, year, is_register, capacity),
        )
        return made

    def teaches(self, name: str) -> None:
        """The school's teacher teaches a class."""
        self.sql.execute(
            "INSERT INTO class_teacher (school_id, id, class_id, person_id) VALUES (%s, %s, %s, %s)",
            (self.school.id, uuid7(), self.classes[name], self.school.teacher.person_id),
        )

    def a_learner(self, name: str, *classes: str, since: dt.date = dt.date(2026, 1, 14), until: dt.date | None = None) -> UUID:
        made = self.learners.setdefault(name, uuid7())
        if not self.sql.execute("SELECT 1 FROM learner WHERE id = %s", (made,)).fetchone():
            made = self.learners[name] = add_person(self.sql, self.school.id, name, "learner", None)
        for each in classes:
            self.enrol(made, each, since, until)
        return made

    def enrol(self, learner: UUID, name: str, since: dt.date, until: dt.date | None = None, state: str = "active") -> None:
        self.sql.execute(
            "INSERT INTO enrolment (school_id, id, learner_id, class_id, state, starts_on, ends_on)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (self.school.id, uuid7(), learner, self.classes[name], state, since, until),
        )

    def register(self, name: str, day: dt.date, marks: Mapping[str, str], *, session: UUID | None = None) -> None:
        """A register of a class: `marks` are letters of STATUS by learner."""
        made = uuid7()
        self.sql.execute(
            "INSERT INTO register (school_id, id, class_id, session_id, on_date, saved_name) VALUES (%s, %s, %s, %s, %s, 'T')",
            (self.school.id, made, self.classes[name], session, day),
        )
        for learner, letter in marks.items():
            status, reason = STATUS[letter]
            self.sql.execute(
                "INSERT INTO attendance_mark (school_id, register_id, learner_id, on_date, status, reason, by_name)"
                " VALUES (%s, %s, %s, %s, %s, %s, 'T')",
                (self.school.id, made, self.learners[learner], day, status, reason),
            )

    def lesson(self, name: str, day: dt.date) -> UUID:
        made, at = uuid7(), dt.datetime.combine(day, dt.time(8), dt.UTC)
        self.sql.execute(
            "INSERT INTO class_session (school_id, id, class_id, on_date, starts_at, ends_at) VALUES (%s, %s, %s, %s, %s, %s)",
            (self.school.id, made, self.classes[name], day, at, at + dt.timedelta(hours=1)),
        )
        return made

    def scans(self, learner: str | None, day: dt.date, ways: Iterable[str], *, offline: bool = False) -> None:
        """Scans of a learner, a minute apart in this order."""
        at = dt.datetime.combine(day, dt.time(5, 30), dt.UTC)
        for n, way in enumerate(ways):
            self.sql.execute(
                "INSERT INTO gate_scan (school_id, id, code, learner_id, scanned_at, on_date, direction, was_offline, by_name)"
                " VALUES (%s, %s, 'C', %s, %s, %s, %s, %s, 'O')",
                (
                    self.school.id, uuid7(), learner and self.learners[learner], at + dt.timedelta(minutes=n), day, way, offline,
                ),
            )  # fmt: skip

    def a_guardian(self, name: str, *learners: str) -> UUID:
        made = add_person(self.sql, self.school.id, name, "guardian", None)
        for learner in learners:
            self.sql.execute(
                "INSERT INTO guardianship (school_id, id, guardian_id, learner_id) VALUES (%s, %s, %s, %s)",
                (self.school.id, uuid7(), made, self.learners[learner]),
            )
        return made

    def deliveries(self, person: UUID, at: dt.datetime, *states: str, channel: str = "email", cause: str = "") -> None:
        """A delivery in each of these states."""
        for state in states:
            message, batch = uuid7(), uuid7()
            self.sql.execute(
                "INSERT INTO message (school_id, id, audience, urgent, url) VALUES (%s, %s, 'everyone', false, '/')",
                (self.school.id, message),
            )
            self.sql.execute(
                "INSERT INTO outbox (school_id, id, job, done_at) VALUES (%s, %s, 'delivery.send', now())",
                (self.school.id, batch),
            )
            self.sql.execute(
                "INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, cause, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (self.school.id, uuid7(), message, person, channel, batch, state, cause, at),
            )


@pytest.fixture
def place(sql: psycopg.Connection[Any], cast: Cast) -> Place:
    """Thaba Nkulu, with two register classes: 5A, which its teacher teaches, and 5B. Everybody reads English."""
    sql.execute("UPDATE app_user SET language = 'en'")
    made = Place(sql, cast.thaba)
    made.a_class("5A")
    made.a_class("5B", capacity=30)
    made.teaches("5A")
    return made


@pytest.fixture
def week(place: Place) -> Place:
    """Two registers of 5A and one of 5B on school days, and one of 5A on a Saturday: 8 marks that count, 2 that do not."""
    for name, of in (("Anele Zulu", "5A"), ("Bongi Mthembu", "5A"), ("Cebo Cele", "5B"), ("Dudu Dube", "5B")):
        place.a_learner(name, of)
    place.register("5A", MONDAY, {"Anele Zulu": "p", "Bongi Mthembu": "x"})
    place.register("5A", FRIDAY, {"Anele Zulu": "l", "Bongi Mthembu": "b"})
    place.register("5A", SATURDAY, {"Anele Zulu": "p", "Bongi Mthembu": "p"})
    place.register("5B", MONDAY, {"Cebo Cele": "p", "Dudu Dube": "p"})
    place.register("5B", FRIDAY, {"Cebo Cele": "p", "Dudu Dube": "b"})
    return place
