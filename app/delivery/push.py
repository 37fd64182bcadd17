"""Web push (RFC 8030): what goes to one device, and the lines to the push services that stay open between runs.

The endpoint is a URL that a browser's owner typed or could have typed: only https on 443 to known push services, no redirect is
ever followed, and an answer has five seconds.
"""

from __future__ import annotations

import base64
import json
import re
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from app.config import Settings
from app.delivery.keys import Key
from app.delivery.pushline import Answer, Line, Stale
from app.delivery.sender import Sender

HOSTS = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"})
BELOW = re.compile(r"([a-z0-9-]+\.)+(push\.apple\.com|notify\.windows\.com)")
ROOM = 3993  # bytes of text that every push service takes (RFC 8291, section 4)
SMALL = 1000  # after a service has called it too large
CUTS = ((None, 200), (500, 200), (100, 200), (100, 60), (0, 60))  # characters of body and title, until it fits
TTL = 24 * 3600  # seconds for which a service keeps what a device that is off has not fetched
TOKEN_LIFE, RENEWED = 12 * 3600, 3600  # seconds: 24 hours are allowed (RFC 8292); a new one is signed an hour before the end
IDLE = 60.0  # seconds after which a kept line is not trusted: what stands between may have forgotten it
_PRINTABLE = re.compile(r"[!-~]{1,2000}")
_MARKS = b'{"tag":"%s","receipt":"%s",'
_MARKED = len(_MARKS % (b"t" * 22, b"r" * 48))  # the lengths of `topic_of` and `receipts.receipt_token`


class ForbiddenEndpoint(ValueError):
    """Not a push service that we know."""


class Endpoint(NamedTuple):
    """An endpoint that may be called, taken apart."""

    origin: str
    target: str

    @property
    def is_everybodys(self) -> bool:
        """Whether no device can have made the host up: only then is its silence the service's fault, which stops it for all."""
        return self.host in HOSTS or not BELOW.fullmatch(self.host)

    @property
    def host(self) -> str:
        """Whose it is: what may be shown and kept, where the rest names a device."""
        return self.origin.partition("//")[2]


def origin_of(endpoint: str, *, test_origin: str | None = None) -> str:
    """The origin of an endpoint that may be called. Raises ForbiddenEndpoint. `test_origin` comes from a setting."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        raise ForbiddenEndpoint from None
    host, origin = parts.netloc, f"{parts.scheme}://{parts.netloc}"  # the bare host: no port, nobody's name before an @
    known = parts.scheme == "https" and (host in HOSTS or BELOW.fullmatch(host))
    if not _PRINTABLE.fullmatch(endpoint) or not (known or origin == test_origin):
        raise ForbiddenEndpoint
    return origin


def endpoint_of(endpoint: str, *, test_origin: str | None = None) -> Endpoint:
    """An endpoint that may be called. Raises ForbiddenEndpoint."""
    origin = origin_of(endpoint, test_origin=test_origin)
    return Endpoint(origin, "/" + endpoint[len(origin) :].partition("#")[0].removeprefix("/"))


def topic_of(delivery_id: UUID) -> str:
    """The Topic of a delivery and the tag of its notification: a second copy replaces the first, there and on the screen."""
    return base64.urlsafe_b64encode(delivery_id.bytes).rstrip(b"=").decode("ascii")


def content(*, title: str, body: str, url: str, room: int = ROOM) -> bytes:
    """The JSON that is the same for all readers of a language, so short that with its marks it has at most `room` bytes.

    The body is cut first, then the title. An address so long that it leaves no room for them is left out.
    """
    for address in (url, ""):
        for letters, name in CUTS:
            short = body if letters is None or len(body) <= letters else body[:letters].rstrip() + "…" * bool(letters)
            said = {"title": title[:name], "body": short, "url": address}
            raw = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            if _MARKED + len(raw) <= room:
                return raw
    raise ValueError(f"no room in {room} bytes")


def marked(raw: bytes, *, tag: str, receipt: str) -> bytes:
    """The content with what is one delivery's own."""
    return _MARKS % (tag.encode("ascii"), receipt.encode("ascii")) + raw[1:]


class Flight:
    """A push on its way, to be waited for on its line."""

    __slots__ = ("begun", "line", "question")

    def __init__(self, line: Line, question: bytes) -> None:
        self.line, self.question, self.begun = line, question, time.monotonic()


class Pusher:
    """Keeps lines and signed tokens. One thread's at a time: see `borrowed`."""

    def __init__(self, contact: str) -> None:
        self._contact = contact
        self._idle: dict[str, list[Line]] = {}
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}

    def begin(self, to: Endpoint, sealed: bytes, *, key: Key, topic: str, urgent: bool) -> Flight:
        """Let a push leave. Raises Unreachable where nothing was asked, or NoAnswer."""
        # Every value here is printable ASCII: an endpoint was looked at, and the rest is ours.
        head = (
            f"POST {to.target} HTTP/1.1\r\nHost: {to.host}\r\nTTL: {TTL}\r\nTopic: {topic}\r\n"
            f"Urgency: {'high' if urgent else 'normal'}\r\nContent-Encoding: aes128gcm\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {len(sealed)}\r\n"
            f"Authorization: {self._token(to.origin, key)}\r\n\r\n"
        )
        return self._leave(self._line(to.origin), head.encode("ascii") + sealed)

    def end(self, flight: Flight) -> Answer:
        """Wait for the answer; the line is kept where it can be. Raises NoAnswer, or Unreachable."""
        try:
            answer = flight.line.answer()
        except Stale:
            flight.line = self._leave(Line(flight.line.origin), flight.question).line
            answer = flight.line.answer()
        if flight.line.is_open:
            self._idle.setdefault(flight.line.origin, []).append(flight.line)
        return answer

    def sign_anew(self, to: Endpoint, key: Key) -> None:
        """Forget the token that a service did not believe."""
        self._tokens.pop((to.origin, key.id), None)

    def close(self) -> None:
        """Hang up everywhere."""
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()

    def _token(self, origin: str, key: Key) -> str:
        """The Authorization for one push service and one key."""
        now = time.time()
        until, token = self._tokens.get((origin, key.id), (0.0, ""))
        if until - RENEWED < now:
            until = now + TOKEN_LIFE
            claims = {"aud": origin, "sub": self._contact, "exp": int(until)}
            token = str(key.vapid.sign(claims)["Authorization"])
            self._tokens[origin, key.id] = until, token
        return token

    def _line(self, origin: str) -> Line:
        """A kept line that was used lately, or a new one."""
        idle, now = self._idle.get(origin, []), time.monotonic()
        while idle:
            line = idle.pop()
            if now - line.asked_at < IDLE:
                return line
            line.close()
        return Line(origin)

    def _leave(self, line: Line, question: bytes) -> Flight:
        try:
            line.ask(question)
        except Stale:
            line = Line(line.origin)
            line.ask(question)
        return Flight(line, question)


def landed(flights: Sequence[Flight]) -> list[Flight]:
    """Those of the flights whose answer has begun to come, or whose time is over; waits until there is one."""
    poll = select.poll()
    for flight in flights:
        poll.register(flight.line.number, select.POLLIN)
    left = min(flight.line.until for flight in flights) - time.monotonic()
    ready = {number for number, _ in poll.poll(max(0.0, left) * 1000)}
    now = time.monotonic()
    return [flight for flight in flights if flight.line.number in ready or flight.line.until <= now]


_spare: dict[str, list[Pusher]] = {}


@contextmanager
def borrowed(settings: Settings) -> Iterator[Pusher]:
    """A pusher of this process with the lines and tokens of earlier runs, for one thread until the block ends."""
    contact = f"mailto:{Sender(settings).address}"
    spare = _spare.setdefault(contact, [])
    try:
        pusher = spare.pop()
    except IndexError:
        pusher = Pusher(contact)
    try:
        yield pusher
    finally:
        spare.append(pusher)
