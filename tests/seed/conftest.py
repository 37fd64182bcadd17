"""The application on a database of its own: `seeded` is what the baseline filled, `filled` a copy to change, `empty` has no school.

The baseline is sown once a worker; every other database of it is a copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app import clock
from app.config import Settings
from app.factory import create_app
from app.local.testing import Run
from app.seed import baseline
from app.tenancy.database import db
from blueprints import AREAS
from tests.conftest import superuser

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


@dataclass
class Place:
    """An application and a superuser's connection to its database, past both walls."""

    app: Flask
    sql: psycopg.Connection[Any]
    said: str = ""

    def rows(self, statement: str, *values: object) -> list[Any]:
        return self.sql.execute(statement, values).fetchall()

    def value(self, statement: str, *values: object) -> Any:
        return self.rows(statement, *values)[0][0]


@contextmanager
def place(run: Run, settings: Settings, name: str, *, of: str = "") -> Iterator[Place]:
    addresses = run.copy(name, of=of)
    own = replace(settings, database_url=addresses.app, platform_database_url=addresses.platform)
    app = create_app(AREAS, own)
    with psycopg.connect(superuser(run, addresses), autocommit=True) as sql:
        yield Place(app, sql)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    run.drop(name)


@pytest.fixture(scope="session")
def _sown(test_run: Run, settings: Settings) -> Iterator[tuple[str, str]]:
    """The name of a database that the baseline filled, and what it said; nobody is connected to it."""
    name = f"{WORKER}_sown"
    with place(test_run, settings, f"{WORKER}_seed") as made:
        said = baseline.seed(made.app)
        made.sql.close()
        with made.app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        test_run.copy(name, of=f"{WORKER}_seed")
    yield name, said
    test_run.drop(name)


@pytest.fixture(scope="module")
def seeded(test_run: Run, settings: Settings, _sown: tuple[str, str]) -> Iterator[Place]:
    """The baseline, to be looked at and left as it is."""
    name, said = _sown
    with place(test_run, settings, f"{WORKER}_seeded", of=name) as made:
        made.said = said
        yield made


@pytest.fixture
def filled(test_run: Run, settings: Settings, _sown: tuple[str, str]) -> Iterator[Place]:
    """The baseline, to be changed."""
    with place(test_run, settings, f"{WORKER}_filled", of=_sown[0]) as made:
        yield made


@pytest.fixture
def empty(test_run: Run, settings: Settings) -> Iterator[Place]:
    """A migrated database without a school."""
    with place(test_run, settings, f"{WORKER}_empty") as made:
        yield made


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the product's clock stand so many days ahead: were it to go on, somebody would come to the gate between two seeds."""
    now = clock.now()

    def move(days: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(days))

    return move
