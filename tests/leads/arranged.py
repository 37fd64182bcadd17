"""Leads, written as they stand in the database."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast

Sql = psycopg.Connection[Any]


def a_lead(sql: Sql, school: SchoolCast, name: str = "Palesa Mahlangu", **more: Any) -> UUID:
    """A new lead of a school, with the beginning of its history."""
    made = uuid7()
    values = {
        "school_id": school.id, "id": made, "name": name, "email": "palesa@example.org", "phone": "+27825550199",
        "language": "en", "child_name": "Karabo Mahlangu", "child_grade": "Grade 2", "message": "Is there a place?",
        "source": "form", "origin": "www.example.org",
    } | more  # fmt: skip
    values = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in values.items()}
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    sql.execute(f"INSERT INTO lead ({columns}) VALUES ({marks})", list(values.values()))
    an_event(sql, school, made, "created", {"source": values["source"], "origin": values["origin"]})
    return made


def an_event(sql: Sql, school: SchoolCast, lead: UUID, kind: str, details: dict[str, Any], by: str = "") -> UUID:
    """A line of a lead's history."""
    made = uuid7()
    sql.execute(
        "INSERT INTO lead_event (school_id, id, lead_id, kind, by_name, details) VALUES (%s, %s, %s, %s, %s, %s)",
        (school.id, made, lead, kind, by, json.dumps(details)),
    )
    return made
