"""Reads of invoices: the list, and one of them with all that hangs on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import String, Text, and_, bindparam, cast, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.billing.states import UNPAID
from app.models.billing import BillingEscalation, CreditNote, Invoice, InvoiceLine, Payment, PaymentAttempt
from app.models.bookkeeping import LedgerEntry, LedgerTransaction
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut


class Row(NamedTuple):
    """One line of the list; amounts in cents."""

    id: str
    number: str | None
    state: str
    issued_on: dt.date | None
    due_on: dt.date | None
    total: int
    left: int
    currency: str
    retry_at: dt.datetime | None


class Detail(NamedTuple):
    """An invoice whole, as it was issued; amounts in cents."""

    id: UUID
    number: str | None
    state: str
    kind: str
    period_start: dt.date | None
    period_end: dt.date | None
    currency: str
    net: int
    vat: int
    total: int
    paid: int
    seller: dict[str, Any] | None
    buyer: dict[str, Any] | None
    issued_on: dt.date | None
    due_on: dt.date | None
    ended_at: dt.datetime | None
    retry_at: dt.datetime | None

    @property
    def left(self) -> int:
        """What is not covered yet; nothing of an invoice that is void."""
        return 0 if self.state == "void" else self.total - self.paid

    @property
    def is_unpaid(self) -> bool:
        """Whether money is still expected for it."""
        return self.state in {state.value for state in UNPAID}


class Line(NamedTuple):
    """A line: `unit` before VAT and discount, `discount` and `tax_rate` in hundredths of a percent."""

    description: dict[str, str]
    quantity: int
    unit: int
    discount: int
    net: int
    tax_code: str
    tax_rate: int
    vat: int
    total: int


class Tax(NamedTuple):
    """The lines of one code and rate together."""

    code: str
    rate: int
    net: int
    vat: int


class Paid(NamedTuple):
    """A payment of an invoice."""

    id: UUID
    provider: str
    reference: str
    state: str
    amount: int
    currency: str
    reason: str | None
    happened_at: dt.datetime


class Try(NamedTuple):
    """One try to collect; `reserve` is what it took of what was prepaid, in cents."""

    number: int
    outcome: str
    reason: str | None
    by_name: str | None
    at: dt.datetime
    next_at: dt.datetime | None
    reserve: int | None


class Note(NamedTuple):
    """A credit note."""

    number: str
    reason: str
    net: int
    vat: int
    total: int
    currency: str
    issued_on: dt.date


class Question(NamedTuple):
    """What the school asked the operators about the invoice, and what they answered."""

    id: UUID
    note: str
    by_name: str
    created_at: dt.datetime
    answer: str | None
    answered_by: str | None
    answered_at: dt.datetime | None


_OF_INVOICE = bindparam("id", type_=PG_UUID)
_DETAIL = Prepared(
    select(
        Invoice.id, Invoice.number, Invoice.state, Invoice.kind, Invoice.period_start, Invoice.period_end, Invoice.currency,
        Invoice.net, Invoice.vat, Invoice.total, Invoice.paid, Invoice.seller, Invoice.buyer, Invoice.issued_on,
        Invoice.due_on, Invoice.ended_at, Invoice.retry_at,
    ).where(Invoice.id == _OF_INVOICE),
    Detail,
)  # fmt: skip
_LINES = Prepared(
    select(
        InvoiceLine.description, InvoiceLine.quantity, InvoiceLine.unit, InvoiceLine.discount, InvoiceLine.net,
        InvoiceLine.tax_code, InvoiceLine.tax_rate, InvoiceLine.vat, InvoiceLine.total,
    )
    .where(InvoiceLine.invoice_id == _OF_INVOICE)
    .order_by(InvoiceLine.position),
    Line,
)  # fmt: skip
_PAYMENTS = Prepared(
    select(
        Payment.id, Payment.provider, Payment.reference, Payment.state, Payment.amount, Payment.currency, Payment.reason,
        Payment.happened_at,
    )
    .where(Payment.invoice_id == _OF_INVOICE)
    .order_by(Payment.happened_at, Payment.id),
    Paid,
)  # fmt: skip
# what a try took of the reserve stands in the ledger under its key (app.domain.billing.collecting)
_TRIES = Prepared(
    select(
        PaymentAttempt.number, PaymentAttempt.outcome, PaymentAttempt.reason, PaymentAttempt.by_name, PaymentAttempt.at,
        PaymentAttempt.next_at, LedgerEntry.amount.label("reserve"),
    )
    .outerjoin(
        LedgerTransaction,
        and_(
            LedgerTransaction.school_id == PaymentAttempt.school_id,
            LedgerTransaction.key == "reserve:" + cast(PaymentAttempt.id, String),
        ),
    )
    .outerjoin(
        LedgerEntry,
        and_(
            LedgerEntry.school_id == LedgerTransaction.school_id, LedgerEntry.transaction_id == LedgerTransaction.id,
            LedgerEntry.book == "reserve",
        ),
    )
    .where(PaymentAttempt.invoice_id == _OF_INVOICE)
    .order_by(PaymentAttempt.number),
    Try,
)  # fmt: skip
_NOTES = Prepared(
    select(
        CreditNote.number, CreditNote.reason, CreditNote.net, CreditNote.vat, CreditNote.total, CreditNote.currency,
        CreditNote.issued_on,
    )
    .where(CreditNote.invoice_id == _OF_INVOICE)
    .order_by(CreditNote.id),
    Note,
)  # fmt: skip
_QUESTIONS = Prepared(
    select(
        BillingEscalation.id, BillingEscalation.note, BillingEscalation.by_name, BillingEscalation.created_at,
        BillingEscalation.answer, BillingEscalation.answered_by, BillingEscalation.answered_at,
    )
    .where(BillingEscalation.invoice_id == _OF_INVOICE)
    .order_by(BillingEscalation.created_at, BillingEscalation.id),
    Question,
)  # fmt: skip


def newest(*, state: str = "", pattern: str = "", after: Key | None = None) -> Page[Row]:
    """The invoices that were made last, or those before `after`; of one state, and with `pattern` in their number."""
    values: dict[str, object] = {}
    if state:
        values["state"] = state
    if pattern:
        values["pattern"] = pattern
    if after:
        (values["after"],) = after
    with reading() as cursor:
        rows = newest_select(bool(state), bool(pattern), bool(after)).all(cursor, **values)
    return cut(rows, lambda row: (row.id,))


@cache
def newest_select(by_state: bool = False, by_search: bool = False, older: bool = False) -> Prepared[Row]:
    """The select of the list, with the conditions that are asked for."""
    statement = (
        select(
            cast(Invoice.id, Text).label("id"), Invoice.number, Invoice.state, Invoice.issued_on, Invoice.due_on,
            Invoice.total, (Invoice.total - Invoice.paid).label("left"), Invoice.currency, Invoice.retry_at,
        )
        .order_by(Invoice.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if by_state:
        statement = statement.where(Invoice.state == bindparam("state", type_=Text))
    if by_search:
        statement = statement.where(Invoice.number.ilike(bindparam("pattern", type_=Text), escape="\\"))
    if older:
        statement = statement.where(Invoice.id < bindparam("after", type_=PG_UUID))
    return Prepared(statement, Row)


def invoice(invoice_id: UUID) -> Detail | None:
    """One invoice of the school, None if there is no such."""
    with reading() as cursor:
        found = _DETAIL.all(cursor, id=invoice_id)
    return found[0] if found else None


def lines(invoice_id: UUID) -> list[Line]:
    """Its lines in their order."""
    with reading() as cursor:
        return _LINES.all(cursor, id=invoice_id)


def taxes(found: list[Line]) -> list[Tax]:
    """The lines by code and rate, in the order in which they come."""
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for line in found:
        net, vat = sums.get((line.tax_code, line.tax_rate), (0, 0))
        sums[line.tax_code, line.tax_rate] = net + line.net, vat + line.vat
    return [Tax(code, rate, net, vat) for (code, rate), (net, vat) in sums.items()]


def history(invoice_id: UUID) -> Mapping[str, Any]:
    """What became of it: its payments, its tries, its credit notes, and what was asked about it."""
    with reading() as cursor:
        return {
            "payments": _PAYMENTS.all(cursor, id=invoice_id), "tries": _TRIES.all(cursor, id=invoice_id),
            "notes": _NOTES.all(cursor, id=invoice_id), "questions": _QUESTIONS.all(cursor, id=invoice_id),
        }  # fmt: skip
