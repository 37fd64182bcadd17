"""What is written into the outbox is there if, and only if, the change is; each school's work is its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.models.outbox import Outbox
from app.models.person import Person
from app.tenancy.database import db
from app.tenancy.doors import across_schools, acting_for
from app.tenancy.scope import OutsideSchool, WrongSchool
from app.work.jobs import UnknownJob
from app.work.outbox import finish, queue
from app.work.relay import claim


def test_a_rollback_leaves_nothing_to_do(cast, jobs):
    with acting_for(1):
        queue("test.x")
    assert claim() == []


def test_a_row_is_of_the_school_that_wrote_it_and_other_schools_do_not_see_it(sql, cast, file):
    (row,) = file(1)
    with acting_for(2) as session:
        assert session.scalars(select(Outbox)).all() == []
        finish(row, 0)
        session.commit()
    assert sql.execute("SELECT school_id, done_at FROM outbox").fetchall() == [(1, None)]


def test_across_schools_it_is_the_platforms_own_work(sql, cast, jobs):
    with across_schools("test", routine=True) as session:
        queue("test.x")
        session.commit()
    assert sql.execute("SELECT school_id FROM outbox").fetchall() == [(0,)]


def test_outside_every_school_nothing_can_be_queued(app, jobs):
    with pytest.raises(OutsideSchool):
        queue("test.x")


def test_a_row_cannot_be_written_for_another_school(cast, jobs):
    with acting_for(1) as session, pytest.raises(WrongSchool):
        session.add(Outbox(school_id=2, job="test.x"))
    with acting_for(1) as session, pytest.raises(DBAPIError, match="row-level security"):
        session.execute(Outbox.__table__.insert().values(school_id=2, id="0198c1f0-0000-7000-8000-000000000000", job="test.x"))


def test_a_name_that_nobody_has_is_refused_at_once(cast, jobs):
    with acting_for(1), pytest.raises(UnknownJob):
        queue("test.typo")


def test_a_queue_that_nobody_reads_is_refused_by_the_database(cast, jobs):
    with acting_for(1) as session:
        queue("test.x", queue="whenever")
        with pytest.raises(DBAPIError, match="outbox_queue"):
            session.commit()


def test_queueing_sends_nothing_of_what_the_caller_is_still_filling_in(cast, jobs):
    with acting_for(1) as session:
        person = Person(name="Half")
        session.add(person)
        queue("test.x")
        person.kind, person.sort_key = "guardian", "half"
        session.commit()
        assert db.session.scalar(select(Person.kind).where(Person.name == "Half")) == "guardian"
