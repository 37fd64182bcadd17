"""The account of a school, its adjustments, and the nightly proof of it all."""

import psycopg
import pytest

from app import clock
from app.access.actor import Actor, acting_as
from app.domain.billing import accounts, jobs, ledger, proving, seller
from app.domain.billing.accounts import days_of_cover, state_of
from app.ids import uuid7
from app.models.billing import BillingAccount
from app.tenancy.doors import acting_for
from app.work.jobs import Task
from tests.billing_domain.arranged import BY, balances, be_vendor, issue, open_account, platform, reserve
from tests.billing_domain.test_payments import pay


def adjust(school, amount, **values):
    with platform() as session:
        return accounts.adjust(session, school, amount, reason="Agreed by phone", by=BY, **values)


def test_an_account_is_opened_once(school):
    with platform() as session:
        again = accounts.open_account(session, school, "Another name", by=BY)
        assert again.name == "The school's office"


def test_an_adjustment_is_booked_twice_over_and_once_however_often_it_is_sent(school):
    key = uuid7()
    assert adjust(school, 5_000, key=key)
    assert adjust(school, 5_000, key=key) is None
    assert balances(school) == {"reserve": -5_000, "adjustment": 5_000}


def test_an_adjustment_can_only_be_taken_back_by_its_counter_entry_and_once(sql, school):
    made = adjust(school, -700)
    assert reserve(school) == -700
    with platform() as session:
        ledger.reverse(session, school, made, reason="Wrong school", by=BY)
    with platform() as session, pytest.raises(ledger.ReversedAlready):
        ledger.reverse(session, school, made, reason="Again", by=BY)
    assert balances(school) == {}
    assert sql.execute("SELECT count(*) FROM ledger_transaction").fetchone() == (2,)


def test_nothing_else_is_taken_back_by_hand(sql, school, cast):
    issue(school)
    of = sql.execute("SELECT id FROM ledger_transaction").fetchone()[0]
    with platform() as session:
        with pytest.raises(ledger.CannotReverse):
            ledger.reverse(session, school, of, reason="x", by=BY)
        with pytest.raises(ledger.NoSuchTransaction):
            ledger.reverse(session, cast.karoo.id, of, reason="x", by=BY)


@pytest.mark.parametrize(("amount", "reason", "error"), [(0, "x", accounts.NothingToAdjust), (5, " ", accounts.NoReason)])
def test_an_adjustment_has_an_amount_and_a_reason(school, amount, reason, error):
    with platform() as session, pytest.raises(error):
        accounts.adjust(session, school, amount, reason=reason, by=BY)


def test_a_transaction_that_does_not_sum_to_zero_is_refused_before_the_database_does(school):
    with platform() as session, pytest.raises(ledger.Unbalanced):
        ledger.post(session, school, "payment", {ledger.Book.BANK: 1}, currency="ZAR", key="k")


@pytest.mark.parametrize(
    ("account", "reserve", "state"),
    [
        (None, 0, "none"), (BillingAccount(minimum_reserve=100), 100, "good"), (BillingAccount(minimum_reserve=100), 99, "low"),
        (BillingAccount(minimum_reserve=100, past_due_since=clock.now()), 500, "past_due"),
    ],
)  # fmt: skip
def test_how_an_account_stands_in_a_word(account, reserve, state):
    assert state_of(account, reserve) == state


@pytest.mark.parametrize(
    ("reserve", "monthly", "days"), [(36_500, 36_500, 30), (12_000, 1_000, 365), (0, 1_000, 0), (-5, 1_000, 0), (100, 0, None)]
)  # fmt: skip
def test_for_how_many_days_a_reserve_lasts(reserve, monthly, days):
    assert days_of_cover(reserve, monthly) == days


def test_who_bills_stands_in_one_place_and_is_written_down(sql, app):
    with platform() as session:
        assert seller.seller_of(session) == seller.Seller()
    be_vendor()
    with platform() as session:
        assert seller.seller_of(session).vat_number == "4123456789"
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'billing.seller'").fetchone() == (1,)


def test_a_deed_stands_in_both_logs_and_the_school_sees_an_operator(sql, school, cast):
    who = Actor("user", cast.operator.user_id, "Olive Operator")
    with acting_as(who), platform() as session:
        accounts.adjust(session, school, 5, reason="x", by=who)
    found = "SELECT actor_kind FROM %s WHERE action = 'billing.adjust'"
    assert sql.execute(found % "audit_event").fetchall() == [("operator",)]
    assert sql.execute(found % "platform_event").fetchall() == [("user",)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET paid = total", "INSERT INTO payment (school_id, id, provider, reference, state, amount, currency, happened_at)"
        " VALUES (1, gen_random_uuid(), 'x', 'x', 'succeeded', 1, 'ZAR', now())",
        "INSERT INTO ledger_transaction (school_id, id, key, kind) VALUES (1, gen_random_uuid(), 'k', 'payment')",
        "UPDATE billing_account SET minimum_reserve = 0", "UPDATE subscription SET discount = 10000", "UPDATE number_series SET next = 1",
        "UPDATE payment_anomaly SET mended_at = now()", "INSERT INTO credit_note SELECT * FROM credit_note",
    ],
)  # fmt: skip
def test_a_schools_own_role_moves_no_money(app, school, statement):
    issue(school)
    with acting_for(school) as session, pytest.raises(Exception, match="permission denied") as refused:
        session.connection().exec_driver_sql(statement)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_the_proof_finds_nothing_where_nothing_is_wrong(sql, school, cast):
    open_account(cast.karoo.id)
    pay(school, issue(school), 11_000)
    adjust(school, 300)
    with platform() as session:
        assert proving.prove(session)[:3] == (2, 3, 0)
    assert sql.execute("SELECT schools, transactions, faults, detail FROM ledger_proof").fetchone() == (2, 3, 0, [])


PLANTED = {
    "transaction": "INSERT INTO ledger_transaction (school_id, id, key, kind) VALUES (1, gen_random_uuid(), 'k', 'payment')",
    "lines": "UPDATE invoice_line SET net = net + 1, total = total + 1",
    "paid": "UPDATE invoice SET paid = paid + 1",
    "state": "UPDATE invoice SET state = 'paid'",
    "receivable": "UPDATE ledger_entry SET amount = amount + 1 WHERE book = 'receivable'",
    "numbers": "UPDATE number_series SET next = next + 1",
}


@pytest.mark.parametrize("what", list(proving.CHECKS))
def test_the_proof_finds_what_was_planted_past_the_walls(sql, school, what):
    issue(school)
    sql.execute("SET session_replication_role = replica")  # without triggers, as somebody with the server might
    sql.execute(PLANTED[what])
    with platform() as session:
        found = proving.prove(session)
    assert what in {fault["what"] for fault in found.detail}
    assert found.faults == len(found.detail)
    assert {fault["school_id"] for fault in found.detail} == {school}


def test_a_proof_that_is_interrupted_goes_on_where_it_stopped(sql, school, cast, monkeypatch):
    open_account(cast.karoo.id)
    issue(school)
    monkeypatch.setattr(proving, "LOT", 1)
    with platform() as session:
        assert proving.prove_all(session, goes_on=lambda: False)
        assert proving.prove_all(session, goes_on=lambda: False)
        assert not proving.prove_all(session)
    assert sql.execute("SELECT schools, transactions, faults FROM ledger_proof").fetchall() == [(2, 1, 0)]
    assert sql.execute("SELECT count(*) FROM platform_setting WHERE name = 'billing.proving'").fetchone() == (0,)


@pytest.mark.parametrize("job", [jobs.renew, jobs.dun, jobs.retry, jobs.prove])
def test_the_scheduled_work_does_nothing_where_there_is_nothing_to_do(sql, school, job):
    for _ in range(2):
        with platform():
            assert job.run(Task(0, uuid7(), job.name, None, 1)) is None
    assert sql.execute("SELECT count(*) FROM invoice").fetchone() == (0,)
