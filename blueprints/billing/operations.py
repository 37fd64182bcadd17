"""What a school can do about its billing: keep its details right, and ask the platform to act.

A school's role moves no money: what should be moved is filed here and done by a worker as the platform.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.audit.record import Actor, record
from app.domain.billing import jobs
from app.domain.billing.mending import CannotMend, Mend, MendedAlready
from app.i18n.catalogue import N_
from app.models.billing import BillingAccount, BillingEscalation, Invoice, InvoiceState, Payment, PaymentAnomaly
from app.tenancy.database import db
from app.tenancy.scope import current_school_id
from app.work.outbox import queue
from blueprints.billing import invoices, payments, queries

#: how a school may have a payment mended, and the job that does it; what is paid back, operators pay back
MENDS = {Mend.ALLOCATE: jobs.ALLOCATE, Mend.RESERVE: jobs.KEEP, Mend.ACCEPT: jobs.ACCEPT}


class Filed(Exception):
    """It was asked for before, and is not done yet."""

    message = N_("This has been asked for already and is being done. Look again in a moment.")


class NothingToCollect(Exception):
    """The invoice asks for no money, or a payment of it is on its way."""

    message = N_("There is nothing to try again: the invoice is not waiting for money now.")


class Details(NamedTuple):
    """Who pays, as it stands on invoices from now on."""

    name: str
    address: str
    vat_number: str | None
    email: str | None


def change_details(details: Details, *, by: Actor) -> bool:
    """Change who pays; False when nothing is different, or where there is no account. What was issued stays as it was."""
    account = _held()
    if account is None:
        return False
    before, after = {name: getattr(account, name) for name in Details._fields}, details._asdict()
    if before == after:
        return False
    for name, value in after.items():
        setattr(account, name, value)
    record("billing.details", account, label=details.name, before=before, after=after, by=by)
    return True


def try_again(invoice_id: UUID, *, by: Actor) -> None:
    """Have an invoice collected soon: from the reserve first. Raises NothingToCollect and Filed."""
    _held()  # so that two clicks come one after the other
    invoice = db.session.get_one(Invoice, (current_school_id(), invoice_id))
    if not _can_collect(invoice):
        raise NothingToCollect(invoice.state)
    _file(jobs.COLLECT, invoice_id)
    after = {"left": invoice.total - invoice.paid, "currency": invoice.currency}
    record("billing.retry", invoice, label=str(invoice.number), after=after, by=by)


def escalate(invoice_id: UUID, note: str, *, by_id: UUID, by_name: str, by: Actor) -> None:
    """Hand a question about an invoice to the platform's operators."""
    invoice = db.session.get_one(Invoice, (current_school_id(), invoice_id))
    made = BillingEscalation(school_id=invoice.school_id, invoice_id=invoice.id, note=note, by_id=by_id, by_name=by_name)
    db.session.add(made)
    db.session.flush()
    record("billing.escalate", invoice, label=str(invoice.number or ""), after={"note": note}, by=by)


def have_mended(payment_id: UUID, anomaly_id: UUID, how: Mend, *, by: Actor) -> None:
    """Have a payment that does not fit mended soon. Raises MendedAlready, CannotMend and Filed."""
    account = _held()
    school_id = current_school_id()
    payment = db.session.get_one(Payment, (school_id, payment_id))
    anomaly = db.session.get(PaymentAnomaly, (school_id, anomaly_id))
    if anomaly is None or anomaly.payment_id != payment_id or account is None:
        raise CannotMend(str(anomaly_id))
    if anomaly.mended_at is not None:
        raise MendedAlready(str(anomaly_id))
    if how not in MENDS or how not in payments.ways_for(payment_id, account.currency)[0]:
        raise CannotMend(how)
    _file(MENDS[how], anomaly_id)
    after = {"kind": anomaly.kind, "how": how.value, "amount": payment.amount, "currency": payment.currency}
    record("billing.ask_mend", payment, label=f"{payment.provider} {payment.reference}", after=after, by=by)


def can_collect(invoice: invoices.Detail) -> bool:
    """Whether money is waited for that is not on its way."""
    return invoice.is_unpaid and invoice.state != InvoiceState.PENDING


def _can_collect(invoice: Invoice) -> bool:
    return invoice.state in (InvoiceState.OPEN, InvoiceState.FAILED)


def _file(job: str, subject: UUID) -> None:
    if queries.waiting([subject]):
        raise Filed(str(subject))
    queue(job, subject)


def _held() -> BillingAccount | None:
    """The school's account, held until the transaction ends."""
    mine = select(BillingAccount).where(BillingAccount.school_id == current_school_id())
    return db.session.scalars(mine.with_for_update(key_share=True)).one_or_none()
