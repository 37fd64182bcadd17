"""Messages that failed for a reason, as a run would have left them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from app.domain.causes import write
from app.ids import uuid7
from tests.cast import SchoolCast
from tests.notices.arranged import add_notice
from tests.notices.sent import add_sent_message

FULL = ("permanent", 552, "5.2.2 mailbox full")
NOBODY = ("permanent", 550, "5.1.1 nobody here")


def add_failed(
    sql: psycopg.Connection[Any],
    school: SchoolCast,
    title: str = "Sports day",
    *,
    dead: int = 1,
    why: tuple[str, int, str] = FULL,
) -> list[UUID]:
    """A notice that failed for so many new people, with its text and one attempt each; the ids of the deliveries."""
    message = add_sent_message(sql, school, dead=dead)
    add_notice(sql, school, title, message_id=message)
    sql.execute(
        "INSERT INTO message_text (school_id, id, message_id, language, subject, lock_screen, body_text, body_html)"
        " VALUES (%s, %s, %s, 'en', %s, '', 'Come.', '<p>Come.</p>')",
        (school.id, uuid7(), message, title),
    )
    sql.execute(
        "UPDATE outbox SET subject = %s FROM delivery d WHERE outbox.id = d.batch_id AND d.message_id = %s", (message, message)
    )
    sql.execute("UPDATE delivery SET tries = 1, cause = %s WHERE message_id = %s", (write("email", *why), message))
    sql.execute(
        "INSERT INTO attempt (school_id, id, delivery_id, number, event, code, answer, provider)"
        " SELECT school_id, uuid7(), id, 1, %s, %s, %s, 'email' FROM delivery WHERE message_id = %s",
        (*why, message),
    )
    rows = sql.execute("SELECT id FROM delivery WHERE message_id = %s ORDER BY id", (message,)).fetchall()
    return [row[0] for row in rows]


def state_of(sql: psycopg.Connection[Any], delivery: UUID) -> str:
    row = sql.execute("SELECT state FROM delivery WHERE id = %s", (delivery,)).fetchone()
    assert row
    return str(row[0])


def audited(sql: psycopg.Connection[Any]) -> list[tuple[str, dict[str, str]]]:
    """Each event's action and its values, in order."""
    events = sql.execute("SELECT id, action FROM audit_event ORDER BY id").fetchall()
    return [
        (action, dict(sql.execute("SELECT field, value FROM audit_value WHERE event_id = %s", (event,)).fetchall()))
        for event, action in events
    ]
