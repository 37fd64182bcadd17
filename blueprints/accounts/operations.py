"""What an operator does about accounts. Each verb crosses by itself, has the account counted anew, and commits.

Whose domain verb says 'Audited' has its event from there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.audit.both import record_both
from app.audit.record import Target, record
from app.domain import rollups
from app.domain.billing import accounts, dunning, invoices, ledger, payments, plans, seller, standing, subscriptions
from app.domain.billing.mending import Mend
from app.domain.billing.seller import Seller
from app.domain.billing.vat import TaxCode
from app.i18n.catalogue import N_
from app.models.billing import BillingEscalation, Payment, PaymentState
from app.models.plan import Interval, Plan
from app.tenancy.doors import across_schools
from app.work.outbox import queue

DEED = N_("The accounts of schools")
TRANSFER = "eft"  # the provider of what an operator saw on a bank statement
PROVE = "billing.prove"


class NoSuchQuestion(LookupError):
    """The school has no such escalation."""


class AnsweredAlready(Exception):
    """Somebody answered before."""

    message = N_("Somebody has answered this before.")


class ReferenceTaken(Exception):
    """Another payment of the school has this reference."""

    message = N_("Another payment was recorded with this reference. If this is one more, add its day to the reference.")


class NoSuchTransfer(LookupError):
    """The school has no such payment, or not by bank transfer."""


class NotThere(Exception):
    """The payment does not stand any more."""

    message = N_("It was taken back before.")


class AskedAbout(Exception):
    """A school asks about the draft, so it cannot go."""

    message = N_("The school has asked about this draft, so it stays. Issue it, or leave it as it is.")


class NoSuchPlan(LookupError):
    """There is no such plan."""


class NewAccount(NamedTuple):
    """Who is billed, as an operator entered it; money in cents."""

    name: str
    address: str
    vat_number: str | None
    email: str | None
    minimum_reserve: int
    terms_days: int


class Transfer(NamedTuple):
    """Money that was seen on a bank statement; without an invoice it is prepaid."""

    amount: int
    on: dt.date
    reference: str
    invoice_id: UUID | None


@contextmanager
def _about(school_id: int) -> Iterator[Session]:
    """A transaction about one school, at whose end it is counted anew."""
    with across_schools(DEED, routine=True) as session:
        yield session
        _end(session, school_id)


def open_account(school_id: int, given: NewAccount, *, by: Actor) -> None:
    """Open the account of a school; one that is there stays as it is."""
    with _about(school_id) as session:
        accounts.open_account(session, school_id, **given._asdict(), by=by)


def change_minimum(school_id: int, minimum_reserve: int, *, by: Actor) -> None:
    """Have the reserve called low below so many cents. Raises NoAccount."""
    with _about(school_id) as session:
        accounts.change_minimum(session, school_id, minimum_reserve, by=by)


def adjust(school_id: int, amount: int, *, reason: str, key: UUID, by: Actor) -> bool:
    """Book an adjustment of the reserve, once for each `key`: False where it was booked before. Raises NoAccount,
    NothingToAdjust and NoReason."""
    with across_schools(DEED, routine=True) as session:
        is_new = accounts.adjust(session, school_id, amount, reason=reason, key=key, by=by) is not None
        if is_new:
            _end(session, school_id)
    return is_new


def take_back(school_id: int, transaction_id: UUID, *, reason: str, by: Actor) -> None:
    """Take an adjustment back by its counter-entry. Raises NoSuchTransaction, CannotReverse, ReversedAlready and NoReason."""
    if not reason.strip():
        raise accounts.NoReason
    with _about(school_id) as session:
        accounts.hold(session, school_id)
        ledger.reverse(session, school_id, transaction_id, reason=reason, by=by)


def record_transfer(school_id: int, transfer: Transfer, *, by: Actor) -> payments.Arrival:
    """Take in what came by bank transfer, once: sent again it changes nothing.

    Raises NoAccount, and ReferenceTaken where the reference is that of another amount or day, or was taken back.
    """
    at = standing.at_hour(transfer.on)
    with across_schools(DEED, routine=True) as session:
        account = accounts.hold(session, school_id)
        mine = Payment.school_id == school_id, Payment.provider == TRANSFER, Payment.reference == transfer.reference
        if (known := session.scalar(select(Payment).where(*mine))) is not None:
            if (known.amount, known.happened_at, known.state) != (transfer.amount, at, PaymentState.SUCCEEDED):
                raise ReferenceTaken(transfer.reference)
            return payments.Arrival(known.id, False)
        made = payments.arrived(
            session, school_id, provider=TRANSFER, reference=transfer.reference, amount=transfer.amount,
            currency=account.currency, at=at, state=PaymentState.SUCCEEDED.value,
            invoice_id=transfer.invoice_id, top_up=transfer.invoice_id is None, by=by,
        )  # fmt: skip
        record_both(
            session, school_id, "billing.record_payment", Target("payment", made.payment_id), label=transfer.reference,
            after={"amount": transfer.amount, "currency": account.currency, "on": transfer.on},
        )  # fmt: skip
        _end(session, school_id)
    return made


def take_back_transfer(school_id: int, payment_id: UUID, *, reason: str, by: Actor) -> None:
    """Take a bank transfer back that was recorded by mistake, with all that was made of it.

    Audited as `billing.take_back_payment`. Raises NoAccount, NoReason, NoSuchTransfer, and NotThere for one that does not
    stand.
    """
    if not reason.strip():
        raise accounts.NoReason
    with across_schools(DEED, routine=True) as session:
        accounts.hold(session, school_id)
        known = session.get(Payment, (school_id, payment_id), populate_existing=True)
        if known is None or known.provider != TRANSFER:
            raise NoSuchTransfer(str(payment_id))
        if known.state != PaymentState.SUCCEEDED:
            raise NotThere(known.reference)
        payments.arrived(
            session, school_id, provider=TRANSFER, reference=known.reference, amount=known.amount, currency=known.currency,
            at=max(clock.now(), known.happened_at), state=PaymentState.REVERSED.value, reason=reason, by=by,
        )  # fmt: skip
        record_both(
            session, school_id, "billing.take_back_payment", Target("payment", payment_id), label=known.reference,
            after={"amount": known.amount, "currency": known.currency, "reason": reason},
        )  # fmt: skip
        _end(session, school_id)


def finalise(school_id: int, invoice_id: UUID, *, by: Actor) -> str:
    """Issue a draft; returns its number. Raises NoSuchInvoice and WrongState."""
    with _about(school_id) as session:
        made = invoices.finalise(session, school_id, invoice_id, today=standing.today(), by=by)
        return str(made.number)


def discard(school_id: int, invoice_id: UUID, *, by: Actor) -> None:
    """Throw a draft away. Raises NoSuchInvoice, WrongState and AskedAbout."""
    with _about(school_id) as session:
        asked = BillingEscalation.school_id == school_id, BillingEscalation.invoice_id == invoice_id
        if session.scalar(select(BillingEscalation.id).where(*asked).limit(1)):
            raise AskedAbout(str(invoice_id))
        invoices.discard(session, school_id, invoice_id, by=by)


def void(school_id: int, invoice_id: UUID, *, reason: str, by: Actor) -> None:
    """Let an invoice not hold. Raises NoSuchInvoice, WrongState and PaidInPart."""
    with _about(school_id) as session:
        invoices.void(session, school_id, invoice_id, reason=reason, by=by)


def credit(school_id: int, invoice_id: UUID, *, total: int, reason: str, by: Actor) -> str:
    """Write a credit note of `total` cents; returns its number. Raises NoSuchInvoice, WrongState, TooMuch and NoReason."""
    with _about(school_id) as session:
        return invoices.credit(session, school_id, invoice_id, total=total, reason=reason, by=by).number


def write_off(school_id: int, invoice_id: UUID, *, reason: str, by: Actor) -> None:
    """Give up what is owed for an invoice. Raises NoSuchInvoice and WrongState."""
    with _about(school_id) as session:
        invoices.write_off(session, school_id, invoice_id, reason=reason, by=by)


def mend(school_id: int, anomaly_id: UUID, how: Mend, *, by: Actor) -> None:
    """Mend a payment that does not fit. Raises NoSuchAnomaly, MendedAlready and CannotMend."""
    with _about(school_id) as session:
        payments.mend(session, school_id, anomaly_id, how, by=by)


def subscribe(school_id: int, price_id: UUID, *, on: dt.date, quantity: int, discount: int, by: Actor) -> None:
    """Begin a subscription. Raises NoAccount, SubscribedAlready, NoSuchPrice and NotOffered."""
    with _about(school_id) as session:
        subscriptions.start(session, school_id, price_id, on=on, quantity=quantity, discount=discount, by=by)


def change_plan(school_id: int, price_id: UUID, *, quantity: int, by: Actor) -> None:
    """Have another plan or quantity from the next period on. Raises NoSubscription, NoSuchPrice and NotOffered."""
    with _about(school_id) as session:
        subscriptions.change(session, school_id, price_id=price_id, quantity=quantity, by=by)


def cancel(school_id: int, *, by: Actor) -> dt.date:
    """Let no period follow; returns the first day that is not paid for. Raises NoSubscription."""
    with _about(school_id) as session:
        return subscriptions.cancel_at_end(session, school_id, by=by).period_end


def resume(school_id: int, *, by: Actor) -> None:
    """Let it go on after all. Raises NoSubscription."""
    with _about(school_id) as session:
        subscriptions.resume(session, school_id, by=by)


def answer(school_id: int, question_id: UUID, text: str, *, by: Actor) -> None:
    """Answer an escalation; those who pay are told by mail. Audited as `billing.answer`. Raises NoSuchQuestion and
    AnsweredAlready."""
    with _about(school_id) as session:
        mine = BillingEscalation.school_id == school_id, BillingEscalation.id == question_id
        row = session.scalar(select(BillingEscalation).where(*mine).with_for_update())
        if row is None:
            raise NoSuchQuestion(str(question_id))
        if row.answered_at is not None:
            raise AnsweredAlready(str(question_id))
        row.answer, row.answered_by, row.answered_at = text, by.name, clock.now()
        session.flush()
        record_both(session, school_id, "billing.answer", row, label=row.by_name, after={"answer": text})
        account = accounts.account_of(session, school_id)
        if account is not None:
            dunning.remind(session, account, row.invoice_id, "invoice_answered")


def add_plan(code: str, name: Mapping[str, str], *, by: Actor) -> None:
    """A new plan. Raises PlanExists."""
    with across_schools(DEED, routine=True) as session:
        plans.create(session, code, name, by=by)
        session.commit()


def offer(plan_id: UUID, *, is_offered: bool, by: Actor) -> bool:
    """Offer a plan, or offer it no more; False where it is so already. Raises NoSuchPlan."""
    with across_schools(DEED, routine=True) as session:
        plan = _plan(session, plan_id)
        if plan.is_offered == is_offered:
            return False
        plans.offer(session, plan, is_offered=is_offered, by=by)
        session.commit()
    return True


def add_price(plan_id: UUID, *, interval: Interval, amount: int, tax_code: TaxCode, effective_from: dt.date, by: Actor) -> None:
    """A price from a day on. Raises NoSuchPlan and PriceExists."""
    with across_schools(DEED, routine=True) as session:
        plans.price(
            session, _plan(session, plan_id), interval=interval, amount=amount, tax_code=tax_code,
            effective_from=effective_from, by=by,
        )  # fmt: skip
        session.commit()


def change_seller(given: Seller, *, by: Actor) -> bool:
    """Bill as somebody else from now on; False where nothing is different."""
    with across_schools(DEED, routine=True) as session:
        if given == seller.seller_of(session):
            return False
        seller.change_seller(session, given, by=by)
        session.commit()
    return True


def prove_now(*, by: Actor) -> None:
    """Have every ledger counted anew, as soon as a worker is free."""
    with across_schools(DEED, routine=True) as session:
        queue(PROVE)
        record("billing.prove", Target("ledger_proof"), label=N_("Recount of the ledger"), by=by)
        session.commit()


def _end(session: Session, school_id: int) -> None:
    """Count the school anew, as the last part of the deed, and commit."""
    rollups.refresh(session, [school_id])
    session.commit()


def _plan(session: Session, plan_id: UUID) -> Plan:
    found = session.get(Plan, plan_id, with_for_update=True)
    if found is None:
        raise NoSuchPlan(str(plan_id))
    return found
