"""Which family an enquiry counts for. The rule, as pages say it:

An enquiry counts for one code: the first one with which the same address or number came. A later code changes nothing; nobody's
own code counts for themselves; when two enquiries become one, the older one's code stays. The school may enter a code by hand
where there is none, and withdraw what was entered wrongly: both stay to be seen.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import clock
from app.audit.record import Actor, current_actor, record
from app.domain.leads import hooks
from app.domain.referrals.codes import ReferralError, spelled
from app.i18n.catalogue import N_
from app.models.lead import Lead
from app.models.person import Person
from app.models.referral import How, Referral, ReferralCode, ReferralReward
from app.tenancy.database import db

RULE = N_(
    "An enquiry counts for one code: the first one that the same email address or phone number came with. A later code changes"
    " nothing, and nobody’s own code counts for themselves."
)
MERGED = "merged"


class CountsAlready(ReferralError):
    message = N_("This enquiry counts for a family already. Withdraw that first.")


class OwnCode(ReferralError):
    message = N_("This is the family’s own code. It does not count for themselves.")


class UnknownCode(ReferralError):
    message = N_("Your school has no such code, or it is closed.")


class NoSuchReferral(LookupError):
    """The school has no such referral, or it was withdrawn."""


class Rewarded(ReferralError):
    message = N_("A reward was granted for it. Take that back first.")


def code_of(text: str) -> ReferralCode | None:
    """The code that somebody came with, if it is one that may be given out; what is none is nobody's fault."""
    code = spelled(text)
    if not code:
        return None
    given_out = select(ReferralCode).where(ReferralCode.code == code, ReferralCode.closed_at.is_(None))
    return db.session.scalars(given_out).one_or_none()


def first_touch(session: Session, lead: Lead, *, by: Actor) -> Referral | None:
    """Let a lead that has just come count for the code of its family's first touch, None without any."""
    touch = _first_code(session, lead)
    if touch is None:
        return None
    code, touched_at = touch
    if is_own(session, lead, code):
        return None
    return _add(session, lead, code, How.FORM, touched_at, by=by)


def attribute(lead_id: UUID, code_text: str, *, by: Actor) -> Referral:
    """Enter by hand for whom a lead counts. Raises UnknownCode, CountsAlready, OwnCode, NoSuchReferral (no lead of ours)."""
    session = db.session()
    live = Lead.merged_into.is_(None), Lead.erased_at.is_(None)
    lead = session.scalars(select(Lead).where(Lead.id == lead_id, *live).with_for_update()).one_or_none()
    if lead is None:
        raise NoSuchReferral(lead_id)
    code = code_of(code_text)
    if code is None:
        raise UnknownCode
    if counted(session, lead.id):
        raise CountsAlready
    if is_own(session, lead, code):
        raise OwnCode
    return _add(session, lead, code, How.HAND, clock.now(), by=by)


def withdraw(referral_id: UUID, why: str, *, by: Actor) -> Referral:
    """Take back what was counted wrongly; it stays to be seen. Raises NoSuchReferral and Rewarded."""
    row = held(referral_id)
    if _has_open_grant(row.id):
        raise Rewarded
    _end(row, why, by=by)
    return row


def held(referral_id: UUID) -> Referral:
    """A referral that counts, held until the end of the transaction. Raises NoSuchReferral."""
    one = select(Referral).where(Referral.id == referral_id, Referral.withdrawn_at.is_(None))
    row = db.session.scalars(one.with_for_update()).one_or_none()
    if row is None:
        raise NoSuchReferral(referral_id)
    return row


def counted(session: Session, lead_id: UUID) -> Referral | None:
    """For which code a lead counts."""
    return session.scalars(select(Referral).where(Referral.lead_id == lead_id, Referral.withdrawn_at.is_(None))).one_or_none()


def is_own(session: Session, lead: Lead, code: ReferralCode) -> bool:
    """Whether the one who asks is the one whose code it is."""
    person = session.scalars(select(Person).where(Person.id == code.guardian_id)).one()
    mine = {each.lower() for each in (person.email, person.phone) if each}
    return bool(mine & {each.lower() for each in (lead.email, lead.phone) if each})


def _first_code(session: Session, lead: Lead) -> tuple[ReferralCode, dt.datetime] | None:
    """The code that the same address or number first came with, and when."""
    same = [Lead.id == lead.id]
    if lead.email:
        same.append(Lead.email == lead.email)
    if lead.phone:
        same.append(Lead.phone == lead.phone)
    if len(same) == 1 and lead.referral_code_id is None:
        return None
    first = (
        select(ReferralCode, Lead.created_at)
        .join(Lead, Lead.referral_code_id == ReferralCode.id)
        .where(or_(*same), Lead.erased_at.is_(None))
        .order_by(Lead.created_at, Lead.id)
        .limit(1)
    )
    row = session.execute(first).one_or_none()
    return (row[0], row[1]) if row else None


def _add(session: Session, lead: Lead, code: ReferralCode, how: How, touched_at: dt.datetime, *, by: Actor) -> Referral:
    row = Referral(
        lead_id=lead.id, code_id=code.id, how=how.value, touched_at=touched_at, at=clock.now(), by_id=by.id, by_name=by.name
    )
    session.add(row)
    # the name of the lead would outlast its erasure here
    record("referrals.attribute", row, label=code.code, by=by, after={"code": code.code, "how": how.value})
    session.flush()
    return row


def _end(row: Referral, why: str, *, by: Actor) -> None:
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = clock.now(), by.name, why
    record("referrals.withdraw", row, label=why, by=by)
    db.session.flush()


def _has_open_grant(referral_id: UUID) -> bool:
    """Whether something was granted for it, and not taken back."""
    ended = select(ReferralReward.grant_id).where(ReferralReward.kind == "taken_back", ReferralReward.grant_id.is_not(None))
    grants = select(ReferralReward.id).where(
        ReferralReward.referral_id == referral_id, ReferralReward.kind == "granted", ReferralReward.id.not_in(ended)
    )
    return db.session.scalar(grants.limit(1)) is not None


def _merged(session: Session, kept: Lead, other: Lead) -> None:
    """Of two enquiries that become one the older touch stays, with the rewards that were given for it."""
    mine, theirs = counted(session, kept.id), counted(session, other.id)
    if theirs is None:
        return
    by = current_actor()
    if mine is not None:
        later, earlier = (mine, theirs) if theirs.touched_at < mine.touched_at else (theirs, mine)
        if _has_open_grant(later.id) and not _has_open_grant(earlier.id):
            later, earlier = earlier, later  # what was promised stays promised
        _end(later, MERGED, by=by)
        if earlier is mine:
            return
    theirs.lead_id = kept.id
    code = session.get_one(ReferralCode, (theirs.school_id, theirs.code_id))
    record("referrals.move", theirs, label=code.code, by=by)
    session.flush()


def _copied(session: Session, leads: Any) -> list[dict[str, str]]:
    """What the copy of all that is held about a lead says of its referral: that there is one, not whose."""
    rows = session.scalars(select(Referral).where(Referral.lead_id.in_(leads)))
    return [{"at": row.at.isoformat(), "how": row.how, "withdrawn": str(row.withdrawn_at is not None).lower()} for row in rows]


hooks.on_merge(_merged)
hooks.on_copy("referrals", _copied)
