"""/operator/accounts/proof: the recounts of the ledger."""

from tests.billing_domain.arranged import issue

URL = "/operator/accounts/proof"


def test_a_recount_is_asked_for_and_adds_up(sql, operator, account, work_off):
    assert "Nothing was counted yet" in operator.get(URL).main
    issue(account)
    assert operator.post(URL).status == 303
    work_off()
    assert "Adds up" in operator.get(URL).main


def test_what_does_not_add_up_is_named_with_its_school(sql, cast, operator, account, work_off):
    """Planted: a number that was given to nobody."""
    issue(account)
    sql.execute("UPDATE number_series SET next = next + 1")
    operator.post(URL)
    work_off()
    page = operator.get(URL)
    assert "1 fault in the newest recount" in page.main
    assert cast.thaba.name in page.main
    assert "A number of a document is left out or given twice" in page.main
    assert "The recount of the ledger found 1 fault" in operator.get("/operator").main
