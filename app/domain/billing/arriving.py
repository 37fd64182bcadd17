"""A payment as its provider tells of it: waiting, there, failed, or taken back. Told twice or in another order, the same."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing import attempts, ledger
from app.domain.billing.accounts import hold
from app.domain.billing.anomalies import close, find, flag
from app.domain.billing.settling import OWED, NoSuchInvoice, book_owed, give_up_too, invoice_of, outstanding, settle
from app.models.billing import AnomalyKind, BillingAccount, Invoice, InvoiceState, Payment, PaymentState
from app.models.bookkeeping import Book, LedgerEntry, LedgerTransaction

#: of two tidings of one moment the later in this order holds
ORDER = (PaymentState.PENDING, PaymentState.FAILED, PaymentState.SUCCEEDED, PaymentState.REVERSED)
#: a payment of which nothing more was said for so long has failed
UNANSWERED = dt.timedelta(days=14)
_CLOSED = frozenset({InvoiceState.DRAFT, InvoiceState.VOID})


class Arrival(NamedTuple):
    """What came of tidings: `changed` False where they were known, or older than what is known."""

    payment_id: UUID
    changed: bool
    anomalies: tuple[str, ...] = ()


def arrived(
    session: Session,
    school_id: int,
    *,
    provider: str,
    reference: str,
    amount: int,
    currency: str,
    at: dt.datetime,
    state: str,
    invoice_id: UUID | None = None,
    invoice_number: str | None = None,
    reason: str | None = None,
    top_up: bool = False,
    by: Actor | None = None,
) -> Arrival:
    """Take in what a provider says of a payment of `amount` cents, of which it knows by `reference`, at its own moment `at`.

    Whatever is newest (by `at`, then in ORDER) holds, with its amount and the invoice that it names; what is older changes
    nothing, but that it names an invoice where none is known. What succeeded is booked: to its invoice as far as that is open,
    with `top_up` to the reserve, and what fits neither as suspense with an anomaly. What was booked and does not stand any more
    is countered, with all that was made of it; one of which a part is taken back stands, with an anomaly, until a person has
    looked. An invoice that the school does not have is none. Raises NoAccount, and ValueError for a state that there is not.
    """
    account = hold(session, school_id)
    payment = session.scalar(
        select(Payment)
        .where(Payment.school_id == school_id, Payment.provider == provider, Payment.reference == reference)
        .execution_options(populate_existing=True)
    )
    named, now = _named(session, school_id, invoice_id, invoice_number), PaymentState(state)
    told = _Told(now, amount, currency, at, reason, top_up, by)
    if payment is None:
        payment = Payment(
            school_id=school_id, provider=provider, reference=reference, state=now.value, amount=amount, currency=currency,
            invoice_id=named.id if named else None, reason=reason, happened_at=at,
        )  # fmt: skip
        session.add(payment)
        session.flush()
        found = _book(session, account, payment, named, top_up=top_up) if now is PaymentState.SUCCEEDED else ()
        return _ended(session, account, payment, named, told, found)
    before = PaymentState(payment.state)
    if _is_part(session, payment, told):
        return _take_part_back(session, account, payment, named, told)
    if (at, ORDER.index(now)) > (payment.happened_at, ORDER.index(before)):
        return _replace(session, account, payment, named, told)
    if named is not None and payment.invoice_id is None:
        return _name(session, account, payment, named, told)
    return Arrival(payment.id, False)


def give_up_one(session: Session, now: dt.datetime) -> bool:
    """Let the payment that has waited longest fail, if its provider has said nothing of it for UNANSWERED; whether one did.

    It fails as of the moment that is known, so that whatever its provider tells of a later one still holds.
    """
    waits = Payment.state == PaymentState.PENDING.value, Payment.happened_at < now - UNANSWERED
    one = select(Payment).where(*waits).order_by(Payment.happened_at, Payment.id).limit(1)
    payment = session.scalar(one.execution_options(populate_existing=True))
    if payment is None:
        return False
    arrived(
        session, payment.school_id, provider=payment.provider, reference=payment.reference, amount=payment.amount,
        currency=payment.currency, at=payment.happened_at, state=PaymentState.FAILED.value, reason=attempts.NO_ANSWER,
    )  # fmt: skip
    return True


class _Told(NamedTuple):
    """What was said of a payment."""

    state: PaymentState
    amount: int
    currency: str
    at: dt.datetime
    reason: str | None
    top_up: bool
    by: Actor | None


def _replace(session: Session, account: BillingAccount, payment: Payment, named: Invoice | None, told: _Told) -> Arrival:
    """Let a payment be as it was told last."""
    was_booked, old = payment.state == PaymentState.SUCCEEDED, _of(session, payment)
    invoice = named or old
    what = payment.amount, payment.currency, payment.invoice_id
    payment.amount, payment.currency = told.amount, told.currency
    payment.state, payment.reason, payment.happened_at = told.state.value, told.reason, told.at
    payment.invoice_id = invoice.id if invoice else None
    session.flush()
    is_there, found = told.state is PaymentState.SUCCEEDED, tuple[AnomalyKind, ...]()
    differs = what != (payment.amount, payment.currency, payment.invoice_id)
    if was_booked and (differs or not is_there):
        _take_back(session, account, payment)
    if is_there and (differs or not was_booked):
        found = _book(session, account, payment, invoice, top_up=told.top_up)
    if old is not None and invoice is not None and old.id != invoice.id:
        attempts.leave(session, old, payment)
        _settle(session, account, old)
    return _ended(session, account, payment, invoice, told, found)


def _name(session: Session, account: BillingAccount, payment: Payment, named: Invoice, told: _Told) -> Arrival:
    """Give a payment the invoice that only an older event names; what a person has made of the money meanwhile stays."""
    payment.invoice_id, found = named.id, tuple[AnomalyKind, ...]()
    session.flush()
    made = bookings(session, payment)
    if payment.state == PaymentState.SUCCEEDED and [booked.kind for booked in made] == ["payment"]:
        _take_back(session, account, payment)
        found = _book(session, account, payment, named, top_up=False)
    return _ended(session, account, payment, named, told, found)


def _is_part(session: Session, payment: Payment, told: _Told) -> bool:
    """Whether of what came only a part was taken back: said now, or said first where what came is said now."""
    if payment.currency != told.currency:
        return False
    if told.state is PaymentState.REVERSED:
        newer = told.at >= payment.happened_at
        return payment.state == PaymentState.SUCCEEDED and newer and told.amount < payment.amount
    is_late = told.state is PaymentState.SUCCEEDED and told.at <= payment.happened_at
    never_came = payment.state == PaymentState.REVERSED and not generation(session, payment)
    return is_late and never_came and told.amount > payment.amount


def _take_part_back(
    session: Session, account: BillingAccount, payment: Payment, named: Invoice | None, told: _Told
) -> Arrival:  # fmt: skip
    """Say that a part was taken back; the payment stands as it came, for how much of it belongs to what only a person knows."""
    invoice, said = named or _of(session, payment), payment.reason
    payment.reason = (told.reason if told.state is PaymentState.REVERSED else said) or attempts.PART_TAKEN_BACK
    if told.state is PaymentState.SUCCEEDED:
        payment.state, payment.amount, payment.happened_at = told.state.value, told.amount, told.at
        payment.invoice_id = payment.invoice_id or (invoice.id if invoice else None)
        session.flush()
        _book(session, account, payment, invoice, top_up=told.top_up)
    elif said == payment.reason and find(session, payment):
        return Arrival(payment.id, False)
    flag(session, payment, AnomalyKind.AMOUNT_DIFFERS, invoice)
    return _ended(session, account, payment, invoice, told, (AnomalyKind.AMOUNT_DIFFERS,))


def _ended(
    session: Session, account: BillingAccount, payment: Payment, invoice: Invoice | None, told: _Told,
    found: tuple[AnomalyKind, ...],
) -> Arrival:  # fmt: skip
    """Let the try and the invoice follow; what is held without a word of why is flagged."""
    if held(session, payment) and not find(session, payment):
        flag(session, payment, AnomalyKind.AMOUNT_DIFFERS, invoice)
        found = (*found, AnomalyKind.AMOUNT_DIFFERS)
    if invoice is not None and invoice.state not in _CLOSED:
        tried = attempts.of_payment(session, invoice, payment, by=told.by)
        settle(session, account, invoice)
        if invoice.state == InvoiceState.FAILED and payment.state == PaymentState.FAILED:
            invoice.retry_at = tried.next_at
        session.flush()
    return Arrival(payment.id, True, tuple(kind.value for kind in found))


def generation(session: Session, payment: Payment) -> int:
    """How often a payment was booked: more than once where it was taken back and came again."""
    number = 0
    while ledger.booked_as(session, payment.school_id, booking_key(payment, number + 1)) is not None:
        number += 1
    return number


def booking_key(payment: Payment, number: int) -> str:
    """The cause of what is booked when a payment is there, for the n-th time."""
    return f"payment:{payment.id}:{number}"


def bookings(session: Session, payment: Payment) -> list[ledger.Booked]:
    """What stands in the ledger of a payment that is there: its booking, and what mending made of it."""
    last = booking_key(payment, generation(session, payment))
    found = ledger.booked_as(session, payment.school_id, last)
    made = [found] if found else []
    while (mended := ledger.booked_as(session, payment.school_id, f"{last}:{len(made)}")) is not None:
        made.append(mended)
    return made


def held(session: Session, payment: Payment) -> int:
    """What of a payment is for nothing yet, in cents; below zero where it went back twice, by hand and by the provider."""
    mine = LedgerTransaction.school_id == payment.school_id, LedgerTransaction.payment_id == payment.id
    together = (LedgerEntry.school_id == LedgerTransaction.school_id) & (LedgerEntry.transaction_id == LedgerTransaction.id)
    its = LedgerEntry.book == Book.SUSPENSE.value, LedgerEntry.currency == payment.currency
    summed = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).join(LedgerTransaction, together)
    return -int(session.scalar(summed.where(*mine, *its)) or 0)


def _named(session: Session, school_id: int, invoice_id: UUID | None, number: str | None) -> Invoice | None:
    """The invoice that is named; None for one that the school does not have."""
    wanted = invoice_id
    if wanted is None and number:
        mine = Invoice.school_id == school_id, Invoice.number == number
        wanted = session.scalar(select(Invoice.id).where(*mine))
    try:
        return invoice_of(session, school_id, wanted) if wanted else None
    except NoSuchInvoice:
        return None


def _of(session: Session, payment: Payment) -> Invoice | None:
    """The invoice that a payment has."""
    return invoice_of(session, payment.school_id, payment.invoice_id) if payment.invoice_id else None


def _settle(session: Session, account: BillingAccount, invoice: Invoice) -> None:
    """Let an invoice follow that lost a payment to another."""
    if invoice.state not in _CLOSED:
        settle(session, account, invoice)


def _book(
    session: Session, account: BillingAccount, payment: Payment, invoice: Invoice | None, *, top_up: bool
) -> tuple[AnomalyKind, ...]:
    """Book a payment that is there; returns how it does not fit."""
    number, amount = generation(session, payment) + 1, payment.amount
    kind, applied, misfit = "payment", 0, None
    entries = {Book.BANK: amount}
    if top_up and payment.currency == account.currency:
        kind, entries[Book.RESERVE] = "top_up", -amount
    else:
        misfit = _misfit(account, payment, invoice)
        if invoice is not None and misfit in (None, AnomalyKind.AMOUNT_DIFFERS):
            applied = min(amount, outstanding(invoice))
            entries[book_owed(session, invoice)] = -applied
        entries[Book.SUSPENSE] = applied - amount
    ledger.post(
        session, payment.school_id, kind, entries, currency=payment.currency, key=booking_key(payment, number),
        invoice_id=invoice.id if invoice and applied else None, payment_id=payment.id,
    )  # fmt: skip
    if invoice is not None and applied:
        settle(session, account, invoice, covered=applied)
    if misfit is None:
        return ()
    flag(session, payment, misfit, invoice)
    return (misfit,)


def _misfit(account: BillingAccount, payment: Payment, invoice: Invoice | None) -> AnomalyKind | None:
    """How a payment does not fit what it is for."""
    if payment.currency != (invoice.currency if invoice else account.currency):
        return AnomalyKind.CURRENCY_DIFFERS
    if invoice is None or invoice.state in _CLOSED:
        return AnomalyKind.WITHOUT_INVOICE
    if outstanding(invoice) <= 0:
        return AnomalyKind.PAID_TWICE
    return None if payment.amount == outstanding(invoice) else AnomalyKind.AMOUNT_DIFFERS


def _take_back(session: Session, account: BillingAccount, payment: Payment) -> None:
    """Counter all that was booked of a payment, but for what was paid back by hand; its invoices are that much less covered,
    and its anomalies are over."""
    for booked in bookings(session, payment):
        if booked.of(Book.BANK) < 0:
            continue  # a person paid it back, and that money has gone
        ledger.counter(session, payment.school_id, booked, reason=payment.reason)
        if booked.invoice_id is not None and (applied := -booked.of(*OWED)):
            invoice = invoice_of(session, payment.school_id, booked.invoice_id)
            give_up_too(session, invoice, booked)
            settle(session, account, invoice, covered=-applied)
    for anomaly in find(session, payment):
        close(anomaly, how=attempts.TAKEN_BACK, by=None)
    session.flush()
