"""What can become of a message on its way to one person, as providers answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from app.delivery.states import BACKOFF, STEPS, Channel, Event, State

#: what stands among the tries and is none: heard of later, or done by somebody
DEEDS = frozenset({Event.BOUNCED, Event.RETRY, Event.DISCARD})
NOW, HOUR = dt.timedelta(), dt.timedelta(hours=1)
NEXT_MORNING = dt.timedelta(hours=26)


class Try(NamedTuple):
    """One attempt or deed, so long after the first, and what the provider said."""

    after: dt.timedelta
    event: Event
    code: int | None = None
    answer: str | None = None


class Way(NamedTuple):
    """A delivery: what happened on one channel, in order."""

    channel: Channel
    tries: tuple[Try, ...]

    @property
    def last(self) -> Try:
        """The last try, which says when it was due."""
        return next(each for each in reversed(self.tries) if each.event not in DEEDS)

    @property
    def through(self) -> dt.timedelta:
        """When the product had come to an end with it by itself, after its first try."""
        return [each.after for each in takewhile(lambda each: each.event not in DEEDS, self.tries)][-1]

    @property
    def ended(self) -> dt.timedelta:
        """When it was over, after its first try. To give something up that had failed ends nothing."""
        return next(each.after for each in reversed(self.tries) if each.event is not Event.DISCARD)

    def state(self, *, is_followed: bool) -> State:
        """Where its events lead by the product's own table; `is_followed`: another channel takes over."""
        _, plain, demoted = STEPS[self.tries[-1].event]
        return demoted if is_followed and demoted else plain

    def numbered(self) -> Iterator[tuple[int, Try]]:
        """Its tries as the product counts them: anew after somebody had it tried again, and deeds with the try before."""
        number = 0
        for each in self.tries:
            number += each.event not in DEEDS
            yield number, each
            if each.event is Event.RETRY:
                number = 0


#: the channels of one person: the next takes over where one gives up, or all go at once where the message is urgent
Fate = tuple[Way, ...]
#: fates by how many people have each
Story = tuple[tuple[Fate, int], ...]


def _mail(*tries: Try) -> Way:
    return Way(Channel.EMAIL, tries)


def _push(*tries: Try) -> Way:
    return Way(Channel.PUSH, tries)


def _after_waits(tries: int, event: Event, code: int, answer: str) -> Way:
    """So many attempts that were to be tried again, by the product's own back-off, and the last."""
    waits = (sum(BACKOFF[:n], dt.timedelta()) for n in range(tries + 1))
    *before, last = waits
    greylisted = (Try(wait, Event.TEMPORARY, 450, "4.7.1 Greylisted, try again later") for wait in before)
    return _mail(*greylisted, Try(last, event, code, answer))


_QUEUED = (250, "2.0.0 Ok: queued")
_FULL = Try(NOW, Event.PERMANENT, 552, "5.2.2 The recipient's mailbox is over its quota")
_NOBODY = (550, "5.1.1 Recipient address rejected: User unknown")
_TAKEN = _mail(Try(NOW, Event.ACCEPTED, *_QUEUED))
_PUSHED = _push(Try(NOW, Event.ACCEPTED, 201, "Created"))
_GONE = _push(Try(NOW, Event.PERMANENT, 410, "Gone"))
_FORBIDDEN = (403, "Forbidden")

TAKEN: Fate = (_TAKEN,)
TAKEN_LATER: Fate = (_after_waits(4, Event.ACCEPTED, *_QUEUED),)
LOST_LINE: Fate = (
    _mail(Try(NOW, Event.UNSURE, None, "TimeoutError: timed out"), Try(BACKOFF[0], Event.ACCEPTED, *_QUEUED)),
)  # fmt: skip
NEVER_TAKEN: Fate = (_after_waits(len(BACKOFF), Event.EXHAUSTED, 450, "4.7.1 Greylisted, try again later"),)
UNKNOWN: Fate = (_mail(Try(NOW, Event.PERMANENT, *_NOBODY)),)
FULL: Fate = (_mail(_FULL),)
REFUSED: Fate = (_mail(Try(NOW, Event.PERMANENT, 554, "5.7.1 Message refused by the policy of the recipient's server")),)
BOUNCED: Fate = (_mail(*_TAKEN.tries, Try(NEXT_MORNING, Event.BOUNCED, *_NOBODY)),)
RETRIED: Fate = (
    _mail(_FULL, Try(NEXT_MORNING, Event.RETRY), Try(NEXT_MORNING + BACKOFF[0], Event.ACCEPTED, *_QUEUED)),
)  # fmt: skip
DISCARDED: Fate = (_mail(_FULL, Try(NEXT_MORNING + HOUR, Event.DISCARD)),)

PUSHED: Fate = (_PUSHED,)
PUSHED_LATER: Fate = (
    _push(Try(NOW, Event.TEMPORARY, 429, "Too Many Requests"), Try(BACKOFF[1], Event.ACCEPTED, 201, "Created")),
)  # fmt: skip
DEVICE_GONE: Fate = (_GONE, _TAKEN)
DEVICE_GONE_BOX_FULL: Fate = (_GONE, _mail(_FULL))
KEY_REFUSED: Fate = (
    _push(
        Try(NOW, Event.TEMPORARY, *_FORBIDDEN), Try(BACKOFF[0], Event.TEMPORARY, *_FORBIDDEN),
        Try(BACKOFF[0] + BACKOFF[1], Event.PERMANENT, *_FORBIDDEN),
    ),
)  # fmt: skip
#: what is urgent goes by both
BOTH: Fate = (_PUSHED, _TAKEN)
ONLY_PUSHED: Fate = (_PUSHED, _mail(_FULL))
