"""Tries to collect an invoice: what came of each, why, and when the next one is."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.domain.billing.saying import shown_name
from app.models.billing import Invoice, Payment, PaymentAttempt, PaymentState

#: after so many days a try that failed is made again; after the last of them only a person tries
RETRIES = (1, 3, 5, 7)
PENDING, SUCCEEDED, FAILED = "pending", "succeeded", "failed"
OUTCOMES = {
    PaymentState.PENDING: PENDING, PaymentState.SUCCEEDED: SUCCEEDED, PaymentState.FAILED: FAILED, PaymentState.REVERSED: FAILED
}  # fmt: skip
#: reasons of our own, as they are kept; words for them belong to whoever shows them
FROM_RESERVE, NO_COLLECTOR, TAKEN_BACK = "from_reserve", "no_collector", "taken_back"
NO_ANSWER, PART_TAKEN_BACK = "no_answer", "part_taken_back"


def add(
    session: Session,
    invoice: Invoice,
    outcome: str,
    *,
    reason: str | None = None,
    payment_id: UUID | None = None,
    at: dt.datetime | None = None,
    by: Actor | None = None,
) -> PaymentAttempt:
    """Write a try down as the next one of its invoice, whose account is held."""
    made = PaymentAttempt(
        school_id=invoice.school_id, invoice_id=invoice.id, number=count(session, invoice) + 1, payment_id=payment_id,
        outcome=outcome, reason=reason, by_name=shown_name(by), at=at or clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def count(session: Session, invoice: Invoice) -> int:
    """How many tries there were; they are numbered from 1."""
    mine = PaymentAttempt.school_id == invoice.school_id, PaymentAttempt.invoice_id == invoice.id
    return session.scalar(select(func.max(PaymentAttempt.number)).where(*mine)) or 0


def of_payment(session: Session, invoice: Invoice, payment: Payment, *, by: Actor | None = None) -> PaymentAttempt:
    """Let the try of a payment say how that stands, and when the next one is if it failed."""
    mine = PaymentAttempt.school_id == invoice.school_id, PaymentAttempt.invoice_id == invoice.id
    found = session.scalar(select(PaymentAttempt).where(*mine, PaymentAttempt.payment_id == payment.id))
    state = PaymentState(payment.state)
    reason = payment.reason or (TAKEN_BACK if state is PaymentState.REVERSED else None)
    if found is None:
        found = add(session, invoice, OUTCOMES[state], payment_id=payment.id, by=by)
    found.outcome, found.reason, found.at = OUTCOMES[state], reason, payment.happened_at
    found.next_at = next_after(session, invoice, found) if state is PaymentState.FAILED else None
    session.flush()
    return found


def leave(session: Session, invoice: Invoice, payment: Payment) -> None:
    """Let the try of a payment that turned out to be for another invoice be over."""
    mine = PaymentAttempt.school_id == invoice.school_id, PaymentAttempt.invoice_id == invoice.id
    found = session.scalar(select(PaymentAttempt).where(*mine, PaymentAttempt.payment_id == payment.id))
    if found is not None:
        found.outcome, found.reason, found.next_at = FAILED, TAKEN_BACK, None
        session.flush()


def next_after(session: Session, invoice: Invoice, attempt: PaymentAttempt) -> dt.datetime | None:
    """When an invoice is tried again after a try that failed: None once RETRIES are used up."""
    mine = PaymentAttempt.school_id == invoice.school_id, PaymentAttempt.invoice_id == invoice.id
    failed = (*mine, PaymentAttempt.outcome == FAILED, PaymentAttempt.number < attempt.number)
    before = session.scalar(select(func.count()).select_from(PaymentAttempt).where(*failed)) or 0
    return attempt.at + dt.timedelta(days=RETRIES[before]) if before < len(RETRIES) else None
