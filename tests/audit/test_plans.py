"""However long the logs are, a page reads along an index: no combination of filters reads a log from one end to the other."""

import datetime as dt
import itertools
import json
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event

from app.tenancy.database import db
from app.tenancy.doors import across_schools
from blueprints.audit import feed
from blueprints.audit.feed import Sought
from tests.conftest import WORKER, superuser

NOW = dt.datetime.now(dt.UTC)
ACTOR = UUID("01890000-0000-7000-8000-000000000001")
EVENTS = """
INSERT INTO {table} ({school}id, action, actor_kind, actor_id, target_kind, request_id, changes, at, seq, xid)
SELECT {number}gen_random_uuid(), (ARRAY['notices.edit', 'notices.send', 'account.sign_in', 'account.sign_in_failed'])[n % 4 + 1], 'user',
    CASE WHEN n % 50 = 0 THEN '01890000-0000-7000-8000-000000000001'::uuid ELSE md5((n % 300)::text)::uuid END, 'notice', md5(n::text),
    '{{}}', now() - n * interval '1 minute', 20000 - n, n
FROM generate_series(1, 12000) n
"""
CHOICES = {
    "stream": ("", "schools"),
    "school": (None, 2),
    "actors": (None, (ACTOR,), (UUID(int=1),), (ACTOR, UUID(int=1))),
    "actions": (None, ("onboarding.start",), ("account.sign_in", "account.sign_in_failed")),
    "looks": (True, False),
    "since": (None, NOW - dt.timedelta(days=2)),
}
DEEP = (NOW - dt.timedelta(days=5), UUID(int=5))
REQUEST, AFTER = "c4ca4238a0b923820dcc509a6f75849b", (NOW - dt.timedelta(days=3), UUID(int=5))


@pytest.fixture
def long_logs(sql):
    """12,000 events in each kind of log."""
    for table, school, number in (("audit_event", "school_id, ", "n % 2 + 1, "), ("platform_event", "", "")):
        sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        sql.execute(EVENTS.format(table=table, school=school, number=number))
        sql.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        sql.execute(f"ANALYZE {table}")


@pytest.fixture
def plans(long_logs, test_run):
    """`plans(sought, after)`: how PostgreSQL runs the statement that finds the events."""
    heard = []

    def hear(_connection, _cursor, statement, parameters, *_):
        heard.append((statement, parameters))

    event.listen(db.engines["platform"], "before_cursor_execute", hear)

    def plans(sought, after):
        heard.clear()
        with across_schools("test", routine=True) as session:
            feed.newest(session, sought, after)
        statement, parameters = next(each for each in heard if "_event" in each[0])
        with psycopg.connect(superuser(test_run, test_run.addresses(WORKER))) as connection:
            (plan,) = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).fetchone()
        return plan[0]["Plan"]

    yield plans
    event.remove(db.engines["platform"], "before_cursor_execute", hear)


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def test_no_combination_of_filters_reads_a_whole_log(plans):
    """Nor many rows of it: where one thing is asked for, next to nothing is read and thrown away."""
    combined = (dict(zip(CHOICES, chosen, strict=True)) for chosen in itertools.product(*CHOICES.values()))
    every = [Sought(**given) for given in combined]
    asked = [(sought, AFTER if number % 2 else None) for number, sought in enumerate(every)]
    of_request = [(Sought(request=REQUEST, school=school), None) for school in (None, 2)]
    deep = [
        (sought, DEEP) for sought in (Sought(), Sought(school=2), Sought(actions=("account.sign_in",)), Sought(actors=(ACTOR,)))
    ]
    for sought, after in (*asked, *of_request, *deep):
        plan = plans(sought, after)
        scans = [node["Node Type"] for node in nodes(plan) if "_event" in node.get("Relation Name", "")]
        assert "Seq Scan" not in scans, f"{sought} {after}: {json.dumps(plan, indent=1)[:3000]}"
        read = [
            (n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"]
            for n in nodes(plan)
            if "Relation Name" in n
        ]
        if [sought.school, sought.actors, sought.actions].count(None) >= 2:
            assert max(read, default=0) <= 150, f"{sought} {after} reads {max(read)} rows"


def test_looks_across_schools_that_are_left_out_are_not_read_either(plans, sql):
    """However many there are between two deeds: of an operator's, and of all."""
    sql.execute("ALTER TABLE platform_event DISABLE TRIGGER ALL")
    sql.execute(
        "INSERT INTO platform_event (id, action, actor_kind, actor_id, target_kind, changes, at, seq, xid)"
        " SELECT gen_random_uuid(), 'tenancy.crossed', 'user', %s, 'platform', '{}', now(), 20000 + n, 0"
        " FROM generate_series(1, 5000) n",
        (ACTOR,),
    )
    sql.execute("ALTER TABLE platform_event ENABLE TRIGGER ALL")
    sql.execute("ANALYZE platform_event")
    for actors, stream in itertools.product((None, (ACTOR,)), ("", "platform")):
        plan = plans(Sought(stream=stream, actors=actors, looks=False), None)
        read = [n["Actual Rows"] + n.get("Rows Removed by Filter", 0) for n in nodes(plan) if "Relation Name" in n]
        assert max(read) <= 150, f"{actors} {stream} reads {max(read)} rows"


def test_without_its_index_it_would_be_seen(plans, sql):
    """Planted: the index of moments is gone."""
    sql.execute("DROP INDEX platform_event_by_time")
    scans = [node["Node Type"] for node in nodes(plans(Sought(stream="platform"), None))]
    assert "Seq Scan" in scans
