"""/operator/webhooks/simulator: signed events through the same door; no such page in production."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.config import Environment
from app.factory import create_app
from blueprints import AREAS
from tests.webhooks.arranged import CUSTOMER, PROVIDER, issue_invoice, refusals, states

URL = "/operator/webhooks/simulator"


@pytest.fixture
def send(browser, cast, shared):
    def send(**fields):
        data = {
            "provider": PROVIDER, "type": "payment.succeeded", "customer": CUSTOMER, "amount": "10.00", "currency": "ZAR",
            "invoice": "", "count": "1", **fields,
        }  # fmt: skip
        return browser.as_(cast.operator).post(URL, data)

    return send


def test_it_sends_signed_events_that_are_acted_on(sql, send, work_off):
    invoice, number, total = issue_invoice()
    page = send(invoice=number, amount=f"{total / 100:.2f}")
    assert "stored1" in page.main
    work_off()
    assert {state for state, _ in states(sql).values()} == {"done"}
    assert sql.execute("SELECT state FROM invoice WHERE id = %s", (invoice,)).fetchone() == ("paid",)


def test_the_simulators_own_secret_is_made_when_it_is_first_used(sql, send):
    send(provider="simulator")
    send(provider="simulator")
    assert sql.execute("SELECT provider FROM webhook_secret").fetchall() == [("simulator",)]
    assert len(states(sql)) == 2


def test_what_goes_wrong_on_the_way_is_seen(sql, send, work_off):
    send(count="3", duplicate="y", shuffled="y")
    work_off()
    assert sql.execute("SELECT count(*), sum(copies) FROM webhook_event").fetchone() == (3, 3)
    assert sql.execute("SELECT count(*) FROM payment").fetchone() == (3,)
    assert "bad_signature2" in send(count="2", forged="y").main
    assert "bad_signature1" in send(old="y").main
    assert refusals(sql) == {(PROVIDER, "bad_signature"): 2, (PROVIDER, "too_old"): 1}


def test_an_unknown_customer_can_be_tried(sql, send):
    send(customer="cus_new", type="customer.updated")
    assert list(states(sql).values()) == [("stored", "unknown_customer")]


def test_it_takes_up_to_fifty(send):
    for number in ("0", "51", "x", ""):
        assert "Enter a number from 1 to 50" in send(count=number).problems


def test_in_production_there_is_none(app, settings):
    production = replace(settings, environment=Environment.PRODUCTION)
    rules = {rule.rule for rule in create_app(AREAS, production).url_map.iter_rules()}
    assert URL not in rules
    assert "/operator/webhooks/secrets" in rules
    assert URL in {rule.rule for rule in app.url_map.iter_rules()}
