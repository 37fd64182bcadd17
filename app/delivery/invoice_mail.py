"""Mails about invoices of the platform, to those who pay: reminders, and that a question was answered."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.letter import literal
from app.delivery.single import Undeliverable
from app.domain.billing.states import UNPAID
from app.i18n.catalogue import N_
from app.i18n.speech import Speech
from app.models.billing import BillingEscalation, Invoice
from app.models.login import AccountMail
from app.models.school import School

SUBJECTS = {
    "invoice_soon": N_("An invoice is due in a week"),
    "invoice_due": N_("An invoice is due today"),
    "invoice_overdue": N_("An invoice has not been paid yet"),
    "invoice_past_due": N_("An invoice is past due: last reminder"),
    "invoice_answered": N_("Your question about an invoice was answered"),
}
WHAT = {
    "invoice_soon": N_("Invoice %(number)s: %(amount)s, due by %(date)s."),
    "invoice_due": N_("Invoice %(number)s: %(amount)s, due today, %(date)s."),
    "invoice_overdue": N_("Invoice %(number)s: %(amount)s, was due by %(date)s and has not been paid yet."),
    "invoice_past_due": N_(
        "Invoice %(number)s: %(amount)s, was due by %(date)s. This is the last reminder by mail; the people who run Umthi will"
        " get in touch."
    ),
    "invoice_answered": N_(
        "%(name)s asked about invoice %(number)s: “%(question)s” The people who run Umthi answer: “%(answer)s”"
    ),
}
ANSWERED = "invoice_answered"


def said(session: Session, mail: AccountMail, words: Speech) -> dict[str, str]:
    """What a mail says: its kind, the school, and of its invoice the number, what is left to pay and the day it is due, or the
    question and its answer; literal.

    Raises Undeliverable for a reminder where nothing is left to pay by now.
    """
    school_id = (mail.details or {})["school"]
    if mail.kind == ANSWERED:
        return _answer(session, mail.subject_id, school_id, words)
    found = session.execute(
        select(Invoice.number, Invoice.total, Invoice.paid, Invoice.due_on, Invoice.currency, Invoice.state, School.name)
        .join(School, School.id == Invoice.school_id)
        .where(Invoice.school_id == school_id, Invoice.id == mail.subject_id)
    ).one_or_none()
    if found is None or found.state not in UNPAID:
        raise Undeliverable("nothing is left to pay")
    due_on: dt.date = found.due_on
    what = words.gettext(
        WHAT[mail.kind], number=found.number, amount=words.money_in(found.currency)(found.total - found.paid),
        date=words.date(due_on),
    )  # fmt: skip
    return {"what": literal(what), "school": literal(found.name), "kind": mail.kind}


def _answer(session: Session, invoice_id: UUID | None, school_id: int, words: Speech) -> dict[str, str]:
    """What the mail about the last answer says. Raises Undeliverable where none stands."""
    asked = BillingEscalation
    found = session.execute(
        select(Invoice.number, School.name.label("school"), asked.by_name, asked.note, asked.answer)
        .join(asked, (asked.school_id == Invoice.school_id) & (asked.invoice_id == Invoice.id))
        .join(School, School.id == Invoice.school_id)
        .where(Invoice.school_id == school_id, Invoice.id == invoice_id, asked.answered_at.is_not(None))
        .order_by(asked.answered_at.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise Undeliverable("no answer stands")
    what = words.gettext(
        WHAT[ANSWERED], name=found.by_name, number=found.number, question=found.note, answer=found.answer
    )  # fmt: skip
    return {"what": literal(what), "school": literal(found.school), "kind": ANSWERED}


def path(mail: AccountMail) -> str:
    """The page of the invoice."""
    return f"/dashboard/billing/invoices/{mail.subject_id}"
