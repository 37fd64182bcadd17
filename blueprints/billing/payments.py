"""Reads of payments: the list with what does not fit, and one of them with the ways to mend it."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, and_, any_, bindparam, cast, exists, or_, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.billing.arriving import held
from app.domain.billing.mending import Mend, ways
from app.models.billing import Invoice, Payment, PaymentAnomaly
from app.tenancy.database import db
from app.tenancy.reading import Prepared, reading
from app.tenancy.scope import current_school_id
from app.web.paging import PAGE, Key, Page, cut
from blueprints.billing import queries

OPEN = "open"


class Row(NamedTuple):
    """One line of the list, in cents; `number` is that of the invoice that it pays."""

    id: str
    provider: str
    reference: str
    state: str
    amount: int
    currency: str
    reason: str | None
    invoice_id: UUID | None
    number: str | None
    happened_at: dt.datetime


class Misfit(NamedTuple):
    """How a payment does not fit; `invoice_id` is the invoice that it was for, `how` and `mended_at` what was done."""

    id: UUID
    payment_id: UUID
    kind: str
    invoice_id: UUID | None
    number: str | None
    left: int | None
    invoice_currency: str | None
    found_at: dt.datetime
    mended_at: dt.datetime | None
    mended_by: str | None
    how: str | None


_MISFITS = Prepared(
    select(
        PaymentAnomaly.id, PaymentAnomaly.payment_id, PaymentAnomaly.kind, PaymentAnomaly.invoice_id, Invoice.number,
        (Invoice.total - Invoice.paid).label("left"), Invoice.currency.label("invoice_currency"), PaymentAnomaly.found_at,
        PaymentAnomaly.mended_at, PaymentAnomaly.mended_by, PaymentAnomaly.how,
    )
    .outerjoin(Invoice, and_(Invoice.school_id == PaymentAnomaly.school_id, Invoice.id == PaymentAnomaly.invoice_id))
    .where(PaymentAnomaly.payment_id == any_(bindparam("ids", type_=ARRAY(PG_UUID))))
    .order_by(PaymentAnomaly.found_at, PaymentAnomaly.id),
    Misfit,
)  # fmt: skip


def newest(*, state: str = "", fit: str = "", pattern: str = "", after: Key | None = None) -> Page[Row]:
    """The payments that became known last, or those before `after`; of one state, with OPEN only those that do not fit, and
    with `pattern` in their reference or the number of their invoice."""
    values: dict[str, object] = {}
    if state:
        values["state"] = state
    if pattern:
        values["pattern"] = pattern
    if after:
        (values["after"],) = after
    with reading() as cursor:
        rows = newest_select(bool(state), bool(fit), bool(pattern), bool(after)).all(cursor, **values)
    return cut(rows, lambda row: (row.id,))


@cache
def newest_select(
    by_state: bool = False, misfits: bool = False, by_search: bool = False, older: bool = False, *, one: bool = False
) -> Prepared[Row]:
    """The select of the list with the conditions that are asked for; `one` is that of a single payment."""
    statement = (
        select(
            cast(Payment.id, Text).label("id"), Payment.provider, Payment.reference, Payment.state, Payment.amount,
            Payment.currency, Payment.reason, Payment.invoice_id, Invoice.number, Payment.happened_at,
        )
        .outerjoin(Invoice, and_(Invoice.school_id == Payment.school_id, Invoice.id == Payment.invoice_id))
        .order_by(Payment.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if by_state:
        statement = statement.where(Payment.state == bindparam("state", type_=Text))
    if misfits:
        mine = PaymentAnomaly.school_id == Payment.school_id, PaymentAnomaly.payment_id == Payment.id
        statement = statement.where(exists().where(*mine, PaymentAnomaly.mended_at.is_(None)))
    if by_search:
        texts = (Payment.reference, Invoice.number)
        statement = statement.where(or_(*(text.ilike(bindparam("pattern", type_=Text), escape="\\") for text in texts)))
    if older:
        statement = statement.where(Payment.id < bindparam("after", type_=PG_UUID))
    if one:
        statement = statement.where(Payment.id == bindparam("id", type_=PG_UUID))
    return Prepared(statement, Row)


def payment(payment_id: UUID) -> Row | None:
    """One payment of the school, None if there is no such."""
    with reading() as cursor:
        found = newest_select(one=True).all(cursor, id=payment_id)
    return found[0] if found else None


def misfits(ids: list[UUID]) -> dict[UUID, list[Misfit]]:
    """How these payments do not fit, those that were mended too."""
    found: dict[UUID, list[Misfit]] = {}
    with reading() as cursor:
        for row in _MISFITS.all(cursor, ids=ids):
            found.setdefault(row.payment_id, []).append(row)
    return found


def ways_for(payment_id: UUID, currency: str) -> tuple[tuple[Mend, ...], int]:
    """How a payment that does not fit can be mended, and how many cents of it are for nothing yet.

    `currency` is the account's.
    """
    found = db.session.get_one(Payment, (current_school_id(), payment_id))
    left = held(db.session(), found)
    owes = queries.ages().number > 0
    return ways(held=left, fits_currency=found.currency == currency, owes=owes), left
