"""People to arrange with: a manager who reads English, and learners and guardians as the tests need them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.ids import uuid7
from tests.cast import Cast, SchoolCast, Someone, add_person
from tests.conftest import Browser

Maker = Callable[..., UUID]


@pytest.fixture
def admin(browser: Browser, cast: Cast) -> Browser:
    """Somebody who manages the first school and reads English."""
    return browser.as_(cast.multi, language="en")


@pytest.fixture
def english(browser: Browser, sql: psycopg.Connection[Any]) -> Callable[[Someone], Browser]:
    """Somebody's browser, who reads English from now on."""

    def sign_in(someone: Someone) -> Browser:
        sql.execute("UPDATE app_user SET language = 'en' WHERE id = %s", (someone.user_id,))
        return browser.as_(someone, language="en")

    return sign_in


@pytest.fixture
def owner(english: Callable[[Someone], Browser], cast: Cast) -> Browser:
    """The owner of the first school, who reads English."""
    return english(cast.thaba.owner)


@pytest.fixture
def somebody(sql: psycopg.Connection[Any], cast: Cast) -> Maker:
    """One more person of a school; `more` are columns of the learner's profile."""

    def make(
        name: str, kind: str = "learner", *, school: SchoolCast | None = None, email: str | None = None,
        phone: str | None = None, **more: Any,
    ) -> UUID:  # fmt: skip
        number = (school or cast.thaba).id
        person = add_person(sql, number, name, kind, email)
        sql.execute("UPDATE person SET phone = %s WHERE school_id = %s AND id = %s", (phone, number, person))
        for column, value in more.items():
            sql.execute(
                f"UPDATE learner SET {column} = %s WHERE school_id = %s AND id = %s",
                (value, number, person),
            )
        return person

    return make


@pytest.fixture
def tied(sql: psycopg.Connection[Any], cast: Cast) -> Maker:
    """A guardianship."""

    def make(guardian: UUID, learner: UUID, *, school: SchoolCast | None = None, **more: Any) -> UUID:
        made = uuid7()
        columns = {"school_id": (school or cast.thaba).id, "id": made, "guardian_id": guardian, "learner_id": learner, **more}
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        sql.execute(f"INSERT INTO guardianship ({names}) VALUES ({marks})", list(columns.values()))
        return made

    return make


@pytest.fixture
def placed(sql: psycopg.Connection[Any], cast: Cast) -> Maker:
    """A class of the first school, or of another, with learners in it since a month ago."""

    def make(name: str, *learners: UUID, school: SchoolCast | None = None) -> UUID:
        made, number = uuid7(), (school or cast.thaba).id
        sql.execute(
            "INSERT INTO class_group (school_id, id, name, sort_key, year) VALUES (%s, %s, %s, lower(%s), %s)",
            (number, made, name, name, dt.datetime.now(dt.UTC).year),
        )
        for learner in learners:
            sql.execute(
                "INSERT INTO enrolment (school_id, id, learner_id, class_id, starts_on) VALUES (%s, %s, %s, %s, now()::date - 30)",
                (number, uuid7(), learner, made),
            )
        return made

    return make


def events(sql: psycopg.Connection[Any]) -> list[str]:
    """The actions of the first school's log, the oldest first."""
    return [row[0] for row in sql.execute("SELECT action FROM audit_event WHERE school_id = 1 ORDER BY seq").fetchall()]
