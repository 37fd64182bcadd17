"""Reviews and assets as tests arrange them: straight into the tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>A poster</title></svg>'
TEXTS = '{"en": {"headline": "Come and see us", "body": "We are here.", "call": "Scan", "alt": ""}}'


def a_review(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A review of the school's guardian that waits to be looked at."""
    return add_review(sql, school, "year:2026")


def add_review(
    sql: psycopg.Connection[Any], school: SchoolCast, milestone: str, *, state: str = "new", rating: int = 4,
    body: str = "The gate is safe.", name: str = "Ayanda D.", consents: bool = True, person: UUID | None = None,
    answer: str | None = None,
) -> UUID:  # fmt: skip
    """A review in a state; one that was asked or taken back says nothing."""
    made, is_given = uuid7(), state not in ("asked", "withdrawn")
    sql.execute(
        "INSERT INTO review (school_id, id, person_id, milestone, state, asked_by, rating, body, shown_name, consents, language,"
        " given_at, answer, consented_at, revision, sent_at)"
        " VALUES (%s, %s, %s, %s, %s, 'Naledi', %s, %s, %s, %s, %s, %s, %s, now(), 1, now())",
        (
            school.id, made, person or school.guardian.person_id, milestone, state, rating if is_given else None,
            body if is_given else None, name if is_given else None, consents and is_given, "en" if is_given else None,
            "2026-03-02T08:00Z" if is_given else None, answer if is_given else None,
        ),
    )  # fmt: skip
    return made


def an_asset(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A poster that has not been drawn."""
    made = uuid7()
    sql.execute(
        "INSERT INTO promotion_asset (school_id, id, kind, title, leads_to, theme, texts, by_name)"
        " VALUES (%s, %s, 'poster', 'Open day', 'lead', 'fynbos', %s, 'Naledi')",
        (school.id, made, TEXTS),
    )
    return made


def a_drawing(sql: psycopg.Connection[Any], school: SchoolCast) -> UUID:
    """A drawing of a poster, which does not show what the poster is now."""
    made = uuid7()
    sql.execute(
        "INSERT INTO promotion_drawing (school_id, id, asset_id, number, language, svg, png, alt, fingerprint, by_name)"
        " VALUES (%s, %s, %s, 1, 'en', %s, 'x', 'A poster', 'x', 'Naledi')",
        (school.id, made, an_asset(sql, school), SVG),
    )
    return made


#: how to make the thing that a rule's argument names
THINGS = {"review_id": a_review, "asset_id": an_asset, "drawing_id": a_drawing}
