"""What the demo shows of the inbox: events in each state, and the same ones however often it is made."""

from __future__ import annotations

import pytest

from app.seed import webhooks
from app.seed.karoo import KAROO
from app.seed.thaba import THABA
from app.tenancy.doors import across_schools
from tests.webhooks.arranged import open_account, states

WANTED = {
    "evt_demo_01": ("done", None),
    "evt_demo_02": ("done", None),
    "evt_demo_03": ("ignored", "older"),
    "evt_demo_04": ("done", None),
    "evt_demo_05": ("ignored", "unknown_type"),
    "evt_demo_06": ("failed", "bad_data"),
    "evt_demo_07": ("ignored", "discarded"),
    "evt_demo_08": ("stored", "unknown_customer"),
}


@pytest.fixture
def demo(app, sql):
    """The cast's schools under the names of the demo's."""
    for number, plan in ((1, THABA), (2, KAROO)):
        sql.execute("UPDATE school SET slug = %s WHERE id = %s", (plan.slug, number))


def top_up():
    with across_schools("a test", routine=True) as session:
        number = webhooks.top_up(session)
        session.commit()
    return number


def everything(sql):
    tables = ("webhook_event", "webhook_effect", "webhook_secret", "webhook_refusal", "provider_customer", "payment")
    return [sql.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]


def test_there_is_one_of_each_and_a_second_run_adds_nothing(sql, demo, work_off):
    open_account(1, "cus_1")
    open_account(2, "cus_2")
    assert top_up() == len(WANTED)
    assert states(sql) == WANTED
    assert sql.execute("SELECT copies FROM webhook_event WHERE event_id = 'evt_demo_02'").fetchone() == (2,)
    there = everything(sql)
    work_off()
    assert top_up() == 0
    assert everything(sql) == there
    assert states(sql) == WANTED


def test_schools_that_are_not_billed_have_none(sql, demo):
    assert top_up() == 0
    assert states(sql) == {}
