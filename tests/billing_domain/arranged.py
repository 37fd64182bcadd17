"""Accounts, plans and invoices as a test wants them, made by the product's own verbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing import accounts, invoices, ledger, plans, seller, settling
from app.domain.billing.invoices import Line
from app.domain.billing.vat import TaxCode
from app.models.billing import Invoice
from app.models.bookkeeping import Book
from app.models.plan import Interval, PlanPrice
from app.tenancy.doors import across_schools

Sql = psycopg.Connection[Any]
BY = Actor("command", None, "a test")
TODAY = dt.date(2026, 3, 2)
VAT_NUMBER = "4123456789"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@contextmanager
def platform() -> Iterator[Session]:
    """A transaction of the platform that commits, unless something is raised."""
    with across_schools("test", routine=True) as session:
        yield session
        session.commit()


def open_account(school: int, **values: Any) -> None:
    with platform() as session:
        accounts.open_account(session, school, "The school's office", by=BY, **values)


def be_vendor(vat_number: str | None = VAT_NUMBER) -> None:
    """Let the seller be registered for VAT, or not."""
    with platform() as session:
        seller.change_seller(
            session, seller.Seller(name="Umthi (Pty) Ltd", address="1 Long Street", vat_number=vat_number), by=BY
        )


def add_price(
    amount: int = 10_000, *, code: str = "standard", interval: Interval = Interval.MONTH, since: str = "2020-01-01",
    tax_code: TaxCode = TaxCode.STANDARD, currency: str = "ZAR",
) -> UUID:  # fmt: skip
    """A price of a plan, which is made where it is not there."""
    with platform() as session:
        plan = session.query(plans.Plan).filter_by(code=code).one_or_none()
        plan = plan or plans.create(session, code, {"en": "Standard", "af": "Standaard", "zu": "Okujwayelekile"}, by=BY)
        made: PlanPrice = plans.price(
            session,
            plan,
            interval=interval,
            amount=amount,
            tax_code=tax_code,
            effective_from=day(since),
            by=BY,
            currency=currency,
        )
        return made.id


def issue(school: int, *units: int, on: dt.date = TODAY, tax_code: str = "standard") -> UUID:
    """An invoice with a line for each of these amounts before VAT; returns its id."""
    lines = [Line({"en": "Something"}, unit, tax_code=tax_code) for unit in units or (10_000,)]
    with platform() as session:
        made = invoices.draft(session, school, lines, by=BY)
        invoices.finalise(session, school, made.id, today=on, by=BY)
        return made.id


def invoice(school: int, invoice_id: UUID) -> Invoice:
    """As it stands; detached."""
    with across_schools("test", routine=True) as session:
        found = settling.invoice_of(session, school, invoice_id)
        session.expunge(found)
        return found


def balances(school: int) -> dict[str, int]:
    """The books that are not empty."""
    with across_schools("test", routine=True) as session:
        return {book.value: amount for book, amount in ledger.balances(session, school).items() if amount}


def reserve(school: int) -> int:
    return -balances(school).get(Book.RESERVE.value, 0)
