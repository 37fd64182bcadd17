"""People who can be reached in every way that there is, and gateways: what fan-out and the preview of it have to agree on."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import add_person

PHONE = "+27821234567"


def connect(sql: psycopg.Connection[Any], school: int, channel: str) -> None:
    """Give a school a gateway for a channel."""
    sql.execute(
        "INSERT INTO gateway (school_id, id, channel, url, key) VALUES (%s, %s, %s, 'https://127.0.0.1:1/{to}', 'sealed')",
        (school, uuid7(), channel),
    )


def subscribe(sql: psycopg.Connection[Any], school: int, person: UUID) -> None:
    """Give a person a device that shows notifications."""
    sql.execute(
        "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)"
        " VALUES (%s, %s, %s, %s, 'p', 'a', 'k', 'A phone')",
        (school, uuid7(), person, f"https://push.example/{person}"),
    )


def prefer(sql: psycopg.Connection[Any], school: int, person: UUID, *, push: bool = True, unsubscribed: bool = False) -> None:
    """What a person chose."""
    sql.execute(
        "INSERT INTO contact_preference (school_id, id, person_id, push, unsubscribed_at)"
        " VALUES (%s, %s, %s, %s, CASE WHEN %s THEN now() END)",
        (school, uuid7(), person, push, unsubscribed),
    )


def populate(sql: psycopg.Connection[Any], school: int) -> int:
    """Everybody that a school may have: each kind, address or none, flagged, device, preferences, phone. Returns how many."""
    sql.execute("UPDATE person SET ended_at = now() WHERE school_id = %s", (school,))
    choices = itertools.product(
        ("guardian", "learner", "staff"), ("works", "flagged", None), (True, False), (None, "push", "email", "left"),
        (PHONE, "082 123 4567", None),
    )  # fmt: skip
    number = 0
    for number, (kind, address, device, chose, phone) in enumerate(choices, 1):
        person = add_person(sql, school, f"Person {number:03}", kind, f"p{number}@x.example" if address else None)
        sql.execute(
            "UPDATE person SET phone = %s, email_flagged_at = CASE WHEN %s THEN now() END WHERE id = %s",
            (phone, address == "flagged", person),
        )
        if device:
            subscribe(sql, school, person)
        if chose:
            prefer(sql, school, person, push=chose != "email", unsubscribed=chose == "left")
    return number
