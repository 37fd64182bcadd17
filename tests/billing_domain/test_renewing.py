"""Subscriptions and their renewals."""

from threading import Barrier, Thread

import psycopg
import pytest

from app.domain.billing import plans, renewing, subscriptions
from app.domain.billing.subscriptions import NoSubscription, NotOffered, SubscribedAlready
from app.domain.billing.vat import TaxCode
from app.models.plan import Interval, Plan
from tests.billing_domain.arranged import BY, TODAY, add_price, balances, be_vendor, day, open_account, platform


def start(school, price, on="2026-01-31", **values):
    with platform() as session:
        subscriptions.start(session, school, price, on=day(on), by=BY, today=day(on), **values)


def renew(today, school=None):
    with platform() as session:
        return renewing.renew(session, [school] if school else None, day(today))


def billed(sql, school):
    """Each period that was billed: from, until, total."""
    rows = sql.execute(
        "SELECT period_start::text, period_end::text, total FROM invoice WHERE school_id = %s AND number IS NOT NULL ORDER BY period_start",
        (school,),
    )
    return [tuple(row) for row in rows]


def subscription(sql, school):
    return sql.execute(
        "SELECT state, period_start::text, period_end::text, quantity FROM subscription WHERE school_id = %s", (school,)
    ).fetchone()


def test_beginning_bills_the_first_period_and_anchors_on_the_last_of_the_month(sql, school):
    start(school, add_price())
    assert billed(sql, school) == [("2026-01-31", "2026-02-28", 11_500)]
    assert subscription(sql, school) == ("active", "2026-01-31", "2026-02-28", 1)
    assert balances(school) == {"receivable": 11_500, "revenue": -10_000, "vat": -1_500}


def test_a_run_that_is_late_bills_each_missed_period_once(sql, school):
    start(school, add_price())
    assert renew("2026-02-27") == 0
    assert renew("2026-05-01") == 3
    assert [period[:2] for period in billed(sql, school)] == [
        ("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-31"), ("2026-03-31", "2026-04-30"), ("2026-04-30", "2026-05-31"),
    ]  # fmt: skip
    assert renew("2026-05-01") == 0


def test_what_it_issues_is_an_invoice_like_any_other(sql, school):
    start(school, add_price(), quantity=60, discount=1_000)
    renew("2026-02-28")
    rows = sql.execute(
        "SELECT number, state, kind, net, vat, total, issued_on::text, due_on::text, seller->>'vat_number', buyer->>'address'"
        " FROM invoice ORDER BY number"
    ).fetchall()
    assert rows[1] == (
        "INV-0001-000002", "open", "tax_invoice", 540_000, 81_000, 621_000, "2026-02-28", "2026-03-30", "4123456789", "1 School Street",
    )  # fmt: skip
    line = sql.execute(
        "SELECT description->>'af', quantity, unit, discount, tax_code, tax_rate, total FROM invoice_line"
    ).fetchall()
    assert line[1] == ("Standaard", 60, 10_000, 1_000, "standard", 1500, 621_000)
    assert sql.execute("SELECT dunning_due_at IS NOT NULL FROM billing_account WHERE school_id = 1").fetchone() == (True,)


def test_a_price_holds_for_periods_that_begin_on_its_day_or_later(sql, school):
    start(school, add_price())
    add_price(12_000, since="2026-03-31")
    add_price(99_000, since="2026-02-01", interval=Interval.YEAR)
    renew("2026-04-30")
    assert [total for *_, total in billed(sql, school)] == [11_500, 11_500, 13_800, 13_800]


def test_another_plan_comes_with_the_next_period(sql, school):
    start(school, add_price())
    yearly = add_price(100_000, interval=Interval.YEAR)
    with platform() as session:
        subscriptions.change(session, school, price_id=yearly, quantity=2, by=BY)
    assert billed(sql, school)[-1][2] == 11_500
    renew("2026-02-28")
    assert billed(sql, school)[-1] == ("2026-02-28", "2027-02-28", 230_000)
    assert subscription(sql, school)[3] == 2


def test_a_change_can_be_taken_back_before_it_comes(sql, school):
    price = add_price()
    start(school, price)
    other = add_price(50_000, code="large")
    with platform() as session:
        subscriptions.change(session, school, price_id=other, by=BY)
        subscriptions.change(session, school, price_id=price, by=BY)
    renew("2026-02-28")
    assert billed(sql, school)[-1][2] == 11_500


def test_cancelled_at_the_end_it_ends_there_and_resumed_it_goes_on(sql, school):
    start(school, add_price())
    with platform() as session:
        subscriptions.cancel_at_end(session, school, by=BY)
        subscriptions.resume(session, school, by=BY)
    assert renew("2026-02-28") == 1
    with platform() as session:
        subscriptions.cancel_at_end(session, school, by=BY)
    assert renew("2026-04-01") == 0
    assert subscription(sql, school)[0] == "ended"
    assert sql.execute("SELECT ended_on::text FROM subscription").fetchone() == ("2026-03-31",)
    with platform() as session, pytest.raises(NoSubscription):
        subscriptions.resume(session, school, by=BY)


def test_one_that_ended_is_billed_no_more_and_another_may_begin(sql, school):
    price = add_price()
    start(school, price)
    with platform() as session, pytest.raises(SubscribedAlready):
        subscriptions.start(session, school, price, on=TODAY, by=BY, today=TODAY)
    with platform() as session:
        subscriptions.end(session, school, on=day("2026-02-10"), by=BY)
    assert renew("2026-05-01") == 0
    start(school, price, "2026-05-05")
    assert len(billed(sql, school)) == 2


def test_a_trial_is_free_until_its_last_day_and_then_billed(sql, school):
    start(school, add_price(), trial_until=day("2026-02-15"))
    assert billed(sql, school) == []
    renew("2026-02-15")
    assert billed(sql, school) == [("2026-02-15", "2026-03-15", 11_500)]
    assert subscription(sql, school)[0] == "active"


def test_a_period_that_costs_nothing_is_not_billed_and_goes_by(sql, school):
    start(school, add_price(0))
    renew("2026-03-31")
    assert billed(sql, school) == []
    assert subscription(sql, school)[2] == "2026-04-30"


def test_who_is_not_a_vendor_renews_without_vat(sql, school):
    be_vendor(None)
    start(school, add_price(600_000))
    assert sql.execute("SELECT kind, vat, total FROM invoice").fetchone() == ("invoice", 0, 600_000)


def test_a_plan_that_is_not_offered_or_costs_other_money_cannot_be_chosen(school):
    dollars, gone = add_price(currency="USD"), add_price(code="old")
    with platform() as session:
        plans.offer(session, session.query(Plan).filter_by(code="old").one(), is_offered=False, by=BY)
        for price in (dollars, gone):
            with pytest.raises(NotOffered):
                subscriptions.start(session, school, price, on=TODAY, by=BY, today=TODAY)


def test_a_price_never_changes_and_a_code_is_taken_once(school):
    add_price()
    with pytest.raises(plans.PriceExists):
        add_price(5)
    with platform() as session, pytest.raises(plans.PlanExists):
        plans.create(session, "standard", {"en": "Again"}, by=BY)


@pytest.mark.parametrize("workers", [6])
def test_many_runs_at_once_bill_each_period_once(sql, app, cast, school, workers):
    open_account(cast.karoo.id)
    price = add_price()
    for each in (school, cast.karoo.id):
        start(each, price)
    together, counted = Barrier(workers), []

    def work():
        with app.app_context():
            together.wait()
            counted.append(renew("2026-05-01"))

    threads = [Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    renew("2026-05-01")  # what was passed over because another run had it
    for each in (school, cast.karoo.id):
        assert len(billed(sql, each)) == 4
        numbers = sql.execute("SELECT number FROM invoice WHERE school_id = %s ORDER BY number", (each,)).fetchall()
        assert [int(row[0][-6:]) for row in numbers] == [1, 2, 3, 4]


def test_a_school_whose_money_is_being_moved_is_left_for_the_next_run(sql, app, school):
    start(school, add_price())
    with sql.transaction():
        sql.execute("SELECT FROM billing_account WHERE school_id = %s FOR UPDATE", (school,))
        assert renew("2026-02-28") == 0
    assert renew("2026-02-28") == 1


def test_a_period_that_was_billed_by_hand_is_not_billed_again(sql, school):
    start(school, add_price())
    sql.execute("UPDATE subscription SET period_start = '2025-12-31', period_end = '2026-01-31'")
    assert renew("2026-01-31") == 0
    assert len(billed(sql, school)) == 1
    assert subscription(sql, school)[2] == "2026-02-28"


def test_the_database_lets_no_period_have_two_invoices(sql, school):
    start(school, add_price())
    with pytest.raises(psycopg.errors.UniqueViolation, match="invoice_period"):
        sql.execute(
            "INSERT INTO invoice (school_id, id, subscription_id, period_start) SELECT school_id, gen_random_uuid(), subscription_id,"
            " period_start FROM invoice"
        )


def test_a_run_over_all_schools_commits_each_lot_and_stops_when_it_is_told(sql, school, cast, monkeypatch):
    open_account(cast.karoo.id)
    price = add_price(tax_code=TaxCode.EXEMPT)
    for each in (school, cast.karoo.id):
        start(each, price)
    monkeypatch.setattr(renewing, "LOT", 1)
    with platform() as session:
        assert renewing.renew_all(session, day("2026-02-28"), goes_on=lambda: False) == (1, True)
    with platform() as session:
        assert renewing.renew_all(session, day("2026-02-28")) == (1, False)
    assert sql.execute("SELECT count(*) FROM invoice WHERE number IS NOT NULL").fetchone() == (4,)


def test_what_a_month_costs_is_after_the_discount_and_before_vat(school):
    with platform() as session:
        assert subscriptions.monthly_net(session, school) == 0
    start(school, add_price(30_000, interval=Interval.QUARTER), quantity=2, discount=5_000)
    with platform() as session:
        assert subscriptions.monthly_net(session, school) == 10_000


def test_a_first_day_long_ago_or_far_ahead_is_refused(sql, school):
    """Or every period since would be billed at once."""
    price = add_price()
    for on in ("2026-01-30", "2027-03-03"):
        with pytest.raises(subscriptions.TooLongAgo), platform() as session:
            subscriptions.start(session, school, price, on=day(on), by=BY, today=TODAY)
    with platform() as session:
        subscriptions.start(session, school, price, on=day("2026-02-03"), by=BY, today=TODAY)
    assert len(billed(sql, school)) == 1


def test_months_after_weeks_begin_on_the_day_of_the_change(sql, school):
    start(school, add_price(interval=Interval.WEEK), on="2026-01-29")
    monthly = add_price(50_000, code="monthly")
    with platform() as session:
        subscriptions.change(session, school, price_id=monthly, by=BY)
    renew("2026-03-05")
    assert [row[:2] for row in billed(sql, school)] == [
        ("2026-01-29", "2026-02-05"), ("2026-02-05", "2026-03-05"), ("2026-03-05", "2026-04-05"),
    ]  # fmt: skip


def test_a_plan_that_is_not_offered_any_more_can_be_kept_with_another_quantity(sql, school):
    price = add_price()
    start(school, price)
    with platform() as session:
        plans.offer(session, session.query(Plan).one(), is_offered=False, by=BY)
        subscriptions.change(session, school, price_id=price, quantity=7, by=BY)
    assert sql.execute("SELECT next_price_id, next_quantity FROM subscription").fetchone() == (None, 7)
