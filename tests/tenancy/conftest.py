"""A database of the migrations for the tests that take walls down, and two schools in it by the same names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from app.ids import uuid7
from app.local.roles import Addresses
from app.local.testing import Run
from app.tenancy import database as tenancy
from app.tenancy.database import db
from app.tenancy.scope import inside
from tests.conftest import WORKER, superuser

TABLES = ("delivery", "message", "outbox", "membership", "notice", "person", "app_user", "school")


@dataclass(frozen=True)
class Place:
    """A database of its own, and how to reach it as each role and as a superuser."""

    addresses: Addresses
    admin: str

    def connect(self) -> psycopg.Connection[Any]:
        """A superuser's connection in autocommit, past both walls."""
        return psycopg.connect(self.admin, autocommit=True)


@pytest.fixture(scope="session")
def place(test_run: Run) -> Iterator[Place]:
    """The schema as the migrations make it. Rights are widened: the walls are tried alone, without the grants' help."""
    addresses = test_run.copy(f"{WORKER}_tenancy")
    place = Place(addresses, superuser(test_run, addresses))
    with place.connect() as connection:
        connection.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON person, message, outbox, membership, notice TO umthi_app")
    yield place
    test_run.drop(f"{WORKER}_tenancy")


@pytest.fixture(scope="session")
def app(place: Place) -> Iterator[Flask]:
    """Nothing but `db`: tenancy needs no more of the application."""
    app = Flask("tenancy")
    tenancy.init_app(app, app_url=place.addresses.app, platform_url=place.addresses.platform)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(autouse=True)
def _outside(app: Flask) -> Iterator[None]:
    with app.app_context(), inside(None):
        yield


def _two() -> tuple[UUID, UUID]:
    return uuid7(), uuid7()


@dataclass(frozen=True)
class Cast:
    """Thaba (1) and Karoo (2): a person, a message to them, an outbox row and a member each, all by the same names."""

    thaba: int = 1
    karoo: int = 2
    user: UUID = field(default_factory=uuid7)
    person: tuple[UUID, UUID] = field(default_factory=_two)
    message: tuple[UUID, UUID] = field(default_factory=_two)
    outbox: tuple[UUID, UUID] = field(default_factory=_two)
    notice: tuple[UUID, UUID] = field(default_factory=_two)


@pytest.fixture
def cast(place: Place, app: Flask) -> Cast:
    """The cast, stored anew by the superuser; an outbox row's subject points across on purpose."""
    cast = Cast()
    with place.connect() as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")
        connection.execute(
            "INSERT INTO app_user (id, email, name, theme, mode) VALUES (%s, 'multi@example.com', 'Zanele', 'fynbos', 'auto')",
            [cast.user],
        )
        for i, school in enumerate((cast.thaba, cast.karoo)):
            connection.execute(
                "INSERT INTO school (id, slug, name, name_key, state, timezone, close_time, language, money, currency) OVERRIDING SYSTEM VALUE"
                " VALUES (%(n)s, 'school' || %(n)s, 'School ' || %(n)s, 'school' || %(n)s, 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR')",
                {"n": school},
            )
            connection.execute(
                "INSERT INTO person (school_id, id, kind, name, sort_key, phone) VALUES (%s, %s, 'learner', %s, 'lerato', %s)",
                [school, cast.person[i], f"of {school}", str(school * 10)],
            )
            connection.execute(
                "INSERT INTO membership (school_id, id, user_id, person_id, role) VALUES (%s, %s, %s, %s, 'admin')",
                [school, uuid7(), cast.user, cast.person[i]],
            )
            connection.execute(
                "INSERT INTO message (school_id, id, audience, person_id, urgent, url) VALUES (%s, %s, 'everyone', %s, false, %s)",
                [school, cast.message[i], cast.person[i], f"message of {school}"],
            )
            connection.execute(
                "INSERT INTO outbox (school_id, id, job, subject) VALUES (%s, %s, 'x', %s)",
                [school, cast.outbox[i], cast.person[1 - i]],
            )
            connection.execute(
                "INSERT INTO notice (school_id, id, title, message, audience, urgent, starts_at, author_id, revision)"
                " VALUES (%s, %s, '{\"en\": \"Fees\"}', '{}', 'everyone', false, now(), %s, 1)",
                [school, cast.notice[i], cast.person[i]],
            )
    return cast
