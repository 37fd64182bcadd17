"""An operator's deed on a school is written in the platform's log and in the school's own."""

import pytest

from app.access.actor import Actor, acting_as
from app.audit.both import record_both
from app.ids import uuid7
from app.models.school import School
from app.tenancy.doors import across_schools, acting_for
from app.tenancy.scope import WrongSchool

NALEDI = Actor("user", uuid7(), "Naledi Mokoena")
TABLES = ("audit_event", "audit_value", "platform_event", "platform_value")


def _deed(school_id, *, target=None, commit=True):
    with acting_as(NALEDI), across_schools("the test of two logs", routine=True) as session:
        record_both(
            session, school_id, "lifecycle.suspend", target, label="Thaba", before={"state": "active"},
            after={"state": "disabled"},
        )  # fmt: skip
        if commit:
            session.commit()


def _number(sql, table):
    return sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_deed_stands_in_both_logs_with_the_same_words_and_other_salts(app, cast, sql):
    _deed(cast.thaba.id)
    same = "action, actor_kind, actor_id, target_kind, target_id"
    theirs = sql.execute(f"SELECT {same} FROM audit_event WHERE school_id = %s", [cast.thaba.id]).fetchall()
    ours = sql.execute(f"SELECT {same} FROM platform_event").fetchall()
    assert ours == [("lifecycle.suspend", "user", NALEDI.id, "school", str(cast.thaba.id))]
    assert theirs == [("lifecycle.suspend", "operator", *ours[0][2:])], "to the school it was platform staff"
    told = {"actor": "Naledi Mokoena", "label": "Thaba", "state:before": '"active"', "state:after": '"disabled"'}
    values = sql.execute("SELECT field, value, salt FROM audit_value WHERE school_id = %s", [cast.thaba.id]).fetchall()
    others = sql.execute("SELECT field, value, salt FROM platform_value").fetchall()
    assert {field: value for field, value, _ in values} == {field: value for field, value, _ in others} == told
    assert not {salt for *_, salt in values} & {salt for *_, salt in others}


def test_the_row_of_the_school_is_a_target_too(app, cast, sql):
    with across_schools("the test of two logs", routine=True) as session:
        row = session.get_one(School, cast.karoo.id)
    _deed(cast.karoo.id, target=row)
    assert sql.execute("SELECT school_id, target_kind FROM audit_event").fetchall() == [(cast.karoo.id, "school")]


def test_without_the_commit_of_the_deed_neither_log_has_it(app, cast, sql):
    _deed(cast.thaba.id, commit=False)
    assert [_number(sql, table) for table in TABLES] == [0, 0, 0, 0]


def test_it_needs_the_platform(app, cast):
    with acting_for(cast.thaba.id) as session, pytest.raises(WrongSchool):
        record_both(session, cast.thaba.id, "lifecycle.suspend", None, label="Karoo", by=NALEDI)
