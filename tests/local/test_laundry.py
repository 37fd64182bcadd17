"""The database that tests share is what it was before each of them, whatever the one before did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from app.local.testing import Run
from tests.cast import Cast
from tests.laundry import LARGE, Laundry, digest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"


@pytest.fixture
def laundry(test_run: Run, _cast_template: tuple[Cast, str]) -> Iterator[Laundry]:
    washing = Laundry(test_run, f"{WORKER}_washed")
    assert not washing.fresh(_cast_template[1]), "the first time it is made"
    yield washing
    washing.end()


@pytest.fixture
def someone(laundry: Laundry) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(laundry.run.as_superuser(laundry.run.addresses(laundry.name)), autocommit=True) as line:
        yield line


def everything(line: psycopg.Connection[Any]) -> dict[str, str]:
    return digest(line, [row[0] for row in line.execute(TABLES).fetchall()])


@pytest.mark.parametrize(
    "deed",
    [
        "INSERT INTO school (slug, name, name_key, state, timezone, close_time, language, money, currency)"
        " VALUES ('x', 'X', 'x', 'active', 'Africa/Johannesburg', '17:00', 'en', 'en_ZA', 'ZAR')",
        "UPDATE person SET name = 'Somebody else'",
        "DELETE FROM membership; DELETE FROM person_word; DELETE FROM login_session",
        "UPDATE person SET name = name",  # it comes out the same, and is written all the same
        "SELECT nextval('school_id_seq')",
        f"INSERT INTO sign_in_failure (account_key, address_key) SELECT 'a', 'b' FROM generate_series(1, {LARGE + 1})",
    ],
)
def test_what_a_test_did_is_put_back(laundry: Laundry, someone: psycopg.Connection[Any], deed: str) -> None:
    before = everything(someone), someone.execute("SELECT last_value, is_called FROM school_id_seq").fetchone()
    someone.execute(deed)  # type: ignore[call-overload]
    assert laundry.fresh(laundry.of), "without a new copy"
    assert (everything(someone), someone.execute("SELECT last_value, is_called FROM school_id_seq").fetchone()) == before
    someone.execute("UPDATE person SET phone = '0'")
    assert laundry.fresh(laundry.of)
    assert everything(someone) == before[0], "and again"


@pytest.mark.parametrize(
    "deed",
    [
        "CREATE TABLE planted (id int)",
        "ALTER TABLE person ADD COLUMN planted int",
        "ALTER TABLE person ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE audit_event DISABLE TRIGGER refuse",
        "DROP POLICY school ON person",
        "ALTER TABLE person NO FORCE ROW LEVEL SECURITY",
        "GRANT UPDATE ON audit_event TO umthi_app",
        "GRANT UPDATE (action) ON audit_event TO umthi_app",
        "CREATE INDEX planted ON person (phone)",
        "ALTER TABLE term DROP CONSTRAINT term_order",
        "CREATE SCHEMA planted",
        "ANALYZE person",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ],
)
def test_whatever_else_it_did_makes_a_new_copy(laundry: Laundry, someone: psycopg.Connection[Any], deed: str) -> None:
    someone.execute(deed)  # type: ignore[call-overload]
    assert not laundry.fresh(laundry.of)
    assert laundry.fresh(laundry.of)


def test_a_transaction_that_was_left_open_is_ended(laundry: Laundry, someone: psycopg.Connection[Any]) -> None:
    someone.execute("BEGIN")
    someone.execute("UPDATE person SET name = 'Held'")
    assert laundry.fresh(laundry.of)
    with pytest.raises(psycopg.OperationalError):
        someone.execute("COMMIT")


def test_another_beginning_is_another_copy(laundry: Laundry, test_run: Run) -> None:
    of = laundry.of
    assert not laundry.fresh("")
    assert not laundry.fresh(of)
