"""How the inbox is: for a school under its own role, and over all of them for those who run the platform."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    ScalarSelect,
    Subquery,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from app import clock
from app.domain.webhooks.refused import SIGNATURE
from app.models.school import School
from app.models.webhook import EventState, ProviderCustomer, WebhookEffect, WebhookEvent, WebhookRefusal
from app.tenancy.doors import across_schools, outside
from app.tenancy.reading import LookUp, Prepared, reading
from app.tenancy.scope import current_school_id

MOST = 1000  # that are counted
LATE = dt.timedelta(minutes=5)  # what waits for longer should have been acted on
SEEN = dt.timedelta(hours=24)  # for which refusals count


class OfSchool(NamedTuple):
    """The webhooks of a school. Numbers are counted up to MOST + 1; `oldest` is when the first of the backlog came.

    `last_good` is when the last event came that was acted on, or that was understood and needed nothing.
    """

    last_good: dt.datetime | None
    last_failed: dt.datetime | None
    failed: int
    backlog: int
    oldest: dt.datetime | None

    @property
    def is_well(self) -> bool:
        """Whether nothing failed, and nothing has waited for too long."""
        return not self.failed and (self.oldest is None or self.oldest > clock.now() - LATE)


class Signatures(NamedTuple):
    """How many of the last day's requests for a school's providers had a bad signature, and when the last one came."""

    number: int
    last_at: dt.datetime | None


class OfPlatform(NamedTuple):
    """The inbox over all schools. `unknown` wait for somebody to tie their customers; numbers are counted up to MOST + 1."""

    failed: int
    failed_since: dt.datetime | None
    waiting: int
    oldest: dt.datetime | None
    unknown: int
    unknown_since: dt.datetime | None
    altered: int


class Failed(NamedTuple):
    """A school with events that failed, or None for those that are nobody's."""

    school_id: int | None
    school: str | None
    number: int
    since: dt.datetime


class _One(NamedTuple):
    last_good: dt.datetime | None
    last_failed: dt.datetime | None
    failed: int
    backlog: int
    oldest: dt.datetime | None


def _last(state: EventState) -> ScalarSelect[Any]:
    return (
        select(WebhookEffect.received_at)
        .where(WebhookEffect.state == literal_column(f"'{state.value}'"))
        .order_by(WebhookEffect.received_at.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )


def _some(state: EventState) -> Subquery:
    return (
        select(WebhookEffect.received_at)
        .where(WebhookEffect.state == literal_column(f"'{state.value}'"))
        .limit(literal_column(str(MOST + 1)))
        .subquery()
    )


_FAILED, _STORED = _some(EventState.FAILED), _some(EventState.STORED)
_OF_SCHOOL = Prepared(
    select(
        func.greatest(_last(EventState.DONE), _last(EventState.IGNORED), type_=DateTime(timezone=True)).label("last_good"),
        _last(EventState.FAILED).label("last_failed"),
        select(func.count()).select_from(_FAILED).scalar_subquery().label("failed"),
        select(func.count()).select_from(_STORED).scalar_subquery().label("backlog"),
        select(func.min(_STORED.c.received_at)).scalar_subquery().label("oldest"),
    ),
    _One,
)
_SIGNATURES = LookUp(
    select(
        cast(func.coalesce(func.sum(WebhookRefusal.number), 0), BigInteger).label("number"),
        func.max(WebhookRefusal.last_at).label("last_at"),
    ).where(
        WebhookRefusal.hour >= bindparam("since", type_=DateTime(timezone=True)),
        WebhookRefusal.reason.in_([str(reason) for reason in SIGNATURE]),
        WebhookRefusal.provider.in_(
            select(ProviderCustomer.provider).where(ProviderCustomer.for_school == bindparam("school"))
        ),
    ),
    Signatures,
)


def of_school() -> OfSchool:
    """How the webhooks of the current school are."""
    with reading() as cursor:
        return OfSchool(*_OF_SCHOOL.all(cursor)[0])


def signatures_of_school() -> Signatures:
    """How many bad signatures came in the last day in the name of the current school's providers.

    A provider serves several schools, and who forges says nothing of whom: it is the provider's number.
    """
    school_id = current_school_id()
    with outside(), across_schools("bad signatures of a school's providers", routine=True) as session:
        return signatures(session, school_id)


def signatures(session: Session, school_id: int) -> Signatures:
    """The same for a school that is named. Needs `across_schools`."""
    return _SIGNATURES.rows(session, school=school_id, since=clock.now() - SEEN)[0]


def of_platform(session: Session) -> OfPlatform:
    """How the inbox is over all schools. Needs `across_schools`."""
    waits = WebhookEvent.state == EventState.STORED
    altered = select(func.coalesce(func.sum(WebhookRefusal.number), 0)).where(
        WebhookRefusal.hour >= clock.now() - SEEN, WebhookRefusal.reason == "altered"
    )
    row = session.execute(
        select(
            *_counted(WebhookEvent.state == EventState.FAILED),
            *_counted(waits & WebhookEvent.for_school.is_not(None)),
            *_counted(waits & WebhookEvent.for_school.is_(None)),
            altered.scalar_subquery(),
        )
    ).one()
    return OfPlatform(*row[:6], int(row[6]))


def failed(session: Session, most: int) -> list[Failed]:
    """The schools with events that failed, the longest ago first, at most `most`. Needs `across_schools`."""
    since = func.min(WebhookEvent.received_at)
    found = (
        select(WebhookEvent.for_school, School.name, func.count(), since)
        .outerjoin(School, School.id == WebhookEvent.for_school)
        .where(WebhookEvent.state == EventState.FAILED)
        .group_by(WebhookEvent.for_school, School.name)
        .order_by(since)
        .limit(most)
    )
    return [Failed(*row) for row in session.execute(found)]


def _counted(which: ColumnElement[bool]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """How many events there are of a kind, counted up to MOST and one, and since when."""
    some = select(WebhookEvent.received_at).where(which).order_by(WebhookEvent.received_at).limit(MOST + 1).subquery()
    oldest = select(func.min(some.c.received_at)).scalar_subquery()
    return select(func.count()).select_from(some).scalar_subquery(), oldest
