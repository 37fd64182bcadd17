"""However many schools and deliveries there are, the list reads along the indexes that hold failed deliveries alone."""

import datetime as dt
import itertools
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event

from app.tenancy.database import db
from app.tenancy.doors import across_schools
from blueprints.recovery import queries
from blueprints.recovery.choice import Choice
from tests.conftest import WORKER, superuser
from tests.deliveries.failing import add_failed

NOW = dt.datetime.now(dt.UTC)
FULL, RARE = "email~permanent~552~5.2.2", "sms~permanent~404~"
MANY = """
INSERT INTO delivery (school_id, id, message_id, person_id, channel, batch_id, state, cause, ended_at)
SELECT school_id, gen_random_uuid(), gen_random_uuid(), person_id, 'email', batch_id, CASE WHEN n % 10 = 0 THEN 'dead' ELSE 'sent' END,
    CASE WHEN n % 10 = 0 THEN 'email~permanent~552~5.2.2' ELSE '' END, now() - n * interval '1 minute'
FROM delivery, generate_series(1, 10000) n
"""


@pytest.fixture
def plans(cast, sql, test_run):
    """`plans(read)`: how PostgreSQL runs the last statement of `read(session)`, over 20,000 deliveries."""
    for school in (cast.thaba, cast.karoo):
        add_failed(sql, school)
    sql.execute("ALTER TABLE delivery DROP CONSTRAINT delivery_once")
    sql.execute("SET session_replication_role = replica")
    sql.execute(MANY)
    sql.execute("SET session_replication_role = origin")
    sql.execute("ANALYZE")
    heard = []

    def hear(_connection, _cursor, statement, parameters, *_):
        heard.append((statement, parameters))

    event.listen(db.engines["platform"], "before_cursor_execute", hear)

    def plans(read):
        heard.clear()
        with across_schools("test", routine=True) as session:
            read(session)
        statement, parameters = heard[-1]
        with psycopg.connect(superuser(test_run, test_run.addresses(WORKER))) as connection:
            (plan,) = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).fetchone()
        return plan[0]["Plan"]

    yield plans
    event.remove(db.engines["platform"], "before_cursor_execute", hear)


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def of_deliveries(plan):
    return [node for node in nodes(plan) if node.get("Relation Name") == "delivery"]


CHOICES = (
    Choice(), Choice(causes=(FULL,)), Choice(causes=(RARE, FULL)), Choice(causes=(RARE,)), Choice(schools=(1,)),
    Choice(schools=(1,), causes=(FULL,)), Choice(until=NOW - dt.timedelta(days=5)),
    Choice(causes=(FULL,), until=NOW - dt.timedelta(days=5)), Choice(channel="email"),
)  # fmt: skip
OF_SCHOOL = 1001  # failed in one school: a reason is looked for among these
DEEP = (NOW - dt.timedelta(days=6), UUID(int=5))


def test_a_page_reads_what_it_shows_and_no_more(plans):
    for choice, after, oldest_first in itertools.product(CHOICES, (None, DEEP), (False, True)):
        asked = {"oldest_first": oldest_first, "after": after}
        found = of_deliveries(plans(lambda session, choice=choice, asked=asked: queries.letters(session, choice, **asked)))
        assert "Seq Scan" not in {node["Node Type"] for node in found}, f"{choice} {asked}"
        read = [(node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in found]
        most = OF_SCHOOL if choice.schools and choice.causes else 110
        assert max(read) <= most, f"{choice} {asked} reads {max(read)} rows"


def test_counting_reads_failed_deliveries_alone(plans):
    for read in (lambda session: queries.tallies(session, None, NOW), lambda session: queries.worst_schools(session, Choice())):
        (scan,) = of_deliveries(plans(read))
        assert scan["Node Type"] != "Seq Scan"
        assert "delivery_dead" in str(scan)


def test_without_its_index_it_would_be_seen(plans, sql):
    """Planted: the indexes of failed deliveries are gone."""
    for index in ("delivery_dead_everywhere", "delivery_dead_of_cause", "delivery_dead", "delivery_failed", "delivery_ended"):
        sql.execute(f"DROP INDEX {index}")
    found = of_deliveries(plans(lambda session: queries.letters(session, Choice())))
    assert "Seq Scan" in {node["Node Type"] for node in found}
