"""A learner of Thaba Nkulu with a family and a life at school, and somebody who has just proven who they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.ids import uuid7
from tests.cast import Cast, Someone, add_person
from tests.conftest import Browser

NAME, EMAIL, PHONE, NUMBER = "Zodwa Testament", "zodwa.testament@example.org", "+27825550142", "2026777"


@pytest.fixture
def stepped(sql: psycopg.Connection[Any], browser: Browser) -> Callable[..., Browser]:
    """`stepped(cast.thaba.admin)` is a browser of somebody who has just proven who they are."""

    def as_(someone: Someone, **options: Any) -> Browser:
        sql.execute("UPDATE login_session SET stepped_up_at = now() WHERE user_id = %s", (someone.user_id,))
        return browser.as_(someone, **options)

    return as_


@pytest.fixture(autouse=True)
def _in_english(sql: psycopg.Connection[Any], cast: Cast) -> None:
    """The people of Thaba Nkulu read English here, whatever their school's language is."""
    sql.execute("UPDATE app_user SET language = 'en' WHERE email LIKE '%@thaba.example.com'")


@dataclass
class Family:
    """A learner with a life at school; the guardian is the cast's."""

    learner: UUID
    other: UUID
    school: int

    @property
    def page(self) -> str:
        return f"/people/{self.learner}/data/"

    @property
    def own(self) -> str:
        return f"/family/data/{self.learner}/"


@pytest.fixture
def family(sql: psycopg.Connection[Any], cast: Cast) -> Family:
    """Zodwa, her guardian of the cast, another learner of the class, marks, scans, an absence, a note, a line of a roster."""
    school = cast.thaba.id
    zodwa = add_person(sql, school, NAME, "learner", EMAIL)
    other = add_person(sql, school, "Lungile Elsewhere", "learner", None)
    run = sql.execute
    run("UPDATE person SET phone = %s WHERE id = %s", (PHONE, zodwa))
    run(
        "UPDATE learner SET number = %s, known_as = 'Zozo', birth_date = '2015-03-31', photo_consent = 'given',"
        " photo_consent_at = now() WHERE id = %s",
        (NUMBER, zodwa),
    )
    for each in (zodwa, other):
        run(
            "INSERT INTO guardianship (school_id, id, guardian_id, learner_id) VALUES (%s, %s, %s, %s)",
            (school, uuid7(), cast.thaba.guardian.person_id, each),
        )
        if each == zodwa:
            continue
        run("DELETE FROM guardianship WHERE learner_id = %s", (other,))
    group, register = uuid7(), uuid7()
    run(
        "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (%s, %s, 'Grade 5B', 'grade 5b', 2026)",
        (school, group),
    )
    run(
        "INSERT INTO enrolment (school_id, id, learner_id, class_id, state, starts_on) VALUES (%s, %s, %s, %s, 'active', '2026-01-14')",
        (school, uuid7(), zodwa, group),
    )
    run(
        "INSERT INTO register (school_id, id, class_id, on_date, saved_name) VALUES (%s, %s, %s, '2026-03-02', 'Lerato')",
        (school, register, group),
    )
    for table in ("attendance_mark", "attendance_event"):
        day = "on_date, " if table == "attendance_mark" else ""
        value = "'2026-03-02', " if day else ""
        run(
            f"INSERT INTO {table} (school_id, register_id, learner_id, {day}status, reason, note, by_name)"
            f" VALUES (%s, %s, %s, {value}'absent', 'b', 'She had a fever', 'Lerato')",
            (school, register, zodwa),
        )
    run(
        "INSERT INTO absence_report (school_id, id, learner_id, person_id, from_on, until_on, reason, note)"
        " VALUES (%s, %s, %s, %s, '2026-03-02', '2026-03-02', 'b', 'Zodwa has the flu')",
        (school, uuid7(), zodwa, cast.thaba.guardian.person_id),
    )
    run(
        "INSERT INTO medical_note (school_id, id, learner_id, note, updated_by) VALUES (%s, %s, %s, 'Peanut allergy', 'Nomvula')",
        (school, uuid7(), zodwa),
    )
    run(
        "INSERT INTO gate_scan (school_id, id, code, learner_id, scanned_at, received_at, on_date, direction, was_offline, by_name)"
        " SELECT school_id, %s, card_code, id, now(), now(), current_date, 'in', false, 'Sipho' FROM learner WHERE id = %s",
        (uuid7(), zodwa),
    )
    message = uuid7()
    run(
        "INSERT INTO message (school_id, id, audience, person_id, urgent, url) VALUES (%s, %s, 'guardians', %s, false, '/')",
        (school, message, cast.thaba.guardian.person_id),
    )
    run(
        "INSERT INTO message_text (school_id, id, message_id, language, subject, lock_screen, body_text, body_html)"
        " VALUES (%s, %s, %s, 'en', 'Absent', 'Absent', %s, %s)",
        (school, uuid7(), message, f"{NAME} was not in class.", f"<p>{NAME} was not in class.</p>"),
    )
    roster = uuid7()
    run(
        "INSERT INTO roster_import (school_id, id, file_name, size, sha256, format, header, mapping, options, state, by_name, total)"
        " VALUES (%s, %s, 'roster.csv', 9, 'x', 'csv', '[\"number\"]', '{}', '{\"header_row\": 1}', 'done', 'Naledi', 1)",
        (school, roster),
    )
    run(
        "INSERT INTO roster_row (school_id, import_id, number, cells, plan) VALUES (%s, %s, 2, %s, %s)",
        (school, roster, f'["{NUMBER}", "Zodwa", "Testament", "Zozo"]', f'{{"name": "{NAME}"}}'),
    )
    return Family(zodwa, other, school)


@pytest.fixture
def archived(sql: psycopg.Connection[Any], family: Family) -> Family:
    """The learner has left."""
    sql.execute("UPDATE person SET ended_at = now() WHERE id = %s", (family.learner,))
    sql.execute("UPDATE learner SET status = 'left', left_on = current_date WHERE id = %s", (family.learner,))
    return family
