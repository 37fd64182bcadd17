"""Each token has its allowance, counted in the database by all processes together."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from app import clock
from app.access import allowance
from app.access.allowance import QUOTA, SECONDS, spend
from app.ids import uuid7
from tests.api.arranged import Program, name_of


def used(sql, token, number, *, ago="0 seconds"):
    sql.execute(
        "INSERT INTO api_allowance (token_id, since, used) VALUES (%s, now() - %s::interval, %s)"
        " ON CONFLICT (token_id) DO UPDATE SET since = excluded.since, used = excluded.used",
        (token, ago, number),
    )


def test_every_answer_says_what_is_left(program, cast):
    asking = program(cast.thaba.admin)
    for number in (1, 2):
        answer = asking.get("learners")
        assert answer.headers["RateLimit-Policy"] == f'"token";q={QUOTA};w={SECONDS}'
        left, seconds = (part.partition("=")[2] for part in answer.headers["RateLimit"].split(";")[1:])
        assert int(left) == QUOTA - number
        assert 0 < int(seconds) <= SECONDS
    assert "RateLimit" in asking.get("learners?limit=0").headers


def test_who_has_used_it_up_waits(program, cast, sql):
    asking, other = program(cast.thaba.admin), program(cast.thaba.admin)
    used(sql, asking.id, QUOTA - 1, ago="20 seconds")
    assert asking.get("learners").headers["RateLimit"].startswith('"token";r=0;')
    answer = asking.get("learners")
    assert (answer.status_code, name_of(answer)) == (429, "too-many-requests")
    assert 30 <= int(answer.headers["Retry-After"]) <= 41
    assert answer.headers["RateLimit"].startswith('"token";r=0;t=')
    assert other.get("learners").status_code == 200
    used(sql, asking.id, QUOTA + 7, ago="61 seconds")
    assert asking.get("learners").headers["RateLimit"].startswith(f'"token";r={QUOTA - 1};')


def test_what_is_refused_counts_too_and_does_not_put_the_end_off(program, cast, sql):
    asking = program(cast.thaba.admin, "gate.read")
    asking.get("learners")
    since, number = sql.execute("SELECT since, used FROM api_allowance WHERE token_id = %s", (asking.id,)).fetchone()
    asking.get("learners")
    assert number == 1
    assert sql.execute("SELECT since, used FROM api_allowance WHERE token_id = %s", (asking.id,)).fetchone() == (since, 2)


def test_a_stranger_spends_nothing(app, sql):
    answer = Program(app, None).get("learners")
    assert "RateLimit" not in answer.headers
    assert sql.execute("SELECT count(*) FROM api_allowance").fetchone() == (0,)


def test_where_the_table_cannot_be_written_each_process_counts_by_itself(app, program, cast, sql):
    asking = program(cast.thaba.admin)
    sql.execute("REVOKE ALL ON api_allowance FROM umthi_platform")
    try:
        assert asking.get("learners").headers["RateLimit"].startswith(f'"token";r={QUOTA - 1};')
        for _ in range(QUOTA - 1):
            spend(asking.id)
        assert asking.get("learners").status_code == 429
    finally:
        sql.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON api_allowance TO umthi_platform")
        allowance._counted.clear()


def test_redis_has_no_part_in_it(program, cast, settings):
    assert settings.redis_url == "redis://127.0.0.1:1/0"  # where none is
    assert program(cast.thaba.admin).get("learners").status_code == 200


def test_a_window_begins_with_its_first_request(app):
    token, now = uuid7(), clock.now()
    with time_machine.travel(now, tick=False):
        assert spend(token) == (QUOTA - 1, SECONDS, False)
    with time_machine.travel(now + dt.timedelta(seconds=59), tick=False):
        assert spend(token) == (QUOTA - 2, 1, False)
    with time_machine.travel(now + dt.timedelta(seconds=60), tick=False):
        assert spend(token) == (QUOTA - 1, SECONDS, False)


@pytest.mark.parametrize("path", ["/healthz", "/login"])
def test_pages_for_people_have_no_allowance(app, path):
    assert "RateLimit-Policy" not in app.test_client().get(path).headers
