"""Reads of how a school stands: its account, its subscription, what it owes by age, what is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Integer, Text, any_, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import aliased

from app.domain.billing import jobs, vat
from app.domain.billing.standing import today
from app.domain.billing.states import UNPAID
from app.models.billing import BillingAccount, BillingEscalation, Invoice, Payment, PaymentAnomaly, Subscription
from app.models.bookkeeping import LedgerEntry
from app.models.outbox import Outbox
from app.models.plan import Plan, PlanPrice
from app.tenancy.reading import Prepared, reading

SHOWN = 5  # of what is open, on the overview
COUNTED = 1000
EVER = 1_000_000  # days
#: what a page files, and which hangs on an invoice or an anomaly until it was done
FILED = (jobs.COLLECT, jobs.ALLOCATE, jobs.KEEP, jobs.ACCEPT)
#: as literals, or the plan cannot use the partial index
IS_UNPAID = Invoice.state.in_([literal_column(f"'{state.value}'") for state in sorted(UNPAID)])
_LEFT = Invoice.total - Invoice.paid
_TODAY = bindparam("today", type_=Date)


class Account(NamedTuple):
    """Who pays for the school; `minimum_reserve` in cents."""

    id: UUID
    name: str
    address: str
    vat_number: str | None
    email: str | None
    currency: str
    minimum_reserve: int
    past_due_since: dt.datetime | None
    dunning_step: int


class Plans(NamedTuple):
    """The subscription that goes on and what follows it. `price` in cents for one unit at the next period, before VAT."""

    state: str
    name: dict[str, str]
    interval: str
    quantity: int
    discount: int
    period_start: dt.date
    period_end: dt.date
    cancel_at_end: bool
    next_name: dict[str, str]
    next_quantity: int
    price: int
    currency: str
    tax_code: str

    @property
    def changes(self) -> bool:
        """Whether the next period is of another plan or another number."""
        return self.next_name != self.name or self.next_quantity != self.quantity


class Ages(NamedTuple):
    """What is not paid, in cents, by how many days it is past due: `current` is not due yet, `over_120` is the oldest."""

    number: int
    current: int
    days_30: int
    days_60: int
    days_90: int
    days_120: int
    over_120: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self[1:])

    @property
    def past_due(self) -> int:
        """What was due before today."""
        return self.total - self.current


class Unpaid(NamedTuple):
    """An unpaid invoice; `left` in cents."""

    id: UUID
    number: str
    state: str
    left: int
    currency: str
    due_on: dt.date
    retry_at: dt.datetime | None


class Anomaly(NamedTuple):
    """A payment that does not fit, which nobody has mended yet."""

    id: UUID
    payment_id: UUID
    kind: str
    amount: int
    currency: str
    provider: str
    reference: str
    found_at: dt.datetime


class Escalation(NamedTuple):
    """A question to the operators; those without an answer come first."""

    invoice_id: UUID
    number: str | None
    note: str
    by_name: str
    created_at: dt.datetime
    answered_at: dt.datetime | None


class Biller(NamedTuple):
    """Who billed last, as it stands on that invoice."""

    seller: dict[str, Any]


class _Sum(NamedTuple):
    amount: int


class _Number(NamedTuple):
    number: int


class _Filed(NamedTuple):
    subject: UUID


_ACCOUNT = Prepared(
    select(
        BillingAccount.id, BillingAccount.name, BillingAccount.address, BillingAccount.vat_number, BillingAccount.email,
        BillingAccount.currency, BillingAccount.minimum_reserve, BillingAccount.past_due_since, BillingAccount.dunning_step,
    ),
    Account,
)  # fmt: skip
_CHOSEN, _NEXT = aliased(PlanPrice), aliased(PlanPrice)
_PLAN, _NEXT_PLAN = aliased(Plan), aliased(Plan)
_LATER = aliased(PlanPrice)


def _at_next(column: Any) -> Any:
    """A column of the price that holds when the next period begins, as `app.domain.billing.plans.price_on` chooses it."""
    newest = (
        select(column)
        .where(
            _LATER.plan_id == _NEXT.plan_id, _LATER.interval == _NEXT.interval, _LATER.currency == _NEXT.currency,
            _LATER.effective_from <= Subscription.period_end,
        )
        .order_by(_LATER.effective_from.desc())
        .limit(1)
        .correlate(_NEXT, Subscription)
        .scalar_subquery()
    )  # fmt: skip
    return func.coalesce(newest, getattr(_NEXT, column.key))


_PLANS = Prepared(
    select(
        Subscription.state, _PLAN.name, _NEXT.interval, Subscription.quantity, Subscription.discount,
        Subscription.period_start, Subscription.period_end, Subscription.cancel_at_end, _NEXT_PLAN.name.label("next_name"),
        func.coalesce(Subscription.next_quantity, Subscription.quantity).label("next_quantity"),
        cast(_at_next(_LATER.amount), BigInteger).label("price"), _NEXT.currency,
        _at_next(_LATER.tax_code).label("tax_code"),
    )
    .join(_CHOSEN, _CHOSEN.id == Subscription.price_id)
    .join(_PLAN, _PLAN.id == _CHOSEN.plan_id)
    .join(_NEXT, _NEXT.id == func.coalesce(Subscription.next_price_id, Subscription.price_id))
    .join(_NEXT_PLAN, _NEXT_PLAN.id == _NEXT.plan_id)
    .where(Subscription.state != "ended"),
    Plans,
)  # fmt: skip
_RESERVE = Prepared(
    select(cast(func.coalesce(-func.sum(LedgerEntry.amount), 0), BigInteger).label("amount")).where(
        LedgerEntry.book == "reserve", LedgerEntry.currency == bindparam("currency", type_=Text)
    ),
    _Sum,
)
_DAYS = cast(_TODAY - Invoice.due_on, Integer)


def _between(least: int, most: int) -> Any:
    """The sum of what is past due for at least and at most so many days; below 1 it is not."""
    return cast(func.coalesce(func.sum(_LEFT).filter(_DAYS.between(least, most)), 0), BigInteger)


_AGES = Prepared(
    select(
        func.count().label("number"), _between(-EVER, 0).label("current"), _between(1, 30).label("days_30"),
        _between(31, 60).label("days_60"), _between(61, 90).label("days_90"), _between(91, 120).label("days_120"),
        _between(121, EVER).label("over_120"),
    )
    .select_from(Invoice)
    .where(IS_UNPAID),
    Ages,
)  # fmt: skip
_UNPAID = Prepared(
    select(Invoice.id, Invoice.number, Invoice.state, _LEFT.label("left"), Invoice.currency, Invoice.due_on, Invoice.retry_at)
    .where(IS_UNPAID)
    .order_by(Invoice.due_on, Invoice.id)
    .limit(SHOWN),
    Unpaid,
)
_ANOMALIES = Prepared(
    select(
        PaymentAnomaly.id, PaymentAnomaly.payment_id, PaymentAnomaly.kind, Payment.amount, Payment.currency, Payment.provider,
        Payment.reference, PaymentAnomaly.found_at,
    )
    .join(Payment, (Payment.school_id == PaymentAnomaly.school_id) & (Payment.id == PaymentAnomaly.payment_id))
    .where(PaymentAnomaly.mended_at.is_(None))
    .order_by(PaymentAnomaly.found_at, PaymentAnomaly.id)
    .limit(SHOWN),
    Anomaly,
)  # fmt: skip
_SOME_ANOMALIES = select(PaymentAnomaly.id).where(PaymentAnomaly.mended_at.is_(None)).limit(literal_column(str(COUNTED + 1)))
_ANOMALY_COUNT = Prepared(select(func.count().label("number")).select_from(_SOME_ANOMALIES.subquery()), _Number)
_ESCALATIONS = Prepared(
    select(
        BillingEscalation.invoice_id, Invoice.number, BillingEscalation.note, BillingEscalation.by_name,
        BillingEscalation.created_at, BillingEscalation.answered_at,
    )
    .join(Invoice, (Invoice.school_id == BillingEscalation.school_id) & (Invoice.id == BillingEscalation.invoice_id))
    .order_by(BillingEscalation.answered_at.is_not(None), BillingEscalation.created_at.desc(), BillingEscalation.id)
    .limit(SHOWN),
    Escalation,
)  # fmt: skip
_BILLER = Prepared(
    select(Invoice.seller).where(Invoice.number.is_not(None)).order_by(Invoice.id.desc()).limit(1), Biller
)  # fmt: skip
_WAITING = Prepared(
    select(Outbox.subject).where(
        Outbox.done_at.is_(None), Outbox.job == any_(bindparam("jobs", type_=ARRAY(Text))),
        Outbox.subject == any_(bindparam("ids", type_=ARRAY(PG_UUID))),
    ),
    _Filed,
)  # fmt: skip


def account() -> Account | None:
    """The school's account; None until the platform has opened one."""
    with reading() as cursor:
        found = _ACCOUNT.all(cursor)
    return found[0] if found else None


def plans() -> Plans | None:
    """The school's subscription; None without one that goes on."""
    with reading() as cursor:
        found = _PLANS.all(cursor)
    return found[0] if found else None


def reserve(currency: str) -> int:
    """What the school has prepaid and not used, in cents."""
    with reading() as cursor:
        return _RESERVE.all(cursor, currency=currency)[0].amount


def ages() -> Ages:
    """What is owed, by age."""
    with reading() as cursor:
        return _AGES.all(cursor, today=today())[0]


def unpaid() -> list[Unpaid]:
    """The unpaid invoices that were due first."""
    with reading() as cursor:
        return _UNPAID.all(cursor)


def anomalies() -> tuple[list[Anomaly], int]:
    """The first payments that do not fit, and how many there are (up to COUNTED + 1)."""
    with reading() as cursor:
        found = _ANOMALIES.all(cursor)
        return found, _ANOMALY_COUNT.all(cursor)[0].number if len(found) == SHOWN else len(found)


def escalations() -> list[Escalation]:
    """What the school has asked the operators, what waits first."""
    with reading() as cursor:
        return _ESCALATIONS.all(cursor)


def biller() -> dict[str, Any]:
    """Who billed last, as `app.domain.billing.seller.Seller` has it; {} before there is an invoice."""
    with reading() as cursor:
        found = _BILLER.all(cursor)
    return found[0].seller if found else {}


def waiting(subjects: Iterable[UUID]) -> set[UUID]:
    """For which of these invoices or anomalies something is filed that is not done yet."""
    with reading() as cursor:
        return {row.subject for row in _WAITING.all(cursor, jobs=list(FILED), ids=list(subjects))}


def next_amounts(found: Plans, seller_vat_number: str | None) -> vat.Amounts:
    """What the next period costs by today's rates."""
    code = found.tax_code if seller_vat_number else vat.TaxCode.OUTSIDE.value
    return vat.line(found.next_quantity, found.price, found.discount, code, today())
