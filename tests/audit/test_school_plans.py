"""However long a school's log is, its page and the place of an event among the seals are found along an index."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from uuid import UUID

import pytest

from app.audit import sealing
from app.tenancy.doors import across_schools, acting_for
from app.tenancy.reading import reading
from blueprints.audit import one, queries
from blueprints.audit.queries import Sought
from tests.audit.sealed import seal
from tests.audit.test_plans import ACTOR, EVENTS, REQUEST, nodes

NOW = dt.datetime.now(dt.UTC)
CHOICES = {
    "actors": (None, (ACTOR,), (ACTOR, UUID(int=1))),
    "actions": (None, ("onboarding.start",), ("account.sign_in", "account.sign_in_failed")),
    "kind": ("", "person"),
    "about": ("", "x"),
    "request": ("", REQUEST),
    "since": (None, NOW - dt.timedelta(days=2)),
    "pattern": ("", "%none%"),
}
AFTER = (NOW - dt.timedelta(days=3), UUID(int=5))


@pytest.fixture
def long_log(app, cast, sql):
    """12,000 events of two schools, as statistics see them."""
    sql.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
    sql.execute(EVENTS.format(table="audit_event", school="school_id, ", number="n % 2 + 1, "))
    sql.execute("ALTER TABLE audit_event ENABLE TRIGGER ALL")
    sql.execute("UPDATE audit_epoch SET xid = 100000")
    sql.execute("ANALYZE audit_event")


def _plan(prepared, **values):
    with acting_for(1), reading() as cursor:
        given = prepared.constants | values | {"umthi_school": 1}
        ((plan,),) = cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {prepared.sql}", given).fetchall()
    return plan[0]["Plan"]


def test_no_combination_of_filters_reads_a_whole_log(long_log):
    for number, chosen in enumerate(itertools.product(*CHOICES.values())):
        sought = Sought(**dict(zip(CHOICES, chosen, strict=True)))
        values = sought.values() | ({"at": AFTER[0], "id": AFTER[1]} if number % 2 else {})
        plan = _plan(queries._page(frozenset(values)), **values)
        scans = [node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == "audit_event"]
        assert scans, "the log is read"
        assert "Seq Scan" not in scans, f"{sought}: {json.dumps(plan, indent=1)[:3000]}"
        narrowing = {name for name in ("actors", "actions", "kind", "about", "request") if name in values}
        if len(narrowing) == 1 and not sought.pattern:
            read = [
                (n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"]
                for n in nodes(plan)
                if n.get("Relation Name") == "audit_event"
            ]
            assert max(read) <= 250, f"{sought} reads {max(read)} rows"


def test_without_its_index_it_would_be_seen(long_log, sql):
    """Planted: the indexes that serve an action are gone."""
    for index in ("audit_event_of_action", "audit_event_by_action"):
        sql.execute(f"DROP INDEX {index}")
    plan = _plan(queries._page(frozenset({"actions"})), actions=["onboarding.start"])
    removed = [n.get("Rows Removed by Filter", 0) for n in nodes(plan) if n.get("Relation Name") == "audit_event"]
    assert max(removed) >= 1000


def test_the_seal_of_an_event_is_found_without_reading_all_of_them(long_log, sql, monkeypatch):
    monkeypatch.setattr(sealing, "MOST", 5)
    seal()
    sql.execute("ANALYZE audit_seal")
    plan = _plan(one._SEAL, xid=500, seq=10)
    read = [n["Actual Rows"] + n.get("Rows Removed by Filter", 0) for n in nodes(plan) if "Relation Name" in n]
    assert max(read) <= 2


def test_what_waits_is_found_without_reading_what_is_sealed(long_log, sql):
    seal()
    with across_schools("test", routine=True):
        assert list(sealing.waiting(sealing.horizon_now())) == []
    sql.execute("ANALYZE audit_seal")
