"""What can be exported about referrals: which enquiry counts for which family, and every line of the ledger of rewards."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import and_, func, select

from app.access.permissions import Permission
from app.domain.leads.stages import STAGES
from app.exports.dataset import Column, Dataset, Kind
from app.exports.selected import selected
from app.i18n.catalogue import N_
from app.models.lead import Lead
from app.models.person import Person
from app.models.referral import Referral, ReferralCode, ReferralReward
from blueprints.referrals.words import HOW, KIND_WORDS, WHY


class _Code(NamedTuple):
    code: str
    family: str
    created_at: dt.datetime
    by_name: str
    closed_at: dt.datetime | None


class _Referral(NamedTuple):
    lead: str
    stage: str
    code: str
    family: str
    how: str
    touched_at: dt.datetime
    withdrawn_at: dt.datetime | None
    withdrawn_why: str | None


class _Reward(NamedTuple):
    at: dt.datetime
    kind: str
    family: str
    code: str
    amount: str
    currency: str
    words: str
    by_name: str


_OF_CODE = and_(ReferralCode.school_id == Referral.school_id, ReferralCode.id == Referral.code_id)
_OF_FAMILY = and_(Person.school_id == ReferralCode.school_id, Person.id == ReferralCode.guardian_id)
_AMOUNT = func.to_char(ReferralReward.cents / 100.0, "FM999999990.00")

DATASETS = (
    Dataset(
        "referral_codes",
        N_("Referral codes"),
        Permission.MARKETING_MANAGE,
        (
            Column("code", N_("Code")), Column("family", N_("Family")), Column("created_at", N_("Made"), Kind.MOMENT),
            Column("by_name", N_("By")), Column("closed_at", N_("Closed"), Kind.MOMENT),
        ),
        selected(
            select(
                ReferralCode.code, Person.name.label("family"), ReferralCode.created_at, ReferralCode.by_name,
                ReferralCode.closed_at,
            )
            .join(Person, _OF_FAMILY)
            .order_by(ReferralCode.id),
            _Code,
        ),
    ),
    Dataset(
        "referrals",
        N_("Referrals"),
        Permission.MARKETING_MANAGE,
        (
            Column("lead", N_("Lead")), Column("stage", N_("Stage"), Kind.WORD, STAGES), Column("code", N_("Code")),
            Column("family", N_("Family")), Column("how", N_("How it came"), Kind.WORD, HOW),
            Column("touched_at", N_("When"), Kind.MOMENT), Column("withdrawn_at", N_("Withdrawn"), Kind.MOMENT),
            Column("withdrawn_why", N_("Reason"), Kind.WORD, WHY),
        ),
        selected(
            select(
                Lead.name.label("lead"), Lead.stage, ReferralCode.code, Person.name.label("family"), Referral.how,
                Referral.touched_at, Referral.withdrawn_at, Referral.withdrawn_why,
            )
            .select_from(Referral)
            .join(Lead, and_(Lead.school_id == Referral.school_id, Lead.id == Referral.lead_id))
            .join(ReferralCode, _OF_CODE)
            .join(Person, _OF_FAMILY)
            .order_by(Referral.id),
            _Referral,
        ),
        is_guarded=True,
    ),
    Dataset(
        "referral_rewards",
        N_("Rewards for referrals"),
        Permission.MARKETING_MANAGE,
        (
            Column("at", N_("When"), Kind.MOMENT), Column("kind", N_("Kind"), Kind.WORD, KIND_WORDS),
            Column("family", N_("Family")), Column("code", N_("Code")), Column("amount", N_("Amount")),
            Column("currency", N_("Currency")), Column("words", N_("In words")), Column("by_name", N_("By")),
        ),
        selected(
            select(
                ReferralReward.at, ReferralReward.kind, Person.name.label("family"), ReferralCode.code, _AMOUNT.label("amount"),
                ReferralReward.currency, ReferralReward.words, ReferralReward.by_name,
            )
            .select_from(ReferralReward)
            .join(Referral, and_(Referral.school_id == ReferralReward.school_id, Referral.id == ReferralReward.referral_id))
            .join(ReferralCode, _OF_CODE)
            .join(Person, _OF_FAMILY)
            .order_by(ReferralReward.id),
            _Reward,
        ),
    ),
)  # fmt: skip
