"""Mending a payment that does not fit: what is held of it goes to an invoice, to the reserve, or back."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing import ledger
from app.domain.billing.accounts import hold
from app.domain.billing.anomalies import close
from app.domain.billing.arriving import booking_key, bookings, generation, held
from app.domain.billing.saying import record_deed
from app.domain.billing.settling import book_owed, invoice_of, outstanding, settle
from app.domain.billing.states import UNPAID
from app.i18n.catalogue import N_
from app.models.billing import BillingAccount, Invoice, InvoiceState, Payment, PaymentAnomaly
from app.models.bookkeeping import Book


class Mend(StrEnum):
    """`ALLOCATE` to an invoice, what is over to the reserve; `REFUND`: it was paid back by hand; `ACCEPT`: a part, as it is."""

    ALLOCATE = "allocate"
    RESERVE = "reserve"
    REFUND = "refund"
    ACCEPT = "accept"


class NoSuchAnomaly(LookupError):
    """The school has no such anomaly."""

    message = N_("There is no such payment to mend.")


class MendedAlready(Exception):
    """Somebody has mended it before."""

    message = N_("Somebody has mended this payment before.")


class CannotMend(Exception):
    """Not this way."""

    message = N_("This payment cannot be mended in that way. Choose another way.")


def ways(*, held: int, fits_currency: bool, owes: bool) -> tuple[Mend, ...]:
    """How an anomaly may be mended: `held` cents are for nothing yet, in the account's currency or not, and the school has
    unpaid invoices or not. Below zero they went back twice, by hand and by the provider, and are asked of the school."""
    if not held:
        return (Mend.ACCEPT,)
    if not fits_currency:
        return (Mend.REFUND,)
    return (Mend.ALLOCATE, Mend.RESERVE, Mend.REFUND) if owes and held > 0 else (Mend.RESERVE, Mend.REFUND)


def mend(session: Session, school_id: int, anomaly_id: UUID, how: Mend, *, by: Actor, invoice_id: UUID | None = None) -> None:
    """Mend an anomaly. `ALLOCATE` goes to `invoice_id`, without one to the unpaid invoice that was due first.

    Audited as `billing.mend`. Raises NoSuchAnomaly, MendedAlready, CannotMend and NoSuchInvoice.
    """
    account = hold(session, school_id)
    anomaly = session.scalar(
        select(PaymentAnomaly)
        .where(PaymentAnomaly.school_id == school_id, PaymentAnomaly.id == anomaly_id)
        .execution_options(populate_existing=True)
    )
    if anomaly is None:
        raise NoSuchAnomaly(str(anomaly_id))
    if anomaly.mended_at is not None:
        raise MendedAlready(str(anomaly_id))
    payment = session.get_one(Payment, (school_id, anomaly.payment_id), populate_existing=True)
    left = held(session, payment)
    if how not in ways(held=left, fits_currency=payment.currency == account.currency, owes=True):
        raise CannotMend(how)
    if how is Mend.ALLOCATE:
        invoice = _target(session, school_id, invoice_id)
        if invoice.currency != payment.currency or not outstanding(invoice) or invoice.state in _CLOSED:
            raise CannotMend(invoice.number)
        left -= _allocate(session, account, payment, invoice, left, by=by)
    if left:
        to = Book.BANK if how is Mend.REFUND else Book.RESERVE
        _move(session, payment, to, left, kind="reversal" if how is Mend.REFUND else "reserve", by=by)
    close(anomaly, how=how.value, by=by)
    session.flush()
    record_deed(
        session, school_id, "billing.mend", ("payment_anomaly", anomaly.id), label=f"{payment.provider} {payment.reference}",
        by=by, after={"kind": anomaly.kind, "how": how.value, "amount": payment.amount, "currency": payment.currency},
    )  # fmt: skip


_CLOSED = frozenset({InvoiceState.DRAFT, InvoiceState.VOID})


def _target(session: Session, school_id: int, invoice_id: UUID | None) -> Invoice:
    """The invoice that gets the money."""
    if invoice_id is None:
        mine = Invoice.school_id == school_id, Invoice.state.in_([state.value for state in UNPAID])
        invoice_id = session.scalar(select(Invoice.id).where(*mine).order_by(Invoice.due_on, Invoice.id).limit(1))
        if invoice_id is None:
            raise CannotMend("nothing is owed")
    return invoice_of(session, school_id, invoice_id)


def _allocate(session: Session, account: BillingAccount, payment: Payment, invoice: Invoice, left: int, *, by: Actor) -> int:
    """Cover an invoice with what is left of a payment; returns how many cents of it."""
    amount = min(left, outstanding(invoice))
    _move(session, payment, book_owed(session, invoice), amount, kind="payment", invoice=invoice, by=by)
    payment.invoice_id = payment.invoice_id or invoice.id
    settle(session, account, invoice, covered=amount)
    return amount


def _move(
    session: Session, payment: Payment, to: Book, amount: int, *, kind: str, by: Actor, invoice: Invoice | None = None
) -> None:
    """Book what is held of a payment elsewhere. The key counts on from its booking, so that it can be found with it."""
    last = booking_key(payment, generation(session, payment))
    ledger.post(
        session, payment.school_id, kind, {Book.SUSPENSE: amount, to: -amount}, currency=payment.currency,
        key=f"{last}:{len(bookings(session, payment))}", invoice_id=invoice.id if invoice else None, payment_id=payment.id,
        by=by,
    )  # fmt: skip
