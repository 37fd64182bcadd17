"""A real SMTP server on loopback, in a thread of the test: it keeps what it gets, and fails as the recipient's name asks.

The recipient's local part chooses: r450-… and r550-… are refused, dot451-… is refused after the text, once450-… the first time
only, tarpit-… gets no answer, drop-… is taken and then the line is cut. Everybody else gets their mail.
"""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NamedTuple

import pytest

_ID = re.compile(rb"(?mi)^Message-ID: (<[^>]*>)")


@dataclass(frozen=True)
class Mail:
    """A mail as it came: `to` and `sender` are the envelope's."""

    to: str
    sender: str
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def message_id(self) -> str:
        found = _ID.search(self.raw)
        return found[1].decode() if found else ""

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""


class Refused(NamedTuple):
    """A recipient or a text that was not taken."""

    to: str
    code: int


class MailServer:
    """What it took is in `mails`, in order, what it refused in `refused`. `pipelining` is what it offers."""

    def __init__(self, port: int = 0, *, late: float = 0.0) -> None:
        self.mails: list[Mail] = []
        self.lines: set[asyncio.Transport] = set()
        self.refused: list[Refused] = []
        self.pipelining, self.late, self.seen = True, late, set[str]()
        self.loop, up = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(port, up), name="mailserver", daemon=True)
        self.thread.start()
        up.wait()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Mail]:
        """What one address got."""
        return [mail for mail in self.mails if mail.to == address]

    def forget(self) -> None:
        """Begin anew."""
        self.pipelining = True
        for kept in (self.mails, self.refused, self.seen):
            kept.clear()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def _serve(self, port: int, up: threading.Event) -> None:
        serving = self.loop.create_server(lambda: _Line(self), "127.0.0.1", port)
        server = self.loop.run_until_complete(serving)
        self.port: int = server.sockets[0].getsockname()[1]
        up.set()
        self.loop.run_forever()
        for line in self.lines:
            line.abort()
        server.close()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: MailServer) -> None:
        self.server, self.buffer, self.reading, self.sender, self.to = server, b"", False, "", ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.out = transport
        self.server.lines.add(transport)
        transport.write(b"220 mailserver\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self.server.lines.discard(self.out)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        answers: list[bytes] = []
        while not self.out.is_closing():
            end = self.buffer.find(b"\r\n.\r\n" if self.reading else b"\r\n")
            if end < 0:
                break
            if self.reading:
                raw, self.buffer, self.reading = self.buffer[: end + 2], self.buffer[end + 5 :], False
                answer = self.text(raw.replace(b"\r\n..", b"\r\n."))
            else:
                line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
                answer = self.command(line)
            if answer is None:
                break
            answers.append(answer)
        if answers and not self.out.is_closing():
            self.server.loop.call_later(self.server.late, self.out.write, b"".join(answers))

    def text(self, raw: bytes) -> bytes | None:
        if self.to.startswith("dot451"):
            self.server.refused.append(Refused(self.to, 451))
            return b"451 4.3.0 later\r\n"
        self.server.mails.append(Mail(self.to, self.sender, raw))
        if self.to.startswith("drop"):
            self.out.abort()
            return None
        return b"250 2.0.0 queued\r\n"

    def command(self, line: bytes) -> bytes | None:
        verb, path = line[:4].upper(), line[line.find(b"<") + 1 : line.find(b">")].decode()
        if verb == b"EHLO":
            return b"250-mailserver\r\n250 PIPELINING\r\n" if self.server.pipelining else b"250 mailserver\r\n"
        if verb == b"MAIL":
            self.sender, self.to = path, ""
        elif verb == b"RCPT":
            return self.recipient(path)
        elif verb == b"DATA":
            self.reading = bool(self.to)
            return b"354 go\r\n" if self.to else b"503 5.5.1 nobody to send to\r\n"
        elif verb == b"QUIT":
            self.out.write(b"221 bye\r\n")
            self.out.close()
            return None
        return b"250 2.0.0 ok\r\n"

    def recipient(self, to: str) -> bytes | None:
        if to.startswith("tarpit"):
            self.out.pause_reading()
            return None
        first = to.startswith("once450") and to not in self.server.seen
        self.server.seen.add(to)
        if fault := re.match(r"r([45]\d\d)", to):
            self.server.refused.append(Refused(to, int(fault[1])))
            return b"%s %s\r\n" % (fault[1].encode(), b"5.1.1 nobody here" if fault[1][0] == "5" else b"4.2.0 later")
        if first:
            self.server.refused.append(Refused(to, 450))
            return b"450 4.2.0 later\r\n"
        self.to = to
        return b"250 2.1.5 ok\r\n"


@pytest.fixture(scope="session")
def _mailserver():
    server = MailServer()
    yield server
    server.stop()
