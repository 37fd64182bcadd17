"""Referrals at Thaba Nkulu: three codes, two enquiries that count, one that was withdrawn, and rewards in every state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, update

from app.audit.record import Target, record
from app.models.lead import Lead
from app.models.learner import Guardianship
from app.models.person import Person
from app.models.referral import How, Referral, ReferralCode, ReferralReward, Reward
from app.models.user import Role
from app.seed.known import known_id
from app.seed.plans import SchoolPlan
from app.seed.thaba import THABA
from app.tenancy.database import db

CODES = ("KBR7MTX", "ZPN4QWD", "HXT9CGV")
#: which lead counts for which code, how, and why it does no more
COUNTED = (
    ("enrolled", 0, How.FORM, None),
    ("sithole", 1, How.FORM, None),
    ("cele-again", 2, How.HAND, "Bakhulume ngomunye umndeni"),
)


def add_referrals(plan: SchoolPlan, accounts: Mapping[str, UUID], now: dt.datetime) -> int:
    """Add the codes of three families and what came by them; returns how many referrals. Needs the leads of the seed."""
    if plan.slug != THABA.slug or db.session.scalar(select(ReferralCode.id).limit(1)):
        return 0
    leads = {row.submission_key: row for row in db.session.scalars(select(Lead).where(Lead.submission_key.like("baseline/%")))}
    enrolled, by_name = leads.get("baseline/enrolled"), plan.accounts[Role.OWNER]
    families = _families(accounts[f"{Role.GUARDIAN.value}@{plan.host}"], enrolled.guardian_id if enrolled else None)
    codes = [
        ReferralCode(
            id=known_id(plan.slug, "referral code", code), guardian_id=family.id, code=code, by_id=None,
            by_name=family.name if number == 0 else by_name, created_at=now - dt.timedelta(days=100 - number),
        )
        for number, (code, family) in enumerate(zip(CODES, families, strict=False))
    ]  # fmt: skip
    db.session.add_all(codes)
    db.session.flush()
    for code in codes:
        record("referrals.make_code", code, label=code.code)
    made = 0
    for key, place, how, withdrawn in COUNTED:
        lead = leads.get(f"baseline/{key}")
        if lead is None or place >= len(codes):
            continue
        row = Referral(
            id=known_id(plan.slug, "referral", key), lead_id=lead.id, code_id=codes[place].id, how=how.value,
            touched_at=lead.created_at, at=lead.created_at, by_id=None, by_name="" if how is How.FORM else by_name,
            withdrawn_at=lead.created_at + dt.timedelta(hours=2) if withdrawn else None,
            withdrawn_by=by_name if withdrawn else None, withdrawn_why=withdrawn,
        )  # fmt: skip
        db.session.add(row)
        if how is How.FORM:
            db.session.execute(
                update(Lead).where(Lead.id == lead.id).values(referral_code_id=row.code_id),
                execution_options={"synchronize_session": False},
            )
        record("referrals.attribute", Target("referral", row.id), label=codes[place].code, after={"code": codes[place].code})
        made += 1
    db.session.flush()
    _rewards(plan, by_name, now)
    return made


def _families(own: UUID, other_than: UUID | None) -> list[Person]:
    """The guardian with an account first, then two others with a child; not the family that was enrolled."""
    others = (
        select(Person)
        .where(
            Person.id.in_(select(Guardianship.guardian_id).where(Guardianship.no_contact.is_(False))),
            Person.ended_at.is_(None), Person.id != own, Person.id != (other_than or own),
        )
        .order_by(Person.sort_key.desc(), Person.id)
        .limit(len(CODES) - 1)
    )  # fmt: skip
    return [*db.session.scalars(select(Person).where(Person.id == own)), *db.session.scalars(others)]


def _rewards(plan: SchoolPlan, by_name: str, now: dt.datetime) -> None:
    """R 500 that was paid out, and a month of aftercare that was promised."""
    enrolled, sithole = (known_id(plan.slug, "referral", key) for key in ("enrolled", "sithole"))
    if db.session.scalar(select(Referral.id).where(Referral.id == enrolled)) is None:
        return
    first = known_id(plan.slug, "reward", 1)
    lines = (
        (first, enrolled, Reward.GRANTED, None, 50_000, "", 55),
        (known_id(plan.slug, "reward", 2), enrolled, Reward.PAID, first, 50_000, "", 40),
        (
            known_id(plan.slug, "reward", 3),
            sithole,
            Reward.GRANTED,
            None,
            0,
            "Inyanga eyodwa yokugcinwa kwengane ngemva kwesikole",
            3,
        ),
    )
    for id_, referral, kind, grant, cents, words, days in lines:
        if referral == sithole and db.session.scalar(select(Referral.id).where(Referral.id == sithole)) is None:
            continue
        row = ReferralReward(
            id=id_, referral_id=referral, kind=kind.value, grant_id=grant, cents=cents, currency="ZAR", words=words,
            at=now - dt.timedelta(days=days), by_id=None, by_name=by_name,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        record(
            "referrals.pay" if kind is Reward.PAID else "referrals.grant", Target("referral_reward", id_),
            label=words or f"ZAR {cents // 100}.{cents % 100:02d}",
        )  # fmt: skip
