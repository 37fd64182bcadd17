"""One transaction for all that a page reads, and a transaction of its own for what comes too often for a session."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from app.tenancy.doors import acting_for, outside, staying_in
from app.tenancy.reading import Bulk, one_reading, reading, writing
from app.tenancy.scope import OutsideSchool
from tests.tenancy.conftest import Cast

WHERE = "SELECT pg_backend_pid(), transaction_timestamp(), current_setting('app.school_id')"
RENAME = Bulk("UPDATE person SET phone = %(phone)s WHERE school_id = %(school)s RETURNING phone")
BEFORE = [("10",), ("20",)]


def where() -> Any:
    with reading() as cursor:
        return cursor.execute(WHERE).fetchone()


def phones(school: int) -> list[Any]:
    with outside(), staying_in(school), reading() as cursor:
        return cursor.execute("SELECT phone FROM person").fetchall()


def rename_and_raise(error: Exception | None) -> None:
    with writing() as cursor:
        RENAME.run(cursor, phone="1")
        if error:
            raise error
        cursor.execute("SELECT 1 / 0")


def test_all_reads_within_are_one_transaction(cast: Cast) -> None:
    with staying_in(cast.thaba):
        with one_reading():
            assert where() == where()
            with reading() as outer:  # one within the other does not disturb it
                outer.execute("SELECT generate_series(1, 3)")
                where()
                assert outer.fetchall() == [(1,), (2,), (3,)]
        assert where() != where(), "afterwards each is one of its own"


def test_another_school_within_reads_by_itself(cast: Cast) -> None:
    with staying_in(cast.thaba), one_reading():
        ours = where()
        with outside(), acting_for(cast.karoo):
            theirs = where()
    assert (ours[2], theirs[2]) == (str(cast.thaba), str(cast.karoo))
    assert ours[:2] != theirs[:2]


def test_what_fails_within_takes_nothing_else_along(cast: Cast) -> None:
    with staying_in(cast.thaba), one_reading():
        before = where()
        with pytest.raises(psycopg.errors.DivisionByZero), reading() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert where()[2] == before[2]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), reading() as cursor:
            RENAME.run(cursor, phone="0")


def test_what_is_written_is_stored_at_the_end_and_of_the_own_school(cast: Cast) -> None:
    with staying_in(cast.thaba):
        with writing() as cursor:
            assert RENAME.run(cursor, phone="1").fetchall() == [("1",)]
            assert phones(cast.thaba) == BEFORE[:1], "not before"
        assert phones(cast.thaba) == [("1",)]
        with writing() as cursor:
            cursor.execute("UPDATE person SET phone = '2' WHERE school_id = 2")
    assert phones(cast.karoo) == BEFORE[1:], "the database's wall stands"


def test_what_is_raised_rolls_back_and_the_next_one_works(cast: Cast) -> None:
    with staying_in(cast.thaba):
        with pytest.raises(ValueError, match="nothing"):
            rename_and_raise(ValueError("nothing"))
        with pytest.raises(psycopg.errors.DivisionByZero):
            rename_and_raise(None)
        assert phones(cast.thaba) == BEFORE[:1]
        with writing() as cursor:
            RENAME.run(cursor, phone="3")
    assert phones(cast.thaba) == [("3",)]


def test_outside_a_school_nothing_is_written(cast: Cast) -> None:
    with pytest.raises(OutsideSchool), writing():
        pass
    with pytest.raises(OutsideSchool), one_reading():
        pass
