"""Reads of what happened: by period and source, by campaign, and one by one. All of it is derived from what it tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, Text, and_, bindparam, case, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from app.models.lead import Happening, Lead, LeadEvent, Stage
from app.models.promotion import Review
from app.models.referral import Referral
from app.tenancy.reading import Prepared, reading
from app.web.paging import PAGE, Key, Page, cut

#: how many periods a page shows
LENGTHS = {"day": 30, "week": 13, "month": 12}
MOST_CAMPAIGNS = 50
_SINCE = bindparam("since", type_=DateTime(timezone=True))
#: what is counted, in the order of the table
COUNTED = ("new", "answered", "sent", "appointment", "trial", "converted", "referral", "review")


class Period(NamedTuple):
    """One day, week or month, and how often each of COUNTED happened in it."""

    begins: dt.date
    numbers: dict[str, int]

    @property
    def happened(self) -> bool:
        """Whether anything did."""
        return any(self.numbers.values())


class Campaign(NamedTuple):
    """A campaign, by what the addresses of the school's own links said; `enrolled` became learners."""

    campaign: str
    source: str
    medium: str
    leads: int
    enrolled: int


class Happened(NamedTuple):
    """One thing that happened; `after` is the stage that a lead came to."""

    id: UUID
    at: dt.datetime
    kind: str
    lead_id: UUID
    lead: str
    source: str
    by: str
    after: str | None


class _Count(NamedTuple):
    begins: dt.datetime
    what: str
    number: int


def periods(unit: str, today: dt.date, timezone: str, source: str = "") -> list[Period]:
    """The last periods of a school, the oldest first, also those in which nothing happened; of leads of one source.

    Reviews have no source: with one they are not counted.
    """
    days = starts(unit, today)
    since = dt.datetime.combine(days[0], dt.time(), ZoneInfo(timezone))
    values: dict[str, object] = {"since": since} | ({"source": source} if source else {})
    counted = {day: dict.fromkeys(COUNTED, 0) for day in days}
    for select_of in (_of_leads, _of_referrals, _of_reviews):
        if source and select_of is _of_reviews:
            continue
        with reading() as cursor:
            rows = select_of(unit, timezone, bool(source)).all(cursor, **values)
        for row in rows:
            if row.what in COUNTED and row.begins.date() in counted:
                counted[row.begins.date()][row.what] += row.number
    return [Period(day, numbers) for day, numbers in counted.items()]


def starts(unit: str, today: dt.date) -> list[dt.date]:
    """The first days of the last periods, the oldest first: days, weeks from Monday, months."""
    length = LENGTHS[unit]
    if unit == "day":
        return [today - dt.timedelta(days=back) for back in reversed(range(length))]
    if unit == "week":
        monday = today - dt.timedelta(days=today.weekday())
        return [monday - dt.timedelta(weeks=back) for back in reversed(range(length))]
    months = [today.year * 12 + today.month - 1 - back for back in reversed(range(length))]
    return [dt.date(month // 12, month % 12 + 1, 1) for month in months]


def campaigns(since: dt.datetime) -> list[Campaign]:
    """The campaigns of the leads that came since a moment, those with most leads first."""
    with reading() as cursor:
        return _CAMPAIGNS.all(cursor, since=since)


def feed(source: str = "", kind: str = "", after: Key | None = None) -> Page[Happened]:
    """What happened, the newest first, or what is older than `after`; of leads of one source, of one kind."""
    values: dict[str, object] = {name: value for name, value in (("source", source), ("kind", kind)) if value}
    if after:
        (values["after"],) = after
    with reading() as cursor:
        rows = _feed(bool(source), bool(kind), bool(after)).all(cursor, **values)
    return cut(rows, lambda row: (row.id,))


def _begins(unit: str, timezone: str, at: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The first moment of the period of a moment, by the school's clock."""
    return func.date_trunc(unit, func.timezone(timezone, at))


def _grouped(
    begins: ColumnElement[Any], what: ColumnElement[str], joined: Any, wheres: Sequence[ColumnElement[bool]]
) -> Prepared[_Count]:  # fmt: skip
    inner = joined(select(begins.label("begins"), what.label("what"))).where(*wheres).subquery()
    counted = select(inner.c.begins, inner.c.what, func.count().label("number")).group_by(inner.c.begins, inner.c.what)
    return Prepared(counted, _Count)


def _of_source(by_source: bool) -> list[ColumnElement[bool]]:
    return [Lead.source == bindparam("source")] if by_source else []


_LEAD_OF_EVENT = and_(Lead.school_id == LeadEvent.school_id, Lead.id == LeadEvent.lead_id)
_LEAD_OF_REFERRAL = and_(Lead.school_id == Referral.school_id, Lead.id == Referral.lead_id)
_WHAT = case(
    (and_(LeadEvent.kind == Happening.CREATED.value, Lead.merged_into.is_(None)), literal("new")),
    (LeadEvent.kind == Happening.REPLY.value, literal("answered")),
    (LeadEvent.kind == Happening.SENT.value, literal("sent")),
    (LeadEvent.kind == Happening.CONVERTED.value, literal("converted")),
    (LeadEvent.kind == Happening.STAGE.value, LeadEvent.details["after"].astext),
    else_=literal(""),
)


@cache
def _of_leads(unit: str, timezone: str, by_source: bool) -> Prepared[_Count]:
    return _grouped(
        _begins(unit, timezone, LeadEvent.at), _WHAT, lambda chosen: chosen.join(Lead, _LEAD_OF_EVENT),
        [LeadEvent.at >= _SINCE, *_of_source(by_source)],
    )  # fmt: skip


@cache
def _of_referrals(unit: str, timezone: str, by_source: bool) -> Prepared[_Count]:
    return _grouped(
        _begins(unit, timezone, Referral.at), literal("referral"), lambda chosen: chosen.join(Lead, _LEAD_OF_REFERRAL),
        [Referral.at >= _SINCE, Referral.withdrawn_at.is_(None), *_of_source(by_source)],
    )  # fmt: skip


@cache
def _of_reviews(unit: str, timezone: str, _: bool) -> Prepared[_Count]:
    return _grouped(
        _begins(unit, timezone, Review.given_at), literal("review"), lambda chosen: chosen,
        [Review.given_at >= _SINCE, Review.rating.is_not(None)],
    )  # fmt: skip


def _utm(name: str) -> ColumnElement[str]:
    return func.coalesce(Lead.utm[name].astext, "")


_LINKED = (
    select(
        _utm("campaign").label("campaign"), _utm("source").label("source"), _utm("medium").label("medium"),
        case((Lead.stage == Stage.ENROLLED.value, 1), else_=0).label("enrolled"),
    )
    .where(Lead.created_at >= _SINCE, Lead.merged_into.is_(None), cast(Lead.utm, Text) != "{}")
    .subquery()
)  # fmt: skip
_NAMED = (_LINKED.c.campaign, _LINKED.c.source, _LINKED.c.medium)
_CAMPAIGNS = Prepared(
    select(*_NAMED, func.count().label("leads"), func.sum(_LINKED.c.enrolled).label("enrolled"))
    .group_by(*_NAMED)
    .order_by(func.count().desc(), *_NAMED)
    .limit(MOST_CAMPAIGNS),
    Campaign,
)


@cache
def _feed(by_source: bool, by_kind: bool, older: bool) -> Prepared[Happened]:
    statement = (
        select(
            LeadEvent.id, LeadEvent.at, LeadEvent.kind, LeadEvent.lead_id, Lead.name.label("lead"), Lead.source,
            LeadEvent.by_name.label("by"),
            case((LeadEvent.kind == Happening.STAGE.value, LeadEvent.details["after"].astext)).label("after"),
        )
        .join(Lead, _LEAD_OF_EVENT)
        .order_by(LeadEvent.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    statement = statement.where(*_of_source(by_source))
    if by_kind:
        statement = statement.where(LeadEvent.kind == bindparam("kind"))
    if older:
        statement = statement.where(LeadEvent.id < bindparam("after"))
    return Prepared(statement, Happened)
