"""/operator/accounts/seller: who bills."""

from tests.billing_domain.arranged import invoice, issue

URL = "/operator/accounts/seller"


def test_without_a_vat_number_no_invoice_is_called_a_tax_invoice(sql, operator, account):
    before = issue(account)
    form = operator.get(URL).form()
    assert form["vat_number"] == "4123456789"
    assert operator.post(URL, form | {"vat_number": "12", "address": ""}).problems == [
        "Enter the address", "A VAT number has ten digits and begins with a 4",
    ]  # fmt: skip
    assert operator.post(URL, form | {"vat_number": "", "bank": "Account 1"}).status == 303
    assert operator.get(URL).form()["bank"] == "Account 1"
    assert invoice(account, before).kind == "abridged_tax_invoice"
    assert (invoice(account, issue(account)).kind, invoice(account, issue(account)).vat) == ("invoice", 0)
    assert sql.execute("SELECT count(*) FROM platform_event WHERE action = 'billing.seller'").fetchone() == (2,)


def test_what_is_not_different_is_not_saved(sql, operator, account):
    assert operator.post(URL, operator.get(URL).form()).status == 303
    assert operator.get(URL).banners == ["Nothing was different, so nothing was saved."]


def test_it_asks_for_a_step_up(browser, cast, account):
    assert "confirm" in browser.as_(cast.operator).get(URL).location
