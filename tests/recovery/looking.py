"""What the tests of recovery look at."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.cast import SchoolCast, Someone, add_person
from tests.pages import XHTML, Page, words

LIST = "/operator/dead-letters"
FULL_KEY, NOBODY_KEY = "the-mailbox-is-full", "the-mail-server-says-that-this-address-does-not-exist"


def cells(page: Page) -> list[list[str]]:
    """The text of the cells of the table, row by row."""
    return [[words(cell) for cell in row if cell.tag in (f"{XHTML}td", f"{XHTML}th")] for row in page.all("tr")[1:]]


def schools(page: Page) -> list[str]:
    """The school of each row."""
    return [row[0] for row in cells(page)]


def counts(page: Page, label: str) -> list[str]:
    """The choices of a filter, with their numbers."""
    (nav,) = [each for each in page.all("nav") if each.get("aria-label") == label]
    return [words(a) for a in nav.iter(f"{XHTML}a")]


def platform_events(sql: psycopg.Connection[Any], area: str = "recovery") -> list[tuple[str, dict[str, str]]]:
    """The platform's events of an area with their values, in order."""
    rows = sql.execute("SELECT id, action FROM platform_event WHERE action LIKE %s ORDER BY seq", (f"{area}.%",)).fetchall()
    return [
        (action, dict(sql.execute("SELECT field, value FROM platform_value WHERE event_id = %s", (event,)).fetchall()))
        for event, action in rows
    ]


def add_school(sql: psycopg.Connection[Any], number: int, name: str) -> SchoolCast:
    """One more school, with one person in it and no account."""
    sql.execute(
        "INSERT INTO school (id, slug, name, name_key, state, timezone, close_time, language, money, currency) OVERRIDING SYSTEM VALUE"
        " VALUES (%s, %s, %s, %s, 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR')",
        (number, f"school-{number}", name, f"school{number}"),
    )
    one = Someone("one@example.org", "One")
    one.person_id = add_person(sql, number, one.name, "staff", one.email)
    return SchoolCast(number, f"school-{number}", name, "en", one, one, one, one, one, one)
