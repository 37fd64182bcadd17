"""Payments as their provider tells of them."""

import datetime as dt
from itertools import permutations

import pytest

from app import clock
from app.domain.billing import invoices, ledger, payments
from app.domain.billing.accounts import NoAccount
from app.domain.billing.arriving import ORDER
from app.domain.billing.payments import Mend
from app.models.billing import PaymentState
from tests.billing_domain.arranged import BY, TODAY, balances, invoice, issue, open_account, platform

NOON = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)


def pay(school, of, amount, state="succeeded", *, reference="p1", at=NOON, **values):
    with platform() as session:
        return payments.arrived(
            session, school, provider="acme", reference=reference, amount=amount, currency=values.pop("currency", "ZAR"),
            invoice_id=of, at=at, state=state, **values,
        )  # fmt: skip


def anomalies(sql, school):
    rows = sql.execute("SELECT kind, how FROM payment_anomaly WHERE school_id = %s ORDER BY found_at", (school,))
    return [tuple(row) for row in rows]


def anomaly_id(sql):
    return sql.execute("SELECT id FROM payment_anomaly").fetchone()[0]


def test_a_payment_of_all_pays_the_invoice_and_stands_in_the_bank(sql, school):
    of = issue(school)
    pay(school, of, 11_500)
    assert (invoice(school, of).state, invoice(school, of).paid) == ("paid", 11_500)
    assert balances(school) == {"bank": 11_500, "revenue": -10_000, "vat": -1_500}
    assert not anomalies(sql, school)


def test_the_same_tidings_twice_are_booked_once(school):
    of = issue(school)
    assert pay(school, of, 11_500).changed
    assert not pay(school, of, 11_500).changed
    assert balances(school)["bank"] == 11_500


def test_a_payment_on_its_way_lets_the_invoice_wait_and_one_that_failed_lets_it_fail_with_a_next_try(sql, school):
    of = issue(school)
    pay(school, of, 11_500, "pending")
    assert invoice(school, of).state == "pending"
    pay(school, of, 11_500, "failed", at=NOON + dt.timedelta(hours=1), reason="insufficient_funds")
    found = invoice(school, of)
    assert (found.state, found.retry_at) == ("failed", NOON + dt.timedelta(days=1, hours=1))
    tries = sql.execute("SELECT number, outcome, reason, next_at FROM payment_attempt").fetchall()
    assert tries == [(1, "failed", "insufficient_funds", found.retry_at)]


def test_the_last_try_that_failed_announces_no_other(sql, school):
    of = issue(school)
    for n in range(5):
        pay(school, of, 11_500, "failed", reference=f"p{n}", at=NOON + dt.timedelta(days=n))
    days = sql.execute("SELECT (next_at - at) FROM payment_attempt ORDER BY number").fetchall()
    assert [row[0] and row[0].days for row in days] == [1, 3, 5, 7, None]
    assert invoice(school, of).retry_at is None


def test_a_payment_that_was_taken_back_lets_a_paid_invoice_fail_and_the_books_are_as_before(school):
    of = issue(school)
    before = balances(school)
    pay(school, of, 11_500)
    pay(school, of, 11_500, "reversed", at=NOON + dt.timedelta(days=9))
    assert (invoice(school, of).state, invoice(school, of).paid) == ("failed", 0)
    assert balances(school) == before


def test_a_payment_that_comes_again_after_it_was_taken_back_is_booked_again(school):
    of = issue(school)
    for n, state in enumerate(("succeeded", "reversed", "succeeded")):
        pay(school, of, 11_500, state, at=NOON + dt.timedelta(days=n))
    assert invoice(school, of).state == "paid"
    assert balances(school)["bank"] == 11_500


LIFE = ("pending", "failed", "pending", "succeeded", "reversed", "succeeded")


@pytest.mark.parametrize("last", range(1, 7))
def test_tidings_in_every_order_lead_to_the_same_end(sql, school, last):
    life = list(enumerate(LIFE[:last]))
    ends = set()
    for n, order in enumerate(list(permutations(life))[:: max(1, last * 20 - 60)]):
        of = issue(school)
        before = balances(school).get("bank", 0)
        for step, state in order:
            pay(school, of, 11_500, state, reference=f"r{n}", at=NOON + dt.timedelta(seconds=step // 2))
        found = invoice(school, of)
        ends.add((found.state, found.paid, balances(school).get("bank", 0) - before))
    assert len(ends) == 1
    with platform() as session:
        assert not ledger.balances(session, school)[ledger.Book.SUSPENSE]


def test_money_without_an_invoice_is_held_and_flagged(sql, school):
    assert pay(school, None, 5_000, invoice_number="INV-9999-000001").anomalies == ("without_invoice",)
    assert balances(school) == {"bank": 5_000, "suspense": -5_000}
    assert anomalies(sql, school) == [("without_invoice", None)]


def test_another_schools_invoice_is_nobodys(school, cast):
    open_account(cast.karoo.id)
    of = issue(cast.karoo.id)
    assert pay(school, of, 11_500).anomalies == ("without_invoice",)
    assert invoice(cast.karoo.id, of).paid == 0


def test_an_invoice_that_is_paid_twice_keeps_the_second_apart(sql, school):
    of = issue(school)
    pay(school, of, 11_500)
    assert pay(school, of, 11_500, reference="p2").anomalies == ("paid_twice",)
    assert balances(school)["suspense"] == -11_500


def test_too_much_covers_the_invoice_and_holds_the_rest(school):
    of = issue(school)
    assert pay(school, of, 12_000).anomalies == ("amount_differs",)
    assert invoice(school, of).state == "paid"
    assert balances(school)["suspense"] == -500


def test_too_little_covers_a_part_and_is_accepted_by_hand(sql, school):
    of = issue(school)
    assert pay(school, of, 11_000).anomalies == ("amount_differs",)
    assert (invoice(school, of).state, invoice(school, of).paid) == ("open", 11_000)
    with platform() as session:
        with pytest.raises(payments.CannotMend):
            payments.mend(session, school, anomaly_id(sql), Mend.RESERVE, by=BY)
        payments.mend(session, school, anomaly_id(sql), Mend.ACCEPT, by=BY)
    assert anomalies(sql, school) == [("amount_differs", "accept")]


def test_money_of_another_currency_is_held_in_it_and_can_only_go_back(sql, school):
    of = issue(school)
    assert pay(school, of, 11_500, currency="USD").anomalies == ("currency_differs",)
    assert invoice(school, of).paid == 0
    with platform() as session:
        assert ledger.balances(session, school, currency="USD")[ledger.Book.SUSPENSE] == -11_500
        for how in (Mend.RESERVE, Mend.ALLOCATE):
            with pytest.raises(payments.CannotMend):
                payments.mend(session, school, anomaly_id(sql), how, by=BY)
        payments.mend(session, school, anomaly_id(sql), Mend.REFUND, by=BY)
        assert not any(ledger.balances(session, school, currency="USD").values())


@pytest.mark.parametrize(("how", "left"), [(Mend.RESERVE, {"reserve": -11_500}), (Mend.REFUND, {"bank": 0})])
def test_what_is_held_goes_to_the_reserve_or_back(sql, school, how, left):
    pay(school, None, 11_500)
    with platform() as session:
        payments.mend(session, school, anomaly_id(sql), how, by=BY)
    found = balances(school)
    assert {book: found.get(book, 0) for book in left} == left
    assert "suspense" not in found


def test_what_is_held_goes_to_the_invoice_that_was_due_first_and_the_rest_to_the_reserve(sql, school):
    second, first = issue(school, on=TODAY + dt.timedelta(days=3)), issue(school)
    pay(school, None, 12_000)
    with platform() as session:
        payments.mend(session, school, anomaly_id(sql), Mend.ALLOCATE, by=BY)
        with pytest.raises(payments.MendedAlready):
            payments.mend(session, school, anomaly_id(sql), Mend.ALLOCATE, by=BY)
    assert (invoice(school, first).state, invoice(school, second).state) == ("paid", "open")
    assert balances(school)["reserve"] == -500


def test_a_mended_payment_that_is_taken_back_takes_back_what_was_made_of_it(sql, school):
    of = issue(school)
    before = balances(school)
    pay(school, None, 12_000)
    with platform() as session:
        payments.mend(session, school, anomaly_id(sql), Mend.ALLOCATE, by=BY)
    pay(school, None, 12_000, "reversed", at=NOON + dt.timedelta(days=1))
    assert balances(school) == before
    assert (invoice(school, of).state, invoice(school, of).paid) == ("failed", 0)


def test_money_for_the_reserve_goes_there(school):
    assert pay(school, None, 50_000, top_up=True).anomalies == ()
    assert balances(school) == {"bank": 50_000, "reserve": -50_000}


def test_money_for_what_was_given_up_pays_it_after_all_and_no_debt_is_left(school):
    of = issue(school)
    with platform() as session:
        invoices.write_off(session, school, of, reason="They moved away", by=BY)
    assert balances(school)["bad_debt"] == 11_500
    pay(school, of, 11_500)
    assert invoice(school, of).state == "paid"
    pay(school, of, 11_500, "reversed", at=clock.now())
    assert invoice(school, of).state == "uncollectible"
    assert balances(school) == {"bad_debt": 11_500, "revenue": -10_000, "vat": -1_500}


def test_a_part_that_is_taken_back_after_the_rest_was_given_up_is_a_bad_debt_too(school):
    of = issue(school)
    pay(school, of, 4_000)
    with platform() as session:
        invoices.write_off(session, school, of, reason="They moved away", by=BY)
    pay(school, of, 4_000, "reversed", at=clock.now())
    assert (invoice(school, of).state, invoice(school, of).paid) == ("uncollectible", 0)
    assert balances(school) == {"bad_debt": 11_500, "revenue": -10_000, "vat": -1_500}
    pay(school, of, 11_500, reference="p2")
    assert balances(school) == {"bank": 11_500, "revenue": -10_000, "vat": -1_500}


def test_a_school_without_an_account_cannot_be_paid_for(school, cast):
    with pytest.raises(NoAccount):
        pay(cast.karoo.id, None, 100)


def test_every_state_of_a_payment_has_an_order():
    assert set(ORDER) == set(PaymentState)


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_of_two_amounts_the_newest_is_booked_in_whatever_order_they_come(school, order):
    of = issue(school)
    told = ((11_500, NOON), (6_000, NOON + dt.timedelta(hours=1)))
    for which in order:
        pay(school, of, told[which][0], at=told[which][1])
    assert (invoice(school, of).state, invoice(school, of).paid) == ("open", 6_000)
    assert balances(school)["bank"] == 6_000


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_part_that_is_taken_back_is_flagged_and_the_payment_stands(sql, school, order):
    of = issue(school)
    told = ((11_500, "succeeded", NOON), (4_000, "reversed", NOON + dt.timedelta(days=1)))
    for which in order:
        amount, state, at = told[which]
        last = pay(school, of, amount, state, at=at)
    assert last.anomalies == ("amount_differs",)
    assert anomalies(sql, school) == [("amount_differs", None)]
    assert sql.execute("SELECT state, amount, reason FROM payment").fetchall() == [("succeeded", 11_500, "part_taken_back")]
    assert (invoice(school, of).state, balances(school)["bank"]) == ("paid", 11_500)


@pytest.mark.parametrize("order", list(permutations(range(2))))
@pytest.mark.parametrize("state", ["pending", "succeeded"])
def test_the_invoice_that_the_newest_names_is_paid(school, order, state):
    first, second = issue(school), issue(school)
    told = ((first, state, NOON), (second, "succeeded", NOON + dt.timedelta(hours=1)))
    for which in order:
        pay(school, told[which][0], 11_500, told[which][1], at=told[which][2])
    assert (invoice(school, first).state, invoice(school, second).state) == ("open", "paid")


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_an_older_one_that_names_an_invoice_gives_it_to_a_payment_without(sql, school, order):
    of = issue(school)
    told = ((of, "pending", NOON), (None, "succeeded", NOON + dt.timedelta(hours=1)))
    for which in order:
        pay(school, told[which][0], 11_500, told[which][1], at=told[which][2])
    assert invoice(school, of).state == "paid"
    assert "suspense" not in balances(school)
    assert [how for _, how in anomalies(sql, school) if how is None] == []


@pytest.mark.parametrize(("how", "left"), [(Mend.RESERVE, {"reserve": 5_000}), (Mend.REFUND, {"bank": 0})])
def test_a_refund_by_hand_and_a_chargeback_after_it_are_both_in_the_books_and_flagged(sql, school, how, left):
    pay(school, None, 5_000)
    with platform() as session:
        payments.mend(session, school, anomaly_id(sql), Mend.REFUND, by=BY)
    pay(school, None, 5_000, "reversed", at=NOON + dt.timedelta(days=1))
    assert balances(school) == {"bank": -5_000, "suspense": 5_000}
    (again,) = sql.execute("SELECT id FROM payment_anomaly WHERE mended_at IS NULL").fetchone()
    with platform() as session:
        with pytest.raises(payments.CannotMend):
            payments.mend(session, school, again, Mend.ALLOCATE, by=BY)
        payments.mend(session, school, again, how, by=BY)
    found = balances(school)
    assert {book: found.get(book, 0) for book in left} == left
    assert "suspense" not in found
