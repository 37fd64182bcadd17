"""What operators read of one account: its standing, subscription, invoices, payments, questions. Inside `across_schools`."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, false, or_, select, type_coerce
from sqlalchemy.orm import Session

from app.domain.billing import ledger, plans, standing, subscriptions
from app.domain.billing.accounts import NONE, account_of, days_of_cover, state_of
from app.domain.billing.mending import Mend, ways
from app.domain.billing.standing import STEPS, Oldest, Step
from app.domain.billing.states import UNPAID
from app.domain.billing.vat import Amounts, line, rate
from app.models.billing import (
    BillingAccount,
    BillingEscalation,
    CreditNote,
    Invoice,
    InvoiceLine,
    InvoiceState,
    Payment,
    PaymentAnomaly,
    PaymentAttempt,
    Subscription,
)
from app.models.bookkeeping import Book, LedgerEntry, LedgerTransaction
from app.models.plan import Plan, PlanPrice
from app.models.school import School
from app.models.webhook import ProviderCustomer
from app.web.paging import PAGE, Key, Page, cut

FEW = 10  # of each kind on the page of an account
MOST_UNPAID = 50  # invoices that a payment can be for
STATES = tuple(state.value for state in InvoiceState)


class OfSchool(NamedTuple):
    """A school."""

    id: int
    name: str
    state: str
    language: str


class Standing(NamedTuple):
    """How an account stands now: `state` is a word of the domain's, money in cents. `step` was taken last, `next_step` follows
    at `account.dunning_due_at`; None where there is none."""

    state: str
    reserve: int
    owed: int
    suspense: int
    monthly: Fraction
    oldest: Oldest | None
    step: Step | None
    next_step: Step | None

    @property
    def cover(self) -> int | None:
        return days_of_cover(self.reserve, self.monthly)


class Subscribed(NamedTuple):
    """A subscription with its plan; `following` is the plan and price of the period after this one, `amounts` its invoice."""

    row: Subscription
    plan: dict[str, str]
    price: PlanPrice
    following_plan: dict[str, str]
    following: PlanPrice
    quantity: int
    amounts: Amounts


class Paid(NamedTuple):
    """A payment, and the number of its invoice."""

    row: Payment
    number: str | None


class Misfit(NamedTuple):
    """A payment that does not fit, and how it may be mended."""

    row: PaymentAnomaly
    payment: Payment
    ways: tuple[Mend, ...]


class Question(NamedTuple):
    """An escalation, and the number of the invoice that it is about."""

    row: BillingEscalation
    number: str | None


class Papers(NamedTuple):
    """All that belongs to an invoice."""

    row: Invoice
    lines: list[InvoiceLine]
    payments: list[Payment]
    credits: list[CreditNote]
    attempts: list[PaymentAttempt]


class Choice(NamedTuple):
    """A price that can be chosen."""

    price: PlanPrice
    plan: dict[str, str]


def school_of(session: Session, school_id: int) -> OfSchool | None:
    """A school."""
    found = session.execute(
        select(School.id, School.name, School.state, School.language).where(School.id == school_id)
    ).one_or_none()
    return OfSchool(*found) if found else None


def account(session: Session, school_id: int) -> BillingAccount | None:
    """Its account, None without one."""
    return account_of(session, school_id)


def how_it_stands(session: Session, account: BillingAccount | None) -> Standing:
    """How an account stands now, by the ledger itself."""
    if account is None:
        return Standing(NONE, 0, 0, 0, Fraction(0), None, None, None)
    school_id = account.school_id
    books = ledger.balances(session, school_id, currency=account.currency)
    reserve = -books[Book.RESERVE]
    taken = {step.number: step for step in STEPS}
    return Standing(
        state_of(account, reserve), reserve, books[Book.RECEIVABLE], -books[Book.SUSPENSE],
        subscriptions.monthly_net(session, school_id), standing.oldest_unpaid(session, school_id),
        taken.get(account.dunning_step), taken.get(account.dunning_step + 1) if account.dunning_due_at else None,
    )  # fmt: skip


def subscribed(session: Session, school_id: int) -> Subscribed | None:
    """Its subscription that goes on, and what the next invoice of it comes to; None without one."""
    row = subscriptions.subscription_of(session, school_id)
    if row is None:
        return None
    price = plans.price_of(session, row.price_id)
    chosen = plans.price_of(session, row.next_price_id) if row.next_price_id else price
    same = PlanPrice.plan_id == chosen.plan_id
    following = plans.price_on(session.scalars(select(PlanPrice).where(same)), chosen, row.period_end)
    quantity = row.next_quantity or row.quantity
    names = dict(session.execute(select(Plan.id, Plan.name).where(Plan.id.in_([price.plan_id, following.plan_id]))).all())
    amounts = line(quantity, following.amount, row.discount, following.tax_code, row.period_end)
    return Subscribed(row, names[price.plan_id], price, names[following.plan_id], following, quantity, amounts)


def invoices(session: Session, school_id: int, *, state: str = "", after: Key | None = None) -> Page[Invoice]:
    """The invoices of a school, the newest first; of one state."""
    found = select(Invoice).where(Invoice.school_id == school_id).order_by(Invoice.id.desc()).limit(PAGE + 1)
    if state:
        found = found.where(Invoice.state == state)
    if after:
        found = found.where(Invoice.id < after[0])
    return cut(list(session.scalars(found)), lambda row: (row.id,))


def newest_invoices(session: Session, school_id: int) -> list[Invoice]:
    """The few that were made last."""
    mine = select(Invoice).where(Invoice.school_id == school_id)
    return list(session.scalars(mine.order_by(Invoice.id.desc()).limit(FEW)))


def unpaid(session: Session, school_id: int) -> list[Invoice]:
    """What a payment can be for: the invoices that are owed or were given up, the one due first before the others."""
    states = [state.value for state in (*UNPAID, InvoiceState.UNCOLLECTIBLE)]
    mine = select(Invoice).where(Invoice.school_id == school_id, Invoice.state.in_(states))
    return list(session.scalars(mine.order_by(type_coerce(Invoice.due_on, Date), Invoice.id).limit(MOST_UNPAID)))


def payments(session: Session, school_id: int) -> list[Paid]:
    """The newest payments."""
    found = (
        select(Payment, Invoice.number)
        .outerjoin(Invoice, _same(Invoice.id, Payment.invoice_id, Payment.school_id))
        .where(Payment.school_id == school_id)
        .order_by(Payment.id.desc())
        .limit(FEW)
    )
    return [Paid(*row) for row in session.execute(found)]


def misfits(session: Session, account: BillingAccount) -> list[Misfit]:
    """The payments that nobody has mended, the oldest first, and the ways that may mend each."""
    mine = PaymentAnomaly.school_id == account.school_id, PaymentAnomaly.mended_at.is_(None)
    together = and_(Payment.school_id == PaymentAnomaly.school_id, Payment.id == PaymentAnomaly.payment_id)
    found = session.execute(
        select(PaymentAnomaly, Payment).join(Payment, together).where(*mine).order_by(PaymentAnomaly.found_at).limit(PAGE)
    ).all()
    held = _held(session, account.school_id, [payment.id for _, payment in found])
    owes = bool(unpaid(session, account.school_id)) if found else False
    return [
        Misfit(
            row, payment,
            ways(held=held.get(payment.id, 0), fits_currency=payment.currency == account.currency, owes=owes),
        )
        for row, payment in found
    ]  # fmt: skip


def questions(session: Session, school_id: int) -> list[Question]:
    """The newest escalations, those without an answer first."""
    found = (
        select(BillingEscalation, Invoice.number)
        .join(Invoice, _same(Invoice.id, BillingEscalation.invoice_id, BillingEscalation.school_id))
        .where(BillingEscalation.school_id == school_id)
        .order_by(BillingEscalation.answered_at.is_not(None), BillingEscalation.created_at.desc())
        .limit(FEW)
    )
    return [Question(*row) for row in session.execute(found)]


def question(session: Session, school_id: int, question_id: UUID) -> Question | None:
    """One escalation."""
    mine = BillingEscalation.school_id == school_id, BillingEscalation.id == question_id
    found = session.execute(
        select(BillingEscalation, Invoice.number)
        .join(Invoice, _same(Invoice.id, BillingEscalation.invoice_id, BillingEscalation.school_id))
        .where(*mine)
    ).one_or_none()
    return Question(*found) if found else None


def papers(session: Session, school_id: int, invoice_id: UUID) -> Papers | None:
    """An invoice with all that belongs to it; None where the school has no such."""
    row = session.get(Invoice, (school_id, invoice_id))
    if row is None:
        return None

    def of(model: Any, order: Any) -> list[Any]:
        mine = select(model).where(model.school_id == school_id, model.invoice_id == invoice_id)
        return list(session.scalars(mine.order_by(order)))

    return Papers(
        row, of(InvoiceLine, InvoiceLine.position), of(Payment, Payment.happened_at), of(CreditNote, CreditNote.issued_on),
        of(PaymentAttempt, PaymentAttempt.number),
    )  # fmt: skip


def payment(session: Session, school_id: int, payment_id: UUID) -> Payment | None:
    """A payment of a school; None where it has no such."""
    return session.get(Payment, (school_id, payment_id))


def choices(session: Session, currency: str, today: dt.date, *, own: PlanPrice | None = None) -> list[Choice]:
    """The prices that can be chosen on a day: of each plan that is offered and each interval the one that holds, and of the
    school's `own` plan at its interval, offered or not."""
    mine = and_(PlanPrice.plan_id == own.plan_id, PlanPrice.interval == own.interval) if own else false()
    found = session.execute(
        select(PlanPrice, Plan.name)
        .join(Plan, Plan.id == PlanPrice.plan_id)
        .where(or_(Plan.is_offered, mine), PlanPrice.currency == currency, PlanPrice.effective_from <= today)
        .order_by(Plan.code, PlanPrice.interval, PlanPrice.effective_from)
    )
    newest = {(price.plan_id, price.interval): Choice(price, name) for price, name in found}
    return list(newest.values())


def vat_on(code: str, day: dt.date) -> int:
    """The rate of a tax code, in hundredths of a percent."""
    return rate(code, day)


def customers(session: Session, school_id: int) -> list[ProviderCustomer]:
    """Whose it is at payment providers."""
    mine = select(ProviderCustomer).where(ProviderCustomer.for_school == school_id)
    return list(session.scalars(mine.order_by(ProviderCustomer.provider, ProviderCustomer.customer)))


def _held(session: Session, school_id: int, of: list[UUID]) -> dict[UUID, int]:
    """What of each of these payments is for nothing yet, in cents: the sum of its suspense."""
    if not of:
        return {}
    found = (
        select(LedgerTransaction.payment_id, LedgerEntry.amount)
        .join(
            LedgerEntry,
            and_(LedgerEntry.school_id == LedgerTransaction.school_id, LedgerEntry.transaction_id == LedgerTransaction.id),
        )
        .where(
            LedgerTransaction.school_id == school_id, LedgerTransaction.payment_id.in_(of),
            LedgerEntry.book == Book.SUSPENSE.value,
        )
    )  # fmt: skip
    held: dict[UUID, int] = {}
    for payment_id, amount in session.execute(found):
        if payment_id is not None:
            held[payment_id] = held.get(payment_id, 0) - amount
    return held


def _same(id_: Any, reference: Any, school: Any) -> ColumnElement[bool]:
    return and_(Invoice.school_id == school, id_ == reference)
