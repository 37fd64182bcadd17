"""Dunning: whoever pays is reminded before an invoice is due, on the day, and after it; in the end operators take over.

What is said goes to those who pay and to nobody else, and nothing that a school or a learner can do depends on it. A run that
is late takes only the newest step that applies; one that comes twice, or in two processes, takes it once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing.standing import STEPS, ZONE, Oldest, Step, at_hour, mark_subscription, oldest_unpaid, reminded_of
from app.models.billing import BillingAccount, SubscriptionState
from app.models.login import AccountMail
from app.models.school import School
from app.models.user import Membership, Role, User
from app.work.outbox import queue

__all__ = ["STEPS", "Step", "dun", "dun_all"]
LOT = 50  # accounts in one transaction
MAIL = "account.mail"


def dun(session: Session, now: dt.datetime, *, most: int = LOT, mails: bool = True) -> int:
    """Take the steps that are due of at most so many accounts, in the caller's transaction; returns how many accounts it saw.
    Without `mails` nobody is written to: the demo begins as if all that had been said.

    Accounts that somebody else has are passed over.
    """
    due = (
        select(BillingAccount)
        .where(BillingAccount.dunning_due_at <= now)
        .order_by(BillingAccount.dunning_due_at)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    accounts = list(session.scalars(due))
    for account in accounts:
        _dun(session, account, now, mails=mails)
    session.flush()
    return len(accounts)


def dun_all(session: Session, now: dt.datetime, *, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """`dun` for all accounts, a commit after each lot; returns whether `goes_on` stopped it."""
    while dun(session, now):
        session.commit()
        if not goes_on():
            return True
    session.commit()
    return False


def _dun(session: Session, account: BillingAccount, now: dt.datetime, *, mails: bool) -> None:
    oldest = oldest_unpaid(session, account.school_id)
    if oldest is None:
        account.dunning_step, account.dunning_due_at, account.past_due_since = 0, None, None
        return
    today = now.astimezone(ZONE).date()
    about = reminded_of(session, account.school_id, today) or oldest
    if about.id != oldest.id:  # operators have the oldest: each look at the next one is at a step of its own
        account.dunning_step = 0
    days = (today - about.due_on).days
    reached = [step for step in STEPS if step.days <= days and step.number > account.dunning_step]
    if reached:
        account.dunning_step = reached[-1].number
        if reached[-1].mail and mails:
            remind(session, account, about.id, reached[-1].mail)
    if oldest.due_on < today:
        account.past_due_since = account.past_due_since or now
        mark_subscription(session, account.school_id, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE)
    account.dunning_due_at = _next(account, about)


def _next(account: BillingAccount, oldest: Oldest) -> dt.datetime | None:
    """When the account is looked at again: at its next step, and on the first day on which it is past due."""
    days = [step.days for step in STEPS if step.number > account.dunning_step]
    if account.past_due_since is None:
        days.append(1)
    return at_hour(oldest.due_on + dt.timedelta(days=min(days))) if days else None


def remind(session: Session, account: BillingAccount, invoice_id: UUID, kind: str) -> int:
    """Queue a mail about an invoice to the owners of the school, each in their own language, and to the account's own
    address where that is another one; returns how many. A school that nobody owns gets none: operators see how far it is."""
    owners = session.execute(
        select(User.id, User.email, User.language, School.language.label("of_school"))
        .join(Membership, Membership.user_id == User.id)
        .join(School, School.id == Membership.school_id)
        .where(
            Membership.school_id == account.school_id, Membership.role == Role.OWNER.value, Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    ).all()  # fmt: skip
    said = {"kind": kind, "subject_id": invoice_id, "details": {"school": account.school_id}}
    mails = [AccountMail(user_id=owner.id, language=owner.language or owner.of_school, **said) for owner in owners]
    if owners and account.email and account.email.lower() not in {str(owner.email).lower() for owner in owners}:
        office = owners[0]
        mails.append(AccountMail(user_id=office.id, language=office.of_school, address=account.email, **said))
    session.add_all(mails)
    session.flush()  # for their ids
    for mail in mails:
        queue(MAIL, mail.id)
    return len(mails)
