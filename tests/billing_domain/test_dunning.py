"""Reminders of what is to be paid."""

import datetime as dt
from threading import Thread

import pytest

from app import clock
from app.domain.billing import dunning, invoices, subscriptions
from app.domain.billing.standing import STEPS
from tests.billing_domain.arranged import BY, TODAY, add_price, invoice, issue, platform
from tests.billing_domain.test_payments import pay

DUE = TODAY + dt.timedelta(days=30)


@pytest.fixture(autouse=True)
def _on_the_day(at):
    at(f"{TODAY} 09:00+02:00")


def run(at, days):
    """What the job does so many days after the invoice was due."""
    at(f"{DUE + dt.timedelta(days=days)} 09:00+02:00")
    with platform() as session:
        dunning.dun(session, clock.now())


def mails(sql):
    return [row[0] for row in sql.execute("SELECT kind FROM account_mail WHERE kind LIKE 'invoice%%' ORDER BY created_at, id")]


def stands(sql, school):
    return sql.execute(
        "SELECT dunning_step, past_due_since IS NOT NULL, dunning_due_at FROM billing_account WHERE school_id = %s", (school,)
    ).fetchone()


def test_each_step_is_taken_once_on_its_day(sql, school, at):
    issue(school)
    seen = []
    for days in range(-10, 70):
        before = len(mails(sql))
        run(at, days)
        seen += [(days, kind) for kind in mails(sql)[before::2]]  # the owner, and the office
    assert seen == [(step.days, step.mail) for step in STEPS if step.mail]
    step, past_due, due_at = stands(sql, school)
    assert (step, past_due, due_at) == (6, True, None)


def test_a_run_that_is_late_takes_only_the_newest_step(sql, school, at):
    issue(school)
    run(at, 20)
    assert set(mails(sql)) == {"invoice_overdue"}
    assert stands(sql, school)[0] == 4


def test_two_runs_at_once_remind_once(sql, app, school, at):
    issue(school)
    at(f"{DUE} 09:00+02:00")

    def work():
        with app.app_context(), platform() as session:
            dunning.dun(session, clock.now())

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mails(sql)) == 2


def test_nobody_is_reminded_of_what_is_paid(sql, school, at):
    of = issue(school)
    run(at, 0)
    pay(school, of, 11_500, at=clock.now())
    run(at, 8)
    assert len(mails(sql)) == 2
    assert stands(sql, school) == (0, False, None)


def test_the_day_after_it_was_due_the_account_is_past_due_and_its_subscription_with_it(sql, school, at):
    price = add_price()
    with platform() as session:
        subscriptions.start(session, school, price, on=TODAY, by=BY)
    run(at, 0)
    assert not stands(sql, school)[1]
    run(at, 1)
    assert stands(sql, school)[1]
    assert sql.execute("SELECT state FROM subscription").fetchall() == [("past_due",)]
    of = sql.execute("SELECT id FROM invoice").fetchone()[0]
    pay(school, of, 11_500, at=clock.now())
    assert not stands(sql, school)[1]
    assert sql.execute("SELECT state FROM subscription").fetchall() == [("active",)]


def test_when_the_oldest_is_paid_the_next_one_is_spoken_of_from_the_beginning(sql, school, at):
    first = issue(school)
    issue(school, on=TODAY + dt.timedelta(days=20))
    run(at, 14)
    assert stands(sql, school)[0] == 4
    pay(school, first, 11_500, at=clock.now())
    assert stands(sql, school)[0] == 0
    run(at, 15)
    assert mails(sql)[-1] == "invoice_soon"


def test_what_was_given_up_is_not_spoken_of_any_more(sql, school, at):
    of = issue(school)
    run(at, 31)
    with platform() as session:
        invoices.write_off(session, school, of, reason="Closed", by=BY)
    assert stands(sql, school) == (0, False, None)


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_the_owner_reads_it_in_their_language_with_what_is_left_and_where_to_look(
    sql, school, cast, at, mailserver, work_off, language
):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.owner.user_id))
    of = issue(school)
    pay(school, of, 1_500, at=clock.now())
    run(at, -7)
    work_off()
    (letter,) = mailserver.to(cast.thaba.owner.email)
    assert f'<html lang="{language}">' in letter.html
    assert invoice(school, of).number in letter.text
    assert "100" in letter.text  # R100.00 in each of them
    assert f"http://localhost/dashboard/billing/invoices/{of}" in letter.text
    assert len(mailserver.to("rekeninge@thaba.example.com")) == 1


def test_only_those_who_pay_are_written_to(school, cast, at, mailserver, work_off):
    issue(school)
    run(at, 30)
    work_off()
    others = {one.email for one in cast.thaba.everyone()} - {cast.thaba.owner.email}
    assert not any(mailserver.to(other) for other in others)
    assert len(mailserver.mails) == 2


def test_a_reminder_that_waited_is_not_sent_once_all_is_paid(sql, school, at, mailserver, work_off):
    of = issue(school)
    run(at, 0)
    pay(school, of, 11_500, at=clock.now())
    work_off()
    assert not mailserver.mails
    assert sql.execute("SELECT DISTINCT error FROM account_mail").fetchall() == [("nothing is left to pay",)]


def test_steps_come_in_the_order_of_their_days():
    assert [step.number for step in STEPS] == [1, 2, 3, 4, 5, 6]
    assert sorted(step.days for step in STEPS) == [step.days for step in STEPS]


def test_what_operators_have_does_not_silence_what_is_due_next(sql, school, at):
    issue(school)
    at(f"{TODAY + dt.timedelta(days=45)} 09:00+02:00")
    newer = issue(school, on=TODAY + dt.timedelta(days=45))
    for days in range(80):
        run(at, days)
    mailed = "SELECT kind, count(*) FROM account_mail WHERE subject_id = %s GROUP BY 1 ORDER BY 1"
    # the newest step when the first goes to the operators, and then its own: the owner and the office, once each
    assert sql.execute(mailed, (newer,)).fetchall() == [("invoice_overdue", 2), ("invoice_past_due", 2)]
    assert stands(sql, school)[:2] == (5, True)
