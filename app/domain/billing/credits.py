"""What a credit note takes off an invoice: net and VAT, so that all notes together never take more of either than there was."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.billing.vat import Amounts
from app.i18n.catalogue import N_
from app.models.billing import CreditNote, Invoice, InvoiceLine


class TooMuch(ValueError):
    """More than what is left of an invoice, or nothing."""

    message = N_("Enter an amount above zero that is no more than what is left of the invoice.")


class Credited(NamedTuple):
    """What the notes of an invoice have taken off so far, in cents."""

    net: int
    vat: int
    total: int


def credited(session: Session, invoice: Invoice) -> Credited:
    """What was credited of an invoice."""
    sums = (func.coalesce(func.sum(column), 0) for column in (CreditNote.net, CreditNote.vat, CreditNote.total))
    mine = CreditNote.school_id == invoice.school_id, CreditNote.invoice_id == invoice.id
    return Credited(*map(int, session.execute(select(*sums).where(*mine)).one()))


def by_total(session: Session, invoice: Invoice, total: int) -> Amounts:
    """So many cents of an invoice. Raises TooMuch."""
    return split(invoice, credited(session, invoice), total)


def split(invoice: Invoice, before: Credited, total: int) -> Amounts:
    """The net and the VAT of so many cents, in proportion, after what was credited before; the last note takes exactly what is
    left. Raises TooMuch."""
    if not 0 < total <= invoice.total - before.total:
        raise TooMuch(total)
    so_far = ((before.total + total) * invoice.vat * 2 + invoice.total) // (invoice.total * 2)
    least, most = max(0, total - (invoice.net - before.net)), min(invoice.vat - before.vat, total)
    vat = max(least, min(most, so_far - before.vat))
    return Amounts(total - vat, vat, total)


def by_lines(session: Session, invoice: Invoice, positions: Collection[int]) -> Amounts:
    """The lines at these positions in full. Raises TooMuch where some of it was credited before."""
    mine = InvoiceLine.school_id == invoice.school_id, InvoiceLine.invoice_id == invoice.id
    sums = (func.coalesce(func.sum(column), 0) for column in (InvoiceLine.net, InvoiceLine.vat, InvoiceLine.total))
    chosen = select(*sums).where(*mine, InvoiceLine.position.in_(list(positions)))
    amounts, before = Amounts(*map(int, session.execute(chosen).one())), credited(session, invoice)
    if amounts.total <= 0 or before.net + amounts.net > invoice.net or before.vat + amounts.vat > invoice.vat:
        raise TooMuch(amounts.total)
    return amounts
