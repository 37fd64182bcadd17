"""What happened to one person's message, step by step: 'push 08:01: the device is gone', then 'email 08:01: accepted'."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from app.domain.reasons import NAMES, TAKEN, reason_for
from app.i18n.catalogue import N_
from app.i18n.speech import speech
from app.models.delivery import Attempt, Delivery, Event, Instead, State
from app.models.message import Message
from app.tenancy.reading import Prepared, reading

INSTEAD = {
    Instead.NOT_CONNECTED.value: N_("%(asked)s is not connected, so it goes this way instead."),
    Instead.NO_NUMBER.value: N_("There is no phone number for %(asked)s, so it goes this way instead."),
}
TONES = {
    Event.ACCEPTED.value: "ok", Event.TEMPORARY.value: "warn", Event.UNSURE.value: "warn", Event.PERMANENT.value: "crit",
    Event.EXHAUSTED.value: "crit", Event.BOUNCED.value: "crit",
}  # fmt: skip


class Step(NamedTuple):
    """One thing that happened at `at`, or (`is_coming`) that will; `tone` as of a badge.

    `message` is to be translated with `values`, of which moments are aware; `because` says more and is a message too. `answer`
    with its `code` is the provider's own, after `milliseconds`.
    """

    at: dt.datetime
    channel: str
    tone: str
    message: str
    values: Mapping[str, object] = {}
    because: str = ""
    provider: str | None = None
    code: int | None = None
    answer: str | None = None
    milliseconds: int | None = None
    is_coming: bool = False

    @property
    def text(self) -> str:
        """What happened, in the language of the reader and by the clock of the school."""
        words = speech()
        shown = {name: words.moment(it) if isinstance(it, dt.datetime) else it for name, it in self.values.items()}
        return words.gettext(self.message, **shown)

    @property
    def why(self) -> str:
        """Why, in the language of the reader; "" where there is nothing to say."""
        return speech().gettext(self.because) if self.because else ""


class _Way(NamedTuple):
    id: UUID
    channel: str
    state: str
    created_at: dt.datetime
    due_at: dt.datetime
    ended_at: dt.datetime | None
    instead: str | None
    reason: str | None
    discard_reason: str | None
    asked: str | None


class _Try(NamedTuple):
    delivery: UUID
    at: dt.datetime
    event: str
    code: int | None
    answer: str | None
    provider: str | None
    milliseconds: int | None


_OF = (
    Delivery.message_id == bindparam("message", type_=PG_UUID), Delivery.person_id == bindparam("person", type_=PG_UUID)
)  # fmt: skip
_WAYS = Prepared(
    select(
        Delivery.id, Delivery.channel, Delivery.state, Delivery.created_at, Delivery.due_at, Delivery.ended_at,
        Delivery.instead, Delivery.reason, Delivery.discard_reason, Message.channel.label("asked"),
    )
    .join(Message, (Message.school_id == Delivery.school_id) & (Message.id == Delivery.message_id))
    .where(*_OF)
    .order_by(Delivery.created_at, Delivery.id),
    _Way,
)  # fmt: skip
_TRIES = Prepared(
    select(
        Attempt.delivery_id.label("delivery"), Attempt.at, Attempt.event, Attempt.code, Attempt.answer, Attempt.provider,
        Attempt.milliseconds,
    )
    .join(Delivery, (Delivery.school_id == Attempt.school_id) & (Delivery.id == Attempt.delivery_id))
    .where(*_OF)
    .order_by(Attempt.at, Attempt.id),
    _Try,
)  # fmt: skip


def timeline(message_id: UUID, person_id: UUID, now: dt.datetime) -> list[Step]:
    """Every step of a message to one person in the order in which they happened, what is to come last."""
    with reading() as cursor:
        ways = _WAYS.all(cursor, message=message_id, person=person_id)
        tries = _TRIES.all(cursor, message=message_id, person=person_id)
    of: dict[UUID, list[_Try]] = defaultdict(list)
    for each in tries:
        of[each.delivery].append(each)
    steps = [step for way in ways for step in _steps(way, of[way.id], now)]
    return sorted(steps, key=lambda step: (step.is_coming, step.at))


def _steps(way: _Way, tries: Sequence[_Try], now: dt.datetime) -> Iterator[Step]:
    """The steps of one delivery."""
    if way.instead and way.asked:
        yield Step(way.created_at, way.channel, "info", INSTEAD[way.instead], {"asked": NAMES[way.asked]})
    else:
        yield Step(way.created_at, way.channel, "neutral", N_("Queued."))
    for each in tries:
        yield _tried(way, each)
    if way.ended_at and not tries:
        yield Step(way.ended_at, way.channel, "neutral", N_("It is over; its details have been deleted."))
    if way.state == State.SENDING:
        yield Step(now, way.channel, "info", N_("It is on its way now."), is_coming=True)
    elif way.state == State.DEFERRED:
        yield Step(way.due_at, way.channel, "warn", N_("Next try: %(moment)s."), {"moment": way.due_at}, is_coming=True)
    elif way.state == State.QUEUED and way.due_at > now:
        waits = N_("Quiet hours: it waits until %(moment)s.")
        yield Step(way.due_at, way.channel, "info", waits, {"moment": way.due_at}, is_coming=True)
    elif way.state == State.QUEUED and way.reason:  # it was handed back: the provider took nothing at all
        away = N_("The provider could not be reached. It waits, and goes out as soon as that is over.")
        yield Step(now, way.channel, "warn", away, is_coming=True)
    elif way.state == State.QUEUED:
        yield Step(now, way.channel, "info", N_("It waits for its turn."), is_coming=True)


def _tried(way: _Way, each: _Try) -> Step:
    """What came of one try, or what somebody did to it."""
    own = (each.provider, each.code, each.answer, each.milliseconds)
    reason = reason_for(each.event, each.code, each.answer, way.channel)
    if each.event == Event.RETRY:
        return Step(each.at, way.channel, "info", N_("Somebody had it tried again."))
    if each.event == Event.DISCARD:
        return Step(each.at, way.channel, "neutral", N_("Somebody gave it up: %(why)s"), {"why": way.discard_reason or "–"})
    if each.event == Event.ACCEPTED:
        return Step(each.at, way.channel, "ok", TAKEN.get(way.channel, N_("Accepted")), {}, "", *own)
    if each.event == Event.BOUNCED:
        return Step(each.at, way.channel, "crit", N_("It came back."), {}, reason, *own)
    return Step(each.at, way.channel, TONES.get(each.event, "neutral"), reason, {}, "", *own)
