"""Payments: the list, what does not fit, and the step that mends each."""

from __future__ import annotations

import pytest

from app.domain.billing.mending import Mend
from app.i18n.languages import LANGUAGES
from tests.billing.arranged import INVOICES, PAYMENTS, arrive, issued
from tests.billing_domain.arranged import balances, invoice, reserve
from tests.pages import words


@pytest.fixture
def misfit(sql):
    """The id of the only anomaly."""
    return lambda: sql.execute("SELECT id FROM payment_anomaly").fetchone()[0]


def rows(page):
    return [words(th) for th in page.all("th", scope="row")]


def mend(reader, payment, anomaly, how, **options):
    return reader.post(f"{PAYMENTS}{payment}/mend", {"anomaly": str(anomaly), "how": how}, **options)


def twice(school):
    paid = issued(school, 10_000)
    arrive(school, 11_500, "pay-0", invoice=paid)
    return arrive(school, 11_500, "pay-1", invoice=paid)


def filed(sql):
    return sql.execute("SELECT job, subject FROM outbox WHERE job LIKE 'billing.%' AND done_at IS NULL").fetchall()


def test_no_payments_says_so(owner, school):
    assert "No payments yet" in owner.get(PAYMENTS).main


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_and_a_payment_in_every_language(reads, cast, school, language):
    made = arrive(school, 5_000, "eft-1").payment_id
    reader = reads(cast.thaba.owner, language)
    assert "eft-1" in reader.get(PAYMENTS).main
    assert "eft-1" in reader.get(f"{PAYMENTS}{made}").h1


def test_filters_and_search_find_payments(owner, school):
    paid = issued(school, 10_000)
    arrive(school, 11_500, "card-1", state="failed", invoice=paid, reason="card_expired")
    arrive(school, 11_500, "card-2", invoice=paid)
    arrive(school, 700, "eft-3")
    assert [row.split()[2] for row in rows(owner.get(PAYMENTS))] == ["eft-3", "card-2", "card-1"]
    assert [row.split()[2] for row in rows(owner.get(f"{PAYMENTS}?state=failed"))] == ["card-1"]
    assert "The card has expired." in owner.get(PAYMENTS).main
    assert [row.split()[2] for row in rows(owner.get(f"{PAYMENTS}?fit=open"))] == ["eft-3"]
    assert [row.split()[2] for row in rows(owner.get(f"{PAYMENTS}?q=INV-0001"))] == ["card-2", "card-1"]
    assert owner.get(PAYMENTS).links()["INV-0001-000001"] == f"{INVOICES}{paid}"
    assert "No payments match" in owner.get(f"{PAYMENTS}?q=nothing").main


@pytest.mark.parametrize(
    ("arrange", "flag"),
    [
        (lambda school: arrive(school, 700), "Paid without an invoice"),
        (twice, "Invoice paid twice"),
        (lambda school: arrive(school, 700, invoice=issued(school, 10_000)), "The amount differs"),
        (lambda school: arrive(school, 11_500, currency="USD", invoice=issued(school, 10_000)), "The currency differs"),
    ],
)
def test_each_misfit_is_flagged_and_says_what_it_means(owner, school, arrange, flag):
    made = arrange(school).payment_id
    assert any(flag in row for row in rows(owner.get(PAYMENTS)))
    page = owner.get(f"{PAYMENTS}{made}").main
    assert flag in page
    assert "To be mended" in page


def test_money_without_an_invoice_goes_to_the_oldest_unpaid_one(owner, school, misfit, sql, work_off):
    owed = issued(school, 10_000)
    made = arrive(school, 12_000, "eft-1").payment_id
    page = owner.get(f"{PAYMENTS}{made}")
    assert "Use it for the oldest unpaid invoice" in page.main
    assert mend(owner, made, misfit(), "allocate").status == 302
    assert "It is being mended now" in owner.get(f"{PAYMENTS}{made}").main
    mend(owner, made, misfit(), "reserve")  # planted: a second way while the first is on its way
    assert filed(sql) == [("billing.allocate", misfit())]
    work_off()
    assert (invoice(school, owed).state, reserve(school)) == ("paid", 500)
    page = owner.get(f"{PAYMENTS}{made}").main
    assert "Mended" in page
    assert "It was used for an invoice." in page
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'billing.ask_mend'").fetchone() == (1,)


def test_what_was_paid_twice_is_kept_as_reserve(owner, school, misfit, work_off):
    made = twice(school).payment_id
    mend(owner, made, misfit(), "reserve")
    work_off()
    assert reserve(school) == 11_500


def test_too_little_is_accepted_as_a_part(owner, school, misfit, work_off):
    made = arrive(school, 700, invoice=issued(school, 10_000)).payment_id
    assert "Accept it as a part payment" in owner.get(f"{PAYMENTS}{made}").main
    mend(owner, made, misfit(), "accept")
    work_off()
    assert "suspense" not in balances(school)
    assert "It was accepted as a part payment." in owner.get(f"{PAYMENTS}{made}").main


def test_another_currency_is_paid_back_by_operators_and_by_nobody_else(owner, school, misfit, sql):
    owed = issued(school, 10_000)
    made = arrive(school, 11_500, currency="USD", invoice=owed).payment_id
    page = owner.get(f"{PAYMENTS}{made}")
    assert "Only the operators of the platform can pay money back." in page.main
    assert page.links()["Ask the operators"] == f"{INVOICES}{owed}/escalate"
    assert mend(owner, made, misfit(), Mend.REFUND.value, check=False).status == 400
    for how in ("allocate", "reserve", "accept"):  # planted: ways that the page does not offer
        mend(owner, made, misfit(), how)
    assert filed(sql) == []


def test_an_anomaly_of_another_payment_or_one_that_was_mended_is_refused(owner, school, misfit, sql, work_off):
    other = arrive(school, 11_500, "card-1", invoice=issued(school, 10_000)).payment_id
    made = arrive(school, 700, "eft-1").payment_id
    mend(owner, other, misfit(), "reserve")
    assert filed(sql) == []
    mend(owner, made, misfit(), "reserve")
    work_off()
    mend(owner, made, misfit(), "reserve")
    assert filed(sql) == []
    assert mend(owner, made, "no-id", "reserve", check=False).status == 400


def test_a_payment_of_another_school_is_not_there_and_an_admin_mends_nothing(browser, cast, school, misfit, sql):
    made = arrive(school, 700).payment_id
    stranger = browser.as_(cast.karoo.owner)
    assert stranger.get(f"{PAYMENTS}{made}", check=False).status == 404
    assert mend(stranger, made, misfit(), "reserve").status == 404
    admin = browser.as_(cast.thaba.admin)
    assert admin.get(f"{PAYMENTS}{made}").status == 200
    assert not [form for form in admin.get(f"{PAYMENTS}{made}").all("form") if (form.get("action") or "").endswith("/mend")]
    assert mend(admin, made, misfit(), "reserve").status == 403
    assert browser.as_(cast.thaba.teacher).get(PAYMENTS, check=False).status == 403
    assert filed(sql) == []
