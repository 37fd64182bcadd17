"""Which failed deliveries are meant: all, or those of a reason, a channel, an age, some schools."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.delivery.dead_letters import key_of
from app.domain.causes import Cause, read
from app.models.delivery import Channel

CHANNELS = tuple(channel.value for channel in Channel)
#: how long ago they failed at least
AGES = {"1h": dt.timedelta(hours=1), "1d": dt.timedelta(days=1), "7d": dt.timedelta(days=7)}


@dataclass(frozen=True)
class Choice:
    """What is meant. `causes` None means whatever the reason, `schools` None all of them; `until` is when they had failed."""

    channel: str = ""
    causes: tuple[str, ...] | None = None
    schools: tuple[int, ...] | None = None
    until: dt.datetime | None = None


class Tally(NamedTuple):
    """How many died of a cause, by the age that they have at least; `oldest` is since when there are any."""

    cause: str
    channel: str
    all: int
    hour: int
    day: int
    week: int
    oldest: dt.datetime

    @property
    def meaning(self) -> Cause:
        return read(self.cause, self.channel)

    def of_age(self, age: str) -> int:
        """How many are that old; `age` is a key of AGES, or ''."""
        return {"": self.all, "1h": self.hour, "1d": self.day, "7d": self.week}[age]


class Reason(NamedTuple):
    """Why deliveries failed: `words` is a message to be translated, `key` what addresses call it, `causes` what it is of."""

    key: str
    words: str
    number: int
    oldest: dt.datetime
    causes: tuple[str, ...]


def reasons(tallies: Iterable[Tally], *, channel: str = "", age: str = "") -> list[Reason]:
    """The reasons of a channel and an age, the most frequent first: one entry for all that people read alike."""
    alike: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        if tally.of_age(age) and channel in ("", tally.channel):
            alike[tally.meaning.words].append(tally)
    found = (
        Reason(
            key_of(words), words, sum(tally.of_age(age) for tally in same), min(tally.oldest for tally in same),
            tuple(dict.fromkeys(tally.cause for tally in same)),
        )
        for words, same in alike.items()
    )  # fmt: skip
    return sorted(found, key=lambda reason: (-reason.number, reason.key))


def causes_of(tallies: Iterable[Tally], reason: str) -> tuple[str, ...]:
    """The causes that a reason (its key) stands for; none for one that nothing failed for."""
    same = (tally.cause for tally in tallies if key_of(tally.meaning.words) == reason)
    return tuple(dict.fromkeys(same))


def by_channel(tallies: Sequence[Tally], *, reason: str, age: str) -> dict[str, int]:
    """How many there are of each channel ('' for all), of a reason ('' for every) and an age."""
    counts = dict.fromkeys(("", *CHANNELS), 0)
    for tally in tallies:
        if not reason or key_of(tally.meaning.words) == reason:
            counts[""] += tally.of_age(age)
            counts[tally.channel] += tally.of_age(age)
    return counts


def by_age(tallies: Sequence[Tally], *, reason: str, channel: str) -> dict[str, int]:
    """How many there are of each age ('' for all), of a reason and a channel."""
    meant = [
        tally for tally in tallies
        if channel in ("", tally.channel) and (not reason or key_of(tally.meaning.words) == reason)
    ]  # fmt: skip
    return {age: sum(tally.of_age(age) for tally in meant) for age in ("", *AGES)}
