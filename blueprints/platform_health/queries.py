"""What the health page reads apart from the schools: ways out, deliveries by hour, why they failed, and other signals."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import ScalarSelect, and_, false, func, not_, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.delivery.dead_letters import IS_DEAD, key_of
from app.domain.causes import read
from app.domain.emergencies import IN_A_DAY
from app.domain.metrics import Bucket, Number, of_platform
from app.domain.onboarding import NEEDS_HELP
from app.domain.rates import FAILED, HOUR, SENT, Rate, last_hour_since, rate_of, whole_hours
from app.ids import first_of
from app.models.audit import PlatformEvent
from app.models.delivery import Delivery
from app.models.message import Message
from app.models.metric import PlatformBucket, PlatformMetric
from app.models.onboarding import OnboardingRun
from app.models.provider import Condition, Gateway
from app.models.school import School

DAY = 24  # hours
DEAD = "deliveries.dead"
NEWEST = 1_000  # failures whose reasons are looked at: what the page may cost does not grow with a bad day
MOST = 10_000  # attempts are counted up to here
SIGN_IN_FAILED, TURNED_AWAY = "account.sign_in_failed", "access.turned_away"


class Gateways(NamedTuple):
    """How the gateways of one text channel are: `connected` by schools, and of these `degraded` and `ready`.

    `checked_at` is when the one was checked that has not been for the longest time; None when one never was, or there is none.
    """

    connected: int = 0
    degraded: int = 0
    ready: int = 0
    checked_at: dt.datetime | None = None

    @property
    def condition(self) -> str:
        """Degraded when one of them is, ready when one of them is."""
        if self.degraded:
            return Condition.DEGRADED
        return Condition.READY if self.ready else Condition.NOT_CONFIGURED


class Hour(NamedTuple):
    """An hour's deliveries: those that were accepted and those that could not be delivered."""

    begins_at: dt.datetime
    sent: int
    failed: int

    @property
    def total(self) -> int:
        return self.sent + self.failed


class Reason(NamedTuple):
    """Why deliveries failed: `words` is a message to be translated, `key` what addresses call it."""

    key: str
    words: str
    number: int


class Signals(NamedTuple):
    """Numbers of the platform. `emergencies` counts broadcasts of 24 hours (as workers counted them), `urgent` the urgent
    messages, `setups` school-setup tasks that nobody has acknowledged, `sign_ins` failures of the last hour, `turned_away`
    attempts of 24 hours; the last two up to MOST + 1."""

    emergencies: int
    urgent: int
    setups: int
    schools: int
    sign_ins: int
    turned_away: int


def gateways(session: Session) -> dict[str, Gateways]:
    """The gateways of the schools by text channel; a channel on which nobody has connected one is there too."""
    resting = func.coalesce(Gateway.open_until > func.now(), false())
    degraded = or_(Gateway.condition == Condition.DEGRADED.value, resting)
    ready = and_(Gateway.condition == Condition.READY.value, not_(resting))
    unchecked = func.bool_or(Gateway.checked_at.is_(None))
    found = session.execute(
        select(
            Gateway.channel, func.count(), func.count().filter(degraded), func.count().filter(ready),
            func.min(Gateway.checked_at), unchecked,
        ).group_by(Gateway.channel)
    )  # fmt: skip
    seen = {
        channel: Gateways(connected, bad, good, None if never else checked)
        for channel, connected, bad, good, checked, never in found
    }
    return {channel: seen.get(channel, Gateways()) for channel in ("whatsapp", "sms")}


def deliveries(session: Session) -> tuple[Rate, list[Hour]]:
    """The rate of the last hour, by whole five minutes; and the last 24 whole hours with the one that is not over, the oldest
    first: an hour without deliveries is there too."""
    begins = whole_hours(DAY)
    spans = {"minute": last_hour_since(), "hour": begins[0]}
    rows = session.execute(
        select(PlatformBucket.span, PlatformBucket.begins_at, PlatformBucket.name, PlatformBucket.number).where(
            or_(*(and_(PlatformBucket.span == span, PlatformBucket.begins_at >= first) for span, first in spans.items())),
            PlatformBucket.name.in_((SENT, FAILED)),
        )
    ).all()
    found = {(begin, name): number for span, begin, name, number in rows if span == "hour"}
    hours = [Hour(begin, found.get((begin, SENT), 0), found.get((begin, FAILED), 0)) for begin in begins]
    return rate_of(Bucket(*row[1:]) for row in rows if row[0] == "minute"), hours


def needing_review(session: Session) -> Number | None:
    """How many failed deliveries wait for somebody, and since when the oldest does; None when nobody has counted them yet."""
    return of_platform(session, DEAD).get(DEAD)


def reasons(session: Session) -> list[Reason]:
    """Why deliveries failed that ended within 24 hours and wait for somebody, the most frequent first; of the NEWEST ones."""
    newest = (
        select(Delivery.cause, Delivery.channel)
        .where(IS_DEAD, Delivery.ended_at >= clock.now() - DAY * HOUR)
        .order_by(Delivery.ended_at.desc())
        .limit(NEWEST)
        .subquery()
    )
    kinds = session.execute(select(newest.c.cause, newest.c.channel, func.count()).group_by(newest.c.cause, newest.c.channel))
    alike: dict[str, int] = defaultdict(int)
    for cause, channel, number in kinds:
        alike[read(cause, channel).words] += number
    found = (Reason(key_of(words), words, number) for words, number in alike.items())
    return sorted(found, key=lambda reason: (-reason.number, reason.key))


def signals(session: Session) -> Signals:
    """The other signals, in one statement."""
    day, hour = clock.now() - DAY * HOUR, clock.now() - HOUR
    urgent = select(func.count()).where(
        Message.id >= first_of(day), Message.created_at >= day, Message.urgent, Message.person_id.is_(None)
    )
    setups = select(func.count()).select_from(OnboardingRun).where(NEEDS_HELP)
    schools = select(func.count()).select_from(School)
    emergencies = select(func.coalesce(func.sum(PlatformMetric.number), 0)).where(PlatformMetric.name == IN_A_DAY)
    asked = (emergencies, urgent, setups, schools)
    numbers = (*(one.scalar_subquery() for one in asked), _events(SIGN_IN_FAILED, hour), _events(TURNED_AWAY, day))
    return Signals._make(session.execute(select(*numbers)).one())


def _events(action: str, begin: dt.datetime) -> ScalarSelect[int]:
    """How many events of the platform there are of an action since a moment: MOST + 1 means more than MOST."""
    some = select(PlatformEvent.id).where(PlatformEvent.action == action, PlatformEvent.at >= begin).limit(MOST + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()
