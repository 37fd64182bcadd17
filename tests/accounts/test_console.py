"""What the accounts bring to the console: needs, and what its search box finds."""

from __future__ import annotations

import datetime as dt

from app.domain import rollups
from app.domain.billing import accounts, invoices
from app.ids import uuid7
from tests.billing_domain.arranged import BY, invoice, issue, platform
from tests.billing_domain.test_payments import pay


def count():
    with platform() as session:
        rollups.rebuild(session)


def test_a_school_that_is_past_due_or_asks_needs_somebody(sql, cast, operator, account):
    bill = issue(account)
    with platform() as session:
        accounts.account_of(session, account).past_due_since = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    sql.execute(
        "INSERT INTO billing_escalation (school_id, id, invoice_id, note, by_name) VALUES (%s, %s, %s, 'Why?', 'Thandi')",
        (account, uuid7(), bill),
    )
    pay(account, None, 500)
    count()
    console = operator.get("/operator").main
    assert f"{cast.thaba.name} has 1 payment that does not fit" in console
    assert f"{cast.thaba.name} is past due with its invoices" in console
    assert f"{cast.thaba.name} asks about 1 invoice" in console


def test_nothing_is_needed_of_accounts_in_good_order(operator, account):
    count()
    console = operator.get("/operator").main
    assert "past due with its" not in console
    assert "asks about" not in console


def test_the_search_finds_numbers_and_names(operator, account):
    bill = issue(account)
    with platform() as session:
        number = invoices.credit(session, account, bill, total=100, reason="x", by=BY).number
    for typed in (invoice(account, bill).number, number, number.lower(), f"inv-{account}-1"):
        assert f"/operator/accounts/{account}/invoices/{bill}" in operator.get(f"/operator/search?q={typed}").text
    assert f"/operator/accounts/{account}" in operator.get("/operator/search?q=school's office").text
    for typed in ("INV-0002-000001", "INV-9999999999-000001"):
        assert "/invoices/" not in operator.get(f"/operator/search?q={typed}").text
