"""The life of a delivery: one table, and one function that reads an outcome into it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.models.delivery import Channel, Event, State

__all__ = ["BACKOFF", "CHAIN", "ENDS", "GIVE_UP", "STEPS", "Channel", "Event", "Result", "State", "Step", "draw", "step"]


Q, S, D = State.QUEUED, State.SENDING, State.DEFERRED

#        event             from       to; and where another channel is left
STEPS: dict[Event, tuple[frozenset[State], State, State | None]] = {
    Event.CLAIM: (frozenset({Q, S, D}), State.SENDING, None),
    Event.UNTRIED: (frozenset({S}), State.QUEUED, None),
    Event.ACCEPTED: (frozenset({S}), State.SENT, None),
    Event.TEMPORARY: (frozenset({S}), State.DEFERRED, None),
    Event.UNSURE: (frozenset({S}), State.DEFERRED, None),
    Event.PERMANENT: (frozenset({S}), State.DEAD, State.DEMOTED),
    Event.EXHAUSTED: (frozenset({S}), State.DEAD, State.DEMOTED),
    Event.WITHHELD: (frozenset({S}), State.DISCARDED, None),
    Event.BOUNCED: (frozenset({State.SENT}), State.DEAD, None),
    Event.RETRY: (frozenset({State.DEAD}), State.QUEUED, None),
    Event.DISCARD: (frozenset({State.DEAD}), State.DISCARDED, None),
    Event.EXPIRED: (frozenset({Q, S, D}), State.DISCARDED, None),
}
ENDS = frozenset({State.SENT, State.DEMOTED, State.DEAD, State.DISCARDED})
#: which channels may take over from one, the first that the person can be reached on
CHAIN: dict[str, tuple[Channel, ...]] = {
    Channel.WHATSAPP: (Channel.PUSH, Channel.EMAIL),
    Channel.SMS: (Channel.PUSH, Channel.EMAIL),
    Channel.PUSH: (Channel.EMAIL,),
    Channel.EMAIL: (),
}

BACKOFF = tuple(timedelta(seconds=s) for s in (5, 30, 60, 300, 1200, 3600, 4 * 3600, 8 * 3600, 10 * 3600))
GIVE_UP = timedelta(hours=24)  # `delivery.give_up_at` after the first try was possible


@dataclass(frozen=True)
class Result:
    """What came of one delivery in one run."""

    id: UUID
    event: Event
    code: int | None = None  # the provider's own, such as an SMTP reply
    answer: str = ""
    bad_address: bool = False  # flag the person's address
    gone: tuple[UUID, ...] = ()  # subscriptions to delete
    missed: tuple[UUID, ...] = ()  # subscriptions that it did not reach, where it reached another
    wait: int | None = None  # seconds that the provider asked for
    provider: str = ""  # who answered; empty: the channel's own
    milliseconds: int | None = None  # from the first byte to the answer
    provider_fault: bool = False  # counts towards the breaker


@dataclass(frozen=True)
class Step:
    """Where a result leads: the state, and when it is due there."""

    state: State
    due_at: datetime
    event: Event


def step(
    result: Result, *, now: datetime, put_off: int, unsure: bool, give_up_at: datetime, fallback: bool, jitter: float
) -> Step:
    """Read one result into the table. `put_off` is how often it was deferred before; `fallback` says that another channel can
    take over; `jitter` in 0..1 is drawn once per run, so that what is deferred together comes back together and shares a
    connection."""
    event, due = result.event, now
    if event in (Event.TEMPORARY, Event.UNSURE):
        delay = BACKOFF[min(put_off, len(BACKOFF) - 1)] * (0.75 + jitter / 2)
        due = now + max(delay, timedelta(seconds=result.wait or 0))
        if (event is Event.UNSURE and unsure) or put_off >= len(BACKOFF) or due > give_up_at:
            event = Event.EXHAUSTED
    elif event is Event.UNTRIED and now > give_up_at:
        event = Event.EXHAUSTED
    _, plain, demoted = STEPS[event]
    return Step(demoted if fallback and demoted else plain, due, event)


def draw() -> float:
    """The jitter of a run."""
    return random.random()  # noqa: S311  not a secret
