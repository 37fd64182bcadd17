"""A batch by web push: to every device of each person, over a few lines at once; the best answer counts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from http import HTTPStatus
from time import monotonic
from typing import Any, NamedTuple

from app.delivery.aes128gcm import encrypt
from app.delivery.batch import Batch
from app.delivery.keys import Key, keys_of
from app.delivery.outward import NoAnswer, Unreachable
from app.delivery.push import (
    SMALL,
    Endpoint,
    Flight,
    ForbiddenEndpoint,
    Pusher,
    borrowed,
    content,
    endpoint_of,
    landed,
    marked,
    topic_of,
)  # fmt: skip
from app.delivery.receipts import receipt_token
from app.delivery.states import Event, Result
from app.i18n.languages import DEFAULT

LINES = 4  # requests on the way: what a kill can double at most, each with the Topic of its first copy
GONE = frozenset({404, 410})
REFUSED = frozenset({401, 403})  # our key, or the token that it signed
DOUBTS = 2  # times that a refused key is not believed; then another channel takes over, within a minute or two
TOO_LARGE = 413
NO_DEVICE, NO_KEY = "no device", "no key for this device"
#: which answer of a person's devices counts: the first of these
BEST = (Event.ACCEPTED, Event.TEMPORARY, Event.UNTRIED, Event.PERMANENT)


class Outcome(NamedTuple):
    """What came of a push to one device."""

    event: Event
    code: int | None
    answer: str
    provider: str = ""
    milliseconds: int | None = None
    wait: int | None = None
    is_fault: bool = False


def send_push(batch: Batch) -> Iterator[Result]:
    """Results one by one, as they come; who has no device and who is not begun in time are the first and the last."""
    with borrowed(batch.settings) as pusher:
        yield from _Run(batch, pusher).results()


def verdict(status: int, *, put_off: int) -> tuple[Event, bool]:
    """The class of an answer, and whether it is the service's fault; `put_off` is how often it was deferred before.

    A redirect is as good as a refusal. A refused key is waited for a little: it may be our clock, or theirs.
    """
    if status < 300:
        return Event.ACCEPTED, False
    if status in REFUSED:
        return _doubted(put_off), False  # with a key of its own, one device could stop the service for all
    if status >= 500:
        return Event.TEMPORARY, True
    return (Event.TEMPORARY if status in (408, 429) else Event.PERMANENT), False


def _doubted(put_off: int) -> Event:
    """What is as likely the device's fault as anybody's: later, and after DOUBTS times never."""
    return Event.TEMPORARY if put_off < DOUBTS else Event.PERMANENT


class _Text:
    """What readers of one language are shown; the second is for a service that calls the first too large."""

    __slots__ = ("long", "short")

    def __init__(self, batch: Batch, text: Any) -> None:
        shown = {"title": batch.school, "body": text.lock_screen or text.subject, "url": batch.url}
        self.long, self.short = content(**shown), content(**shown, room=SMALL)


class _Person:
    """A delivery and what its devices have answered so far."""

    __slots__ = ("devices", "outcomes", "receipt", "row", "tag", "text")

    def __init__(self, batch: Batch, row: Any, devices: Any, text: _Text) -> None:
        self.row, self.devices, self.text = row, devices, text
        self.tag, self.receipt = topic_of(row.id), receipt_token(batch.settings, batch.school_id, row.id)
        self.outcomes: list[tuple[Any, Outcome]] = []

    def take(self, device: Any, outcome: Outcome) -> Result | None:
        """One more device; the result when it was the last."""
        self.outcomes.append((device, outcome))
        if len(self.outcomes) < len(self.devices):
            return None
        # of answers that are as good, the greater code: which device answered first must not change what is said
        best = min((each for _, each in self.outcomes), key=lambda each: (BEST.index(each.event), -(each.code or 0)))
        missed = [(device.id, each) for device, each in self.outcomes if each.event is not Event.ACCEPTED]
        return Result(
            self.row.id, best.event, best.code, best.answer,
            gone=tuple(id for id, each in missed if each.code in GONE),
            missed=tuple(id for id, each in missed if each.code not in GONE),
            wait=max((each.wait for _, each in missed if each.wait), default=None),
            provider=best.provider, milliseconds=best.milliseconds,
            provider_fault=best.is_fault,
        )  # fmt: skip


class _Push:
    """To one device of a person."""

    __slots__ = ("device", "flight", "is_short", "key", "person", "to")

    def __init__(self, person: _Person, device: Any) -> None:
        self.person, self.device, self.is_short = person, device, False
        self.key: Key
        self.to: Endpoint
        self.flight: Flight


class _Run:
    """One run of a batch: what is on its way, and the services that could not be reached."""

    def __init__(self, batch: Batch, pusher: Pusher) -> None:
        self.batch, self.pusher = batch, pusher
        self.keys = keys_of(batch.settings)
        self.texts = {language: _Text(batch, text) for language, text in batch.texts.items()}
        self.away: dict[str, Outcome] = {}
        self.again: deque[_Push] = deque()

    def results(self) -> Iterator[Result]:
        """At most LINES pushes are on the way or answered and not yet told, whatever becomes of this process."""
        waiting, flying = self._pushes(), dict[Flight, _Push]()
        try:
            while True:
                while len(flying) < LINES and (push := self.again.popleft() if self.again else next(waiting, None)):
                    if isinstance(push, Result):
                        yield push
                    elif (outcome := self._begin(push)) is None:
                        flying[push.flight] = push
                    elif result := push.person.take(push.device, outcome):
                        yield result
                if not flying:
                    return
                for flight in landed(list(flying)):
                    push = flying.pop(flight)
                    outcome = self._end(push)
                    if outcome and (result := push.person.take(push.device, outcome)):
                        yield result
        finally:
            for flight in flying:
                flight.line.close()

    def _pushes(self) -> Iterator[_Push | Result]:
        """One for each device, of one person after another while there is time; at once what is known of who has none."""
        for row in self.batch.people:
            devices = self.batch.devices.get(row.person_id)
            if not devices:
                yield Result(row.id, Event.PERMANENT, None, NO_DEVICE)
            elif self.batch.time_left() <= 0:
                return
            else:
                person = _Person(self.batch, row, devices, self.texts.get(row.language) or self.texts[DEFAULT])
                yield from (_Push(person, device) for device in devices)

    def _begin(self, push: _Push) -> Outcome | None:
        """Let it leave; the outcome where that is impossible."""
        device, person = push.device, push.person
        key = self.keys.get(device.key_id)
        if key is None:
            return Outcome(Event.PERMANENT, None, NO_KEY)
        text = person.text.short if push.is_short else person.text.long
        try:
            push.key, push.to = key, endpoint_of(device.endpoint, test_origin=self.batch.settings.push_test_origin)
            if away := self.away.get(push.to.origin):
                return away
            raw = marked(text, tag=person.tag, receipt=person.receipt)
            sealed = encrypt(raw, p256dh=device.p256dh, auth=device.auth)
            push.flight = self.pusher.begin(push.to, sealed, key=key, topic=person.tag, urgent=self.batch.urgent)
        except ForbiddenEndpoint:
            return Outcome(Event.PERMANENT, None, "not a push service")
        except ValueError:
            return Outcome(Event.PERMANENT, None, "not the keys of a device")
        except (Unreachable, NoAnswer) as error:
            return self._unanswered(push, error)
        return None

    def _end(self, push: _Push) -> Outcome | None:
        """Read the answer; None where it has to go again, shorter."""
        try:
            answer = self.pusher.end(push.flight)
        except (Unreachable, NoAnswer) as error:
            return self._unanswered(push, error)
        text = push.person.text
        if answer.status == TOO_LARGE and not push.is_short and text.short != text.long:
            push.is_short = True
            self.again.append(push)
            return None
        if answer.status in REFUSED:
            self.pusher.sign_anew(push.to, push.key)
        event, is_fault = verdict(answer.status, put_off=push.person.row.put_off)
        took = round((monotonic() - push.flight.begun) * 1000)
        return Outcome(
            event, answer.status, _phrase(answer.status), push.to.host, took, answer.wait, is_fault and push.to.is_everybodys
        )

    def _unanswered(self, push: _Push, error: OSError) -> Outcome:
        """No answer is the fault of a service that everybody has, else of the device that named it.

        Without a line nothing was tried, and nobody else of this run waits for one.
        """
        if not push.to.is_everybodys:
            return Outcome(_doubted(push.person.row.put_off), None, str(error), push.to.host)
        if isinstance(error, NoAnswer):
            return Outcome(Event.TEMPORARY, None, str(error), push.to.host, is_fault=True)
        away = Outcome(Event.UNTRIED, None, str(error), push.to.host, is_fault=True)
        self.away[push.to.origin] = away
        return away


def _phrase(status: int) -> str:
    """What a status means in words that are not the service's own: those may name the device."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
