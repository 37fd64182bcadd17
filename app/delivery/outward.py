"""HTTP to an address that somebody typed: only to public addresses, to the very one that was looked at, no redirects, in time.

The name is resolved once, each of its addresses is looked at, and the connection goes to one of those: a name that leads
somewhere else a moment later (DNS rebinding) is not asked again. Outside production a server on loopback may be used too.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPResponse, RemoteDisconnected
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from app.config import Environment, Settings

PATIENCE = 10.0  # seconds for one question and its whole answer
LONGEST_ANSWER = 16 * 1024  # bytes of a body that are read; nobody needs more to know an answer
HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE)
PRINTABLE = re.compile(r"[!-~]{1,2000}")
UNICAST = ip_network("2000::/3")  # all that is given out of IPv6: not NAT64, site-local, IPv4-compatible, translated or SRv6
#: not of the whole internet, though Python says so of some: protocols (with Teredo), 6to4 and its relays, examples
NOT_PUBLIC = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")))
HERE = ("localhost", "127.0.0.1", "::1")


class Forbidden(ValueError):
    """Not an address that we go to. The text is a code: 'malformed', 'insecure' or 'private'."""


class Unreachable(OSError):
    """There is no line: the name is unknown, nobody listens, or TLS failed. Nothing was asked."""


class NoAnswer(OSError):
    """It was asked, and what came back in time is no answer: whether it acted is not known."""


class Place(NamedTuple):
    """An address taken apart: where the line goes, and what is asked for there."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def shown(self) -> str:
        """The host, with its port where that is not the usual one: what may be shown and kept."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


class Answer(NamedTuple):
    """What came back; `wait` is Retry-After in seconds where it was given so."""

    status: int
    body: bytes
    wait: int | None


def place_of(url: str, settings: Settings) -> Place:
    """Take an address apart that may be gone to as far as can be seen without asking DNS. Raises Forbidden."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden("malformed") from None
    host = (parts.hostname or "").rstrip(".")
    literal = _literal(host)
    if not PRINTABLE.fullmatch(url) or not (literal or HOST.fullmatch(host)) or "@" in parts.netloc or port == 0:
        raise Forbidden("malformed")
    here = may_be_here(settings) and host in HERE
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise Forbidden("insecure")
    if not here and (host == "localhost" or (literal and not is_public(literal))):
        raise Forbidden("private")
    query = f"?{parts.query}" if parts.query else ""
    return Place(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), (parts.path or "/") + query)


def may_be_here(settings: Settings) -> bool:
    """Whether this copy of Umthi may use a server on its own machine."""
    return settings.environment in (Environment.LOCAL, Environment.TEST)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the whole internet, also as what it stands for."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address not in UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in NOT_PUBLIC)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


class Line:
    """A kept connection to one place."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self.place, self._settings = place, settings
        self._sock: socket.socket | None = None

    def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", *, patience: float = PATIENCE
    ) -> Answer:
        """One question. Raises Forbidden, Unreachable or NoAnswer.

        On a kept line that was closed in between it is asked once more: nobody read it.
        """
        until = time.monotonic() + patience
        kept = self._sock is not None
        try:
            try:
                return self._ask(method, target, headers, body, until)
            except (RemoteDisconnected, BrokenPipeError):
                if not kept:
                    raise
                return self._ask(method, target, headers, body, until)
        except Unreachable:
            raise
        except (OSError, HTTPException) as error:
            raise NoAnswer(type(error).__name__) from None

    def close(self) -> None:
        """Hang up."""
        if self._sock:
            self._sock.close()
            self._sock = None

    def _ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes, until: float) -> Answer:
        self._sock = sock = self._sock or self._connect(until)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.place.shown}"]
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        answer = HTTPResponse(cast("socket.socket", _InTime(sock, until)), method=method)
        keeps = False
        try:
            sock.settimeout(_left(until))
            sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + body)
            answer.begin()
            text = answer.read(LONGEST_ANSWER)
            keeps = answer.isclosed() and not answer.will_close
            wait = answer.headers.get("Retry-After", "")
            return Answer(answer.status, text, int(wait) if wait.isdecimal() and len(wait) < 7 else None)
        finally:
            answer.close()
            if not keeps:
                self.close()

    def _connect(self, until: float) -> socket.socket:
        place = self.place
        addresses = _resolve(place, until)
        here = may_be_here(self._settings) and place.host in HERE
        if not here and not all(is_public(ip_address(address.partition("%")[0])) for address in addresses):
            raise Forbidden("private")
        why = "nobody listens"
        for address in addresses:
            sock = None
            try:
                sock = socket.create_connection((address, place.port), _left(until))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if place.scheme == "https":
                    sock.settimeout(_left(until))
                    sock = ssl.create_default_context().wrap_socket(sock, server_hostname=place.host)
                return sock
            except OSError as error:
                if sock:
                    sock.close()
                why = "no valid certificate" if isinstance(error, ssl.SSLError) else type(error).__name__
        raise Unreachable(why)


def _resolve(place: Place, until: float) -> list[str]:
    """The addresses of a name. Raises Unreachable when there are none in time; the resolver knows no timeout, so it is left."""
    found: list[str] = []

    def look() -> None:
        with suppress(OSError, UnicodeError):
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(_left(until))
    if thread.is_alive():
        raise Unreachable("no answer for the name")
    if not found:
        raise Unreachable("unknown name")
    return found


class _InTime(io.RawIOBase):
    """What comes in on a socket until a moment, however slowly it drips. HTTPResponse asks it for its `makefile` alone."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)


def _left(until: float) -> float:
    """Seconds until a moment. Raises TimeoutError when it is over."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
