"""Emergencies as a test needs them: sent through the product, or written past it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from app.config import Settings
from app.delivery.seeing import seen_link
from app.ids import uuid7
from tests.cast import SchoolCast

LIST, NEW = "/emergency/", "/emergency/new"
TEXTS = {
    "title_en": "The school is being evacuated", "message_en": "Everybody goes to the sports field.\n\nWait for our next message.",
    "title_af": "Die skool word ontruim", "message_af": "Almal gaan na die sportveld.",
    "title_zu": "Abantu bayakhishwa esikoleni", "message_zu": "Bonke baya enkundleni.",
}  # fmt: skip


def draft(**values: str) -> dict[str, str]:
    """What a form says, with a key of its own."""
    return {**TEXTS, "key": str(uuid7()), "audience": "everyone", "confirm": "SEND", **values}


def add_message(sql: psycopg.Connection[Any], school: SchoolCast, *, channel: str | None = None) -> UUID:
    """An urgent message of a school, fanned out."""
    made = uuid7()
    sql.execute(
        "INSERT INTO message (school_id, id, audience, urgent, url, channel) VALUES (%s, %s, 'everyone', true, 'http://localhost/', %s)",
        (school.id, made, channel),
    )
    return made


def add_emergency(
    sql: psycopg.Connection[Any], school: SchoolCast, title: str = "Fire in the kitchen", **columns: object
) -> UUID:
    """An emergency of a school that goes on, for everybody of it; its message is fanned out, and no delivery is made."""
    row = {
        "school_id": school.id, "id": uuid7(), "title": Jsonb({"en": title}), "message": Jsonb({"en": "Go to the field."}),
        "audience": "everyone", "message_id": add_message(sql, school), "by_name": "Naledi Mokoena", **columns,
    }  # fmt: skip
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    sql.execute(f"INSERT INTO emergency ({names}) VALUES ({marks})", list(row.values()))
    sql.execute(
        "INSERT INTO emergency_person (school_id, emergency_id, person_id) SELECT school_id, %s, id FROM person"
        " WHERE school_id = %s AND ended_at IS NULL",
        (row["id"], school.id),
    )
    return row["id"]  # type: ignore[return-value]


def add_delivery(
    sql: psycopg.Connection[Any], school: SchoolCast, message: UUID, person: UUID, state: str, channel: str = "email"
) -> UUID:
    """A delivery of a message to somebody, in a state."""
    batch, made = uuid7(), uuid7()
    sql.execute("INSERT INTO outbox (school_id, id, job, done_at) VALUES (%s, %s, 'delivery.send', now())", (school.id, batch))
    sql.execute(
        "INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, ended_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, CASE WHEN %s IN ('sent', 'demoted', 'dead', 'discarded') THEN now() END)",
        (school.id, made, message, person, channel, batch, state, state),
    )
    return made


def is_on_site(sql: psycopg.Connection[Any], school: SchoolCast, learner: UUID, *, on_site: bool = True) -> None:
    """Where a learner is by the gate, today. The school closes late."""
    sql.execute("UPDATE school SET close_time = '23:59:59' WHERE id = %s", (school.id,))
    sql.execute(
        "INSERT INTO gate_state (school_id, id, on_site, since, on_date)"
        " VALUES (%s, %s, %s, now(), (now() AT TIME ZONE 'Africa/Johannesburg')::date)"
        " ON CONFLICT (school_id, id) DO UPDATE SET on_site = excluded.on_site, since = now()",
        (school.id, learner, on_site),
    )


def add_guardian(sql: psycopg.Connection[Any], school: SchoolCast, guardian: UUID, learner: UUID, **columns: object) -> None:
    """Make somebody a guardian of a learner."""
    row = {"school_id": school.id, "id": uuid7(), "guardian_id": guardian, "learner_id": learner, **columns}
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    sql.execute(f"INSERT INTO guardianship ({names}) VALUES ({marks})", list(row.values()))


def the_one(sql: psycopg.Connection[Any]) -> UUID:
    """The newest emergency."""
    row = sql.execute("SELECT id FROM emergency ORDER BY id DESC LIMIT 1").fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def an_emergency(sql: psycopg.Connection[Any], school: SchoolCast, settings: Settings) -> dict[str, str]:
    """An emergency that goes on and whose mail has reached the guardian: what stands in the addresses of its pages."""
    emergency = add_emergency(sql, school)
    (message,) = sql.execute("SELECT message_id FROM emergency WHERE id = %s", (emergency,)).fetchone() or ()
    assert school.guardian.person_id
    delivery = add_delivery(sql, school, message, school.guardian.person_id, "sent")
    return {"emergency_id": str(emergency), "seal": seen_link(settings, school.id, delivery).rpartition("/")[2]}
