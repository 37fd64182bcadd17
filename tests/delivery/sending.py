"""What the tests of delivery arrange and look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from app.delivery.publish import Text, send_message
from app.tenancy.doors import acting_for
from tests.cast import add_person

TEXTS = {
    "en": Text("School closes early", "School closes at 12:00 on Friday.\n\nTake care {name}."),
    "af": Text("Skool sluit vroeg – môre ook", "Die skool sluit Vrydag om 12:00."),
    "zu": Text("Isikole sivala ngaphambi kwesikhathi", "Isikole sivala ngo-12:00 ngoLwesihlanu."),
}


def send(
    school: int, *, audience: str = "everyone", texts: Mapping[str, Text] = TEXTS, urgent: bool = False, **more: Any
) -> UUID:
    """A message that is committed; returns its id."""
    with acting_for(school) as session:
        values = {"url": "/schedule-notices/1", "due": None} | more
        message = send_message(audience=audience, texts=texts, urgent=urgent, **values)
        message_id = message.id
        session.commit()
    return message_id


def only(sql: psycopg.Connection[Any], school: int, *emails: str | None, kind: str = "guardian") -> None:
    """These are the only people of a school whom a message to everyone is for."""
    sql.execute("UPDATE person SET ended_at = now() WHERE school_id = %s", (school,))
    for number, email in enumerate(emails):
        add_person(sql, school, f"Person {number}", kind, email)


def states(sql: psycopg.Connection[Any], where: str = "true") -> dict[str, int]:
    return dict(sql.execute(f"SELECT state, count(*) FROM delivery WHERE {where} GROUP BY 1").fetchall())


def due_now(sql: psycopg.Connection[Any]) -> None:
    """Whatever waits for later waits no more."""
    sql.execute("UPDATE delivery SET due_at = now() WHERE ended_at IS NULL")
    sql.execute("UPDATE outbox SET due_at = now() WHERE done_at IS NULL")
