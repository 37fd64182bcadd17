"""What the console's search box finds of the accounts: an invoice or a credit note by its number, an account by its name."""

from __future__ import annotations

import re

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.domain.billing.numbers import written
from app.domain.searching import MOST, Hit, Search
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.billing import BillingAccount, CreditNote, Invoice
from app.models.school import School
from app.web.badges import STATES
from app.web.links import url

ACCOUNT, INVOICE = N_("Account"), N_("Invoice")
#: a number says whose it is: INV-0007-000012, or as people say it: inv 7 12
NUMBER = re.compile(r"(INV|CN)[- ]?(\d{1,10})[- ](\d{1,9})", re.ASCII | re.IGNORECASE)
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MOST_SCHOOLS = 2**31 - 1  # what the database counts to


def invoices(session: Session, text: str) -> list[Hit]:
    """The invoice with this number, or the one that the credit note with this number is about."""
    if not (found := NUMBER.fullmatch(text.strip())) or int(found[2]) > MOST_SCHOOLS:
        return []
    school_id = int(found[2])
    number = written(found[1].upper(), school_id, int(found[3]))
    wanted = Invoice.number == number
    statement = select(Invoice.id, Invoice.number, Invoice.state, School.id, School.name).join(
        School, School.id == Invoice.school_id
    )
    if found[1].upper() == "CN":
        about = and_(CreditNote.school_id == Invoice.school_id, CreditNote.invoice_id == Invoice.id)
        statement, wanted = statement.join(CreditNote, about), CreditNote.number == number
    voice = speech()
    return [
        Hit(INVOICE, number_ or number, f"{name} · {voice.gettext(STATES[state][1])}", url(
            "account_deeds.show_invoice", school, invoice_id,
        ))
        for invoice_id, number_, state, school, name in session.execute(statement.where(Invoice.school_id == school_id, wanted))
    ]  # fmt: skip


def accounts(session: Session, text: str) -> list[Hit]:
    """Accounts with these words in the name on their invoices, or exactly this VAT number; an id of ours is neither."""
    if ID.fullmatch(text):
        return []
    pattern = re.sub(r"([\\%_])", r"\\\1", text)
    found = session.execute(
        select(BillingAccount.school_id, BillingAccount.name, School.name)
        .join(School, School.id == BillingAccount.school_id)
        .where(BillingAccount.name.ilike(f"%{pattern}%", escape="\\") | (BillingAccount.vat_number == text))
        .order_by(func.lower(BillingAccount.name), BillingAccount.school_id)
        .limit(MOST)
    )
    return [Hit(ACCOUNT, name, school, url("account_of.show", school_id)) for school_id, name, school in found]


SOURCES = (Search("invoices", invoices), Search("accounts", accounts))
