"""A message that has gone out, with deliveries in the states that a test asks for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast, add_person


def add_sent_message(sql: psycopg.Connection[Any], school: SchoolCast, **states: int) -> UUID:
    """A message of a school; `sent=3, dead=1` are its deliveries, each to a new person. The dead ones have a reason."""
    message, batch = uuid7(), uuid7()
    sql.execute(
        "INSERT INTO message (school_id, id, audience, urgent, url) VALUES (%s, %s, 'everyone', false, 'http://localhost/')",
        (school.id, message),
    )
    sql.execute("INSERT INTO outbox (school_id, id, job, done_at) VALUES (%s, %s, 'delivery.send', now())", (school.id, batch))
    for state, how_many in states.items():
        for number in range(how_many):
            person = add_person(sql, school.id, f"{state} {number}", "guardian", f"{state}{number}@example.com")
            sql.execute(
                "INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, reason, ended_at)"
                " VALUES (%s, %s, %s, %s, 'email', %s, %s, %s, now())",
                (school.id, uuid7(), message, person, batch, state, "bad_address" if state == "dead" else None),
            )
    return message
