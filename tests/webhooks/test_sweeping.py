"""The sweep: what was stored and never acted on."""

from __future__ import annotations

import pytest

from app.work.queues import SCHEDULE
from tests.webhooks.arranged import states


@pytest.fixture
def sweep(sql, work_off):
    def sweep():
        sql.execute("INSERT INTO outbox (school_id, id, job) VALUES (0, uuid7(), 'webhooks.sweep')")
        work_off()

    return sweep


def test_one_whose_job_is_lost_is_acted_on_all_the_same(sql, tell, sweep):
    tell()
    sql.execute("DELETE FROM outbox")
    sweep()
    assert states(sql) == {"evt_1": ("stored", None)}, "it came a moment ago: nobody has forgotten it yet"
    sql.execute("UPDATE webhook_event SET received_at = now() - interval '3 minutes'")
    sweep()
    assert states(sql) == {"evt_1": ("done", None)}


def test_what_waits_for_its_next_try_or_for_its_customer_is_left_alone(sql, tell, sweep):
    tell(id="evt_1")
    tell(id="evt_2", customer="cus_9", payment="pay_2")
    sql.execute("UPDATE outbox SET due_at = now() + interval '1 hour' WHERE job = 'webhooks.process'")
    sql.execute("UPDATE webhook_event SET received_at = now() - interval '3 minutes'")
    sweep()
    assert sql.execute("SELECT count(*) FROM outbox WHERE job = 'webhooks.process'").fetchone() == (1,)
    assert states(sql) == {"evt_1": ("stored", None), "evt_2": ("stored", "unknown_customer")}


def test_it_runs_every_minute():
    assert [entry.every.total_seconds() for entry in SCHEDULE if entry.job == "webhooks.sweep"] == [60]
