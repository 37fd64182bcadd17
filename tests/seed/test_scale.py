"""Schools by the thousand, a few of them here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.config import BadSettings, Environment
from app.domain.names import sort_key
from app.seed import scale
from tests.seed.conftest import Place


def test_schools_learners_and_notices_in_the_numbers_asked_for(empty: Place) -> None:
    assert scale.seed(empty.app, 3, 12, notices=20, first=50) == "3 schools, 99 people, 90 notices"
    assert empty.rows("SELECT slug FROM school ORDER BY id") == [("scale-0001",), ("scale-0002",), ("scale-0003",)]
    assert empty.rows("SELECT school_id, count(*) FROM notice GROUP BY 1 ORDER BY 1") == [(1, 50), (2, 20), (3, 20)]
    found = dict(empty.rows("SELECT kind, count(*) FROM person WHERE school_id = 2 GROUP BY kind"))
    assert found == {"learner": 12, "guardian": 16, "staff": 5}


def test_names_are_sorted_by_the_one_rule_and_the_same_at_every_run(empty: Place) -> None:
    scale.seed(empty.app, 2, 10, notices=1)
    names = empty.rows("SELECT name, sort_key FROM person")
    assert all(key == sort_key(name) for name, key in names)
    assert ("Ethan van Wyk", "van wyk ethan") in zip(*scale._names(), strict=True)


def test_a_school_that_is_there_is_left_as_it_is(empty: Place) -> None:
    scale.seed(empty.app, 2, 5, notices=10)
    assert scale.seed(empty.app, 2, 5, notices=10, first=30) == "kept, nothing added"
    assert scale.seed(empty.app, 3, 5, notices=10) == "1 school, 16 people, 10 notices"


def test_each_school_has_an_admin_and_notices_of_every_state(empty: Place) -> None:
    scale.seed(empty.app, 2, 5)
    assert empty.rows("SELECT u.email, m.role FROM membership m JOIN app_user u ON u.id = m.user_id ORDER BY 1") == [
        ("admin@scale-0001.example.com", "admin"),
        ("admin@scale-0002.example.com", "admin"),
    ]
    coming, past, removed = empty.rows(
        "SELECT count(*) FILTER (WHERE starts_at > now()), count(*) FILTER (WHERE ends_at < now()), count(removed_at) FROM notice"
        " WHERE school_id = 2"
    )[0]
    assert coming > 10
    assert past > 30
    assert removed == 5
    assert empty.value("SELECT count(*) FROM outbox") == 0


def test_production_refuses_it(empty: Place) -> None:
    empty.app.extensions["settings"] = replace(empty.app.extensions["settings"], environment=Environment.PRODUCTION)
    with pytest.raises(BadSettings):
        scale.seed(empty.app, 1, 1)
