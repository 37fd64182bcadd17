"""South-African VAT: the rate of a day, the amounts of a line, and what the law calls the paper.

Value-Added Tax Act 89 of 1991: section 7 (the rate, 15 % since 1 April 2018), 11 (zero rate), 12 (exempt), 20(4) and 20(5)
(full and abridged tax invoices, the border is R5 000). Whoever is not registered charges none and issues no tax invoice.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from app.models.billing import DocumentKind

WHOLE = 10_000  # hundredths of a percent in one
ABRIDGED_UP_TO = 500_000  # cents, VAT included


class TaxCode(StrEnum):
    """`outside`: not a supply in the sense of the Act, as whatever somebody sells who is not registered."""

    STANDARD = "standard"
    ZERO = "zero"
    EXEMPT = "exempt"
    OUTSIDE = "outside"


#: from which day on the standard rate is what it is, the newest first, in hundredths of a percent
STANDARD_RATES = ((dt.date(2018, 4, 1), 1500), (dt.date(1993, 4, 7), 1400), (dt.date(1991, 9, 30), 1000))


class Amounts(NamedTuple):
    """Of a line, in whole cents."""

    net: int
    vat: int
    total: int


def rate(code: str, on: dt.date) -> int:
    """The rate of a tax code on a day, in hundredths of a percent. Raises ValueError for a code that there is not, and for a
    day before there was VAT."""
    if TaxCode(code) is not TaxCode.STANDARD:
        return 0
    for since, hundredths in STANDARD_RATES:
        if on >= since:
            return hundredths
    raise ValueError(f"there was no VAT on {on}")


def line(quantity: int, unit: int, discount: int, code: str, on: dt.date) -> Amounts:
    """The amounts of a line: `unit` in cents before VAT, `discount` in hundredths of a percent. Each is rounded half up to the
    cent for the line, so that an invoice is the sum of what stands on it."""
    net = part(quantity * unit, WHOLE - discount)
    vat = part(net, rate(code, on))
    return Amounts(net, vat, net + vat)


def part(amount: int, hundredths: int) -> int:
    """So many hundredths of a percent of an amount in cents, rounded half up (away from zero)."""
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) * hundredths * 2 + WHOLE) // (WHOLE * 2))


def document_kind(seller_vat_number: str | None, total: int, *, is_taxable: bool = True) -> DocumentKind:
    """What the law calls an invoice of `total` cents: only a vendor's with something taxable on it is a tax invoice."""
    if not seller_vat_number or not is_taxable:
        return DocumentKind.INVOICE
    return DocumentKind.TAX_INVOICE if total > ABRIDGED_UP_TO else DocumentKind.ABRIDGED
