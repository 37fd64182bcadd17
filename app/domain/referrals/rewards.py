"""What a school gives for a referral: a ledger to which lines are added and of which none is ever changed.

A grant is money, or words alone. It ends at most once: paid out (handed over), or taken back. Every sum is made from the lines.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app import clock
from app.audit.record import Actor, record
from app.domain.referrals.attributing import held
from app.domain.referrals.codes import ReferralError
from app.i18n.catalogue import N_
from app.models.referral import Referral, ReferralReward, Reward
from app.models.school import School
from app.tenancy.database import db
from app.tenancy.scope import current_school_id

MOST = 10_000_000  # cents of one reward: what is more is a slip of the hand


class Nothing(ReferralError):
    message = N_("Enter an amount, or say in words what the family gets.")


class EndedAlready(ReferralError):
    message = N_("This reward was paid out or taken back before.")


class NoSuchGrant(LookupError):
    """The school has no such grant."""


def grant(referral_id: UUID, *, cents: int, words: str, by: Actor) -> ReferralReward:
    """Promise something for a referral, in cents of the school's currency and in words. Raises NoSuchReferral and Nothing."""
    referral = held(referral_id)
    if cents == 0 and not words:
        raise Nothing
    currency = db.session.scalars(select(School.currency).where(School.id == current_school_id())).one()
    row = _line(referral.id, Reward.GRANTED, None, cents, currency, words, by=by)
    record("referrals.grant", row, label=_said(row), by=by, after={"cents": cents, "words": words})
    return row


def pay(grant_id: UUID, *, by: Actor) -> ReferralReward:
    """Note that a reward was handed over. Raises NoSuchGrant and EndedAlready."""
    return _end(grant_id, Reward.PAID, "referrals.pay", "", by=by)


def take_back(grant_id: UUID, why: str, *, by: Actor) -> ReferralReward:
    """Note that a promised reward is not given after all, and why. Raises NoSuchGrant and EndedAlready."""
    return _end(grant_id, Reward.TAKEN_BACK, "referrals.take_back", why, by=by)


def _end(grant_id: UUID, kind: Reward, action: str, why: str, *, by: Actor) -> ReferralReward:
    """The line that ends a grant, for the whole of it."""
    of = select(ReferralReward).where(ReferralReward.id == grant_id, ReferralReward.kind == Reward.GRANTED.value)
    row = db.session.scalars(of).one_or_none()
    if row is None:
        raise NoSuchGrant(grant_id)
    # Held, so that of two ends at the same moment the second finds the first.
    db.session.execute(select(Referral.id).where(Referral.id == row.referral_id).with_for_update())
    if db.session.scalar(select(ReferralReward.id).where(ReferralReward.grant_id == grant_id)):
        raise EndedAlready
    line = _line(row.referral_id, kind, row.id, row.cents, row.currency, why or row.words, by=by)
    record(action, line, label=_said(row), by=by, after={"cents": row.cents, **({"why": why} if why else {})})
    return line


def _line(
    referral_id: UUID, kind: Reward, grant_id: UUID | None, cents: int, currency: str, words: str, *, by: Actor
) -> ReferralReward:
    line = ReferralReward(
        referral_id=referral_id, kind=kind.value, grant_id=grant_id, cents=cents, currency=currency, words=words,
        at=clock.now(), by_id=by.id, by_name=by.name,
    )  # fmt: skip
    db.session.add(line)
    db.session.flush()
    return line


def _said(row: ReferralReward) -> str:
    """A reward as the log names it."""
    return row.words or f"{row.currency} {row.cents // 100}.{row.cents % 100:02d}"
