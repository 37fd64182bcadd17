"""What the demo's two schools were billed: made by the product's own verbs, on the days on which it came about.

Thaba Nkulu pays, with what goes wrong on the way: tries that failed, a payment that was taken back, and one of each kind that
does not fit. Laerskool Karoo is past due.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import Actor
from app.domain.billing import accounts, dunning, invoices, payments, plans, renewing, standing, subscriptions
from app.domain.billing.invoices import Line
from app.domain.billing.seller import Seller, change_seller, seller_of
from app.domain.billing.vat import TaxCode
from app.models.billing import BillingEscalation, Invoice, InvoiceState, PaymentState
from app.models.plan import Interval, Plan, PlanPrice
from app.models.school import School
from app.models.user import Membership, Role
from app.seed.karoo import KAROO
from app.seed.thaba import THABA

BY = Actor("command", None, "seed baseline")
PROVIDER = "simulator"
SELLER = Seller(
    name="Umthi (Pty) Ltd", address="12 Long Street\nCape Town\n8001", vat_number="4990123457", registration="2025/123456/07",
    email="accounts@umthi.example.com", bank="Example Bank\nAccount 62 0000 0000\nBranch 250655",
)  # fmt: skip
PLANS = {
    "standard": (
        {
            "en": "Standard, for each learner", "af": "Standaard, vir elke leerder",
            "zu": "Okujwayelekile, ngomfundi ngamunye",
        }, 1_200,
    ),
    "complete": (
        {"en": "Complete, for each learner", "af": "Volledig, vir elke leerder", "zu": "Okuphelele, ngomfundi ngamunye"}, 1_900,
    ),
}  # fmt: skip
SINCE = dt.date(2025, 1, 1)
ANCHOR = 5  # the day of the month on which the demo's periods begin
TRAINING = {
    "en": "Training of the office, half a day", "af": "Opleiding van die kantoor, ’n halwe dag",
    "zu": "Ukuqeqeshwa kwehhovisi, ingxenye yosuku",
}  # fmt: skip
SMS = {"en": "SMS, 2,000 messages", "af": "SMS, 2 000 boodskappe", "zu": "I-SMS, imilayezo engu-2,000"}
NOTE = "We paid this invoice by EFT and it was taken back by the bank. Please look at it with us before you try again."


def top_up(session: Session) -> int:
    """Add plans, accounts and all that hangs on them; returns how many invoices, 0 where they are. Needs `across_schools`."""
    schools = {row.slug: row.id for row in session.execute(select(School.slug, School.id))}
    if accounts.account_of(session, schools[THABA.slug]) is not None:
        return 0
    if seller_of(session) == Seller():
        change_seller(session, SELLER, by=BY)
    prices = _plans(session)
    return _thaba(session, schools[THABA.slug], prices["standard"]) + _karoo(session, schools[KAROO.slug], prices["standard"])


def _plans(session: Session) -> dict[str, UUID]:
    """The plans that are offered; returns their monthly prices."""
    monthly = {}
    for code, (name, cents) in PLANS.items():
        plan = session.scalar(select(Plan).where(Plan.code == code)) or plans.create(session, code, name, by=BY)
        first = select(PlanPrice.id).where(PlanPrice.plan_id == plan.id, PlanPrice.interval == Interval.MONTH.value)
        if (found := session.scalar(first.order_by(PlanPrice.effective_from).limit(1))) is not None:
            monthly[code] = found
            continue
        for interval, amount, since in (
            (Interval.MONTH, cents, SINCE), (Interval.YEAR, cents * 11, SINCE),
            (Interval.MONTH, cents * 106 // 100, standing.today().replace(month=1, day=1) + dt.timedelta(days=366)),
        ):  # fmt: skip
            made = plans.price(
                session, plan, interval=interval, amount=amount, tax_code=TaxCode.STANDARD, effective_from=since, by=BY
            )
            monthly.setdefault(code, made.id)
    return monthly


def _thaba(session: Session, school: int, price: UUID) -> int:
    """Half a year of a school that pays."""
    accounts.open_account(
        session,
        school,
        THABA.name,
        address=THABA.contact_address or "",
        email=THABA.contact_email,
        minimum_reserve=500_000,
        by=BY,
    )
    first = _months_ago(6)
    _arrive(session, school, None, 400_000, "eft-1001", first, top_up=True)
    subscriptions.start(session, school, price, on=first, quantity=240, by=BY, today=first)
    months = [_newest(session, school)]
    for ago in range(5, -1, -1):
        renewing.renew(session, [school], _months_ago(ago))
        months.append(_newest(session, school))
    for number, of in enumerate(months[:3]):
        if number == 1:  # two tries that failed, and a third that came through
            for day, why in enumerate(("insufficient_funds", "card_expired")):
                _arrive(session, school, of, of.total, f"sim-12{day}", _after(of, day * 3), PaymentState.FAILED, reason=why)
        _arrive(session, school, of, of.total, f"sim-10{number}", _after(of, 9))
    _arrive(session, school, months[3], months[3].total, "sim-103", _after(months[3], 4))
    _arrive(
        session,
        school,
        months[3],
        months[3].total,
        "sim-103",
        _after(months[3], 12),
        PaymentState.REVERSED,
        reason="debit_disputed",
    )
    payments.collect(session, school, months[4].id, by=BY)
    _arrive(session, school, months[5], months[5].total, "sim-105", _after(months[5], 2), PaymentState.PENDING)
    _misfits(session, school, months)
    training = _issue(session, school, Line(TRAINING, 450_000), _months_ago(4))
    _arrive(session, school, training, training.total, "eft-1002", _after(training, 3))
    invoices.credit(session, school, training.id, total=training.total // 2, reason="One of two people was ill", by=BY)
    wrong = _issue(session, school, Line(SMS, 31, quantity=2_000, discount=500), _months_ago(3))
    invoices.void(session, school, wrong.id, reason="Issued to the wrong school", by=BY)
    lost = _issue(session, school, Line(TRAINING, 120_000, tax_code=TaxCode.EXEMPT.value), _months_ago(5))
    invoices.write_off(session, school, lost.id, reason="Agreed when the contract was renewed", by=BY)
    invoices.draft(session, school, [Line(SMS, 31, quantity=2_000)], by=BY)
    accounts.adjust(session, school, 25_000, reason="For the day without service in the first term", by=BY)
    _escalate(session, school, months[3])
    _remind(session)
    return len(months) + 4


def _karoo(session: Session, school: int, price: UUID) -> int:
    """A school that has not paid for three months."""
    accounts.open_account(
        session,
        school,
        KAROO.name,
        address=KAROO.contact_address or "",
        email=KAROO.contact_email,
        minimum_reserve=200_000,
        by=BY,
    )
    first = _months_ago(4)
    subscriptions.start(session, school, price, on=first, quantity=180, discount=1_000, by=BY, today=first)
    paid = _newest(session, school)
    _arrive(session, school, paid, paid.total, "sim-201", _after(paid, 6))
    for ago in range(3, -1, -1):
        renewing.renew(session, [school], _months_ago(ago))
    subscriptions.cancel_at_end(session, school, by=BY)
    _remind(session)
    return 5


def _misfits(session: Session, school: int, months: list[Invoice]) -> None:
    """A payment of each kind that does not fit."""
    last = months[6]
    at = _after(last, 0)
    _arrive(session, school, None, 99_900, "eft-1003", at, invoice_number="INV-9999-000001")
    _arrive(session, school, months[0], months[0].total, "sim-106", at)
    _arrive(session, school, last, last.total - 15_000, "eft-1004", at)
    _arrive(session, school, last, last.total, "sim-107", at, currency="USD")


def _issue(session: Session, school: int, line: Line, on: dt.date) -> Invoice:
    made = invoices.draft(session, school, [line], by=BY)
    return invoices.finalise(session, school, made.id, today=on, by=BY)


def _arrive(
    session: Session, school: int, of: Invoice | None, amount: int, reference: str, day: dt.date,
    state: PaymentState = PaymentState.SUCCEEDED, *, currency: str = "ZAR", reason: str | None = None,
    invoice_number: str | None = None, top_up: bool = False,
) -> None:  # fmt: skip
    payments.arrived(
        session, school, provider="eft" if reference.startswith("eft") else PROVIDER, reference=reference, amount=amount,
        currency=currency, at=min(standing.at_hour(day), clock.now()), state=state.value, reason=reason,
        invoice_number=invoice_number, invoice_id=of.id if of else None, top_up=top_up,
    )  # fmt: skip


def _newest(session: Session, school: int) -> Invoice:
    """The invoice that was issued last for a period."""
    mine = Invoice.school_id == school, Invoice.period_start.is_not(None), Invoice.state != InvoiceState.DRAFT.value
    return session.scalars(select(Invoice).where(*mine).order_by(Invoice.period_start.desc()).limit(1)).one()


def _months_ago(number: int) -> dt.date:
    """The fifth of a month: of the newest one whose fifth has come, or of one before it."""
    day = standing.today()
    month = day.year * 12 + day.month - 1 - number - (day.day < ANCHOR)
    return dt.date(month // 12, month % 12 + 1, ANCHOR)


def _after(of: Invoice, days: int) -> dt.date:
    assert of.issued_on is not None, "only what was issued is paid"
    return min(of.issued_on + dt.timedelta(days=days), standing.today())


def _escalate(session: Session, school: int, of: Invoice) -> None:
    """The owner asks the operators about an invoice."""
    owner = session.scalars(
        select(Membership).where(Membership.school_id == school, Membership.role == Role.OWNER.value).limit(1)
    ).one()
    session.add(
        BillingEscalation(
            school_id=school,
            invoice_id=of.id,
            note=NOTE,
            by_id=owner.user_id,
            by_name=owner.person.name,
            created_at=clock.now(),
        )
    )
    session.flush()


def _remind(session: Session) -> None:
    """Take the steps of dunning without writing to anybody: the demo's people have been reminded already."""
    dunning.dun(session, clock.now(), mails=False)
