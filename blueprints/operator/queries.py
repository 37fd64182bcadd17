"""What the console reads, each in one statement over what workers have counted. Inside `across_schools`."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, Uuid, and_, bindparam, func, literal_column, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app import clock
from app.domain.quietness import QUIET
from app.domain.rates import FAILED, HOUR, SENT, Rate, last_hour_since
from app.domain.triage import MOST
from app.models.audit import PlatformEvent
from app.models.login import LoginSession
from app.models.metric import Metric, PlatformBucket, PlatformMetric
from app.models.school import School
from app.tenancy.reading import LookUp

SIGN_IN_FAILED = "account.sign_in_failed"
MANY = 10_000  # failed sign-ins are counted up to here
#: what waits in open schools: failed deliveries, gateways in trouble; and when each of them was last heard of
LETTERS, GATEWAYS, HEARD = "waiting.deliveries", "waiting.gateways", "activity.heard"
_SINCE, _HOUR_AGO, _NOW = (bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "hour_ago", "now"))
_HEARD = aliased(Metric)


class Pulse(NamedTuple):
    """The last hour: what was sent and what failed, and failed sign-ins (MANY + 1 are more than MANY); and since when and until
    when the reader's session lasts, None for one that is gone."""

    sent: int
    failed: int
    sign_ins: int
    signed_in_at: dt.datetime | None
    expires_at: dt.datetime | None

    @property
    def rate(self) -> Rate:
        """How much of what was sent arrived."""
        return Rate(self.sent, self.failed)


class Waiting(NamedTuple):
    """A school of which the number `name` waits for somebody, since `moment`; `total` is how many such schools there are."""

    name: str
    school_id: int
    school: str
    number: int
    moment: dt.datetime
    total: int


def _sum(name: str) -> ColumnElement[int]:
    return (
        select(func.coalesce(func.sum(PlatformBucket.number), literal_column("0")))
        .where(PlatformBucket.span == "minute", PlatformBucket.name == name, PlatformBucket.begins_at >= _SINCE)
        .scalar_subquery()
    )


def _of_session(column: InstrumentedAttribute[dt.datetime]) -> ColumnElement[dt.datetime]:
    return select(column).where(LoginSession.id == bindparam("session", type_=Uuid)).scalar_subquery()


_SOME_FAILED = (
    select(PlatformEvent.id)
    .where(PlatformEvent.action == SIGN_IN_FAILED, PlatformEvent.at >= _HOUR_AGO)
    .limit(MANY + 1)
    .subquery()
)
_PULSE = LookUp(
    select(
        _sum(SENT).label("sent"),
        _sum(FAILED).label("failed"),
        select(func.count()).select_from(_SOME_FAILED).scalar_subquery().label("sign_ins"),
        _of_session(LoginSession.created_at).label("signed_in_at"),
        _of_session(LoginSession.expires_at).label("expires_at"),
    ),
    Pulse,
)


def _worst(name: str, total: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """The schools in which a number has waited for longest."""
    return (
        select(
            Metric.name, Metric.school_id, School.name.label("school"), Metric.number, Metric.moment, total.label("total")
        )
        .join(School, School.id == Metric.school_id)
        .where(_is(Metric.name, name), _WAITS)
        .order_by(Metric.moment)
        .limit(literal_column(str(MOST)))
    )  # fmt: skip


def _quiet() -> Select[*tuple[Any, ...]]:
    """The schools that went quiet first; the moment is that at which each was last heard of."""
    went_quiet = _is(Metric.name, QUIET), _WAITS, Metric.moment <= _NOW
    how_many = select(func.count()).where(*went_quiet).scalar_subquery()
    of_school = and_(_HEARD.school_id == Metric.school_id, _is(_HEARD.name, HEARD))
    return (
        select(
            Metric.name, Metric.school_id, School.name.label("school"), Metric.number, _HEARD.moment, how_many.label("total")
        )
        .join(School, School.id == Metric.school_id)
        .join(_HEARD, of_school)
        .where(*went_quiet)
        .order_by(Metric.moment)
        .limit(literal_column(str(MOST)))
    )  # fmt: skip


def _is(column: InstrumentedAttribute[str], name: str) -> ColumnElement[bool]:
    """A literal, or the plan cannot use the partial index and is made anew each time."""
    return column == literal_column(f"'{name}'")


def _schools(name: str) -> ColumnElement[int]:
    """In how many schools a number is not 0."""
    return select(PlatformMetric.schools).where(_is(PlatformMetric.name, name)).scalar_subquery()


_WAITS = Metric.number > literal_column("0")
_WORST = union_all(
    select(_worst(LETTERS, _schools(LETTERS)).subquery()),
    select(_worst(GATEWAYS, _schools(GATEWAYS)).subquery()),
    select(_quiet().subquery()),
).subquery()
_WAITING = LookUp(
    select(_WORST.c.name, _WORST.c.school_id, _WORST.c.school, _WORST.c.number, _WORST.c.moment, _WORST.c.total), Waiting
)


def pulse(session: Session, session_id: UUID) -> Pulse:
    """The last hour of the platform, and the session of the reader."""
    asked = {"since": last_hour_since(), "hour_ago": clock.now() - HOUR, "session": session_id}
    return _PULSE.rows(session, **asked)[0]


def waiting(session: Session) -> list[Waiting]:
    """Of failed deliveries, of gateways in trouble and of silence, each: the schools with the oldest, MOST at most."""
    return _WAITING.rows(session, now=clock.now())
