"""A look across schools, statement by statement: only for the platform, each question once, and no fault takes another along."""

from __future__ import annotations

from typing import NamedTuple

import psycopg
import pytest
from sqlalchemy import Integer, bindparam, func, select

from app.models.school import School
from app.tenancy import counting
from app.tenancy.doors import across_schools, acting_for
from app.tenancy.reading import LookUp, at_a_glance
from app.tenancy.scope import WrongSchool


class Name(NamedTuple):
    name: str


class Quotient(NamedTuple):
    number: int


NAMES = LookUp(select(School.name).where(School.id == bindparam("school", type_=Integer)), Name)
BY = LookUp(select((func.length("a") / bindparam("by", type_=Integer)).label("number")), Quotient)


def test_it_reads_any_school_within_the_transaction_and_at_a_glance(app):
    with across_schools("test") as session:
        assert NAMES.rows(session, school=1) == [Name("Thaba Nkulu Primary")]
        session.get_one(School, 1).name = "Another"
        session.flush()
        assert NAMES.rows(session, school=1) == [Name("Another")]
        with at_a_glance(session):
            assert NAMES.rows(session, school=1) == [Name("Thaba Nkulu Primary")], "a transaction of its own"
            assert NAMES.rows(session, school=2) == [Name("Laerskool Karoo")]
        assert NAMES.rows(session, school=1) == [Name("Another")]


def test_the_same_question_is_sent_once(app):
    with across_schools("test") as session, at_a_glance(session):
        counting.start()
        for school in (1, 2, 1, 2, 1):
            NAMES.rows(session, school=school)
        assert counting.total() == 2


def test_a_statement_that_fails_leaves_the_others_alone(app):
    with across_schools("test") as session, at_a_glance(session):
        with pytest.raises(psycopg.errors.DivisionByZero):
            BY.rows(session, by=0)
        assert BY.rows(session, by=1) == [Quotient(1)]


def test_in_a_school_it_is_refused(app):
    with acting_for(1) as session:
        with pytest.raises(WrongSchool):
            NAMES.rows(session, school=2)
        with pytest.raises(WrongSchool), at_a_glance(session):
            pass
