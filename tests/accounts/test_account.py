"""/operator/accounts/<school>: one account, its subscription, payments and questions."""

from __future__ import annotations

import csv
import io

import pytest

from app.ids import uuid7
from tests.billing_domain.arranged import add_price, balances, invoice, issue, reserve


@pytest.fixture
def url(account):
    return f"/operator/accounts/{account}"


def test_a_school_without_an_account_is_given_one(sql, cast, operator):
    url = f"/operator/accounts/{cast.karoo.id}"
    assert "This school has no account" in operator.get(url).main
    form = operator.get(url + "/open").form()
    assert (form["name"], form["terms"]) == (cast.karoo.name, "30")
    bad = operator.post(url + "/open", form | {"name": "", "minimum": "x", "terms": "500", "vat_number": "123"})
    assert len(bad.problems) == 4
    assert operator.post(url + "/open", form | {"minimum": "2 000,00", "vat_number": "4 123 456 789"}).status == 303
    assert operator.get(url).banners == ["The account is open."]
    assert sql.execute("SELECT minimum_reserve, vat_number FROM billing_account").fetchall() == [(200_000, "4123456789")]
    assert operator.get(url + "/open").status == 303
    assert operator.get("/operator/accounts/9999").status == 404


def test_the_least_reserve_is_changed(sql, operator, url):
    assert operator.post(url + "/minimum", operator.get(url + "/minimum").form() | {"minimum": "5 000"}).status == 303
    assert sql.execute("SELECT minimum_reserve FROM billing_account").fetchone() == (500_000,)


def test_a_bank_transfer_pays_an_invoice_once(sql, operator, account, url):
    bill = issue(account, 100_000)
    form = operator.get(f"{url}/transfer?invoice={bill}").form()
    assert form["invoice"] == str(bill)
    paid = form | {"amount": "1 150,00", "reference": "EFT 77", "on": "2026-03-05"}
    assert operator.post(url + "/transfer", paid).status == 303
    assert operator.get(url).banners == ["The payment is recorded."]
    assert invoice(account, bill).state == "paid"
    assert "Nothing is owed" in operator.post(url + "/transfer", paid).problems[0]
    paid |= {"invoice": ""}
    assert operator.post(url + "/transfer", paid).status == 303
    assert "recorded before" in operator.get(url).banners[0]
    for other in ({"amount": "1 150,01"}, {"on": "2026-04-05"}):  # another payment would be lost without a word
        assert "Another payment" in operator.post(url + "/transfer", paid | other).problems[0]
    assert sql.execute("SELECT provider, reference, amount FROM payment").fetchall() == [("eft", "EFT 77", 115_000)]
    for log in ("audit_event", "platform_event"):
        assert sql.execute(f"SELECT count(*) FROM {log} WHERE action = 'billing.record_payment'").fetchone() == (1,)


def test_a_bank_transfer_for_nothing_yet_is_prepaid(operator, account, url):
    form = operator.get(url + "/transfer").form() | {"amount": "500", "reference": "EFT 1", "on": "2026-03-05"}
    assert operator.post(url + "/transfer", form).status == 303
    assert reserve(account) == 50_000


def test_a_transfer_that_lacks_something_is_refused(sql, operator, url):
    form = operator.get(url + "/transfer").form()
    page = operator.post(url + "/transfer", form | {"amount": "-5", "on": "2999-01-01"})
    assert page.problems[1:] == ["Enter a day, like 2027-03-31", "Enter the reference on the bank statement"]
    assert operator.post(url + "/transfer", form | {"amount": "5", "reference": "x", "invoice": str(uuid7())}).status == 422
    assert sql.execute("SELECT count(*) FROM payment").fetchone() == (0,)


def test_a_payment_that_does_not_fit_is_mended(sql, operator, account, url):
    bill = issue(account, 100_000)
    form = operator.get(f"{url}/transfer?invoice={bill}").form()
    operator.post(url + "/transfer", form | {"amount": "1 200", "reference": "EFT 2", "on": "2026-03-05"})
    page = operator.get(url)
    assert "The amount differs from the invoice" in page.main
    (misfit,) = sql.execute("SELECT id FROM payment_anomaly").fetchone()
    mend = f"{url}/payments/{misfit}/mend"
    assert operator.post(mend, {"how": "sell"}).status == 303
    assert operator.get(url).banners == ["Choose what shall become of the payment."]
    assert operator.post(mend, {"how": "reserve"}).status == 303
    assert operator.get(url).banners == ["The payment is mended."]
    assert reserve(account) == 5_000
    operator.post(mend, {"how": "reserve"})
    assert operator.get(url).banners == ["Somebody has mended this payment before."]
    assert operator.post(f"{url}/payments/{uuid7()}/mend", {"how": "reserve"}).status == 404


def test_a_subscription_is_begun_changed_cancelled_and_goes_on(sql, operator, account, url):
    price, other = add_price(1_200), add_price(1_900, code="complete")
    begin = operator.get(url + "/subscription").form()
    page = operator.post(url + "/subscription", begin | {"price": str(price), "quantity": "0"})
    assert page.problems == ["Enter a whole number from 1 to 100000"]
    assert (
        operator.post(url + "/subscription", begin | {"price": str(price), "quantity": "200", "discount": "10"}).status == 303
    )
    assert sql.execute("SELECT price_id, quantity, discount, state FROM subscription").fetchall() == [
        (price, 200, 1_000, "active")
    ]
    assert sql.execute("SELECT count(*) FROM invoice").fetchone() == (1,)
    shown = operator.get(url)
    assert "Standard, 200 units" in shown.main
    change = operator.get(url + "/subscription").form()
    assert operator.post(url + "/subscription", change | {"price": str(other), "quantity": "210"}).status == 303
    assert sql.execute("SELECT next_price_id, next_quantity FROM subscription").fetchone() == (other, 210)
    assert operator.post(url + "/subscription/cancel").status == 303
    assert "None: it ends on" in operator.get(url).main
    assert operator.post(url + "/subscription/resume").status == 303
    assert sql.execute("SELECT cancel_at_end FROM subscription").fetchone() == (False,)


def test_without_a_subscription_there_is_nothing_to_cancel(operator, url):
    operator.post(url + "/subscription/cancel")
    assert operator.get(url).banners == ["This school has no subscription."]


def test_a_question_is_answered_once_and_the_school_reads_it(sql, cast, operator, account, url):
    bill, question = issue(account), uuid7()
    sql.execute(
        "INSERT INTO billing_escalation (school_id, id, invoice_id, note, by_name) VALUES (%s, %s, %s, 'Why twice?', 'Thandi')",
        (account, question, bill),
    )
    assert "Why twice?" in operator.get(url).main
    address = f"{url}/questions/{question}"
    assert operator.post(address, operator.get(address).form()).problems == ["Write an answer"]
    assert operator.post(address, operator.get(address).form() | {"answer": "It was ours."}).status == 303
    assert sql.execute("SELECT answer, answered_by FROM billing_escalation").fetchone() == ("It was ours.", cast.operator.name)
    assert sql.execute("SELECT count(*) FROM audit_event WHERE action = 'billing.answer'").fetchone() == (1,)
    operator.post(address, {"answer": "Again"})
    assert operator.get(url).banners == ["Somebody has answered this before."]


@pytest.mark.parametrize("language", ["en", "af", "zu"])
def test_an_answer_is_mailed_to_those_who_pay(sql, cast, operator, account, url, mailserver, work_off, language):
    sql.execute("UPDATE app_user SET language = %s WHERE id = %s", (language, cast.thaba.owner.user_id))
    bill, question = issue(account), uuid7()
    sql.execute(
        "INSERT INTO billing_escalation (school_id, id, invoice_id, note, by_name) VALUES (%s, %s, %s, 'Why {twice} & <b>?', 'Thandi')",
        (account, question, bill),
    )
    address = f"{url}/questions/{question}"
    operator.post(address, operator.get(address).form() | {"answer": "It was ours: {link}"})
    work_off()
    letter = mailserver.to(cast.thaba.owner.email)[0]
    assert "“Why {twice} & <b>?”" in letter.text
    assert "“It was ours: {link}”" in letter.text
    assert "Why {twice} &amp; &lt;b&gt;?" in letter.html
    assert f"http://localhost/dashboard/billing/invoices/{bill}" in letter.text
    assert letter.text.count("\n\n\n") == 0


def test_the_ledger_has_running_balances_on_every_page(sql, operator, account, url):
    """Each booking of R10 000 leaves as much more owed; a page begins with the sum of all before it."""
    for _ in range(52):
        issue(account, 10_000)
    first = operator.get(url + "/ledger")
    assert "50 bookings on this page" in first.main
    rows = [" ".join(row.itertext()) for row in first.all("tr")][1:]
    assert "5\u00a0980,00" in rows[0].replace("R ", "R").replace("5 980", "5\u00a0980")
    older = operator.get(url + "/ledger" + first.links()["Older"])
    assert "2 bookings on this page" in older.main
    last = [" ".join(row.itertext()) for row in older.all("tr")][-1]
    assert last.count("115,00") == 2


def test_the_file_of_the_ledger_has_every_book_and_sums_to_zero(sql, operator, account, url):
    issue(account, 10_000)
    answer = operator.client.get(url + "/ledger.csv")
    (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))
    assert (row["Receivable"], row["Revenue"], row["Vat"], row["Owed after it"]) == ("115.00", "-100.00", "-15.00", "115.00")
    assert balances(account) == {"receivable": 11_500, "revenue": -10_000, "vat": -1_500}
    assert sql.execute("SELECT target_id FROM audit_event WHERE action = 'exports.download'").fetchall() == [("ledger",)]


def test_a_bank_transfer_by_mistake_is_taken_back_once_with_a_reason(sql, operator, browser, cast, account, url):
    bill = issue(account, 100_000)
    form = operator.get(f"{url}/transfer?invoice={bill}").form()
    paid = form | {"amount": "1 150,00", "reference": "EFT 77", "on": "2026-03-05"}
    operator.post(url + "/transfer", paid)
    (payment,) = sql.execute("SELECT id FROM payment").fetchone()
    back = f"{url}/payments/{payment}/take-back"
    assert back in operator.get(url).links().values()
    assert operator.post(back, operator.get(back).form()).problems == ["Say why"]
    assert operator.post(back, operator.get(back).form() | {"reason": "The money was another school's"}).status == 303
    assert operator.get(url).banners == ["The payment was taken back."]
    assert invoice(account, bill).state == "failed"
    assert balances(account) == {"receivable": 115_000, "revenue": -100_000, "vat": -15_000}
    assert "It was taken back before." in operator.get(back).main
    assert operator.post(back, {"reason": "Again"}).status == 422
    assert "Another payment" in operator.post(url + "/transfer", paid).problems[0]
    for log in ("audit_event", "platform_event"):
        assert sql.execute(f"SELECT count(*) FROM {log} WHERE action = 'billing.take_back_payment'").fetchone() == (1,)
    assert operator.get(f"{url}/payments/{uuid7()}/take-back").status == 404
    sql.execute("UPDATE login_session SET stepped_up_at = NULL")
    assert "confirm" in operator.get(back).location


def test_a_change_offers_the_plan_that_the_school_has_and_chooses_it(sql, operator, account, url):
    add_price(900, code="another")
    price = add_price(1_200)
    begin = operator.get(url + "/subscription").form()
    assert operator.post(url + "/subscription", begin | {"price": str(price), "on": "2020-01-01"}).problems == [
        "This day is too far away"
    ]
    operator.post(url + "/subscription", begin | {"price": str(price), "quantity": "200"})
    newer = add_price(1_300, since="2021-01-01")
    sql.execute("UPDATE plan SET is_offered = false WHERE code = 'standard'")
    change = operator.get(url + "/subscription").form()
    assert change["price"] == str(newer)
    assert operator.post(url + "/subscription", change | {"quantity": "210"}).status == 303
    assert sql.execute("SELECT next_price_id, next_quantity FROM subscription").fetchone() == (None, 210)


def test_a_number_above_what_the_database_counts_to_is_no_school(operator):
    assert operator.get("/operator/accounts/2147483648").status == 404
