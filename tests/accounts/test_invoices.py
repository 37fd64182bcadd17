"""/operator/accounts/<school>/invoices: what operators do with an invoice."""

from __future__ import annotations

import pytest

from app.domain.billing import invoices
from app.domain.billing.invoices import Line
from tests.billing_domain.arranged import BY, balances, invoice, issue, platform, reserve


@pytest.fixture
def url(account):
    return f"/operator/accounts/{account}/invoices"


def draft(school):
    with platform() as session:
        return invoices.draft(session, school, [Line({"en": "Training"}, 10_000)], by=BY).id


def test_a_draft_is_issued_or_thrown_away(sql, operator, account, url):
    bill, other = draft(account), draft(account)
    assert operator.post(f"{url}/{bill}/finalise", operator.get(f"{url}/{bill}/finalise").form()).status == 303
    page = operator.get(f"{url}/{bill}")
    assert page.banners == ["Issued as INV-0001-000001."]
    assert (page.h1, invoice(account, bill).state) == ("INV-0001-000001", "open")
    assert operator.post(f"{url}/{other}/discard").status == 303
    assert sql.execute("SELECT count(*) FROM invoice").fetchone() == (1,)
    operator.post(f"{url}/{bill}/finalise")
    assert "cannot be done" in operator.get(f"{url}/{bill}").banners[0]


def test_a_draft_that_a_school_asked_about_stays(sql, operator, account, url):
    bill = draft(account)
    sql.execute(
        "INSERT INTO billing_escalation (school_id, id, invoice_id, note, by_name) VALUES (%s, uuid7(), %s, 'Why?', 'Thandi')",
        (account, bill),
    )
    operator.post(f"{url}/{bill}/discard")
    assert "so it stays" in operator.get(f"{url}/{bill}").banners[0]
    assert invoice(account, bill).state == "draft"


def test_an_invoice_of_which_nothing_was_paid_is_void_with_a_reason(operator, account, url):
    bill = issue(account)
    assert operator.post(f"{url}/{bill}/void", operator.get(f"{url}/{bill}/void").form()).problems == ["Say why"]
    assert operator.post(f"{url}/{bill}/void", {"reason": "The wrong school"}).status == 303
    assert (invoice(account, bill).state, balances(account)) == ("void", {})
    assert "cannot be done" in operator.get(f"{url}/{bill}/credit").main


def test_a_credit_note_takes_no_more_than_there_is(sql, operator, account, url):
    bill = issue(account, 10_000)
    page = operator.post(f"{url}/{bill}/credit", {"amount": "200", "reason": "x"})
    assert page.problems == ["Enter an amount above zero that is no more than what is left of the invoice."]
    assert operator.post(f"{url}/{bill}/credit", {"amount": "15,00", "reason": "Half a day less"}).status == 303
    assert operator.get(f"{url}/{bill}").banners == ["Credit note CN-0001-000001 is written."]
    assert (balances(account)["receivable"], reserve(account)) == (10_000, 0)


def test_an_invoice_is_written_off_with_a_reason(operator, account, url):
    bill = issue(account, 10_000)
    assert operator.post(f"{url}/{bill}/write-off", {"reason": " "}).problems == ["Say why"]
    assert operator.post(f"{url}/{bill}/write-off", {"reason": "Closed for good"}).status == 303
    assert (invoice(account, bill).state, balances(account)["bad_debt"]) == ("uncollectible", 11_500)


def test_what_gives_up_money_asks_for_a_step_up(browser, cast, account, url):
    bill, operator = issue(account), browser.as_(cast.operator)
    for deed in ("void", "credit", "write-off"):
        answer = operator.post(f"{url}/{bill}/{deed}", {"reason": "x", "amount": "1"})
        assert (answer.status, "confirm" in answer.location) == (303, True)
    assert invoice(account, bill).state == "open"


def test_the_list_is_narrowed_by_state(operator, account, url):
    issue(account)
    draft(account)
    assert "2 invoices on this page" in operator.get(url).main
    assert "1 invoice on this page" in operator.get(url + "?state=open").main
    assert "None is in this state." in operator.get(url + "?state=paid").main


def test_an_invoice_of_another_school_is_not_there(operator, cast, account, url):
    bill = issue(account)
    assert operator.get(f"/operator/accounts/{cast.karoo.id}/invoices/{bill}").status == 404
    assert operator.post(f"/operator/accounts/{cast.karoo.id}/invoices/{bill}/void", {"reason": "x"}).status == 404
