"""Schools and deliveries for the health page, written past the application and then counted as workers do."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import psycopg

from app.ids import uuid7
from tests.cast import SchoolCast
from tests.domain.counting import rebuild
from tests.notices.sent import add_sent_message
from tests.pages import XHTML, Page, words

PATH, USAGE = "/operator/health", "/operator/usage"
HOUR = dt.timedelta(hours=1)
FULL, NOBODY = "email~permanent~552~5.2.2", "email~permanent~550~5.1.1"


def add_school(
    sql: psycopg.Connection[Any], name: str, *, state: str = "active", zone: str = "Africa/Johannesburg", days: int = 400
) -> int:
    """A school without anybody, made so many days ago; its number."""
    row = sql.execute(
        "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency, created_at)"
        " VALUES (%s, %s, %s, %s, %s, '17:00', 'en', 'en_ZA', 'ZAR', now() - %s * interval '1 day') RETURNING id",
        (name.lower().replace(" ", "-"), name, "".join(c for c in name.lower() if c.isalnum()), state, zone, days),
    ).fetchone()
    assert row
    return int(row[0])


def was_active(sql: psycopg.Connection[Any], school: int, at: dt.datetime) -> None:
    """Let a school have been last active at a moment: a scan at its gate, after which nothing came. Counts everything."""
    sql.execute(
        "INSERT INTO gate_scan (school_id, id, code, scanned_at, on_date, direction, by_name)"
        " VALUES (%s, %s, 'X', %s, '2020-01-01', 'unknown', 'A')",
        (school, uuid7(), at),
    )
    rebuild()


def add_ended(sql: psycopg.Connection[Any], school: SchoolCast, at: dt.datetime, *, cause: str = "", **states: int) -> UUID:
    """A message whose deliveries ended at a moment, so many in each state; the dead ones for a cause."""
    message = add_sent_message(sql, school, **states)
    sql.execute("UPDATE delivery SET ended_at = %s WHERE message_id = %s", (at, message))
    sql.execute("UPDATE delivery SET cause = %s WHERE message_id = %s AND state = 'dead'", (cause, message))
    return message


def add_urgent(
    sql: psycopg.Connection[Any], school: SchoolCast, at: dt.datetime, *, urgent: bool = True, to: UUID | None = None
) -> None:
    """A message of a moment."""
    sql.execute(
        "INSERT INTO message (school_id, id, audience, person_id, urgent, url, created_at) VALUES (%s, %s, 'everyone', %s, %s, '/', %s)",
        (school.id, uuid7(), to, urgent, at),
    )


def part(page: Page, name: str) -> ET.Element:
    """The panel of a name."""
    return next(e for e in page.all("section") if e.get("aria-labelledby") == f"panel-{name}")


def rows_of(element: ET.Element) -> list[list[str]]:
    """What stands in the cells of the rows of its tables, without their heads."""
    bodies = list(element.iter(XHTML + "tbody"))
    return [[words(cell) for cell in row] for body in bodies for row in body.iter(XHTML + "tr")]


def listed(page: Page) -> list[tuple[str, str]]:
    """The schools in their order: name and health."""
    return [(row[0], row[1]) for row in rows_of(part(page, "schools"))]


def items(element: ET.Element) -> dict[str, str]:
    """The entries of its list: the words of each link, with the number behind it."""
    found = {}
    for item in element.iter(XHTML + "li"):
        link, number = next(item.iter(XHTML + "a"), None), list(item.iter(XHTML + "strong"))
        if link is not None and number:
            found[words(link)] = words(number[-1])
    return found
