"""The ledger: double entry in whole cents. Rows are added and never changed, and each transaction sums to zero: the database
sees to both."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.tenancy.database import Model
from app.tenancy.models import Tenant, school_key


class Book(StrEnum):
    """The accounts of a school's ledger. A debit is positive, a credit negative.

    `receivable` what the school owes; `reserve` what it has prepaid (a debt of ours, so its balance is the negative sum);
    `bank` money that came; `revenue` and `vat` what invoices say; `bad_debt` what was given up; `adjustment` what an operator
    put right by hand; `suspense` money of which nobody knows yet what it is for.
    """

    RECEIVABLE = "receivable"
    RESERVE = "reserve"
    BANK = "bank"
    REVENUE = "revenue"
    VAT = "vat"
    BAD_DEBT = "bad_debt"
    ADJUSTMENT = "adjustment"
    SUSPENSE = "suspense"


class LedgerTransaction(Tenant, Model):
    """Entries that belong together. `key` names its cause, so that the same cause is booked once.

    `reverses_id` is the transaction that this one takes back; each can be taken back once.
    """

    __tablename__ = "ledger_transaction"
    key: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str | None]
    invoice_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    reverses_id: Mapped[UUID | None]
    by_name: Mapped[str | None]
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        school_key("invoice_id", "invoice"),
        school_key("payment_id", "payment"),
        school_key("reverses_id", "ledger_transaction"),
        CheckConstraint(
            "kind IN ('invoice', 'credit_note', 'payment', 'reversal', 'top_up', 'reserve', 'adjustment', 'write_off')",
            name="ledger_transaction_kind",
        ),
        UniqueConstraint("school_id", "key", name="ledger_transaction_once"),
        UniqueConstraint("school_id", "reverses_id", name="ledger_transaction_reversed_once"),
        Index("ledger_transaction_newest", "school_id", text("id DESC")),
    )


class LedgerEntry(Tenant, Model):
    """One side of a transaction: `amount` in cents, debit positive, credit negative."""

    __tablename__ = "ledger_entry"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    transaction_id: Mapped[UUID]
    book: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    __table_args__ = (
        school_key("transaction_id", "ledger_transaction"),
        CheckConstraint("amount <> 0", name="ledger_entry_amount"),
        CheckConstraint(
            "book IN ('receivable', 'reserve', 'bank', 'revenue', 'vat', 'bad_debt', 'adjustment', 'suspense')",
            name="ledger_entry_book",
        ),
        Index("ledger_entry_of_transaction", "school_id", "transaction_id", postgresql_include=["amount", "currency"]),
        Index("ledger_entry_of_book", "school_id", "book", "currency", postgresql_include=["amount"]),
    )


class LedgerProof(Model):
    """One nightly recount of every ledger: how much was looked at, and what did not add up."""

    __tablename__ = "ledger_proof"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    begun_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime]
    schools: Mapped[int]
    transactions: Mapped[int] = mapped_column(BigInteger)
    faults: Mapped[int]
    detail: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    __table_args__ = (Index("ledger_proof_newest", text("ended_at DESC")),)
