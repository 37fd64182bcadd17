"""Renewals: each subscription whose period is over gets the next one, and an invoice for it. A lot of schools at a time.

However often it runs, late or in several processes, each period is billed once: a lot locks its schools and passes over those
that somebody else has, a period that was billed moves on with its invoice in one transaction, and the database lets no second
invoice of a period be. Whoever missed several periods is billed for each of them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.domain.billing import numbers, periods, standing, vat
from app.domain.billing.plans import price_on
from app.domain.billing.seller import Seller, seller_of
from app.ids import uuid7
from app.models.plan import Interval, PlanPrice
from app.tenancy.reading import driving

LOT = 500  # schools in one transaction
# Whoever else renews or moves money of a school has its account: such a school is passed over, and comes with a later run.
_DUE = """
SELECT s.school_id, s.id, s.price_id, s.quantity, s.discount, s.anchor_day, s.period_end, s.cancel_at_end, s.next_price_id,
    s.next_quantity, EXISTS (
        SELECT FROM invoice i WHERE i.school_id = s.school_id AND i.subscription_id = s.id AND i.period_start = s.period_end
            AND i.state <> 'void'
    ) AS is_billed
FROM subscription s JOIN billing_account a ON a.school_id = s.school_id
WHERE s.state <> 'ended' AND s.period_end <= %(until)s AND (%(among)s::int[] IS NULL OR s.school_id = ANY (%(among)s))
ORDER BY s.period_end, s.school_id LIMIT %(most)s FOR NO KEY UPDATE OF a, s SKIP LOCKED
"""
_COLUMNS = {
    "school_id": "int", "id": "uuid", "subscription_id": "uuid", "price_id": "uuid", "quantity": "int", "discount": "int",
    "period_start": "date", "period_end": "date", "net": "bigint", "vat": "bigint", "tax_code": "text", "tax_rate": "int",
    "kind": "text",
}  # fmt: skip


def _bill_of(*columns: str) -> str:
    """The bills of a lot as a table `bill` of these columns: each statement is sent what it needs."""
    arrays = ", ".join(f"%({column})s::{_COLUMNS[column]}[]" for column in columns)
    return f"bill AS (SELECT * FROM unnest({arrays}) AS given ({', '.join(columns)}))"  # noqa: S608  constants of ours


_DRAFT = f"""
WITH {_bill_of("school_id", "id", "subscription_id", "price_id", "period_start", "period_end", "kind")}
INSERT INTO invoice (school_id, id, subscription_id, period_start, period_end, currency, kind)
SELECT b.school_id, b.id, b.subscription_id, b.period_start, b.period_end, p.currency, b.kind
FROM bill b JOIN plan_price p ON p.id = b.price_id
"""  # noqa: S608  constants of ours
_LINES = f"""
WITH {_bill_of("school_id", "id", "price_id", "quantity", "discount", "net", "vat", "tax_code", "tax_rate")}
INSERT INTO invoice_line (
    school_id, id, invoice_id, position, description, quantity, unit, discount, net, tax_code, tax_rate, vat, total
)
SELECT b.school_id, uuid7(), b.id, 1, plan.name, b.quantity, p.amount, b.discount, b.net, b.tax_code, b.tax_rate, b.vat,
    b.net + b.vat
FROM bill b JOIN plan_price p ON p.id = b.price_id JOIN plan ON plan.id = p.plan_id
"""  # noqa: S608  constants of ours
_ISSUE = f"""
WITH {_bill_of("school_id", "id", "net", "vat")}, taken AS (
    INSERT INTO number_series AS n (school_id, id, series, next) SELECT school_id, uuid7(), %(series)s, 2 FROM bill
    ON CONFLICT (school_id, series) DO UPDATE SET next = n.next + 1 RETURNING n.school_id, n.next - 1 AS count
)
UPDATE invoice i SET
    number = %(series)s || '-' || lpad(b.school_id::text, greatest(4, length(b.school_id::text)), '0')
        || '-' || lpad(taken.count::text, greatest(6, length(taken.count::text)), '0'),
    state = 'open', net = b.net, vat = b.vat, total = b.net + b.vat, seller = %(seller)s::jsonb,
    buyer = jsonb_build_object('name', a.name, 'address', a.address, 'vat_number', a.vat_number, 'email', a.email),
    issued_on = %(today)s::date, due_on = %(today)s::date + a.terms_days, finalised_at = %(now)s, retry_at = %(now)s
FROM bill b JOIN taken ON taken.school_id = b.school_id JOIN billing_account a ON a.school_id = b.school_id
WHERE i.school_id = b.school_id AND i.id = b.id
"""  # noqa: S608  constants of ours
_BOOK = f"""
WITH {_bill_of("school_id", "id", "price_id", "net", "vat")}, booked AS (
    INSERT INTO ledger_transaction (school_id, id, key, kind, invoice_id)
    SELECT school_id, uuid7(), 'invoice:' || id, 'invoice', id FROM bill RETURNING school_id, id, invoice_id
)
INSERT INTO ledger_entry (school_id, transaction_id, book, amount, currency)
SELECT b.school_id, t.id, entry.book, entry.amount, p.currency
FROM bill b JOIN booked t ON t.school_id = b.school_id AND t.invoice_id = b.id JOIN plan_price p ON p.id = b.price_id,
    LATERAL (VALUES ('receivable', b.net + b.vat), ('revenue', -b.net), ('vat', -b.vat)) AS entry (book, amount)
WHERE entry.amount <> 0
"""  # noqa: S608  constants of ours
_REMIND = """
UPDATE billing_account SET dunning_due_at = (%(today)s::date + terms_days + %(first)s * interval '1 day' + %(hour)s)
    AT TIME ZONE %(zone)s
WHERE school_id = ANY (%(school_id)s) AND dunning_due_at IS NULL
    AND (dunning_step = 0 AND past_due_since IS NULL OR dunning_step = %(last)s)
"""
_MOVE = """
UPDATE subscription s SET
    price_id = m.price_id, quantity = m.quantity, anchor_day = m.anchor_day,
    period_start = s.period_end, period_end = m.period_end,
    state = CASE s.state WHEN 'trial' THEN 'active' ELSE s.state END, next_price_id = NULL, next_quantity = NULL
FROM unnest(
    %(school_ids)s::int[], %(ids)s::uuid[], %(price_ids)s::uuid[], %(quantities)s::int[], %(anchors)s::int[], %(ends)s::date[]
) AS m (school_id, id, price_id, quantity, anchor_day, period_end)
WHERE s.school_id = m.school_id AND s.id = m.id
"""
_END = """
UPDATE subscription SET state = 'ended', ended_on = period_end
WHERE (school_id, id) IN (SELECT * FROM unnest(%(school_ids)s::int[], %(ids)s::uuid[]))
"""


class Next(NamedTuple):
    """The period that follows for a subscription, at its price; `is_billed` where it has an invoice already."""

    school_id: int
    id: Any
    price: PlanPrice
    quantity: int
    discount: int
    anchor_day: int
    start: dt.date
    end: dt.date
    is_billed: bool


class _Lot(NamedTuple):
    handled: int
    billed: int


def renew(session: Session, school_ids: Sequence[int] | None, today: dt.date, *, until: dt.date | None = None) -> int:
    """Bill every period of these schools (None: of all) that begins by today; returns how many invoices that made.

    Invoices bear the date `today`; with `until` only periods that begin by then. In the caller's transaction: for many schools
    use `renew_all`. Who is busy elsewhere is left for another run.
    """
    billed = 0
    while (lot := _renew(session, school_ids, today, until or today, LOT)).handled:
        billed += lot.billed
    return billed


def renew_all(session: Session, today: dt.date, *, goes_on: Callable[[], bool] = lambda: True) -> tuple[int, bool]:
    """`renew` for all schools, a commit after each lot; returns how many invoices, and whether `goes_on` stopped it."""
    billed = 0
    while (lot := _renew(session, None, today, today, LOT)).handled:
        session.commit()
        billed += lot.billed
        if not goes_on():
            return billed, True
    session.commit()
    return billed, False


def _renew(session: Session, among: Sequence[int] | None, today: dt.date, until: dt.date, most: int) -> _Lot:
    """One period for each of a lot of schools."""
    session.flush()
    asked = {"until": until, "among": None if among is None else list(among), "most": most}
    with driving() as cursor:
        due = cursor.execute(_DUE, asked).fetchall()
        if not due:
            return _Lot(0, 0)
        prices = {price.id: price for price in session.scalars(select(PlanPrice))}
        following = [_next(prices, row) for row in due if not row.cancel_at_end]
        made = _bill(cursor, seller_of(session), [each for each in following if not each.is_billed], today)
        _move(cursor, following)
        if ended := [row for row in due if row.cancel_at_end]:
            cursor.execute(_END, {"school_ids": [row.school_id for row in ended], "ids": [row.id for row in ended]})
    session.expire_all()
    return _Lot(len(due), made)


def _next(prices: dict[Any, PlanPrice], row: Any) -> Next:
    """What follows for a subscription: the plan that was asked for, at what it costs by the day on which the period begins."""
    start = row.period_end
    price = price_on(prices.values(), prices[row.next_price_id or row.price_id], start)
    # weeks leave the anchor behind: what follows them in months begins a new one
    anchor = start.day if prices[row.price_id].interval == Interval.WEEK else row.anchor_day
    return Next(
        row.school_id, row.id, price, row.next_quantity or row.quantity, row.discount, anchor, start,
        periods.following(start, anchor, price.interval), row.is_billed,
    )  # fmt: skip


def _bill(cursor: Cursor[Any], seller: Seller, periods_: Sequence[Next], today: dt.date) -> int:
    """Issue an invoice for each of these periods that costs something; returns how many."""

    @cache
    def amounts(unit: int, quantity: int, discount: int, code: str) -> vat.Amounts:
        return vat.line(quantity, unit, discount, code, today)

    def code_of(price: PlanPrice) -> str:
        return price.tax_code if seller.vat_number else vat.TaxCode.OUTSIDE.value

    found = [(each, amounts(each.price.amount, each.quantity, each.discount, code_of(each.price))) for each in periods_]
    bills = sorted(((each, cost) for each, cost in found if cost.total), key=lambda bill: bill[0].school_id)
    if not bills:
        return 0
    of = [each for each, _ in bills]
    given: dict[str, object] = {
        "school_id": [each.school_id for each in of], "id": [uuid7() for _ in of], "subscription_id": [each.id for each in of],
        "price_id": [each.price.id for each in of], "quantity": [each.quantity for each in of],
        "discount": [each.discount for each in of], "period_start": [each.start for each in of],
        "period_end": [each.end for each in of], "net": [cost.net for _, cost in bills], "vat": [cost.vat for _, cost in bills],
        "tax_code": [code_of(each.price) for each in of], "tax_rate": [vat.rate(code_of(each.price), today) for each in of],
        "kind": [_kind(seller, code_of(each.price), cost.total) for each, cost in bills],
        "series": numbers.INVOICES, "seller": json.dumps(seller._asdict()), "today": today, "now": clock.now(),
        "first": standing.STEPS[0].days, "last": standing.STEPS[-1].number, "hour": standing.HOUR, "zone": standing.ZONE.key,
    }  # fmt: skip
    for statement in (_DRAFT, _LINES, _ISSUE, _BOOK, _REMIND):
        cursor.execute(statement, given)
    return len(bills)


def _kind(seller: Seller, code: str, total: int) -> str:
    is_taxable = code in (vat.TaxCode.STANDARD, vat.TaxCode.ZERO)
    return vat.document_kind(seller.vat_number, total, is_taxable=is_taxable).value


def _move(cursor: Cursor[Any], following: Sequence[Next]) -> None:
    """Let each subscription be in its next period."""
    if following:
        cursor.execute(
            _MOVE,
            {
                "school_ids": [each.school_id for each in following], "ids": [each.id for each in following],
                "price_ids": [each.price.id for each in following], "quantities": [each.quantity for each in following],
                "anchors": [each.anchor_day for each in following],
                "ends": [each.end for each in following],
            },
        )  # fmt: skip
