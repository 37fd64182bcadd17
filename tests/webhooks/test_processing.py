"""Acting on events: effect, mark and watermark are one transaction, once, in whatever order they come."""

from __future__ import annotations

import datetime as dt
import itertools
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from app.domain.billing import ledger
from app.domain.webhooks import effects, processing
from app.domain.webhooks.inbox import PROCESS
from app.domain.webhooks.processing import DELAYS, MOST_RUNS, process
from app.models.webhook import ProviderCustomer
from app.tenancy.doors import across_schools
from tests.webhooks.arranged import CUSTOMER, NOW, PROVIDER, issue_invoice, open_account, states

SECOND = dt.timedelta(seconds=1)


def payments(sql):
    return sql.execute("SELECT reference, state, amount FROM payment ORDER BY 1").fetchall()


def one(sql) -> UUID:
    return sql.execute("SELECT id FROM webhook_event").fetchone()[0]


def act(event_id, now=NOW, runs=1):
    with across_schools("a test", routine=True) as session:
        again = process(session, event_id, now=now, runs=runs)
        session.commit()
    return again


def test_a_payment_that_arrived_pays_its_invoice(sql, tell, work_off):
    invoice, number, total = issue_invoice()
    tell(amount=total, invoice=number)
    work_off()
    assert states(sql) == {"evt_1": ("done", None)}
    assert payments(sql) == [("pay_1", "succeeded", total)]
    assert sql.execute("SELECT state, paid FROM invoice WHERE id = %s", (invoice,)).fetchone() == ("paid", total)
    assert sql.execute("SELECT state, ended_at IS NOT NULL FROM webhook_effect").fetchall() == [("done", True)]
    assert sql.execute("SELECT object_id, event_id FROM webhook_watermark").fetchall() == [("payment:pay_1", "evt_1")]


def test_it_happens_once_however_often_it_is_acted_on(sql, tell, work_off):
    tell()
    work_off()
    for _ in range(3):
        assert act(one(sql)) is None
    assert sql.execute("SELECT count(*) FROM ledger_transaction").fetchone() == (1,)


def test_an_older_event_does_nothing_to_what_is_newer(sql, tell, work_off):
    tell(id="evt_2", type="payment.reversed", at=NOW)
    work_off()
    tell(id="evt_1", type="payment.succeeded", at=NOW - SECOND)
    work_off()
    assert states(sql) == {"evt_1": ("ignored", "older"), "evt_2": ("done", None)}
    assert payments(sql) == [("pay_1", "reversed", 1000)]


def test_of_one_second_the_type_decides_and_not_who_comes_first(sql, tell, work_off):
    for order in itertools.permutations(("pending", "failed", "succeeded")):
        for kind in order:
            tell(id=f"evt_{kind}_{'_'.join(order)}", type=f"payment.{kind}", payment=f"pay_{'_'.join(order)}")
            work_off()
    assert {state for _, state, _ in payments(sql)} == {"succeeded"}


def test_without_the_watermark_an_older_event_would_be_done(sql, tell, work_off, monkeypatch):
    """Planted: a watermark that knows nothing. What billing knows itself is the second wall, so it is taken down too."""
    monkeypatch.setattr(processing.watermarks, "hold", lambda *_: None)
    monkeypatch.setattr(effects, "apply", lambda *_, **__: True)
    tell(id="evt_2", type="payment.reversed", at=NOW)
    work_off()
    tell(id="evt_1", at=NOW - SECOND)
    work_off()
    assert states(sql)["evt_1"] == ("done", None)


@pytest.mark.parametrize(
    "data",
    [
        {"amount": 0}, {"amount": -5}, {"amount": "1000"}, {"amount": 10.5}, {"amount": True}, {"amount": 10**15},
        {"currency": "rand"}, {"currency": None}, {"payment": None}, {"payment": {"id": 1}}, {"invoice": 7},
        {"invoice": "nul\0"}, {"reason": "\ud800"}, {"reason": "x" * 300},
    ],
)  # fmt: skip
def test_data_of_another_shape_fails_at_once_and_says_what_is_wrong(sql, tell, work_off, data):
    assert tell(**data).status_code == 200
    work_off()
    assert states(sql) == {"evt_1": ("failed", "bad_data")}
    assert next(iter(data)) in sql.execute("SELECT note FROM webhook_event").fetchone()[0]
    assert sql.execute("SELECT state, reason FROM webhook_effect").fetchall() == [("failed", "bad_data")]
    assert payments(sql) == []


def test_what_fails_is_tried_again_later_and_later_and_then_has_failed(sql, tell, monkeypatch):
    tell()
    monkeypatch.setattr(effects, "apply", lambda *_, **__: 1 / 0)
    event, now = one(sql), NOW
    for number, delay in enumerate(DELAYS, 1):
        assert act(event, now) == now + delay
        assert sql.execute("SELECT state, reason, attempts FROM webhook_event").fetchone() == ("stored", "retrying", number)
        now += delay
    assert act(event, now) is None
    assert states(sql) == {"evt_1": ("failed", "effect_failed")}
    assert sql.execute("SELECT note FROM webhook_event").fetchone() == ("ZeroDivisionError: division by zero",)
    assert sorted(DELAYS) == list(DELAYS)


def test_a_failure_undoes_its_own_effect_and_nothing_else(sql, tell, monkeypatch):
    real = effects.apply

    def half(*given, **named):
        real(*given, **named)
        raise RuntimeError("after the books were written")

    monkeypatch.setattr(effects, "apply", half)
    tell()
    assert act(one(sql)) == NOW + DELAYS[0]
    assert sql.execute("SELECT count(*) FROM ledger_transaction").fetchone() == (0,)
    assert payments(sql) == []


def test_books_that_do_not_balance_are_seen_within_the_event(sql, tell, monkeypatch):
    """The ledger's own trigger speaks at the commit; the event asks it before, so that the failure is its own."""
    tell()

    def unbalanced(session, school_id, meant, by=None):
        ledger.post(session, school_id, "payment", {ledger.Book.BANK: 5, ledger.Book.SUSPENSE: -5}, currency="ZAR", key="x")
        session.flush()
        sql_ = "INSERT INTO ledger_entry (school_id, transaction_id, book, amount, currency) SELECT %s, id, 'bank', 7, 'ZAR' FROM ledger_transaction WHERE key = 'x' AND school_id = %s"
        with processing.driving() as cursor:
            cursor.execute(sql_, (school_id, school_id))
        return True

    monkeypatch.setattr(effects, "apply", unbalanced)
    assert act(one(sql)) == NOW + DELAYS[0]
    assert "does not sum to zero" in sql.execute("SELECT note FROM webhook_event").fetchone()[0]


def test_a_database_that_is_away_counts_as_no_try(sql, tell, monkeypatch):
    tell()

    def away(*_, **__):
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(effects, "apply", away)
    with pytest.raises(OperationalError):
        act(one(sql))
    assert sql.execute("SELECT state, attempts FROM webhook_event").fetchone() == ("stored", 0)


def test_one_whose_process_keeps_dying_ends_too(sql, tell):
    tell()
    assert act(one(sql), runs=MOST_RUNS + 1) is None
    assert states(sql) == {"evt_1": ("failed", "effect_failed")}


def test_an_unknown_customers_event_waits_and_goes_to_whoever_is_tied(sql, tell, work_off):
    tell(customer="cus_9")
    event = one(sql)
    assert act(event) is None
    assert states(sql) == {"evt_1": ("stored", "unknown_customer")}
    with across_schools("a test", routine=True) as session:
        session.add(ProviderCustomer(provider=PROVIDER, customer="cus_9", for_school=1))
        session.commit()
    assert act(event) is None
    assert states(sql) == {"evt_1": ("done", None)}
    assert sql.execute("SELECT school_id, state FROM webhook_effect").fetchall() == [(1, "done")]


def test_a_payment_of_one_school_cannot_pay_anothers_invoice(sql, tell, work_off):
    """The number of another school's invoice is no invoice of this one."""
    open_account(2, "cus_2")
    _, number, total = issue_invoice(2)
    tell(amount=total, invoice=number, customer=CUSTOMER)
    work_off()
    assert sql.execute("SELECT school_id, state, invoice_id FROM payment").fetchall() == [(1, "succeeded", None)]
    assert sql.execute("SELECT state FROM invoice").fetchall() == [("open",)]


def test_what_a_customer_changes_fills_a_gap_only(sql, tell, work_off):
    tell(id="evt_1", type="customer.updated", email="fees@thaba.example.com")
    work_off()
    tell(id="evt_2", type="customer.updated", email="other@thaba.example.com", at=NOW)
    work_off()
    assert sql.execute("SELECT email FROM billing_account").fetchall() == [("fees@thaba.example.com",)]
    assert PROCESS == "webhooks.process"
