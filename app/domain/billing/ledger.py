"""The ledger of a school: transactions of entries that sum to zero. A debit is positive, a credit negative.

What was booked stays: it is only ever countered. Balances are derived from the entries, nothing is kept beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing.saying import record_deed, shown_name
from app.i18n.catalogue import N_
from app.ids import uuid7
from app.models.bookkeeping import Book, LedgerEntry, LedgerTransaction

#: what a person may take back by hand; the rest has a verb of its own that knows what hangs on it
BY_HAND = frozenset({"adjustment"})


class Unbalanced(ValueError):
    """The entries of a transaction do not sum to zero."""


class NoSuchTransaction(LookupError):
    """The school has no such transaction."""

    message = N_("There is no such entry in the ledger.")


class CannotReverse(Exception):
    """Not something that can be taken back by hand."""

    message = N_(
        "Only an adjustment can be taken back here. An invoice is voided or credited, a payment is taken back by its provider."
    )


class ReversedAlready(Exception):
    """It was taken back before."""

    message = N_("This adjustment was taken back before.")


class Booked(NamedTuple):
    """A transaction as it stands in the ledger: what it did to each book."""

    id: UUID
    kind: str
    currency: str
    invoice_id: UUID | None
    payment_id: UUID | None
    entries: dict[Book, int]

    def of(self, *books: Book) -> int:
        """Its sum in these books."""
        return sum(self.entries.get(book, 0) for book in books)


def post(
    session: Session,
    school_id: int,
    kind: str,
    entries: Mapping[Book, int],
    *,
    currency: str,
    key: str,
    reason: str | None = None,
    invoice_id: UUID | None = None,
    payment_id: UUID | None = None,
    reverses_id: UUID | None = None,
    by: Actor | None = None,
) -> UUID | None:
    """Book a transaction of cents; returns its id, or None where its `key` is booked already or nothing is to be booked.

    `key` names the cause within the school, so that the same cause is booked once, whoever comes first. An entry of nothing is
    left out. Raises Unbalanced; the database refuses it as well.
    """
    kept = {book: amount for book, amount in entries.items() if amount}
    if sum(kept.values()):
        raise Unbalanced(f"{kind} {key}: {kept}")
    if not kept:
        return None
    made = upsert(LedgerTransaction).values(
        school_id=school_id, id=uuid7(), key=key, kind=kind, reason=reason, invoice_id=invoice_id, payment_id=payment_id,
        reverses_id=reverses_id, by_name=shown_name(by),
    )  # fmt: skip
    made = made.on_conflict_do_nothing(index_elements=["school_id", "key"])
    transaction_id = session.scalar(made.returning(LedgerTransaction.id))
    if transaction_id is not None:
        rows = [
            {"school_id": school_id, "id": uuid7(), "transaction_id": transaction_id, "book": book.value, "amount": amount,
             "currency": currency}
            for book, amount in kept.items()
        ]  # fmt: skip
        session.execute(insert(LedgerEntry), rows)
    return transaction_id


def reverse(session: Session, school_id: int, transaction_id: UUID, *, reason: str, by: Actor) -> UUID:
    """Take an adjustment back by its counter-entry; returns that. Audited as `billing.reverse`.

    Raises NoSuchTransaction, CannotReverse for another kind, and ReversedAlready.
    """
    booked = transaction(session, school_id, transaction_id)
    if booked.kind not in BY_HAND:
        raise CannotReverse(booked.kind)
    made = counter(session, school_id, booked, reason=reason, by=by)
    if made is None:
        raise ReversedAlready(str(transaction_id))
    record_deed(
        session, school_id, "billing.reverse", ("ledger_transaction", transaction_id), label=reason, by=by,
        after={"reserve": -booked.of(Book.RESERVE), "currency": booked.currency, "reason": reason},
    )  # fmt: skip
    return made


def counter(
    session: Session, school_id: int, booked: Booked, *, reason: str | None = None, by: Actor | None = None
) -> UUID | None:
    """Book the opposite of a transaction; returns it, None where that was done before. For verbs that know what hangs on it."""
    return post(
        session, school_id, "reversal", {book: -amount for book, amount in booked.entries.items()}, currency=booked.currency,
        key=f"reversal:{booked.id}", reason=reason, invoice_id=booked.invoice_id, payment_id=booked.payment_id,
        reverses_id=booked.id, by=by,
    )  # fmt: skip


def transaction(session: Session, school_id: int, transaction_id: UUID) -> Booked:
    """A transaction of a school. Raises NoSuchTransaction."""
    found = _booked(session, school_id, LedgerTransaction.id == transaction_id)
    if found is None:
        raise NoSuchTransaction(str(transaction_id))
    return found


def booked_as(session: Session, school_id: int, key: str) -> Booked | None:
    """The transaction of a cause; None where it is not booked."""
    return _booked(session, school_id, LedgerTransaction.key == key)


def _booked(session: Session, school_id: int, which: object) -> Booked | None:
    row = LedgerTransaction
    found = session.execute(
        select(row.id, row.kind, row.invoice_id, row.payment_id, LedgerEntry.book, LedgerEntry.amount, LedgerEntry.currency)
        .join(LedgerEntry, (LedgerEntry.school_id == row.school_id) & (LedgerEntry.transaction_id == row.id))
        .where(row.school_id == school_id, which)  # type: ignore[arg-type]
    ).all()
    if not found:
        return None
    first = found[0]
    entries: dict[Book, int] = {}
    for each in found:
        entries[Book(each.book)] = entries.get(Book(each.book), 0) + each.amount
    return Booked(first.id, first.kind, first.currency, first.invoice_id, first.payment_id, entries)


def balances(session: Session, school_id: int, *, currency: str = "ZAR") -> dict[Book, int]:
    """The sum of every book of a school, in cents of a currency: debits positive. Books without entries are 0."""
    sums = (
        select(LedgerEntry.book, func.sum(LedgerEntry.amount))
        .where(LedgerEntry.school_id == school_id, LedgerEntry.currency == currency)
        .group_by(LedgerEntry.book)
    )
    found = {book: int(amount) for book, amount in session.execute(sums)}
    return {book: found.get(book.value, 0) for book in Book}


def reserve(session: Session, school_id: int, *, currency: str = "ZAR") -> int:
    """What a school has prepaid and not used, in cents: below 0 where a payment was taken back after it was used."""
    mine = LedgerEntry.school_id == school_id, LedgerEntry.book == Book.RESERVE.value, LedgerEntry.currency == currency
    return -int(session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(*mine)) or 0)
