"""Histories of a school's money: what is done with the product's verbs, and beside it a model that knows only what was done.

The model is plain arithmetic over documents; it shares nothing with the ledger, so where both agree the books are right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing import accounts, invoices, ledger, payments
from app.domain.billing.invoices import Line
from app.domain.billing.payments import Mend
from app.models.bookkeeping import Book

BY = Actor("command", None, "a history")
TODAY, MOMENT = dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
CODES = ("standard", "zero", "exempt")


class Step(NamedTuple):
    """A deed: `which` chooses what it is done to, `size` how much, both of whatever is there by then."""

    deed: str
    which: int
    size: int


class Bill(NamedTuple):
    """An invoice to issue: quantity, unit, discount and code of each line."""

    lines: tuple[tuple[int, int, int, str], ...]


@dataclass
class Invoice:
    """What the model knows of one."""

    id: UUID
    net: int
    vat: int
    paid: int = 0
    credited: int = 0
    given_up: bool = False
    void: bool = False

    @property
    def left(self) -> int:
        return self.net + self.vat - self.paid


@dataclass
class Payment:
    """What the model knows of one: what of it went to its invoice, and what to none."""

    reference: str
    amount: int
    invoice: Invoice | None
    applied: int
    held: int
    topped_up: int = 0
    kept: int = 0
    refunded: int = 0
    stands: bool = True
    moment: int = 0  # at which its provider told of it last


@dataclass
class History:
    """A school's money, done and modelled."""

    session: Session
    school: int
    invoices: list[Invoice] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    adjustments: list[tuple[UUID, int]] = field(default_factory=list)
    reserve: int = 0
    revenue: int = 0
    vat: int = 0
    moments: int = 0

    def play(self, steps: Sequence[Step | Bill]) -> list[str]:
        """Do all of it; returns what does not add up."""
        for step in steps:
            if isinstance(step, Bill):
                self.issue(step)
            else:
                deed: Callable[[Step], None] = getattr(self, step.deed)
                deed(step)
        return list(self.complaints())

    def issue(self, bill: Bill) -> None:
        lines = [Line({"en": "x"}, unit, quantity, discount, code) for quantity, unit, discount, code in bill.lines]
        made = invoices.draft(self.session, self.school, lines, by=BY)
        invoices.finalise(self.session, self.school, made.id, today=TODAY, by=BY)
        nets = [(_cents(Decimal(q * unit) * (10_000 - discount) / 10_000), code) for q, unit, discount, code in bill.lines]
        vat = sum(_cents(Decimal(net) * 15 / 100) for net, code in nets if code == "standard")
        self.invoices.append(Invoice(made.id, sum(net for net, _ in nets), vat))
        self.revenue, self.vat = self.revenue - self.invoices[-1].net, self.vat - vat

    def pay(self, step: Step) -> None:
        """What is left of an invoice, a part of it, or too much; or for one that is paid."""
        of = self._one(self.invoices, step)
        if of is None:
            return
        amount = (max(of.left, 1), max(of.left // 2, 1), of.left + 77)[step.size % 3]
        applied = 0 if of.void else min(amount, max(of.left, 0))
        self._arrive(Payment(f"r{len(self.payments)}", amount, of, applied, amount - applied))
        of.paid += applied

    def pay_for_nothing(self, step: Step) -> None:
        self._arrive(Payment(f"r{len(self.payments)}", step.size, None, 0, step.size))

    def top_up(self, step: Step) -> None:
        made = Payment(f"r{len(self.payments)}", step.size, None, 0, 0, topped_up=step.size)
        self._arrive(made)
        self.reserve += step.size

    def tell_again(self, step: Step) -> None:
        """A payment that is known, told again, as of its own moment or of a newer one: nothing of the money may change."""
        if made := self._one([each for each in self.payments if each.stands], step):
            is_newer = step.size % 2 == 0
            assert self._tell(made, "succeeded", is_newer=is_newer).changed == is_newer

    def take_back(self, step: Step) -> None:
        if made := self._one([each for each in self.payments if each.stands], step):
            self._tell(made, "reversed")
            made.stands = False
            if made.invoice is not None:
                made.invoice.paid -= made.applied
            self.reserve -= made.topped_up + made.kept
            made.held = made.kept = 0  # what was refunded by hand has gone twice by now: that much is asked back

    def mend(self, step: Step) -> None:
        """Keep what is held as reserve, or pay it back; a part is accepted as it is."""
        rows = self.session.execute(
            text(
                "SELECT a.id, p.reference FROM payment_anomaly a JOIN payment p ON p.school_id = a.school_id AND p.id = a.payment_id"
                " WHERE a.school_id = :school AND a.mended_at IS NULL ORDER BY p.reference"
            ),
            {"school": self.school},
        ).all()
        row = self._one(list(rows), step)
        if row is None:
            return
        made = next(each for each in self.payments if each.reference == row.reference)
        held = made.held - made.kept - made.refunded
        how = Mend.ACCEPT if not held else (Mend.RESERVE, Mend.REFUND)[step.size % 2]
        payments.mend(self.session, self.school, row.id, how, by=BY)
        if how is Mend.RESERVE:
            made.kept += held
            self.reserve += held
        elif how is Mend.REFUND:
            made.refunded += held

    def collect(self, step: Step) -> None:
        of = self._one([each for each in self.invoices if each.left > 0 and not each.void and not each.given_up], step)
        if of is not None:
            payments.collect(self.session, self.school, of.id, by=BY)
            amount = max(0, min(self.reserve, of.left))
            of.paid, self.reserve = of.paid + amount, self.reserve - amount

    def credit(self, step: Step) -> None:
        of = self._one([each for each in self.invoices if not each.void and not each.given_up], step)
        if of is None or of.credited >= of.net + of.vat:
            return
        total = 1 + step.size % (of.net + of.vat - of.credited)
        note = invoices.credit(self.session, self.school, of.id, total=total, reason="x", by=BY)
        assert note.total == note.net + note.vat == total
        covered = min(total, max(of.left, 0))
        of.credited, of.paid = of.credited + total, of.paid + covered
        self.reserve += total - covered
        self.revenue, self.vat = self.revenue + note.net, self.vat + note.vat

    def void(self, step: Step) -> None:
        of = self._one(
            [
                each
                for each in self.invoices
                if each.left > 0 and not each.paid and not each.credited and not each.void and not each.given_up
            ],
            step,
        )
        if of is not None:
            invoices.void(self.session, self.school, of.id, reason="x", by=BY)
            of.void = True
            self.revenue, self.vat = self.revenue + of.net, self.vat + of.vat

    def write_off(self, step: Step) -> None:
        of = self._one([each for each in self.invoices if each.left > 0 and not each.void and not each.given_up], step)
        if of is not None:
            invoices.write_off(self.session, self.school, of.id, reason="x", by=BY)
            of.given_up = True

    def adjust(self, step: Step) -> None:
        amount = step.size if step.which % 2 else -step.size
        made = accounts.adjust(self.session, self.school, amount, reason="x", by=BY)
        assert made is not None
        self.adjustments.append((made, amount))
        self.reserve += amount

    def reverse(self, step: Step) -> None:
        if one := self._one(self.adjustments, step):
            ledger.reverse(self.session, self.school, one[0], reason="x", by=BY)
            self.adjustments.remove(one)
            self.reserve -= one[1]

    def complaints(self) -> Any:
        """Where the books, the database and the model differ."""
        standing = [each for each in self.payments if each.stands]
        expected = {
            Book.BANK: sum(each.amount for each in standing) - sum(each.refunded for each in self.payments),
            Book.REVENUE: self.revenue, Book.VAT: self.vat, Book.RESERVE: -self.reserve,
            Book.ADJUSTMENT: sum(amount for _, amount in self.adjustments),
            Book.RECEIVABLE: sum(each.left for each in self.invoices if not each.void and not each.given_up),
            Book.BAD_DEBT: sum(each.left for each in self.invoices if each.given_up),
            Book.SUSPENSE: -sum(each.held - each.kept - each.refunded for each in self.payments),
        }  # fmt: skip
        if (found := ledger.balances(self.session, self.school)) != expected:
            yield f"balances {found}, not {expected}"
        if (prepaid := ledger.reserve(self.session, self.school)) != self.reserve:
            yield f"a reserve of {prepaid}, not {self.reserve}"
        recount = self.session.execute(text(_RECOUNT), {"school": self.school}).all()
        yield from (f"transaction {row.id} sums to {row.total}" for row in recount)
        rows = {row.id: row for row in self.session.execute(text(_INVOICES), {"school": self.school})}
        for each in self.invoices:
            row = rows[each.id]
            if (row.net, row.vat, row.total) != (each.net, each.vat, each.net + each.vat) or row.lines != row.total:
                yield f"invoice {row.number} is {row.net} + {row.vat} = {row.total}, its lines {row.lines}, not {each}"
            if row.paid != each.paid:
                yield f"{row.paid} of invoice {row.number} is covered, not {each}"
            state = "void" if each.void else "paid" if each.left <= 0 else "uncollectible" if each.given_up else None
            if state != row.state and (state or row.state not in ("open", "failed")):
                yield f"invoice {row.number} is {row.state}: {each}"

    def _arrive(self, made: Payment) -> None:
        self.payments.append(made)
        assert self._tell(made, "succeeded").changed

    def _tell(self, made: Payment, state: str, *, is_newer: bool = True) -> payments.Arrival:
        if is_newer:
            self.moments += 1
            made.moment = self.moments
        return payments.arrived(
            self.session, self.school, provider="acme", reference=made.reference, amount=made.amount, currency="ZAR",
            invoice_id=made.invoice.id if made.invoice else None, at=MOMENT + dt.timedelta(seconds=made.moment), state=state,
            top_up=bool(made.topped_up),
        )  # fmt: skip

    def _one(self, among: Sequence[Any], step: Step) -> Any:
        return among[step.which % len(among)] if among else None


_RECOUNT = """
SELECT t.id, sum(e.amount) AS total FROM ledger_transaction t
LEFT JOIN ledger_entry e ON e.school_id = t.school_id AND e.transaction_id = t.id
WHERE t.school_id = :school GROUP BY t.id HAVING sum(e.amount) IS DISTINCT FROM 0 OR count(*) < 2
"""
_INVOICES = """
SELECT i.id, i.number, i.state, i.net, i.vat, i.total, i.paid, sum(l.total) AS lines FROM invoice i
JOIN invoice_line l ON l.school_id = i.school_id AND l.invoice_id = i.id WHERE i.school_id = :school GROUP BY i.school_id, i.id
"""
DEEDS = (
    "pay", "pay", "pay_for_nothing", "top_up", "tell_again", "take_back", "mend", "collect", "credit", "void", "write_off", "adjust",
    "reverse",
)  # fmt: skip
_LINE = st.tuples(st.integers(1, 60), st.integers(1, 99_999), st.sampled_from((0, 0, 1_000, 3_333)), st.sampled_from(CODES))
_BILL = st.builds(Bill, st.lists(_LINE, min_size=1, max_size=3).map(tuple))
_STEP = st.builds(Step, st.sampled_from(DEEDS), st.integers(0, 9), st.integers(1, 200_000))
#: a first invoice, and then whatever comes
HISTORIES = st.tuples(_BILL, st.lists(st.one_of(_STEP, _STEP, _STEP, _BILL), min_size=1, max_size=14)).map(
    lambda history: [history[0], *history[1]]
)


def _cents(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
