"""Reads of the hub: the figures of a month, and what is due today. One statement a panel."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, and_, bindparam, extract, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.models.follow_up import FollowUp, FollowUpState, FollowUpTemplate
from app.models.lead import Happening, Lead, LeadEvent, Stage
from app.models.person import Kind, Person
from app.models.promotion import Review, ReviewState
from app.models.referral import Referral
from app.tenancy.reading import Prepared, reading

SHOWN = 5  # lines of what is due
_SINCE = bindparam("since", type_=DateTime(timezone=True))
_BEFORE = bindparam("before", type_=DateTime(timezone=True))
_NOW = bindparam("now", type_=DateTime(timezone=True))


class Leads(NamedTuple):
    """The leads of this month, and of the month before.

    `seconds` is the median until the first answer, None where none was given.
    """

    new: int
    new_before: int
    seconds: float | None
    seconds_before: float | None
    unanswered: int
    ever: int

    @property
    def wait(self) -> dt.timedelta | None:
        """The median wait of those who came this month."""
        return None if self.seconds is None else dt.timedelta(seconds=float(self.seconds))

    @property
    def wait_before(self) -> dt.timedelta | None:
        """The median wait of those who came the month before."""
        return None if self.seconds_before is None else dt.timedelta(seconds=float(self.seconds_before))


class Counted(NamedTuple):
    """How many of something there were this month, and the month before."""

    this: int
    before: int


class Reviews(NamedTuple):
    """What was said this month and the month before, what waits to be looked at, and what those that are shown come to."""

    this: int
    before: int
    waiting: int
    rating: Decimal | None


class Step(NamedTuple):
    """The next step of a lead that is due; `total` counts all of them."""

    id: UUID
    name: str
    step: str
    due: dt.date
    total: int


class Waiting(NamedTuple):
    """A follow-up to approve; `total` counts all of them."""

    id: UUID
    lead: str
    template: str
    due: dt.datetime
    total: int


class Adult(NamedTuple):
    """Somebody of the staff."""

    id: UUID
    name: str


def _in(at: InstrumentedAttribute[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """In this month, and in the month before."""
    return at >= _SINCE, and_(at >= _BEFORE, at < _SINCE)


_THIS, _LAST = _in(Lead.created_at)
_SECONDS = func.percentile_cont(0.5).within_group(extract("epoch", Lead.replied_at - Lead.created_at))
_LEADS = Prepared(
    select(
        func.count().filter(_THIS).label("new"), func.count().filter(_LAST).label("new_before"),
        _SECONDS.filter(_THIS).label("seconds"), _SECONDS.filter(_LAST).label("seconds_before"),
        func.count()
        .filter(Lead.replied_at.is_(None), Lead.erased_at.is_(None), Lead.stage == Stage.NEW.value)
        .label("unanswered"),
        func.count().label("ever"),
    ).where(Lead.merged_into.is_(None)),
    Leads,
)  # fmt: skip
_SAID, _SAID_BEFORE = _in(LeadEvent.at)
_CONVERSIONS = Prepared(
    select(func.count().filter(_SAID).label("this"), func.count().filter(_SAID_BEFORE).label("before")).where(
        LeadEvent.kind == Happening.CONVERTED.value, LeadEvent.at >= _BEFORE
    ),
    Counted,
)
_CAME, _CAME_BEFORE = _in(Referral.at)
_REFERRALS = Prepared(
    select(func.count().filter(_CAME).label("this"), func.count().filter(_CAME_BEFORE).label("before")).where(
        Referral.withdrawn_at.is_(None), Referral.at >= _BEFORE
    ),
    Counted,
)
_GIVEN, _GIVEN_BEFORE = (each & Review.rating.is_not(None) for each in _in(Review.given_at))
_REVIEWS = Prepared(
    select(
        func.count().filter(_GIVEN).label("this"), func.count().filter(_GIVEN_BEFORE).label("before"),
        func.count().filter(Review.state == ReviewState.NEW.value).label("waiting"),
        func.round(func.avg(Review.rating).filter(Review.state == ReviewState.SHOWN.value), 1).label("rating"),
    ).where(Review.state != ReviewState.WITHDRAWN.value),
    Reviews,
)  # fmt: skip
_STEPS = Prepared(
    select(Lead.id, Lead.name, Lead.next_step.label("step"), Lead.next_due_on.label("due"), func.count().over().label("total"))
    .where(
        Lead.next_due_on <= bindparam("today", type_=Date), Lead.merged_into.is_(None), Lead.erased_at.is_(None),
        Lead.stage != Stage.ARCHIVED.value,
    )
    .order_by(Lead.next_due_on, Lead.id)
    .limit(SHOWN),
    Step,
)  # fmt: skip
_WAITING = Prepared(
    select(
        FollowUp.id, Lead.name.label("lead"), FollowUpTemplate.name.label("template"), FollowUp.due_at.label("due"),
        func.count().over().label("total"),
    )
    .join(Lead, and_(Lead.school_id == FollowUp.school_id, Lead.id == FollowUp.lead_id))
    .join(
        FollowUpTemplate,
        and_(FollowUpTemplate.school_id == FollowUp.school_id, FollowUpTemplate.id == FollowUp.template_id),
    )
    .where(FollowUp.state == FollowUpState.OPEN.value, FollowUp.due_at <= _NOW)
    .order_by(FollowUp.due_at, FollowUp.id)
    .limit(SHOWN),
    Waiting,
)  # fmt: skip
_STAFF = Prepared(
    select(Person.id, Person.name)
    .where(Person.kind == Kind.STAFF.value, Person.ended_at.is_(None))
    .order_by(Person.sort_key, Person.id),
    Adult,
)


class Months(NamedTuple):
    """The first moments of this month and of the month before, by the school's clock."""

    since: dt.datetime
    before: dt.datetime


def leads(months: Months) -> Leads:
    """How many leads there were, and how long they waited."""
    with reading() as cursor:
        return _LEADS.all(cursor, **months._asdict())[0]


def conversions(months: Months) -> Counted:
    """How many leads became learners."""
    with reading() as cursor:
        return _CONVERSIONS.all(cursor, **months._asdict())[0]


def referrals(months: Months) -> Counted:
    """How many leads other families sent."""
    with reading() as cursor:
        return _REFERRALS.all(cursor, **months._asdict())[0]


def reviews(months: Months) -> Reviews:
    """What families said."""
    with reading() as cursor:
        return _REVIEWS.all(cursor, **months._asdict())[0]


def steps(today: dt.date) -> list[Step]:
    """The next steps that are due, the most overdue first."""
    with reading() as cursor:
        return _STEPS.all(cursor, today=today)


def waiting(now: dt.datetime) -> list[Waiting]:
    """The follow-ups that somebody has to approve, the oldest first."""
    with reading() as cursor:
        return _WAITING.all(cursor, now=now)


def staff() -> list[Adult]:
    """Those of the staff who can look after leads, by name."""
    with reading() as cursor:
        return _STAFF.all(cursor)
