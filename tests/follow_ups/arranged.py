"""A template of follow-ups and one that waits, for the sweeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast


def a_template(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A template in two languages that is in use."""
    made = uuid7()
    sql.execute(
        "INSERT INTO follow_up_template (school_id, id, name, occasion, stage, subject, body, updated_by)"
        " VALUES (%s, %s, 'First answer', 'stage', 'new', '{\"en\": \"Welcome\", \"zu\": \"Siyakwamukela\"}',"
        ' \'{"en": "Dear {name}, until {date}.", "zu": "Sawubona {name}."}\', \'Nomvula Khumalo\')',
        (school.id, made),
    )
    return made


def a_follow_up(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """One that waits, with words of its own and a name that is markup."""
    lead, made = uuid7(), uuid7()
    sql.execute(
        "INSERT INTO lead (school_id, id, name, email, language, source) VALUES (%s, %s, 'Lindiwe <Nkosi>', 'l@example.org', 'en', 'form')",
        (school.id, lead),
    )
    sql.execute(
        "INSERT INTO follow_up (school_id, id, lead_id, template_id, revision, language, due_at, subject, body, is_edited)"
        " VALUES (%s, %s, %s, %s, 1, 'en', now(), 'Welcome', 'Dear <b>{name}</b>', true)",
        (school.id, made, lead, a_template(sql, school)),
    )
    return made


THINGS: dict[str, Callable[[psycopg.Connection[Any], SchoolCast], UUID]] = {
    "template_id": a_template, "follow_up_id": a_follow_up,
}  # fmt: skip
