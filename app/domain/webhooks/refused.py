"""What is refused at the door: why, and how often in each hour. Nothing of it is kept.

The reasons are ours and few, and so are the providers that are counted (any other is UNLISTED): a flood makes
numbers, not rows.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from psycopg.errors import LockNotAvailable
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.i18n.catalogue import N_
from app.models.webhook import WebhookRefusal
from app.tenancy.reading import driving

UNLISTED = "?"
PATIENCE = "50ms"  # that a request waits for its turn to count; then the next one counts it too


class Refusal(StrEnum):
    """Why something was refused."""

    UNKNOWN_PROVIDER = "unknown_provider"
    BAD_SIGNATURE = "bad_signature"
    TOO_OLD = "too_old"
    TOO_EARLY = "too_early"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    TOO_DEEP = "too_deep"
    NOT_JSON = "not_json"
    DUPLICATE_KEY = "duplicate_key"
    BAD_NUMBER = "bad_number"
    NOT_AN_EVENT = "not_an_event"
    ALTERED = "altered"


WORDS: Mapping[str, str] = {
    Refusal.UNKNOWN_PROVIDER: N_("From a provider that we share no secret with"),
    Refusal.BAD_SIGNATURE: N_("Not signed with a secret of ours, or changed on the way"),
    Refusal.TOO_OLD: N_("Signed more than five minutes ago: played back, or a clock that is slow"),
    Refusal.TOO_EARLY: N_("Signed in the future: a clock that is fast"),
    Refusal.TOO_LARGE: N_("Larger than an event may be"),
    Refusal.NOT_UTF8: N_("Signed, and no text"),
    Refusal.TOO_DEEP: N_("Signed, and nested too deeply"),
    Refusal.NOT_JSON: N_("Signed, and no JSON"),
    Refusal.DUPLICATE_KEY: N_("Signed, and a key stands in it twice"),
    Refusal.BAD_NUMBER: N_("Signed, with a number that cannot be one"),
    Refusal.NOT_AN_EVENT: N_("Signed, and without what every event has"),
    Refusal.ALTERED: N_("The id of an event that we have, with another body"),
}
#: those that say somebody does not know the secret, or plays back what they overheard
SIGNATURE = (Refusal.BAD_SIGNATURE, Refusal.TOO_OLD, Refusal.TOO_EARLY)


class Refused(Exception):
    """It was refused at the door."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Row(NamedTuple):
    """How many of a provider were refused for a reason, and when the last one was."""

    provider: str
    reason: str
    number: int
    last_at: dt.datetime


class Hour(NamedTuple):
    """How many were refused in the hour that begins then."""

    begins_at: dt.datetime
    number: int


_Key = tuple[str, str, dt.datetime]
# One row an hour is written by every request of a flood. It is locked for as long as one statement takes, without waiting for
# the disk; whoever would wait too long leaves the counting to the next one.
_ADD = """
INSERT INTO webhook_refusal (provider, reason, hour, number, last_at)
VALUES (%(provider)s, %(reason)s, %(hour)s, %(number)s, %(at)s)
ON CONFLICT (provider, reason, hour) DO UPDATE
SET number = webhook_refusal.number + excluded.number, last_at = greatest(webhook_refusal.last_at, excluded.last_at)
"""
_left: Counter[_Key] = Counter()
_turn = threading.Lock()


def count(session: Session, provider: str, reason: Refusal, *, at: dt.datetime) -> None:
    """Count one that was refused, committed at once. Needs `across_schools`, and a session that has nothing to commit."""
    key = (provider, reason.value, at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0))
    with _turn:
        _left[key] += 1
        counted = dict(_left)
        _left.clear()
    done: set[_Key] = set()
    try:
        for each, number in sorted(counted.items()):
            if _add(session, each, number, at):
                done.add(each)
    finally:
        with _turn:
            for each in counted.keys() - done:
                _left[each] += counted[each]


def _add(session: Session, key: _Key, number: int, at: dt.datetime) -> bool:
    """Write a number down; False when others have been writing it for too long."""
    provider, reason, hour = key
    try:
        with driving() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'; SET LOCAL synchronous_commit = off")
            cursor.execute(_ADD, {"provider": provider, "reason": reason, "hour": hour, "number": number, "at": at})
        session.commit()
    except LockNotAvailable:
        session.rollback()
        return False
    return True


def since(session: Session, moment: dt.datetime) -> list[Row]:
    """How many were refused since then, by provider and reason, the most first. Needs `across_schools`."""
    number, last = func.sum(WebhookRefusal.number).label("number"), func.max(WebhookRefusal.last_at).label("last_at")
    found = (
        select(WebhookRefusal.provider, WebhookRefusal.reason, number, last)
        .where(WebhookRefusal.hour >= moment)
        .group_by(WebhookRefusal.provider, WebhookRefusal.reason)
        .order_by(number.desc(), WebhookRefusal.provider, WebhookRefusal.reason)
    )
    return [Row(row.provider, row.reason, int(row.number), row.last_at) for row in session.execute(found)]


def by_hour(session: Session, until: dt.datetime, hours: int) -> list[Hour]:
    """How many were refused in each of the last `hours` hours, the oldest first, those without any too."""
    last = until.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    begins = [last - dt.timedelta(hours=back) for back in reversed(range(hours))]
    found = select(WebhookRefusal.hour, func.sum(WebhookRefusal.number)).where(WebhookRefusal.hour >= begins[0])
    numbers = {hour: int(number) for hour, number in session.execute(found.group_by(WebhookRefusal.hour))}
    return [Hour(hour, numbers.get(hour, 0)) for hour in begins]
