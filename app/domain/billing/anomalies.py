"""Payments that do not fit their invoice: flagged, until somebody has mended it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.domain.billing.saying import shown_name
from app.models.billing import AnomalyKind, Invoice, Payment, PaymentAnomaly


def flag(session: Session, payment: Payment, kind: AnomalyKind, invoice: Invoice | None) -> PaymentAnomaly:
    """Say that a payment does not fit; one that was mended before is open again."""
    found = next((row for row in find(session, payment, is_open=False) if row.kind == kind), None)
    if found is None:
        found = PaymentAnomaly(school_id=payment.school_id, payment_id=payment.id, kind=kind.value)
        session.add(found)
    found.invoice_id = invoice.id if invoice else None
    found.found_at, found.mended_at, found.mended_by, found.how = clock.now(), None, None, None
    session.flush()
    return found


def find(session: Session, payment: Payment, *, is_open: bool = True) -> list[PaymentAnomaly]:
    """The anomalies of a payment that nobody has mended, or all of them."""
    found = select(PaymentAnomaly).where(PaymentAnomaly.school_id == payment.school_id, PaymentAnomaly.payment_id == payment.id)
    return list(session.scalars(found.where(PaymentAnomaly.mended_at.is_(None)) if is_open else found))


def close(anomaly: PaymentAnomaly, *, how: str, by: Actor | None) -> None:
    """Say how it was mended."""
    anomaly.mended_at, anomaly.how, anomaly.mended_by = clock.now(), how, shown_name(by)
