"""The gate as its tests arrange it: learners with cards, guardians, lessons, and what devices send."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast, add_person
from tests.conftest import Browser
from tests.pages import Page

TO = "/gate/scans"
ZONE = ZoneInfo("Africa/Johannesburg")
MINUTE = dt.timedelta(minutes=1)
CARD = "CARD00000001"


def add_learner(
    sql: psycopg.Connection[Any],
    school: SchoolCast,
    name: str = "Thandi Cele",
    card: str = CARD,
    number: str | None = "2026001",
) -> UUID:
    """A learner with a card and a number."""
    person = add_person(sql, school.id, name, "learner", None)
    sql.execute("UPDATE learner SET card_code = %s, number = %s WHERE id = %s", (card, number, person))
    return person


def add_guardian(
    sql: psycopg.Connection[Any], school: SchoolCast, learner: UUID, name: str, *, relation: str = "mother",
    may_collect: bool = True, no_contact: bool = False, phone: str | None = None,
) -> UUID:  # fmt: skip
    """A guardian of a learner."""
    person = add_person(sql, school.id, name, "guardian", None)
    sql.execute("UPDATE person SET phone = %s WHERE id = %s", (phone, person))
    sql.execute(
        "INSERT INTO guardianship (school_id, id, guardian_id, learner_id, relation, may_collect, no_contact)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (school.id, uuid7(), person, learner, relation, may_collect, no_contact),
    )
    return person


def add_class(sql: psycopg.Connection[Any], school: SchoolCast, name: str, *learners: UUID) -> UUID:
    """A register class with these learners since long ago."""
    made = uuid7()
    sql.execute(
        "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (%s, %s, %s, lower(%s), 2026)",
        (school.id, made, name, name),
    )
    for learner in learners:
        sql.execute(
            "INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on) VALUES (%s, %s, %s, %s, '2020-01-01')",
            (school.id, uuid7(), learner, made),
        )
    return made


def add_lesson(sql: psycopg.Connection[Any], school: SchoolCast, class_id: UUID, ends_at: dt.datetime) -> None:
    """A lesson of an hour."""
    sql.execute(
        "INSERT INTO class_session (school_id, id, class_id, on_date, starts_at, ends_at) VALUES (%s, %s, %s, %s, %s, %s)",
        (school.id, uuid7(), class_id, ends_at.astimezone(ZONE).date(), ends_at - 60 * MINUTE, ends_at),
    )


def set_clock(monkeypatch: Any, moment: dt.datetime) -> dt.datetime:
    """Let the product's clock stand at a moment."""
    monkeypatch.setattr("app.clock.now", lambda: moment)
    return moment


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 18) -> dt.datetime:
    """A moment of a Wednesday by the clock of the schools."""
    return dt.datetime(2026, 11, day, hour, minute, second, tzinfo=ZONE)


def a_scan(scanned_at: dt.datetime, code: str = CARD, id: UUID | None = None) -> dict[str, str]:
    """A scan as a device sends it."""
    return {"id": str(id or uuid7()), "code": code, "scanned_at": scanned_at.isoformat()}


def send(browser: Browser, scans: object, *, token: bool = True, **headers: str) -> Page:
    """Send scans as the script of the page does."""
    given = {"X-CSRF-Token": browser.token()} if token else {}
    return Page(browser.client.post(TO, json=scans, headers={**given, **headers}))


def results(page: Page) -> list[str]:
    """What each scan came to."""
    assert page.status == 200, page.text
    return [scan["result"] for scan in page.response.json["scans"]]


def state(sql: psycopg.Connection[Any], learner: UUID) -> tuple[Any, ...] | None:
    """Where the learner is, and since when."""
    return sql.execute("SELECT on_site, since FROM gate_state WHERE id = %s", (learner,)).fetchone()


def directions(sql: psycopg.Connection[Any], learner: UUID) -> list[str]:
    """What the learner's scans came to, in their order."""
    found = sql.execute("SELECT direction FROM gate_scan WHERE learner_id = %s ORDER BY scanned_at, id", (learner,))
    return [row[0] for row in found]
