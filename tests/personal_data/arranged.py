"""Things of personal data, as the sweeps and the tests here want them: a request, a pack, a hold, a certificate, a workbook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast

Sql = psycopg.Connection[Any]


def a_request(sql: Sql, school: SchoolCast, kind: str = "access", person: UUID | None = None, **more: Any) -> UUID:
    """A request about the school's guardian, by themselves, that waits."""
    made = uuid7()
    values = {
        "school_id": school.id, "id": made, "kind": kind, "person_id": person or school.guardian.person_id,
        "asked_by_id": school.guardian.person_id, "asked_by": "Somebody", "way": "portal", "reason": "We want to know",
        "state": "open",
    } | more  # fmt: skip
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    sql.execute(f"INSERT INTO data_request ({columns}, due_on) VALUES ({marks}, current_date + 30)", list(values.values()))
    return made


def a_pack(sql: Sql, school: SchoolCast, request: UUID | None = None) -> UUID:
    """A pack about the school's guardian that the admin had made; its file is not there."""
    made = uuid7()
    sql.execute(
        "INSERT INTO data_pack (school_id, id, person_id, request_id, is_released, language, state, by_id, by_name, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, 'en', 'done', %s, 'Naledi', now() + interval '7 days')",
        (school.id, made, school.guardian.person_id, request, request is not None, school.admin.person_id),
    )
    return made


def a_hold(sql: Sql, school: SchoolCast, person: UUID | None = None) -> UUID:
    """A legal hold on the school's guardian that stands."""
    made = uuid7()
    sql.execute(
        "INSERT INTO legal_hold (school_id, id, person_id, reason, set_by) VALUES (%s, %s, %s, 'A court case', 'Naledi')",
        (school.id, made, person or school.guardian.person_id),
    )
    return made


def a_certificate(sql: Sql, school: SchoolCast, number: int = 1, person: UUID | None = None) -> UUID:
    """A certificate with a number, about the school's teacher."""
    made, whom = uuid7(), person or school.teacher.person_id
    request = a_request(sql, school, "erasure", whom, state="done")
    sql.execute(
        "INSERT INTO erasure_certificate (school_id, id, number, person_id, request_id, kind, law, reason, counts, kept,"
        " asked_on, by_name, confirmed_by) VALUES (%s, %s, %s, %s, %s, 'person', 'popia_24', 'They asked', '{\"person\": 1}',"
        ' \'{"delivery": {"rows": 2, "why": "Numbers"}}\', current_date, \'Naledi\', \'Nomvula\')',
        (school.id, made, number, whom, request),
    )
    return made


def a_breach(sql: Sql, school: SchoolCast) -> UUID:
    """A workbook of which one person was affected."""
    made = uuid7()
    sql.execute(
        "INSERT INTO breach (school_id, id, title, since, until, sought, by_name) VALUES (%s, %s, 'A lost phone',"
        ' now() - interval \'2 days\', now(), \'{"users": {}, "request": "x", "dataset": ""}\', \'Naledi\')',
        (school.id, made),
    )
    sql.execute(
        "INSERT INTO breach_person (school_id, id, breach_id, person_id, events, first_at, last_at, seen)"
        ' VALUES (%s, %s, %s, %s, 2, now(), now(), \'{"people.edit": {"count": 2, "fields": ["phone"]}}\')',
        (school.id, uuid7(), made, school.student.person_id),
    )
    return made


THINGS: dict[str, Callable[[Sql, SchoolCast], UUID]] = {
    "request_id": a_request, "pack_id": a_pack, "hold_id": a_hold, "certificate_id": a_certificate, "breach_id": a_breach,
}  # fmt: skip
