"""Codes, referrals and rewards, written as they stand in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast
from tests.leads.arranged import a_lead

Sql = psycopg.Connection[Any]


def a_code(sql: Sql, school: SchoolCast, code: str = "BKM7RT2", *, closed: bool = False, guardian: UUID | None = None) -> UUID:
    """The code of the school's guardian, who has a child there; the same one if it stands already."""
    there = sql.execute("SELECT id FROM referral_code WHERE school_id = %s AND code = %s", (school.id, code)).fetchone()
    if there:
        found: UUID = there[0]
        return found
    made, whose = uuid7(), guardian or school.guardian.person_id
    sql.execute(
        "INSERT INTO guardianship (school_id, id, guardian_id, learner_id) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (school.id, uuid7(), whose, school.student.person_id),
    )
    sql.execute(
        "INSERT INTO referral_code (school_id, id, guardian_id, code, by_name, closed_at)"
        " VALUES (%s, %s, %s, %s, 'Naledi', CASE WHEN %s THEN now() END)",
        (school.id, made, whose, code, closed),
    )
    return made


def a_referral(sql: Sql, school: SchoolCast, *, lead: UUID | None = None, code: UUID | None = None) -> UUID:
    """A lead that counts for the guardian's code."""
    made = uuid7()
    sql.execute(
        "INSERT INTO referral (school_id, id, lead_id, code_id, touched_at, by_name) VALUES (%s, %s, %s, %s, now(), '')",
        (school.id, made, lead or a_lead(sql, school), code or a_code(sql, school)),
    )
    return made


def a_reward(sql: Sql, school: SchoolCast, *, referral: UUID | None = None, cents: int = 25_000, words: str = "") -> UUID:
    """A reward that was granted, and has not ended: for the newest referral of the school, unless one is named."""
    made = uuid7()
    newest = sql.execute("SELECT id FROM referral WHERE school_id = %s ORDER BY id DESC LIMIT 1", (school.id,)).fetchone()
    referral = referral or (newest[0] if newest else None)
    sql.execute(
        "INSERT INTO referral_reward (school_id, id, referral_id, kind, cents, currency, words, by_name)"
        " VALUES (%s, %s, %s, 'granted', %s, 'ZAR', %s, 'Naledi')",
        (school.id, made, referral or a_referral(sql, school), cents, words),
    )
    return made


THINGS: dict[str, Callable[[Sql, SchoolCast], UUID]] = {
    "code_id": a_code,
    "referral_id": a_referral,
    "reward_id": a_reward,
}
