"""The account of a school: who pays, how it stands, and what its prepaid reserve lasts for."""

from __future__ import annotations

import re
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.domain.billing import ledger
from app.domain.billing.saying import record_deed
from app.i18n.catalogue import N_
from app.ids import uuid7
from app.models.billing import BillingAccount
from app.models.bookkeeping import Book

GOOD, LOW, PAST_DUE, NONE = "good", "low", "past_due", "none"
A_YEAR = 365
#: a South-African VAT number: ten digits, the first a 4
VAT_NUMBER = re.compile(r"4\d{9}")


class NoAccount(LookupError):
    """The school has no billing account."""

    message = N_("This school has no billing account yet.")


class NothingToAdjust(ValueError):
    """An adjustment of nothing."""

    message = N_("Enter an amount that is not zero.")


class NoReason(ValueError):
    """What moves money by hand needs a reason."""

    message = N_("Say why.")


def open_account(
    session: Session,
    school_id: int,
    name: str,
    *,
    address: str = "",
    vat_number: str | None = None,
    email: str | None = None,
    currency: str = "ZAR",
    minimum_reserve: int = 0,
    terms_days: int = 30,
    by: Actor,
) -> BillingAccount:
    """The account of a school: opened, or as it is where there is one. Audited as `billing.open`.

    `minimum_reserve` in cents, `terms_days` from an invoice to the day on which it is due.
    """
    if (found := account_of(session, school_id)) is not None:
        return found
    account = BillingAccount(
        school_id=school_id, name=name, address=address, vat_number=vat_number, email=email, currency=currency,
        minimum_reserve=minimum_reserve, terms_days=terms_days,
    )  # fmt: skip
    session.add(account)
    session.flush()
    record_deed(session, school_id, "billing.open", ("billing_account", account.id), label=name, by=by)
    return account


def account_of(session: Session, school_id: int) -> BillingAccount | None:
    """The account of a school, None without one."""
    return session.scalar(select(BillingAccount).where(BillingAccount.school_id == school_id))


def hold(session: Session, school_id: int) -> BillingAccount:
    """The account, locked until the transaction ends: within a school money moves one step at a time. Raises NoAccount."""
    one = select(BillingAccount).where(BillingAccount.school_id == school_id).with_for_update(key_share=True)
    found = session.scalar(one.execution_options(populate_existing=True))
    if found is None:
        raise NoAccount(school_id)
    return found


def state_of(account: BillingAccount | None, reserve: int) -> str:
    """How an account stands: PAST_DUE, LOW (its reserve in cents is below its minimum), GOOD, or NONE where there is none."""
    if account is None:
        return NONE
    if account.past_due_since:
        return PAST_DUE
    return LOW if reserve < account.minimum_reserve else GOOD


def days_of_cover(reserve: int, monthly_net: Fraction | int) -> int | None:
    """For how many whole days a reserve lasts at what a month costs, both in cents; None where nothing is spent."""
    return max(0, int(reserve * A_YEAR // (monthly_net * 12))) if monthly_net > 0 else None


def adjust(session: Session, school_id: int, amount: int, *, reason: str, by: Actor, key: UUID | None = None) -> UUID | None:
    """Put the reserve right by hand: `amount` cents in the school's favour, or against it below zero. Returns the transaction.

    A form's `key` books it once, however often it is sent: None the second time. Audited as `billing.adjust`; it can only be
    taken back by `ledger.reverse`. Raises NoAccount, NothingToAdjust and NoReason.
    """
    if not amount:
        raise NothingToAdjust
    if not reason.strip():
        raise NoReason
    account = hold(session, school_id)
    made = ledger.post(
        session, school_id, "adjustment", {Book.RESERVE: -amount, Book.ADJUSTMENT: amount}, currency=account.currency,
        key=f"adjustment:{key or uuid7()}", reason=reason, by=by,
    )  # fmt: skip
    if made is not None:
        record_deed(
            session, school_id, "billing.adjust", ("ledger_transaction", made), label=account.name, by=by,
            after={"reserve": amount, "currency": account.currency, "reason": reason},
        )  # fmt: skip
    return made


def change_minimum(session: Session, school_id: int, minimum_reserve: int, *, by: Actor) -> None:
    """Have the reserve called low below so many cents. Audited as `billing.minimum`. Raises NoAccount."""
    account = hold(session, school_id)
    before, account.minimum_reserve = account.minimum_reserve, minimum_reserve
    record_deed(
        session, school_id, "billing.minimum", ("billing_account", account.id), label=account.name, by=by,
        before={"minimum_reserve": before}, after={"minimum_reserve": minimum_reserve},
    )  # fmt: skip
