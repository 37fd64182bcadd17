"""A real push service on loopback, in threads of the test: it holds every push to the RFCs, decrypts it, and fails as asked.

A subscription's path chooses: a number is the status; `once-413` is 413 the first time only; hang, drip, drop, garbage, flood,
interim, chunked and close are what a line can do to one. A push that is not as it must be is refused and stands in `wrongs`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import http_ece
import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from py_vapid import jwt

from app.delivery import keys, push
from app.ids import uuid7

DAY = 24 * 3600
RETRY_AFTER = "7"
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, eq=False)
class Subscription:
    """A browser that has subscribed with a key of ours; `got` is what it was sent, whatever the service answered."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey
    secret: bytes
    key: keys.Key
    got: list[Push] = field(default_factory=list)

    @property
    def p256dh(self) -> str:
        return unpadded(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        return unpadded(self.secret)

    @property
    def json(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` gives it."""
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


@dataclass(frozen=True)
class Push:
    """A push as it came; `text` is what the browser's service worker would be given."""

    headers: dict[str, str]
    text: dict[str, str]
    claims: dict[str, Any]
    line: tuple[str, int]


class Wrong(Exception):
    """Not a push by the RFCs; the first argument is the status that a service gives for it."""


class PushService:
    """What came is in `pushes`, in order; what was refused as wrong in `wrongs`. `origin` is its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        service = self

        class Handler(_Handler):
            pass

        Handler.service = service
        self.pushes: list[Push] = []
        self.wrongs: list[str] = []
        self.followed: list[str] = []  # GETs and what else a redirect would bring
        self.subscriptions: dict[str, Subscription] = {}
        self.seen: set[str] = set()
        self.lines: set[socket.socket] = set()
        self.let_go, self.lock = threading.Event(), threading.Lock()
        self.server = _Server(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.origin = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, name="push service")
        self.thread.start()

    def subscribe(self, key: keys.Key, what: str = "201") -> Subscription:
        """A new subscription with one of our keys, whose pushes are answered with `what`."""
        path = f"/push/{what}/{uuid7().hex}"
        made = Subscription(self.origin + path, ec.generate_private_key(ec.SECP256R1()), os.urandom(16), key)
        self.subscriptions[path] = made
        return made

    def hang_up(self) -> None:
        """Close every line that is kept open, as services do with idle ones."""
        with self.lock:
            for line in self.lines:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Begin anew."""
        for kept in (self.pushes, self.wrongs, self.followed, self.subscriptions, self.seen):
            kept.clear()

    def stop(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.hang_up()
        self.server.server_close()
        self.thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A line that was cut is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    service: PushService
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.service.lock:
            self.service.lines.add(self.connection)

    def finish(self) -> None:
        with self.service.lock:
            self.service.lines.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *words: Any) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        self.service.followed.append(self.path)
        self.answer(200)

    def do_POST(self) -> None:
        self.push(self.rfile.read(int(self.headers["Content-Length"])))

    def push(self, body: bytes) -> None:
        service = self.service
        to = service.subscriptions.get(self.path)
        if to is None:
            service.followed.append(self.path)
            return self.answer(404)
        what = self.path.split("/")[2]
        if what.startswith("once-"):
            first = self.path not in service.seen
            service.seen.add(self.path)
            what = what.removeprefix("once-") if first else "201"
        try:
            claims, text = self.claims(to), self.text(to, body)
        except Wrong as wrong:
            status, why = wrong.args
            service.wrongs.append(why)
            return self.answer(status)
        got = Push(dict(self.headers), text, claims, self.client_address)
        to.got.append(got)
        service.pushes.append(got)
        return self.answer(int(what)) if what.isdigit() else getattr(self, f"line_{what}")()

    def claims(self, to: Subscription) -> dict[str, Any]:
        """What the token says (RFC 8292). Raises Wrong."""
        scheme, _, parameters = self.headers.get("Authorization", "").partition(" ")
        given = dict(part.strip().split("=", 1) for part in parameters.split(",") if "=" in part)
        if scheme != "vapid" or given.keys() != {"t", "k"}:
            raise Wrong(401, "no VAPID")
        try:
            claims = jwt.decode(given["t"], given["k"])
        except InvalidSignature:
            raise Wrong(401, "not signed by the key that it names") from None
        if json.loads(_bytes(given["t"].split(".")[0])) != {"typ": "JWT", "alg": "ES256"}:
            raise Wrong(401, "not ES256")
        left = claims.get("exp", 0) - time.time()
        if claims.get("aud") != self.service.origin or not 0 < left <= DAY or not claims.get("sub", "").startswith("mailto:"):
            raise Wrong(401, f"claims {claims}")
        if given["k"] != to.key.public:
            raise Wrong(403, "not the key that the browser subscribed with")
        return claims

    def text(self, to: Subscription, body: bytes) -> dict[str, str]:
        """What the browser can read. Raises Wrong."""
        headers = self.headers
        if not headers.get("TTL", "").isdigit() or headers.get("Content-Encoding") != "aes128gcm" or len(body) > 4096:
            raise Wrong(400, f"headers {dict(headers)}, {len(body)} bytes")
        if not TOPIC.fullmatch(headers.get("Topic", "")) or headers.get("Urgency") not in ("high", "normal"):
            raise Wrong(400, f"headers {dict(headers)}")
        try:
            text = http_ece.decrypt(body, private_key=to.private, auth_secret=to.secret)
        except Exception as error:
            raise Wrong(400, f"does not decrypt: {error}") from error
        said: dict[str, str] = json.loads(text)
        return said

    def answer(self, status: int, *, body: bytes = b"") -> None:
        self.send_response(status)
        if status in (301, 302, 303, 307, 308):
            self.send_header("Location", f"{self.service.origin}/followed")
        if status == 429:
            self.send_header("Retry-After", RETRY_AFTER)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, text: bytes) -> None:
        self.wfile.write(text)
        self.wfile.flush()

    def cut(self) -> None:
        self.close_connection = True

    def line_hang(self) -> None:
        self.service.let_go.wait(30)
        self.cut()

    def line_drip(self) -> None:
        """A byte now and then, for ever."""
        self.raw(b"HTTP/1.1 201 Created\r\nX: ")
        with contextlib.suppress(OSError):
            while not self.service.let_go.wait(0.02):
                self.raw(b"x")
        self.cut()

    def line_drop(self) -> None:
        self.cut()

    def line_garbage(self) -> None:
        self.raw(b"I am no web server\r\n\r\n")
        self.cut()

    def line_flood(self) -> None:
        with contextlib.suppress(OSError):
            self.raw(b"HTTP/1.1 201 Created\r\n" + b"X: " + b"x" * (1 << 20) + b"\r\n\r\n")
        self.cut()

    def line_interim(self) -> None:
        self.raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        self.answer(201, body=b"x" * 40_000)

    def line_chunked(self) -> None:
        self.raw(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")

    def line_close(self) -> None:
        self.raw(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self.cut()


def add_device(
    sql: psycopg.Connection[Any], school: int, person: UUID, subscription: Subscription, device: str = "A phone"
) -> UUID:
    """Store a subscription as a person's device; returns its id."""
    row = uuid7()
    sql.execute(
        "INSERT INTO push_subscription (school_id, id, person_id, endpoint, p256dh, auth, key_id, device)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (school, row, person, subscription.endpoint, subscription.p256dh, subscription.auth, subscription.key.id, device),
    )
    return row


def hang_up_everywhere() -> None:
    """Close what this process keeps open to push services, and forget its tokens."""
    for pushers in push._spare.values():
        for pusher in pushers:
            pusher.close()
    push._spare.clear()


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture(scope="session")
def _pushservice() -> Iterator[PushService]:
    service = PushService()
    yield service
    hang_up_everywhere()
    service.stop()


@pytest.fixture
def pushservice(app: Flask, _pushservice: PushService, tmp_path) -> Iterator[PushService]:
    """The push service that the application under test sends to, empty, and a first key in an instance folder of the test.

    Whatever the test was about: no push was wrong and no redirect was followed, unless the test has cleared what it expected.
    """
    settings = app.extensions["settings"]
    _pushservice.forget()
    app.extensions["settings"] = here = replace(settings, push_test_origin=_pushservice.origin, home=tmp_path)
    keys.make(here)
    yield _pushservice
    app.extensions["settings"] = settings
    hang_up_everywhere()
    assert _pushservice.wrongs == []
    assert _pushservice.followed == []
