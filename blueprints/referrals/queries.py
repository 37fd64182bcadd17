"""What is seen of referrals: by the owner all of them, by a family their own code and what came of it, without names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, and_, bindparam, case, cast, func, select
from sqlalchemy.orm import aliased

from app.domain.person_search import binds, is_called
from app.models.lead import Lead, Stage
from app.models.learner import Guardianship
from app.models.person import Person
from app.models.referral import Referral, ReferralCode, ReferralReward, Reward
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

MOST = 20  # families that a search shows
RECENT = 100  # leads that may be counted by hand


class Code(NamedTuple):
    """A family's code: how many enquiries count for it, and how many of their leads are enrolled."""

    id: UUID
    code: str
    family: str
    guardian_id: UUID
    created_at: dt.datetime
    closed_at: dt.datetime | None
    came: int
    enrolled: int


class Line(NamedTuple):
    """A referral: the lead, whose code, and how it stands. `grants` counts the rewards, `open` those that wait."""

    id: UUID
    lead_id: UUID
    lead: str
    stage: str
    code: str
    family: str
    how: str
    touched_at: dt.datetime
    at: dt.datetime
    by_name: str
    withdrawn_at: dt.datetime | None
    withdrawn_by: str | None
    withdrawn_why: str | None
    grants: int
    open: int


class RewardLine(NamedTuple):
    """A line of the ledger; `grant_id` is what it ends."""

    id: UUID
    referral_id: UUID
    kind: str
    grant_id: UUID | None
    cents: int
    currency: str
    words: str
    at: dt.datetime
    by_name: str


class Sum(NamedTuple):
    """What was granted, paid out and taken back in a currency, in cents; what was granted in words alone is none of it."""

    currency: str
    granted: int
    paid: int
    taken_back: int

    @property
    def open(self) -> int:
        """What is promised and neither paid out nor taken back."""
        return self.granted - self.paid - self.taken_back


class Family(NamedTuple):
    """A parent or guardian whom a code can be made for."""

    id: UUID
    name: str


class Asker(NamedTuple):
    """A lead that counts for nobody yet."""

    id: UUID
    name: str
    created_at: dt.datetime


def _counts(*more: ColumnElement[bool]) -> Select[int]:
    """How many referrals count for the code of the row around it."""
    of = (
        select(func.count())
        .select_from(Referral)
        .join(Lead, and_(Lead.school_id == Referral.school_id, Lead.id == Referral.lead_id))
    )
    return of.where(
        Referral.school_id == ReferralCode.school_id,
        Referral.code_id == ReferralCode.id,
        Referral.withdrawn_at.is_(None),
        *more,
    ).correlate(ReferralCode)


_ENDED = aliased(ReferralReward)


def _grants(*more: ColumnElement[bool]) -> Select[int]:
    """How many rewards were granted for the referral of the row around it."""
    return (
        select(func.count())
        .select_from(ReferralReward)
        .where(
            ReferralReward.school_id == Referral.school_id, ReferralReward.referral_id == Referral.id,
            ReferralReward.kind == Reward.GRANTED.value, *more,
        )
        .correlate(Referral)
    )  # fmt: skip


_UNENDED = ~(
    select(_ENDED.id)
    .where(_ENDED.school_id == ReferralReward.school_id, _ENDED.grant_id == ReferralReward.id)
    .correlate(ReferralReward)
    .exists()
)
_CODE = (
    select(
        ReferralCode.id, ReferralCode.code, Person.name.label("family"), ReferralCode.guardian_id, ReferralCode.created_at,
        ReferralCode.closed_at, _counts().scalar_subquery().label("came"),
        _counts(Lead.stage == Stage.ENROLLED.value).scalar_subquery().label("enrolled"),
    )
    .join(Person, and_(Person.school_id == ReferralCode.school_id, Person.id == ReferralCode.guardian_id))
)  # fmt: skip
_LINE = (
    select(
        Referral.id, Referral.lead_id, Lead.name.label("lead"), Lead.stage, ReferralCode.code, Person.name.label("family"),
        Referral.how, Referral.touched_at, Referral.at, Referral.by_name, Referral.withdrawn_at, Referral.withdrawn_by,
        Referral.withdrawn_why, _grants().scalar_subquery().label("grants"), _grants(_UNENDED).scalar_subquery().label("open"),
    )
    .join(Lead, and_(Lead.school_id == Referral.school_id, Lead.id == Referral.lead_id))
    .join(ReferralCode, and_(ReferralCode.school_id == Referral.school_id, ReferralCode.id == Referral.code_id))
    .join(Person, and_(Person.school_id == ReferralCode.school_id, Person.id == ReferralCode.guardian_id))
)  # fmt: skip
_REWARD = select(
    ReferralReward.id, ReferralReward.referral_id, ReferralReward.kind, ReferralReward.grant_id, ReferralReward.cents,
    ReferralReward.currency, ReferralReward.words, ReferralReward.at, ReferralReward.by_name,
)  # fmt: skip


def _summed(kind: Reward) -> ColumnElement[int]:
    cents = case((ReferralReward.kind == kind.value, ReferralReward.cents), else_=0)
    return cast(func.coalesce(func.sum(cents), 0), BigInteger).label(kind.value)


_SUM = select(
    ReferralReward.currency, _summed(Reward.GRANTED), _summed(Reward.PAID), _summed(Reward.TAKEN_BACK)
).group_by(ReferralReward.currency)  # fmt: skip
_OF_CODE = and_(Referral.school_id == ReferralReward.school_id, Referral.id == ReferralReward.referral_id)

_CODES = Prepared(_CODE.order_by(ReferralCode.id.desc()).limit(PAGE + 1), Code)
_OLDER_CODES = Prepared(
    _CODE.where(ReferralCode.id < bindparam("before", type_=Uuid)).order_by(ReferralCode.id.desc()).limit(PAGE + 1), Code
)
_OPEN_CODES = Prepared(
    _CODE.where(ReferralCode.closed_at.is_(None)).order_by(Person.sort_key, ReferralCode.id).limit(500), Code
)  # fmt: skip
_MINE = Prepared(
    _CODE.where(ReferralCode.guardian_id == bindparam("guardian", type_=Uuid)).order_by(ReferralCode.id.desc()), Code
)  # fmt: skip
_LINES = Prepared(_LINE.order_by(Referral.id.desc()).limit(PAGE + 1), Line)
_OLDER = Prepared(_LINE.where(Referral.id < bindparam("before", type_=Uuid)).order_by(Referral.id.desc()).limit(PAGE + 1), Line)
_ONE = Prepared(_LINE.where(Referral.id == bindparam("referral", type_=Uuid)), Line)
_LEDGER = Prepared(
    _REWARD.where(ReferralReward.referral_id == bindparam("referral", type_=Uuid)).order_by(ReferralReward.id), RewardLine
)  # fmt: skip
_MY_LEDGER = Prepared(
    _REWARD.join(Referral, _OF_CODE)
    .join(ReferralCode, and_(ReferralCode.school_id == Referral.school_id, ReferralCode.id == Referral.code_id))
    .where(ReferralCode.guardian_id == bindparam("guardian", type_=Uuid))
    .order_by(ReferralReward.id.desc()),
    RewardLine,
)
_SUMS = Prepared(_SUM.order_by(ReferralReward.currency), Sum)
_FAMILIES = Prepared(
    select(Person.id, Person.name)
    .where(
        is_called(), Person.ended_at.is_(None),
        select(Guardianship.id)
        .where(
            Guardianship.school_id == Person.school_id, Guardianship.guardian_id == Person.id,
            Guardianship.no_contact.is_(False),
        )
        .correlate(Person)
        .exists(),
        ~select(ReferralCode.id)
        .where(
            ReferralCode.school_id == Person.school_id, ReferralCode.guardian_id == Person.id, ReferralCode.closed_at.is_(None)
        )
        .correlate(Person)
        .exists(),
    )
    .order_by(Person.sort_key, Person.id)
    .limit(MOST),
    Family,
)  # fmt: skip
_ASKER = select(Lead.id, Lead.name, Lead.created_at).where(
    Lead.merged_into.is_(None), Lead.erased_at.is_(None),
    ~select(Referral.id)
    .where(Referral.school_id == Lead.school_id, Referral.lead_id == Lead.id, Referral.withdrawn_at.is_(None))
    .correlate(Lead)
    .exists(),
)  # fmt: skip
_ASKERS = Prepared(_ASKER.order_by(Lead.id.desc()).limit(RECENT), Asker)
_ONE_ASKER = Prepared(_ASKER.where(Lead.id == bindparam("lead", type_=Uuid)), Asker)


def referrals(after: Key | None) -> tuple[Page[Line], list[Sum]]:
    """A page of referrals, the newest first, and the sums of all rewards."""
    with reading() as cursor:
        rows = _OLDER.all(cursor, before=after[0]) if after else _LINES.all(cursor)
        return cut(rows, lambda row: (row.id,)), _SUMS.all(cursor)


def codes(after: Key | None) -> Page[Code]:
    """A page of codes, the newest first."""
    with reading() as cursor:
        rows = _OLDER_CODES.all(cursor, before=after[0]) if after else _CODES.all(cursor)
    return cut(rows, lambda row: (row.id,))


def one(referral_id: UUID) -> tuple[Line, list[RewardLine]] | None:
    """A referral and the lines of its ledger, in their order."""
    with reading() as cursor:
        found = _ONE.all(cursor, referral=referral_id)
        return (found[0], _LEDGER.all(cursor, referral=referral_id)) if found else None


def families(search: str) -> list[Family]:
    """Parents and guardians without a code, by the beginnings of their names; none without a search."""
    if not search:
        return []
    with reading() as cursor:
        return _FAMILIES.all(cursor, **binds(search))


def to_count(lead_id: UUID | None = None) -> tuple[list[Asker], list[Code]]:
    """The newest leads that count for nobody, and the codes that they may count for.

    A lead that is named comes first where it is not among the newest, unless it counts, is erased or part of another one.
    """
    with reading() as cursor:
        newest = _ASKERS.all(cursor)
        is_missing = lead_id is not None and all(each.id != lead_id for each in newest)
        named = _ONE_ASKER.all(cursor, lead=lead_id) if is_missing else []
        return [*named, *newest], _OPEN_CODES.all(cursor)


class Own(NamedTuple):
    """What a family sees: the code it may give out (None: none yet), the sums of all its codes, the lines of its rewards."""

    code: Code | None
    came: int
    enrolled: int
    rewards: Sequence[RewardLine]


def own(guardian_id: UUID) -> Own:
    """The referrals of a family, as numbers: who asked is nobody's business but the school's."""
    with reading() as cursor:
        mine, lines = _MINE.all(cursor, guardian=guardian_id), _MY_LEDGER.all(cursor, guardian=guardian_id)
    live = next((each for each in mine if each.closed_at is None), None)
    return Own(live, sum(each.came for each in mine), sum(each.enrolled for each in mine), lines)


def is_guardian(person_id: UUID) -> bool:
    """Whether somebody is a parent or guardian of a learner here."""
    with reading() as cursor:
        return bool(_GUARDS.all(cursor, guardian=person_id))


class _Guards(NamedTuple):
    id: UUID


_GUARDS = Prepared(
    select(Guardianship.id)
    .where(Guardianship.guardian_id == bindparam("guardian", type_=Uuid), Guardianship.no_contact.is_(False))
    .limit(1),
    _Guards,
)
