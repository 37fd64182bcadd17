"""Invoices: drawn up, issued under a number, and from then on only voided, credited or given up. Their lines never change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.domain.billing import ledger, numbers, standing, vat
from app.domain.billing.accounts import NoReason, hold
from app.domain.billing.credits import by_lines, by_total, credited
from app.domain.billing.saying import record_deed
from app.domain.billing.seller import seller_of
from app.domain.billing.settling import invoice_of, outstanding, settle, write_off_key
from app.domain.billing.standing import refresh
from app.domain.billing.states import WrongState, check
from app.i18n.catalogue import N_
from app.models.billing import BillingAccount, CreditNote, Invoice, InvoiceLine, InvoiceState
from app.models.bookkeeping import Book

TARGET = "invoice"
CREDITABLE = frozenset({InvoiceState.OPEN, InvoiceState.PENDING, InvoiceState.FAILED, InvoiceState.PAID})


@dataclass(frozen=True)
class Line:
    """A line to draw up: `description` by language, `unit` in cents before VAT, `discount` in hundredths of a percent."""

    description: Mapping[str, str]
    unit: int
    quantity: int = 1
    discount: int = 0
    tax_code: str = vat.TaxCode.STANDARD.value


class NoLines(ValueError):
    """An invoice without a line."""

    message = N_("An invoice needs a line.")


class PaidInPart(Exception):
    """Something was paid for an invoice, or credited, so it cannot be void."""

    message = N_("Something was paid or credited for this invoice. Write a credit note instead.")


def draft(
    session: Session,
    school_id: int,
    lines: Sequence[Line],
    *,
    by: Actor,
    subscription_id: UUID | None = None,
    period: tuple[dt.date, dt.date] | None = None,
) -> Invoice:
    """Draw up an invoice: nothing is owed for it yet. `period` is its first day and the first day after it.

    Audited as `billing.draft`. Raises NoAccount and NoLines.
    """
    if not lines:
        raise NoLines
    account = hold(session, school_id)
    invoice = Invoice(
        school_id=school_id, currency=account.currency, subscription_id=subscription_id, state=InvoiceState.DRAFT.value,
        period_start=period[0] if period else None, period_end=period[1] if period else None, net=0, vat=0, total=0, paid=0,
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    day = clock.now().date()
    for position, each in enumerate(lines, 1):
        amounts = vat.line(each.quantity, each.unit, each.discount, each.tax_code, day)
        row = InvoiceLine(
            school_id=school_id, invoice_id=invoice.id, position=position, description=dict(each.description),
            quantity=each.quantity, unit=each.unit, discount=each.discount, net=amounts.net, tax_code=each.tax_code,
            tax_rate=vat.rate(each.tax_code, day), vat=amounts.vat, total=amounts.total,
        )  # fmt: skip
        session.add(row)
        _add_up(invoice, row)
    session.flush()
    record_deed(
        session, school_id, "billing.draft", (TARGET, invoice.id), label=account.name, by=by,
        after={"total": invoice.total, "currency": invoice.currency},
    )  # fmt: skip
    return invoice


def discard(session: Session, school_id: int, invoice_id: UUID, *, by: Actor) -> None:
    """Throw a draft away. Audited as `billing.discard`. Raises NoSuchInvoice, and WrongState for what was issued."""
    hold(session, school_id)
    invoice = invoice_of(session, school_id, invoice_id)
    if invoice.state != InvoiceState.DRAFT:
        check(invoice.state, InvoiceState.DRAFT)
    record_deed(session, school_id, "billing.discard", (TARGET, invoice.id), label=str(invoice.total), by=by)
    session.delete(invoice)
    session.flush()


def finalise(session: Session, school_id: int, invoice_id: UUID, *, today: dt.date, by: Actor) -> Invoice:
    """Issue a draft: its number, what the law calls it, VAT by this day, both parties as they are, what is owed in the ledger.

    It is due after the account's terms. One of nothing is paid at once. Audited as `billing.finalise`. Raises NoSuchInvoice and
    WrongState.
    """
    account = hold(session, school_id)
    invoice = invoice_of(session, school_id, invoice_id)
    check(invoice.state, InvoiceState.OPEN)
    seller = seller_of(session)
    rows = lines_of(session, invoice)
    invoice.net = invoice.vat = invoice.total = 0
    for row in rows:  # the law of the day on which it is issued
        row.tax_code = row.tax_code if seller.vat_number else vat.TaxCode.OUTSIDE.value
        row.tax_rate = vat.rate(row.tax_code, today)
        row.net, row.vat, row.total = vat.line(row.quantity, row.unit, row.discount, row.tax_code, today)
        _add_up(invoice, row)
    session.flush()  # the lines before the invoice that makes them final
    is_taxable = any(row.tax_code in (vat.TaxCode.STANDARD, vat.TaxCode.ZERO) for row in rows)
    invoice.kind = vat.document_kind(seller.vat_number, invoice.total, is_taxable=is_taxable).value
    invoice.seller, invoice.buyer = seller._asdict(), buyer(account)
    invoice.number = numbers.take(session, school_id, numbers.INVOICES)
    invoice.issued_on, invoice.due_on = today, today + dt.timedelta(days=account.terms_days)
    invoice.state, invoice.finalised_at = InvoiceState.OPEN.value, clock.now()
    invoice.retry_at = invoice.finalised_at  # what the school has prepaid covers it at once
    session.flush()
    ledger.post(
        session, school_id, "invoice", {Book.RECEIVABLE: invoice.total, Book.REVENUE: -invoice.net, Book.VAT: -invoice.vat},
        currency=invoice.currency, key=issued_key(invoice.id), invoice_id=invoice.id, by=by,
    )  # fmt: skip
    refresh(session, account, of=invoice)
    settle(session, account, invoice)
    record_deed(
        session, school_id, "billing.finalise", (TARGET, invoice.id), label=invoice.number, by=by,
        after={"total": invoice.total, "currency": invoice.currency, "due_on": invoice.due_on},
    )  # fmt: skip
    return invoice


def void(session: Session, school_id: int, invoice_id: UUID, *, reason: str, by: Actor) -> None:
    """Let an invoice of which nothing is paid or was credited not hold: the ledger counters it, its number stays taken.

    Audited as `billing.void`. Raises NoSuchInvoice, WrongState and PaidInPart.
    """
    account = hold(session, school_id)
    invoice = invoice_of(session, school_id, invoice_id)
    check(invoice.state, InvoiceState.VOID)
    if invoice.paid or credited(session, invoice).total:
        raise PaidInPart(invoice.number)
    if (booked := ledger.booked_as(session, school_id, issued_key(invoice.id))) is not None:
        ledger.counter(session, school_id, booked, reason=reason, by=by)
    _end(session, account, invoice, InvoiceState.VOID)
    record_deed(
        session, school_id, "billing.void", (TARGET, invoice.id), label=str(invoice.number), by=by, after={"reason": reason}
    )  # fmt: skip


def write_off(session: Session, school_id: int, invoice_id: UUID, *, reason: str, by: Actor) -> None:
    """Give up what is still owed for an invoice: it becomes a bad debt. If money comes after all, it is paid.

    Audited as `billing.write_off`. Raises NoSuchInvoice and WrongState.
    """
    account = hold(session, school_id)
    invoice = invoice_of(session, school_id, invoice_id)
    check(invoice.state, InvoiceState.UNCOLLECTIBLE)
    owed = outstanding(invoice)
    ledger.post(
        session, school_id, "write_off", {Book.BAD_DEBT: owed, Book.RECEIVABLE: -owed}, currency=invoice.currency,
        key=write_off_key(invoice), reason=reason, invoice_id=invoice.id, by=by,
    )  # fmt: skip
    _end(session, account, invoice, InvoiceState.UNCOLLECTIBLE)
    record_deed(
        session, school_id, "billing.write_off", (TARGET, invoice.id), label=str(invoice.number), by=by,
        after={"amount": owed, "currency": invoice.currency, "reason": reason},
    )  # fmt: skip


def credit(
    session: Session,
    school_id: int,
    invoice_id: UUID,
    *,
    total: int | None = None,
    lines: Collection[int] | None = None,
    reason: str,
    by: Actor,
    today: dt.date | None = None,
) -> CreditNote:
    """Take `total` cents (VAT included) or whole lines, by their positions, off an invoice; returns the note.

    What is not paid yet is owed no more; what was paid already becomes reserve. Audited as `billing.credit`. Raises
    NoSuchInvoice, NoReason, TooMuch, and WrongState for a draft and for what is void or given up.
    """
    if not reason.strip():
        raise NoReason
    account = hold(session, school_id)
    invoice = invoice_of(session, school_id, invoice_id)
    if invoice.state not in CREDITABLE:
        raise WrongState(f"an invoice that is {invoice.state} cannot be credited")
    amounts = by_lines(session, invoice, lines) if lines is not None else by_total(session, invoice, total or 0)
    note = CreditNote(
        school_id=school_id, number=numbers.take(session, school_id, numbers.CREDIT_NOTES), invoice_id=invoice.id,
        reason=reason, currency=invoice.currency, net=amounts.net, vat=amounts.vat, total=amounts.total,
        issued_on=today or standing.today(), by_name=by.name,
    )  # fmt: skip
    session.add(note)
    session.flush()
    covered = min(amounts.total, outstanding(invoice))
    ledger.post(
        session, school_id, "credit_note",
        {Book.REVENUE: amounts.net, Book.VAT: amounts.vat, Book.RECEIVABLE: -covered, Book.RESERVE: covered - amounts.total},
        currency=invoice.currency, key=f"credit_note:{note.id}", reason=reason, invoice_id=invoice.id, by=by,
    )  # fmt: skip
    settle(session, account, invoice, covered=covered)
    record_deed(
        session, school_id, "billing.credit", ("credit_note", note.id), label=note.number, by=by,
        after={"invoice": invoice.number, "total": note.total, "currency": note.currency, "reason": reason},
    )  # fmt: skip
    return note


def lines_of(session: Session, invoice: Invoice) -> list[InvoiceLine]:
    """The lines of an invoice in their order."""
    mine = InvoiceLine.school_id == invoice.school_id, InvoiceLine.invoice_id == invoice.id
    return list(session.scalars(select(InvoiceLine).where(*mine).order_by(InvoiceLine.position)))


def buyer(account: BillingAccount) -> dict[str, str | None]:
    """Who is billed, as it stands on an invoice."""
    return {"name": account.name, "address": account.address, "vat_number": account.vat_number, "email": account.email}


def issued_key(invoice_id: UUID) -> str:
    """The cause of what is booked when an invoice is issued."""
    return f"invoice:{invoice_id}"


def _add_up(invoice: Invoice, row: InvoiceLine) -> None:
    invoice.net, invoice.vat, invoice.total = invoice.net + row.net, invoice.vat + row.vat, invoice.total + row.total


def _end(session: Session, account: BillingAccount, invoice: Invoice, state: InvoiceState) -> None:
    """Let an unpaid invoice end by a deed of a person."""
    invoice.state, invoice.ended_at, invoice.retry_at = state.value, clock.now(), None
    session.flush()
    refresh(session, account, of=invoice)
