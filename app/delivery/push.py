"""Web push: RFC 8030, encryption by RFC 8291, VAPID by RFC 8292.

The endpoint is a URL that a browser's owner typed or could have typed: only https on 443 to known push services, no
redirect is ever followed (http.client does not), 5 seconds.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import http_ece  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02  # type: ignore[import-untyped]

TIMEOUT = 5.0
HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)  # a dot: any host below
ROOM = 3993  # bytes of text that every push service takes
TOKEN_LIFE = 12 * 3600
GONE = frozenset({404, 410})
PRINTABLE = re.compile(r"[!-~]{1,2000}", re.ASCII)


class ForbiddenEndpoint(ValueError):
    """Not a push service that we know."""


def origin_of(endpoint: str, *, test_origin: str | None = None) -> str:
    """The origin of an endpoint that may be called. Raises ForbiddenEndpoint. `test_origin` comes from a setting."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        raise ForbiddenEndpoint(endpoint) from None
    host, origin = parts.netloc, f"{parts.scheme}://{parts.netloc}"  # the bare host: no port, nobody's name before an @
    known = parts.scheme == "https" and any(host == h or (h.startswith(".") and host.endswith(h)) for h in HOSTS)
    if not PRINTABLE.fullmatch(endpoint) or not (known or origin == test_origin):
        raise ForbiddenEndpoint(endpoint)
    return origin


def payload(*, title: str, body: str, url: str, tag: str) -> bytes:
    """The JSON that the service worker shows, shortened to ROOM bytes by cutting the body, then the title."""
    for keep in (None, 500, 100, 0):
        short = body if keep is None or len(body) <= keep else body[:keep].rstrip() + "…" * bool(keep)
        raw = json.dumps({"title": title[:200], "body": short, "url": url, "tag": tag}, ensure_ascii=False).encode(
            "utf-8", "replace"
        )
        if len(raw) <= ROOM:
            return raw
    raise ValueError("url too long")


def unpadded(text: str) -> bytes:
    """Base64url as browsers write it."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encrypt(text: bytes, *, p256dh: str, auth: str) -> bytes:
    """One aes128gcm record under a fresh key. Raises ValueError when the subscription's keys are not keys."""
    return bytes(
        http_ece.encrypt(
            text, private_key=ec.generate_private_key(ec.SECP256R1()), dh=unpadded(p256dh), auth_secret=unpadded(auth)
        )
    )


@dataclass
class Pusher:
    """Keeps a connection and a signed token for each push service."""

    key: Vapid02
    contact: str  # mailto: or https:, for the push service's people
    test_origin: str | None = None
    _lines: dict[str, http.client.HTTPConnection] = field(default_factory=dict)
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    def token(self, origin: str) -> str:
        """The Authorization header for one push service; signed once in TOKEN_LIFE."""
        expires, header = self._tokens.get(origin, (0.0, ""))
        if expires < time.time() + 3600:
            expires = time.time() + TOKEN_LIFE
            header = str(self.key.sign({"aud": origin, "sub": self.contact, "exp": int(expires)})["Authorization"])
            self._tokens[origin] = expires, header
        return header

    def post(self, endpoint: str, body: bytes, *, topic: str, urgent: bool, ttl: int = 86400) -> tuple[int, str, int | None]:
        """Status, reason and Retry-After in seconds. Raises OSError or HTTPException when there is no answer."""
        origin = origin_of(endpoint, test_origin=self.test_origin)
        path = "/" + endpoint[len(origin) :].partition("#")[0].removeprefix("/")
        # One write for head and body, where http.client takes two. Every value here is printable ASCII by now.
        request = (
            f"POST {path} HTTP/1.1\r\nHost: {origin.partition('//')[2]}\r\nTTL: {ttl}\r\nTopic: {topic}\r\n"
            f"Urgency: {'high' if urgent else 'normal'}\r\nContent-Encoding: aes128gcm\r\nContent-Type: application/octet-stream\r\n"
            f"Content-Length: {len(body)}\r\nAuthorization: {self.token(origin)}\r\n\r\n"
        ).encode("ascii") + body
        for attempt in (1, 2):
            kept = origin in self._lines
            if not kept:
                self._lines[origin] = self._dial(origin)
            line = self._lines[origin]
            try:
                if line.sock is None:
                    line.connect()
                line.sock.sendall(request)
                answer = http.client.HTTPResponse(line.sock, method="POST")
                answer.begin()
                answer.read(64 * 1024)
                wait = answer.headers.get("Retry-After", "")
                if answer.will_close or not answer.isclosed():
                    self._drop(origin)
                return answer.status, answer.reason, int(wait) if wait.isdigit() else None
            except (OSError, http.client.HTTPException) as error:
                self._drop(origin)
                # An idle line that the service had closed: nobody read the request, so it may go once more.
                if not (kept and attempt == 1 and isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError))):
                    raise
        raise AssertionError("unreachable")

    def _dial(self, origin: str) -> http.client.HTTPConnection:
        parts = urlsplit(origin)
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return make(parts.hostname or "", parts.port, timeout=TIMEOUT)

    def _drop(self, origin: str) -> None:
        line = self._lines.pop(origin, None)
        if line:
            line.close()
