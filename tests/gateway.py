"""A real gateway for SMS and WhatsApp on loopback, in threads of the test: it keeps what it gets, checks it, and fails as the
number asks.

The last digits of the number choose: …202, …400, …401, …403, …429 (with Retry-After: 120), …500, …302 answer so (…302 leads to
`/stolen`), …008 hangs, …009 hangs up without a word, …007 drips its answer a byte at a time. Everybody else's is taken with 200
and an id. `GET /ping` answers `ping`, HEAD 405. A request without the key gets 401, one whose signature does not fit 403.
"""

from __future__ import annotations

import hmac
import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.audit.record import Actor
from app.tenancy.doors import acting_for
from blueprints.settings.operations import GatewayDraft, connect_gateway

KEY, SECRET = "the-key-of-the-gateway", "the secret of the gateway"
PHONE = "+27825550"  # and three digits more, which choose


@dataclass
class Text:
    """A message as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def to(self) -> str:
        return str(self.body["to"])

    @property
    def text(self) -> str:
        return str(self.body["text"])


@dataclass
class GatewayServer:
    """What came is in `texts`, taken or not; what was taken in `taken`, by its Idempotency-Key, once. `secret` None: unsigned."""

    secret: str | None = None
    ping: int = 200
    texts: list[Text] = field(default_factory=list)
    taken: dict[str, Text] = field(default_factory=dict)
    pings: list[str] = field(default_factory=list)
    lines: int = 0
    answer: int | None = None  # to everybody, instead of what the number asks
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self.over = threading.Event()
        kept = self

        class Handler(_Handler):
            server_ = kept

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  a line that a client gave up
        self.thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def to(self, phone: str) -> list[Text]:
        return [text for text in self.texts if text.to == phone]

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self.thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server_: GatewayServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server_.lines += 1

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(405)

    def do_GET(self) -> None:
        self.server_.pings.append(self.path)
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._answer(401)
        elif self.path == "/hang":
            self.server_.over.wait(30)
        else:
            self._answer(self.server_.ping)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        text = Text(self.path, dict(self.headers.items()), json.loads(raw))
        self.server_.texts.append(text)
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._answer(401, {"error": f"no such key {self.headers.get('Authorization')}"})
            return
        if self.server_.secret and not signed(self.headers.get("Webhook-Signature", ""), raw, self.server_.secret):
            self._answer(403, {"error": "signature"})
            return
        asked = self.server_.answer or int(text.to[-3:])
        if asked == 8:
            self.server_.over.wait(30)
        elif asked == 9:
            self.close_connection = True
        elif asked == 7:
            self._drip()
        elif asked in (302, 400, 401, 403, 429, 500, 503):
            self._answer(asked, {"error": f"number {text.to} not accepted" if text.to.endswith("400") else "try later"})
        else:
            self.server_.taken.setdefault(self.headers["Idempotency-Key"], text)
            self._answer(202 if asked == 202 else 200, {"id": f"msg-{len(self.server_.taken)}"})

    def _answer(self, status: int, body: object = None) -> None:
        raw = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "120")
        if status == 302:
            self.send_header("Location", f"{self.server_.url}/stolen")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def _drip(self) -> None:
        """An answer that never ends, a byte now and then."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not self.server_.over.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()


def signed(header: str, body: bytes, secret: str) -> bool:
    """What a gateway does with the header: fresh, and of this body."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    if not parts.get("t", "").isdigit() or abs(time.time() - int(parts["t"])) > 300:
        return False
    proof = hmac.digest(secret.encode(), parts["t"].encode() + b"." + body, "sha256").hex()
    return hmac.compare_digest(proof, parts.get("v1", ""))


def connect(school: int, server: GatewayServer, channel: str = "sms", **more: str | None) -> None:
    """Let a school's messages on a channel go by this gateway, committed."""
    values: dict[str, str | None] = {
        "url": f"{server.url}/send", "key": KEY, "secret": SECRET, "sender": None, "ping_url": f"{server.url}/ping",
    } | more  # fmt: skip
    with acting_for(school) as session:
        connect_gateway(channel, GatewayDraft(**values), by=Actor("system", None, ""))
        session.commit()


@pytest.fixture
def gateway():
    """A gateway that nobody knows yet."""
    server = GatewayServer()
    yield server
    server.stop()
