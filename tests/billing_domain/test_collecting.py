"""Collecting an invoice from the reserve and by a collector, and the jobs that do it."""

import datetime as dt
from threading import Barrier, Thread

import pytest

from app.access.actor import Actor
from app.domain.billing import collecting, jobs, payments
from app.domain.billing.collecting import Drawn
from app.models.billing import PaymentState
from app.tenancy.doors import acting_for
from app.work.jobs import Task
from app.work.outbox import queue
from tests.billing_domain.arranged import BY, balances, invoice, issue, platform, reserve
from tests.billing_domain.test_payments import NOON, anomalies, anomaly_id, pay

OWNER = Actor("user", None, "Nomvula Khumalo")


class Gateway:
    """A collector of the tests: what it is asked to draw it answers with what it was told to."""

    name = "acme"

    def __init__(self, state, reason=None):
        self.state, self.reason, self.claims = state, reason, []

    def draw(self, session, claim):
        self.claims.append(claim)
        return Drawn(self.state, f"draw-{claim.key}", self.reason)


@pytest.fixture
def gateway(app):
    """`gateway(state)` makes one known for the test."""

    def make(state, reason=None):
        made = Gateway(state, reason)
        collecting.register(app, made)
        return made

    yield make
    app.extensions.pop("billing_collectors", None)


def collect(school, of, by=OWNER):
    with platform() as session:
        return payments.collect(session, school, of, by=by)


def tries(sql):
    rows = sql.execute("SELECT number, outcome, reason, by_name FROM payment_attempt ORDER BY number")
    return [tuple(row) for row in rows]


def test_what_is_prepaid_covers_an_invoice(sql, school):
    of = issue(school)
    pay(school, None, 20_000, top_up=True)
    assert collect(school, of)[:3] == ("succeeded", "from_reserve", 11_500)
    assert (invoice(school, of).state, reserve(school)) == ("paid", 8_500)
    assert tries(sql) == [(1, "succeeded", "from_reserve", "Nomvula Khumalo")]


def test_the_reserve_covers_what_it_can_and_a_collector_draws_the_rest(sql, school, gateway):
    acme = gateway(PaymentState.PENDING)
    of = issue(school)
    pay(school, None, 1_500, top_up=True)
    assert collect(school, of).outcome == "pending"
    assert [(claim.amount, claim.key) for claim in acme.claims] == [(10_000, f"{of}:2")]
    assert (invoice(school, of).state, reserve(school)) == ("pending", 0)
    assert collect(school, of).outcome == "nothing"  # one is on its way
    assert len(acme.claims) == 1
    assert [row[:2] for row in tries(sql)] == [(1, "succeeded"), (2, "pending")]


def test_a_draw_that_fails_says_why_and_when_it_is_tried_again(school, gateway):
    gateway(PaymentState.FAILED, "card_expired")
    of = issue(school)
    came = collect(school, of)
    assert (came.outcome, came.reason) == ("failed", "card_expired")
    assert came.next_at == invoice(school, of).retry_at is not None


def test_a_try_that_was_rolled_back_is_made_again_under_the_same_key(school, gateway):
    acme = gateway(PaymentState.SUCCEEDED)
    of = issue(school)
    with pytest.raises(ZeroDivisionError), platform() as session:
        raise ZeroDivisionError(payments.collect(session, school, of, by=OWNER))
    collect(school, of)
    assert len({claim.key for claim in acme.claims}) == 1
    assert balances(school)["bank"] == 11_500


def test_without_a_collector_a_persons_try_says_so_and_the_invoice_stays_open(sql, school):
    of = issue(school)
    assert collect(school, of).reason == "no_collector"
    assert invoice(school, of).state == "open"
    assert tries(sql) == [(1, "failed", "no_collector", "Nomvula Khumalo")]
    collect(school, of, by=BY)  # the clock's own try of what never failed is none
    assert len(tries(sql)) == 1


def test_what_is_paid_is_not_collected(school):
    of = issue(school)
    pay(school, of, 11_500)
    pay(school, None, 500, reference="p2", top_up=True)
    assert collect(school, of)[:2] == ("nothing", "paid")
    assert reserve(school) == 500


def run(job, school=0, subject=None):
    """A job, as a worker runs it for the platform or a school."""
    if school:
        with acting_for(school) as session:
            job.run(Task(school, subject, job.name, subject, 1))
            session.commit()
    else:
        with platform():
            job.run(Task(0, subject, job.name, subject, 1))


def test_new_invoices_are_covered_by_what_is_prepaid_without_anybody(sql, school):
    pay(school, None, 15_000, top_up=True)
    first, second = issue(school), issue(school)
    run(jobs.retry)
    assert invoice(school, first).state == "paid"
    assert (invoice(school, second).state, invoice(school, second).paid) == ("open", 3_500)
    assert sql.execute("SELECT count(*) FROM invoice WHERE retry_at IS NOT NULL").fetchone() == (0,)


def test_a_schools_page_files_work_that_its_own_role_may_not_do(sql, school, cast, work_off):
    of = issue(school)
    pay(school, None, 20_000, top_up=True)
    with acting_for(school) as session:
        queue(jobs.COLLECT, of)
        session.commit()
    work_off()
    assert invoice(school, of).state == "paid"
    assert sql.execute("SELECT count(*) FROM outbox WHERE done_at IS NULL").fetchone() == (0,)


def test_the_work_of_a_page_twice_does_it_once(sql, school):
    of = issue(school)
    pay(school, None, 20_000, top_up=True)
    for _ in range(2):
        run(jobs.collect_one, school, of)
    assert reserve(school) == 8_500


@pytest.mark.parametrize(
    ("job", "how", "amount"), [(jobs.keep, "reserve", 500), (jobs.allocate, "allocate", 0), (jobs.accept, None, 0)]
)
def test_a_schools_page_mends_an_anomaly_by_work_that_runs_once_or_twice(sql, school, job, how, amount):
    issue(school)
    pay(school, None, 500)
    for _ in range(2):
        run(job, school, anomaly_id(sql))
    assert anomalies(sql, school) == [("without_invoice", how)]
    assert reserve(school) == amount


def test_two_runs_of_the_clock_at_once_try_what_failed_once(sql, app, school, gateway):
    acme = gateway(PaymentState.FAILED, "card_expired")
    of = issue(school)
    together = Barrier(2)

    def work():
        with app.app_context():
            together.wait()
            run(jobs.retry)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acme.claims) == len(tries(sql)) == 1
    assert invoice(school, of).state == "failed"


def test_a_try_that_a_school_asked_for_is_written_down_where_nobody_can_draw(sql, school):
    of = issue(school)
    run(jobs.collect_one, school, of)
    assert tries(sql) == [(1, "failed", "no_collector", None)]


def test_a_payment_without_an_answer_fails_after_two_weeks_and_a_later_answer_still_holds(sql, school, at):
    at("2026-03-17 11:00+00:00")
    of = issue(school)
    pay(school, of, 11_500, "pending")
    run(jobs.retry)
    assert invoice(school, of).state == "pending"
    at("2026-03-17 13:00+00:00")
    run(jobs.retry)
    assert invoice(school, of).state == "failed"
    assert tries(sql)[0][:3] == (1, "failed", "no_answer")
    pay(school, of, 11_500, at=NOON + dt.timedelta(hours=1))
    assert invoice(school, of).state == "paid"
