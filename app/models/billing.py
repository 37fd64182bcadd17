"""What the platform bills a school: its account, its subscription, invoices, credit notes and payments.

Money is whole cents, in the account's currency. What has been issued never changes: the database refuses it.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class BillingAccount(Tenant, Model):
    """Who pays for a school: as it stands on invoices, how low the prepaid reserve may get, and how far dunning has come."""

    __tablename__ = "billing_account"
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="", server_default="")
    vat_number: Mapped[str | None]
    email: Mapped[str | None]
    currency: Mapped[str] = mapped_column(default="ZAR", server_default="ZAR")
    minimum_reserve: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    terms_days: Mapped[int] = mapped_column(default=30, server_default=text("30"))
    dunning_step: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    dunning_due_at: Mapped[dt.datetime | None]
    past_due_since: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        UniqueConstraint("school_id", name="billing_account_once"),
        CheckConstraint("minimum_reserve >= 0 AND terms_days BETWEEN 0 AND 120", name="billing_account_terms"),
        Index("billing_account_dunning", "dunning_due_at", postgresql_where=text("dunning_due_at IS NOT NULL")),
    )


class SubscriptionState(StrEnum):
    """`past_due`: an invoice of it is overdue; `ended`: no period follows any more."""

    TRIAL = "trial"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    ENDED = "ended"


class Subscription(Tenant, Model):
    """A plan at a price, period after period. `period_end` is the first day that is not paid for any more.

    `next_*` is what a change makes of it at the end of the period; with `cancel_at_end` none follows. `discount` in hundredths
    of a percent, off every period.
    """

    __tablename__ = "subscription"
    price_id: Mapped[UUID] = mapped_column(ForeignKey("plan_price.id"))
    quantity: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    discount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    state: Mapped[str] = mapped_column(default=SubscriptionState.ACTIVE.value, server_default=SubscriptionState.ACTIVE.value)
    anchor_day: Mapped[int]
    period_start: Mapped[dt.date]
    period_end: Mapped[dt.date]
    cancel_at_end: Mapped[bool] = mapped_column(default=False, server_default=false())
    next_price_id: Mapped[UUID | None] = mapped_column(ForeignKey("plan_price.id"))
    next_quantity: Mapped[int | None]
    started_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        CheckConstraint("state IN ('trial', 'active', 'past_due', 'ended')", name="subscription_state"),
        CheckConstraint("period_end > period_start", name="subscription_period"),
        CheckConstraint("quantity > 0 AND discount BETWEEN 0 AND 10000", name="subscription_amounts"),
        CheckConstraint("anchor_day BETWEEN 1 AND 31", name="subscription_anchor"),
        Index("subscription_one", "school_id", unique=True, postgresql_where=text("state <> 'ended'")),
        Index("subscription_to_renew", "period_end", postgresql_where=text("state <> 'ended'")),
    )


class InvoiceState(StrEnum):
    """The words of the ledger; which may follow which stands in `app.domain.billing.states`."""

    DRAFT = "draft"
    OPEN = "open"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class DocumentKind(StrEnum):
    """What the law calls it: a non-vendor's is an invoice, a vendor's is a tax invoice, abridged up to R5 000."""

    INVOICE = "invoice"
    TAX_INVOICE = "tax_invoice"
    ABRIDGED = "abridged_tax_invoice"


class Invoice(Tenant, Model):
    """An invoice. Once it has a number, its figures, dates and parties are refused by the database to change.

    `paid` is what its payments and credit notes cover; `seller` and `buyer` are the parties as they were when it was issued.
    """

    __tablename__ = "invoice"
    number: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=InvoiceState.DRAFT.value, server_default=InvoiceState.DRAFT.value)
    kind: Mapped[str] = mapped_column(default=DocumentKind.INVOICE.value, server_default=DocumentKind.INVOICE.value)
    subscription_id: Mapped[UUID | None]
    period_start: Mapped[dt.date | None]
    period_end: Mapped[dt.date | None]
    currency: Mapped[str] = mapped_column(default="ZAR", server_default="ZAR")
    net: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    vat: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    total: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    paid: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    seller: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    buyer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    issued_on: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None]
    finalised_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    retry_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("subscription_id", "subscription"),
        CheckConstraint(
            "state IN ('draft', 'open', 'pending', 'paid', 'failed', 'void', 'uncollectible')", name="invoice_state"
        ),
        CheckConstraint("kind IN ('invoice', 'tax_invoice', 'abridged_tax_invoice')", name="invoice_kind"),
        CheckConstraint("total = net + vat", name="invoice_total"),
        CheckConstraint("(number IS NULL) = (finalised_at IS NULL)", name="invoice_number_when_final"),
        CheckConstraint("state = 'draft' OR finalised_at IS NOT NULL", name="invoice_final"),
        UniqueConstraint("school_id", "number", name="invoice_number"),
        Index(
            "invoice_period", "school_id", "subscription_id", "period_start", unique=True,
            postgresql_where=text("subscription_id IS NOT NULL AND state <> 'void'"),
        ),
        Index("invoice_newest", "school_id", text("id DESC")),
        Index("invoice_of_state", "school_id", "state", text("id DESC")),
        Index(
            "invoice_unpaid", "school_id", "due_on", postgresql_where=text("state IN ('open', 'pending', 'failed')")
        ),
        Index("invoice_to_retry", "retry_at", postgresql_where=text("retry_at IS NOT NULL")),
    )  # fmt: skip


class InvoiceLine(Tenant, Model):
    """A line of an invoice: `unit` and the discount before VAT; `tax_rate`, of the day of issue, in hundredths of a percent."""

    __tablename__ = "invoice_line"
    invoice_id: Mapped[UUID]
    position: Mapped[int]
    description: Mapped[dict[str, str]]
    quantity: Mapped[int]
    unit: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    net: Mapped[int] = mapped_column(BigInteger)
    tax_code: Mapped[str]
    tax_rate: Mapped[int]
    vat: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        school_key("invoice_id", "invoice", ondelete="CASCADE"),
        CheckConstraint("tax_code IN ('standard', 'zero', 'exempt', 'outside')", name="invoice_line_tax_code"),
        CheckConstraint("total = net + vat", name="invoice_line_total"),
        UniqueConstraint("school_id", "invoice_id", "position", name="invoice_line_position"),
    )


class NumberSeries(Tenant, Model):
    """The next number of a series of a school's documents, given under a lock: none is left out, none is given twice."""

    __tablename__ = "number_series"
    series: Mapped[str]
    next: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    __table_args__ = (UniqueConstraint("school_id", "series", name="number_series_once"),)


class CreditNote(Tenant, Model):
    """What an invoice is reduced by; it never changes."""

    __tablename__ = "credit_note"
    number: Mapped[str]
    invoice_id: Mapped[UUID]
    reason: Mapped[str]
    currency: Mapped[str]
    net: Mapped[int] = mapped_column(BigInteger)
    vat: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    issued_on: Mapped[dt.date]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("invoice_id", "invoice"),
        CheckConstraint("total = net + vat AND total > 0", name="credit_note_total"),
        UniqueConstraint("school_id", "number", name="credit_note_number"),
        Index("credit_note_of_invoice", "school_id", "invoice_id"),
    )


class PaymentState(StrEnum):
    """`reversed`: it had come, and was taken back (a chargeback, a bounced debit)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"


class Payment(Tenant, Model):
    """Money that came or should have come, by a provider's `reference`; `invoice_id` is what it pays, where that is known."""

    __tablename__ = "payment"
    provider: Mapped[str]
    reference: Mapped[str]
    state: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    invoice_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    happened_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("invoice_id", "invoice"),
        CheckConstraint("state IN ('pending', 'succeeded', 'failed', 'reversed')", name="payment_state"),
        CheckConstraint("amount > 0", name="payment_amount"),
        UniqueConstraint("school_id", "provider", "reference", name="payment_once"),
        Index("payment_newest", "school_id", text("id DESC")),
        Index("payment_of_invoice", "school_id", "invoice_id"),
    )


class PaymentAttempt(Tenant, Model):
    """One try to collect an invoice: what came of it, why, and when the next one is."""

    __tablename__ = "payment_attempt"
    invoice_id: Mapped[UUID]
    number: Mapped[int]
    payment_id: Mapped[UUID | None]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    by_name: Mapped[str | None]
    at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("invoice_id", "invoice"),
        school_key("payment_id", "payment"),
        CheckConstraint("outcome IN ('pending', 'succeeded', 'failed')", name="payment_attempt_outcome"),
        UniqueConstraint("school_id", "invoice_id", "number", name="payment_attempt_number"),
    )


class AnomalyKind(StrEnum):
    """How a payment and an invoice do not fit."""

    WITHOUT_INVOICE = "without_invoice"
    PAID_TWICE = "paid_twice"
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"


class PaymentAnomaly(Tenant, Model):
    """A payment that does not fit its invoice, until somebody has mended it; `how` says what was done."""

    __tablename__ = "payment_anomaly"
    payment_id: Mapped[UUID]
    invoice_id: Mapped[UUID | None]
    kind: Mapped[str]
    found_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    mended_at: Mapped[dt.datetime | None]
    mended_by: Mapped[str | None]
    how: Mapped[str | None]
    __table_args__ = (
        school_key("payment_id", "payment"),
        school_key("invoice_id", "invoice"),
        CheckConstraint(
            "kind IN ('without_invoice', 'paid_twice', 'amount_differs', 'currency_differs')", name="payment_anomaly_kind"
        ),
        UniqueConstraint("school_id", "payment_id", "kind", name="payment_anomaly_once"),
        Index("payment_anomaly_open", "school_id", "found_at", postgresql_where=text("mended_at IS NULL")),
    )


class BillingEscalation(Tenant, Model):
    """A question of a school about an invoice that it hands to the platform's operators, and their answer."""

    __tablename__ = "billing_escalation"
    invoice_id: Mapped[UUID]
    note: Mapped[str]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    answer: Mapped[str | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[dt.datetime | None]
    __table_args__ = (
        school_key("invoice_id", "invoice"),
        Index("billing_escalation_open", "school_id", "created_at", postgresql_where=text("answered_at IS NULL")),
    )
