"""VAT by line and by day, and what the law calls the paper."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.billing import invoices, vat
from app.domain.billing.invoices import Line
from app.models.billing import DocumentKind
from tests.billing_domain.arranged import BY, TODAY, be_vendor, day, invoice, issue, platform


@pytest.mark.parametrize(
    ("code", "on", "hundredths"),
    [
        ("standard", "2018-04-01", 1500), ("standard", "2018-03-31", 1400), ("standard", "2026-03-02", 1500),
        ("zero", "2026-03-02", 0), ("exempt", "2026-03-02", 0), ("outside", "2026-03-02", 0),
    ],
)  # fmt: skip
def test_the_rate_is_that_of_the_day(code, on, hundredths):
    assert vat.rate(code, day(on)) == hundredths


def test_there_is_no_rate_for_an_unknown_code_or_before_there_was_vat():
    for code, on in (("luxury", "2026-03-02"), ("standard", "1990-01-01")):
        with pytest.raises(ValueError, match=r"luxury|no VAT"):
            vat.rate(code, day(on))


@given(st.integers(1, 500), st.integers(-10_000_000, 10_000_000), st.integers(0, 10_000), st.sampled_from(list(vat.TaxCode)))
def test_a_line_is_rounded_half_up_to_the_cent(quantity, unit, discount, code):
    amounts = vat.line(quantity, unit, discount, code, TODAY)
    net = (Decimal(quantity * unit) * (10_000 - discount) / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
    tax = (net * vat.rate(code, TODAY) / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
    assert amounts == (net, tax, net + tax)


@pytest.mark.parametrize(
    ("number", "total", "kind"),
    [
        (None, 1_000_000, DocumentKind.INVOICE), ("", 1_000_000, DocumentKind.INVOICE),
        ("4123456789", 500_000, DocumentKind.ABRIDGED), ("4123456789", 500_001, DocumentKind.TAX_INVOICE),
    ],
)  # fmt: skip
def test_only_a_vendors_paper_is_a_tax_invoice_and_a_full_one_above_r5000(number, total, kind):
    assert vat.document_kind(number, total) is kind


def test_a_vendor_with_nothing_taxable_on_it_issues_an_invoice(school):
    assert invoice(school, issue(school, 900_000, tax_code="exempt")).kind == "invoice"


def test_each_line_has_its_own_code_and_the_invoice_is_their_sum(sql, school):
    with platform() as session:
        lines = [Line({"en": code}, 333, quantity=3, discount=1_000, tax_code=code) for code in ("standard", "zero", "exempt")]
        of = invoices.draft(session, school, lines, by=BY).id
        invoices.finalise(session, school, of, today=TODAY, by=BY)
    rows = sql.execute("SELECT net, tax_rate, vat, total FROM invoice_line ORDER BY position").fetchall()
    assert rows == [(899, 1500, 135, 1034), (899, 0, 0, 899), (899, 0, 0, 899)]
    found = invoice(school, of)
    assert (found.net, found.vat, found.total) == (2697, 135, 2832)


def test_the_rate_is_that_of_the_day_of_issue_not_of_the_draft(sql, school):
    with platform() as session:
        of = invoices.draft(session, school, [Line({"en": "x"}, 10_000)], by=BY).id
    with platform() as session:
        invoices.finalise(session, school, of, today=day("2018-03-31"), by=BY)
    assert invoice(school, of).vat == 1_400
    assert sql.execute("SELECT tax_rate FROM invoice_line").fetchall() == [(1400,)]


def test_who_is_not_a_vendor_charges_none_and_never_says_tax_invoice(sql, school):
    be_vendor(None)
    of = issue(school, 900_000)
    found = invoice(school, of)
    assert (found.vat, found.total, found.kind) == (0, 900_000, "invoice")
    assert sql.execute("SELECT tax_code, tax_rate FROM invoice_line").fetchall() == [("outside", 0)]
    assert found.seller["vat_number"] is None
