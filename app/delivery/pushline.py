"""A kept connection to a push service: a question goes out in one write, its answer is read when it is there.

So one thread has several questions on the way, on a line each. `http.client` does neither: it writes head and body apart, and
the parser of mail headers that it reads an answer with takes as long as the encryption.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from app import clock
from app.delivery.outward import NoAnswer, Unreachable

TIMEOUT = 5.0  # seconds to dial, and again for a question with its whole answer
LONGEST = 64 * 1024  # bytes of an answer; nobody needs more to say what became of a push
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: |\r\n)")
_FIELD = re.compile(rb"\r\n(content-length|transfer-encoding|connection|retry-after):[ \t]*([^\r\n]*)", re.IGNORECASE)


class Stale(NoAnswer):
    """A kept line that the service had closed meanwhile: nobody read the question, so it may go once more."""


class Answer(NamedTuple):
    """What a push service said; `wait` are the seconds that it asks for."""

    status: int
    wait: int | None


class Line:
    """One connection to an origin. Raises Unreachable when there is none."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        host, tls = parts.hostname or "", parts.scheme == "https"
        self.origin, self.asked_at, self.is_open = origin, 0.0, True
        try:
            sock = socket.create_connection((host, parts.port or (443 if tls else 80)), TIMEOUT)
        except OSError as error:
            raise Unreachable(type(error).__name__) from None
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sock = _context().wrap_socket(sock, server_hostname=host) if tls else sock
        except OSError as error:
            sock.close()
            raise Unreachable("no valid certificate" if isinstance(error, ssl.SSLError) else type(error).__name__) from None
        self.number = self._sock.fileno()  # what a poll knows the line by

    @property
    def until(self) -> float:
        """When the answer is too late, on the monotonic clock."""
        return self.asked_at + TIMEOUT

    def ask(self, question: bytes) -> None:
        """Send it. Raises Stale on a line that was used before, NoAnswer on a new one."""
        self._used, self.asked_at = self.asked_at > 0, time.monotonic()
        try:
            self._sock.settimeout(TIMEOUT)
            self._sock.sendall(question)
        except OSError as error:
            raise self._broken(error, nobody_read=self._used) from None

    def answer(self) -> Answer:
        """Wait for the answer to what was asked; the line is closed where it cannot be used again. Raises Stale or NoAnswer."""
        got, silent = b"", True
        try:
            while True:
                head, ends, body = got.partition(b"\r\n\r\n")
                if ends and head.startswith(b"HTTP/1.1 1"):  # an interim answer: the real one follows
                    got = body
                    continue
                if ends and (answer := self._read(head, len(body))):
                    return answer
                left = self.until - time.monotonic()
                if got and (left <= 0 or len(got) > LONGEST):
                    raise TimeoutError
                self._sock.settimeout(max(left, 0.001))  # what has come by now is read all the same
                more = self._sock.recv(LONGEST)
                if not more:
                    raise ConnectionError("no whole answer")
                got, silent = got + more, False
        except OSError as error:
            nobody_read = self._used and silent and not isinstance(error, TimeoutError)
            raise self._broken(error, nobody_read=nobody_read) from None

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        self._sock.close()

    def _read(self, head: bytes, body: int) -> Answer | None:
        """The answer of a head and so many bytes of a body; None while the body is not whole."""
        status = _STATUS.match(head + b"\r\n")
        if status is None:
            raise ConnectionError("not an answer")
        fields = {name.lower(): value for name, value in _FIELD.findall(head)}
        length = fields.get(b"content-length", b"")
        if status[2] == b"204":
            length = b"0"
        if length.isdigit() and body < int(length) <= LONGEST:
            return None
        whole = length.isdigit() and body == int(length) and b"transfer-encoding" not in fields
        if not whole or status[1] == b"0" or fields.get(b"connection", b"").lower() == b"close":
            self.close()  # where it ends is not ours to find out
        return Answer(int(status[2]), _seconds(fields.get(b"retry-after", b"")))

    def _broken(self, error: OSError, *, nobody_read: bool) -> NoAnswer:
        self.close()
        return (Stale if nobody_read else NoAnswer)(type(error).__name__)


def _seconds(retry_after: bytes) -> int | None:
    """What a service asks us to wait: it says seconds, or a moment."""
    text = retry_after.strip().decode("ascii", "replace")
    if text.isdecimal() and len(text) < 7:
        return int(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0, round((_aware(moment) - clock.now()).total_seconds()))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@cache
def _context() -> ssl.SSLContext:
    """What checks the certificates of push services; made once, for it reads them all."""
    return ssl.create_default_context()
