"""Collecting an invoice: what the school has prepaid first, then whoever can draw money from it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple, Protocol
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.domain.billing import attempts, ledger
from app.domain.billing.accounts import hold
from app.domain.billing.arriving import arrived
from app.domain.billing.saying import PEOPLE
from app.domain.billing.settling import book_owed, invoice_of, outstanding, settle
from app.domain.billing.states import UNPAID
from app.models.billing import BillingAccount, Invoice, InvoiceState, PaymentState
from app.models.bookkeeping import Book

_COLLECTORS = "billing_collectors"
NOTHING = "nothing"


class Claim(NamedTuple):
    """What is to be drawn. `key` is the same for the same try, also after a crash: a gateway answers it once."""

    school_id: int
    invoice_id: UUID
    number: str
    amount: int
    currency: str
    key: str


class Drawn(NamedTuple):
    """What a collector says at once: most say 'pending', and the rest comes as an event. `reference` is its own."""

    state: PaymentState
    reference: str
    reason: str | None = None


class Collector(Protocol):
    """Whoever can draw money from a school. `name` is the provider of its payments and of its events."""

    @property
    def name(self) -> str: ...

    def draw(self, session: Session, claim: Claim) -> Drawn | None:
        """Begin to draw; None where this school gave it no way to. Drawn before with the same key, it answers the same."""


class Collected(NamedTuple):
    """What came of a try: `outcome` is one of a try's, or NOTHING where none was needed; `amount` in cents."""

    outcome: str
    reason: str | None = None
    amount: int = 0
    next_at: dt.datetime | None = None


def register(app: Flask, collector: Collector) -> None:
    """Make a collector known; they are asked in the order of registration."""
    app.extensions.setdefault(_COLLECTORS, {})[collector.name] = collector


def collect(
    session: Session,
    school_id: int,
    invoice_id: UUID,
    *,
    by: Actor,
    due_by: dt.datetime | None = None,
    asked: bool = False,
    key: str | None = None,
) -> Collected:
    """Try to collect what an invoice still asks for, by what the school has prepaid and then by the registered collectors.

    Where nobody can draw from this school, the reason is NO_COLLECTOR: a try that a person made, or `asked` for, is written
    down, the invoice stays as it is. `key` names the try to a collector in place of its number. With `due_by` it is only tried
    if it is still to be tried by then: of two runs at once, one does.
    Raises NoAccount and NoSuchInvoice.
    """
    account = hold(session, school_id)
    invoice = invoice_of(session, school_id, invoice_id)
    if due_by is not None and (invoice.retry_at is None or invoice.retry_at > due_by):
        return Collected(NOTHING, invoice.state)
    invoice.retry_at = None
    if invoice.state not in UNPAID or invoice.state == InvoiceState.PENDING:
        return Collected(NOTHING, invoice.state)
    covered = _from_reserve(session, account, invoice, by=by)
    if not outstanding(invoice):
        return Collected(attempts.SUCCEEDED, attempts.FROM_RESERVE, covered)
    return _draw(session, invoice, by=by, key=key) or _nobody(session, invoice, covered, by=by, asked=asked)


def _from_reserve(session: Session, account: BillingAccount, invoice: Invoice, *, by: Actor) -> int:
    """Cover as much as is prepaid; returns how many cents."""
    amount = min(ledger.reserve(session, invoice.school_id, currency=invoice.currency), outstanding(invoice))
    if amount <= 0:
        return 0
    tried = attempts.add(session, invoice, attempts.SUCCEEDED, reason=attempts.FROM_RESERVE, by=by)
    ledger.post(
        session, invoice.school_id, "reserve", {Book.RESERVE: amount, book_owed(session, invoice): -amount},
        currency=invoice.currency, key=f"reserve:{tried.id}", invoice_id=invoice.id, by=by,
    )  # fmt: skip
    settle(session, account, invoice, covered=amount)
    return amount


def _draw(session: Session, invoice: Invoice, *, by: Actor, key: str | None) -> Collected | None:
    """Let the first collector that can draw the rest; None where none can."""
    amount = outstanding(invoice)
    of_try = f"{invoice.id}:{key or attempts.count(session, invoice) + 1}"
    claim = Claim(invoice.school_id, invoice.id, str(invoice.number), amount, invoice.currency, of_try)
    collectors: dict[str, Collector] = current_app.extensions.get(_COLLECTORS, {})
    for collector in collectors.values():
        if (drawn := collector.draw(session, claim)) is not None:
            arrived(
                session, invoice.school_id, provider=collector.name, reference=drawn.reference, amount=amount,
                currency=invoice.currency, invoice_id=invoice.id, at=clock.now(), state=drawn.state.value, reason=drawn.reason,
                by=by,
            )  # fmt: skip
            return Collected(attempts.OUTCOMES[drawn.state], drawn.reason, amount, invoice.retry_at)
    return None


def _nobody(session: Session, invoice: Invoice, covered: int, *, by: Actor, asked: bool) -> Collected:
    """Nobody can draw the rest. It is a try where a person made it, or where one was announced."""
    if asked or by.kind in PEOPLE or invoice.state == InvoiceState.FAILED:
        attempts.add(session, invoice, attempts.FAILED, reason=attempts.NO_COLLECTOR, by=by)
    return Collected(attempts.FAILED, attempts.NO_COLLECTOR, covered)
