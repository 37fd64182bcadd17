"""What money makes of an invoice: how much of it is covered, its state, and how far dunning has come.

The state follows from what stands in the database and not from the order in which it came, so that events that arrive in
another order lead to the same end.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.domain.billing import ledger, standing
from app.domain.billing.states import ENDED, UNPAID, way
from app.i18n.catalogue import N_
from app.models.billing import BillingAccount, Invoice, InvoiceState, Payment, PaymentState
from app.models.bookkeeping import Book

#: where what is owed for an invoice stands: it moves from the first to the second when it is written off
OWED = (Book.RECEIVABLE, Book.BAD_DEBT)
SETBACKS = frozenset({PaymentState.FAILED, PaymentState.REVERSED})


class NoSuchInvoice(LookupError):
    """The school has no such invoice."""

    message = N_("There is no such invoice.")


def invoice_of(session: Session, school_id: int, invoice_id: UUID) -> Invoice:
    """An invoice of a school as it stands now, locked until the transaction ends. Raises NoSuchInvoice."""
    one = select(Invoice).where(Invoice.school_id == school_id, Invoice.id == invoice_id).with_for_update(key_share=True)
    found = session.scalar(one.execution_options(populate_existing=True))
    if found is None:
        raise NoSuchInvoice(str(invoice_id))
    return found


def outstanding(invoice: Invoice) -> int:
    """What is not covered yet, in cents."""
    return invoice.total - invoice.paid


def is_written_off(session: Session, invoice: Invoice) -> bool:
    """Whether what was owed for it stands among the bad debts."""
    return ledger.booked_as(session, invoice.school_id, write_off_key(invoice)) is not None


def write_off_key(invoice: Invoice) -> str:
    """The cause of what is booked when an invoice is given up."""
    return f"write_off:{invoice.id}"


def book_owed(session: Session, invoice: Invoice) -> Book:
    """The book in which money for this invoice is looked for."""
    return Book.BAD_DEBT if is_written_off(session, invoice) else Book.RECEIVABLE


def give_up_too(session: Session, invoice: Invoice, countered: ledger.Booked) -> None:
    """Let what is owed again since a booking was countered stand where the rest does, if the invoice was given up after it.

    It is booked once for a booking, whose id the key has, as the invoice's own stands in `write_off_key`.
    """
    owed = -countered.of(Book.RECEIVABLE)
    if owed and is_written_off(session, invoice):
        ledger.post(
            session, invoice.school_id, "write_off", {Book.BAD_DEBT: owed, Book.RECEIVABLE: -owed}, currency=invoice.currency,
            key=f"write_off:{countered.id}", invoice_id=invoice.id,
        )  # fmt: skip


def settle(session: Session, account: BillingAccount, invoice: Invoice, *, covered: int = 0) -> None:
    """Cover so many cents more of an invoice (below zero: fewer), and let its state and the account's dunning follow.

    The account is held by the caller.
    """
    before = invoice.state
    invoice.paid += covered
    session.flush()
    for state in way(invoice.state, _state(session, invoice)):
        invoice.state = state.value
    if invoice.state in ENDED:
        invoice.ended_at = clock.now() if invoice.ended_at is None or before != invoice.state else invoice.ended_at
        invoice.retry_at = None
    else:
        invoice.ended_at = None
    session.flush()
    if (before in UNPAID) != (invoice.state in UNPAID):
        standing.refresh(session, account, of=invoice)


def _state(session: Session, invoice: Invoice) -> InvoiceState:
    """The state that follows from what has come of an invoice."""
    if invoice.state in (InvoiceState.DRAFT, InvoiceState.VOID):
        return InvoiceState(invoice.state)
    if outstanding(invoice) <= 0:
        return InvoiceState.PAID
    if is_written_off(session, invoice):
        return InvoiceState.UNCOLLECTIBLE
    mine = Payment.school_id == invoice.school_id, Payment.invoice_id == invoice.id
    states = list(
        session.scalars(select(Payment.state).where(*mine).order_by(Payment.happened_at.desc(), Payment.reference.desc()))
    )
    if PaymentState.PENDING in states:
        return InvoiceState.PENDING
    return InvoiceState.FAILED if states and states[0] in SETBACKS else InvoiceState.OPEN
