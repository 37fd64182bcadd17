"""What can be taken out of billing: invoices, payments, and the ledger behind both."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Text, and_, bindparam, select

from app.access.permissions import Permission
from app.exports.dataset import Column, Dataset, Kind
from app.exports.filters import a_choice, a_day
from app.exports.reader import as_read, between
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.billing import Invoice, InvoiceState, Payment, PaymentState
from app.models.bookkeeping import Book, LedgerEntry, LedgerTransaction
from app.web.badges import STATES

INVOICE_STATES = {state.value: STATES[state][1] for state in InvoiceState}
PAYMENT_STATES = {state.value: STATES[state][1] for state in PaymentState}
PAPERS = {"invoice": N_("Invoice"), "tax_invoice": N_("Tax invoice"), "abridged_tax_invoice": N_("Abridged tax invoice")}
BOOKS = {
    Book.RECEIVABLE.value: N_("Owed by the school"),
    Book.RESERVE.value: N_("Prepaid reserve"),
    Book.BANK.value: N_("Bank"),
    Book.REVENUE.value: N_("Revenue"),
    Book.VAT.value: N_("VAT"),
    Book.BAD_DEBT.value: N_("Given up"),
    Book.ADJUSTMENT.value: N_("Adjusted by hand"),
    Book.SUSPENSE.value: N_("Not for anything yet"),
}
ENTRIES = {
    "invoice": N_("Invoice"),
    "credit_note": N_("Credit note"),
    "payment": N_("Payment"),
    "reversal": N_("Reversal"),
    "top_up": N_("Paid in advance"),
    "reserve": N_("Paid from the reserve"),
    "adjustment": N_("Adjustment"),
    "write_off": N_("Given up"),
}
DAYS = {"since": a_day(N_("From")), "until": a_day(N_("Until"))}


class _Invoice(NamedTuple):
    number: str | None
    state: str
    kind: str
    issued_on: dt.date | None
    due_on: dt.date | None
    period_start: dt.date | None
    period_end: dt.date | None
    currency: str
    net: int
    vat: int
    total: int
    paid: int


class _Payment(NamedTuple):
    at: dt.datetime
    provider: str
    reference: str
    state: str
    currency: str
    amount: int
    number: str | None
    reason: str | None


class _Entry(NamedTuple):
    at: dt.datetime
    kind: str
    book: str
    currency: str
    amount: int
    number: str | None
    reason: str | None
    by_name: str | None


_INVOICES = select(
    Invoice.number, Invoice.state, Invoice.kind, Invoice.issued_on, Invoice.due_on, Invoice.period_start, Invoice.period_end,
    Invoice.currency, Invoice.net, Invoice.vat, Invoice.total, Invoice.paid,
).order_by(Invoice.id.desc())  # fmt: skip
_PAYMENTS = (
    select(
        Payment.happened_at.label("at"), Payment.provider, Payment.reference, Payment.state, Payment.currency, Payment.amount,
        Invoice.number, Payment.reason,
    )
    .outerjoin(Invoice, and_(Invoice.school_id == Payment.school_id, Invoice.id == Payment.invoice_id))
    .order_by(Payment.id.desc())
)  # fmt: skip
_ENTRIES = (
    select(
        LedgerTransaction.at, LedgerTransaction.kind, LedgerEntry.book, LedgerEntry.currency, LedgerEntry.amount,
        Invoice.number, LedgerTransaction.reason, LedgerTransaction.by_name,
    )
    .select_from(LedgerTransaction)
    .join(
        LedgerEntry,
        and_(
            LedgerEntry.school_id == LedgerTransaction.school_id, LedgerEntry.transaction_id == LedgerTransaction.id
        ),
    )
    .outerjoin(Invoice, and_(Invoice.school_id == LedgerTransaction.school_id, Invoice.id == LedgerTransaction.invoice_id))
    .order_by(LedgerTransaction.id.desc(), LedgerEntry.id)
)  # fmt: skip

INVOICES = Dataset(
    "invoices", N_("Invoices"), Permission.BILLING_VIEW,
    (
        Column("number", N_("Number")),
        Column("state", N_("State"), Kind.WORD, INVOICE_STATES),
        Column("kind", N_("Kind"), Kind.WORD, PAPERS),
        Column("issued_on", N_("Issued"), Kind.DAY),
        Column("due_on", N_("Due"), Kind.DAY),
        Column("period_start", N_("Period from"), Kind.DAY),
        Column("period_end", N_("Period until (not included)"), Kind.DAY),
        Column("currency", N_("Currency")),
        Column("net", N_("Before VAT"), Kind.MONEY),
        Column("vat", N_("VAT"), Kind.MONEY),
        Column("total", N_("Total"), Kind.MONEY),
        Column("paid", N_("Paid or credited"), Kind.MONEY),
    ),
    selected(
        _INVOICES, _Invoice,
        {
            "state": Invoice.state == bindparam("state", type_=Text), "since": Invoice.issued_on >= bindparam("since"),
            "until": Invoice.issued_on <= bindparam("until"),
        },
    ),
    {"state": a_choice(N_("State"), INVOICE_STATES), **DAYS},
)  # fmt: skip
PAYMENTS = Dataset(
    "payments", N_("Payments"), Permission.BILLING_VIEW,
    (
        Column("at", N_("When"), Kind.MOMENT),
        Column("provider", N_("Provider")),
        Column("reference", N_("Reference")),
        Column("state", N_("State"), Kind.WORD, PAYMENT_STATES),
        Column("currency", N_("Currency")),
        Column("amount", N_("Amount"), Kind.MONEY),
        Column("invoice", N_("Invoice")),
        Column("reason", N_("Reason")),
    ),
    selected(
        _PAYMENTS, _Payment, {"state": Payment.state == bindparam("state", type_=Text), **between(Payment.happened_at)}, as_read
    ),
    {"state": a_choice(N_("State"), PAYMENT_STATES), **DAYS},
)  # fmt: skip
LEDGER = Dataset(
    "ledger", N_("Ledger of the billing account"), Permission.BILLING_VIEW,
    (
        Column("at", N_("When"), Kind.MOMENT),
        Column("kind", N_("Kind"), Kind.WORD, ENTRIES),
        Column("book", N_("Book"), Kind.WORD, BOOKS),
        Column("currency", N_("Currency")),
        Column("amount", N_("Amount (debit positive)"), Kind.MONEY),
        Column("invoice", N_("Invoice")),
        Column("reason", N_("Reason")),
        Column("by", N_("By")),
    ),
    selected(_ENTRIES, _Entry, between(LedgerTransaction.at), as_read),
    DAYS,
)  # fmt: skip
DATASETS = (INVOICES, PAYMENTS, LEDGER)
