"""Schools, runs and invitations as a test wants them, past both walls."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast

SCHOOL = """
INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency)
SELECT 's' || n, 'Éducation ~ ' || number, 'education' || number, 'active', 'Africa/Maputo', '17:00', 'en', 'en_ZA', 'ZAR'
FROM generate_series(1, %s) n, LATERAL lpad(n::text, greatest(3, length(n::text)), '0') number
"""


def add_schools(sql: psycopg.Connection[Any], number: int) -> None:
    """So many active schools, 'Éducation ~ 001' and on, in the time zone of Maputo."""
    sql.execute(SCHOOL, (number,))


def add_run(sql: psycopg.Connection[Any], school: SchoolCast, state: str) -> UUID:
    """An onboarding run that made, or makes, this school."""
    run = uuid7()
    sql.execute(
        "INSERT INTO onboarding_run (id, state, name, name_key, timezone, close_time, language, school)"
        " VALUES (%s, %s, %s, %s, 'Africa/Johannesburg', '17:00', 'en', %s)",
        (run, state, school.name, str(run), school.id),
    )
    return run


def add_invitation(
    sql: psycopg.Connection[Any], school: int, person: UUID | None, email: str, *, role: str = "admin", expires: str = "2 days",
    used: bool = False, revoked: bool = False,
) -> UUID:  # fmt: skip
    """An invitation of a person, made now; `expires` from now on, as PostgreSQL reads it ('-1 hour' has expired)."""
    made = uuid7()
    sql.execute(
        "INSERT INTO invitation (school_id, id, person_id, role, email, token_hash, invited_by, expires_at, used_at, revoked_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, 'Olive Operator', now() + %s::interval, CASE WHEN %s THEN now() END,"
        " CASE WHEN %s THEN now() END)",
        (school, made, person, role, email, hashlib.sha256(made.bytes).digest(), expires, used, revoked),
    )
    return made


def events(sql: psycopg.Connection[Any], action: str) -> tuple[int, int]:
    """How many events of an action stand in the platform's log, and in the logs of schools."""
    counts = [
        sql.execute(f"SELECT count(*) FROM {log} WHERE action = %s", (action,)).fetchone()
        for log in ("platform_event", "audit_event")
    ]
    platform, schools = (row[0] if row else 0 for row in counts)
    return platform, schools
