"""The ledger of an account as operators read it: each booking, and what the school owed and had prepaid after it. Inside
`across_schools`.

Balances are derived: of a page they begin with one sum of all that was booked before it, whatever page it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.billing.ledger import BY_HAND
from app.models.billing import BillingAccount, Invoice
from app.models.bookkeeping import Book, LedgerEntry, LedgerTransaction
from app.web.paging import PAGE, Key, Page, cut

_SHOWN = (Book.RECEIVABLE.value, Book.RESERVE.value)


class Booking(NamedTuple):
    """A transaction: what it did to each book, debits above zero. `owed` and `reserve` are the school's after it, in cents, of
    the account's currency. `taken_back`: by a counter-entry."""

    id: UUID
    at: dt.datetime
    kind: str
    reason: str | None
    by_name: str | None
    invoice_id: UUID | None
    number: str | None
    taken_back: bool
    currency: str
    entries: dict[str, int]
    owed: int = 0
    reserve: int = 0

    @property
    def can_be_taken_back(self) -> bool:
        return self.kind in BY_HAND and not self.taken_back


class _Row(NamedTuple):
    id: UUID
    at: dt.datetime
    kind: str
    reason: str | None
    by_name: str | None
    invoice_id: UUID | None
    number: str | None
    reversed_by: UUID | None


def page(session: Session, account: BillingAccount, *, after: Key | None = None, most: int = PAGE) -> Page[Booking]:
    """The newest bookings of an account, or those before a place."""
    found = _transactions(account.school_id).order_by(LedgerTransaction.id.desc()).limit(most + 1)
    if after:
        found = found.where(LedgerTransaction.id < after[0])
    rows = cut([_Row(*row) for row in session.execute(found)], lambda row: (row.id,))
    return Page(list(reversed(_balanced(session, account, list(reversed(rows.rows[:most]))))), rows.older)


def every(session: Session, account: BillingAccount) -> list[Booking]:
    """All bookings of an account, the oldest first, for a file."""
    rows = [_Row(*row) for row in session.execute(_transactions(account.school_id).order_by(LedgerTransaction.id))]
    return _balanced(session, account, rows)


def booking(session: Session, account: BillingAccount, transaction_id: UUID) -> Booking | None:
    """One booking; None where the school has no such."""
    found = session.execute(_transactions(account.school_id).where(LedgerTransaction.id == transaction_id)).one_or_none()
    return _balanced(session, account, [_Row(*found)])[0] if found else None


def _transactions(school_id: int) -> Select[*tuple[Any, ...]]:
    row, counter = LedgerTransaction, aliased(LedgerTransaction)
    return (
        select(row.id, row.at, row.kind, row.reason, row.by_name, row.invoice_id, Invoice.number, counter.id)
        .outerjoin(Invoice, and_(Invoice.school_id == row.school_id, Invoice.id == row.invoice_id))
        .outerjoin(counter, and_(counter.school_id == row.school_id, counter.reverses_id == row.id))
        .where(row.school_id == school_id)
    )


def _balanced(session: Session, account: BillingAccount, rows: Sequence[_Row]) -> list[Booking]:
    """These transactions, the oldest first and none between them left out, with their entries and what was after each."""
    if not rows:
        return []
    mine = LedgerEntry.school_id == account.school_id
    entries: dict[UUID, dict[str, int]] = {}
    currencies: dict[UUID, str] = {}
    within = LedgerEntry.transaction_id >= rows[0].id, LedgerEntry.transaction_id <= rows[-1].id
    found = select(LedgerEntry.transaction_id, LedgerEntry.book, LedgerEntry.amount, LedgerEntry.currency).where(mine, *within)
    for transaction_id, book, amount, currency in session.execute(found.order_by(LedgerEntry.id)):
        of = entries.setdefault(transaction_id, {})
        of[book] = of.get(book, 0) + amount
        currencies[transaction_id] = currency
    before = select(LedgerEntry.book, func.sum(LedgerEntry.amount)).where(
        mine, LedgerEntry.book.in_(_SHOWN), LedgerEntry.currency == account.currency, LedgerEntry.transaction_id < rows[0].id
    )
    sums = {book: int(amount) for book, amount in session.execute(before.group_by(LedgerEntry.book))}
    return list(_running(rows, entries, currencies, sums, account.currency))


def _running(
    rows: Sequence[_Row],
    entries: dict[UUID, dict[str, int]],
    currencies: dict[UUID, str],
    sums: dict[str, int],
    currency: str,
) -> Iterable[Booking]:
    owed, reserve = (sums.get(book, 0) for book in _SHOWN)
    for row in rows:
        of, in_ = entries.get(row.id, {}), currencies.get(row.id, currency)
        if in_ == currency:
            owed, reserve = owed + of.get(Book.RECEIVABLE.value, 0), reserve + of.get(Book.RESERVE.value, 0)
        yield Booking(*row[:7], row.reversed_by is not None, in_, of, owed, -reserve)
