"""Public pages that are kept in the process: a bounded number of bytes, the least used leave first."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

import brotli

from app.domain.site.standing import Mark

LIMIT = 16 << 20  # bytes of pages in a process, compressed ones counted with them
SMALLEST = 1024  # bytes: below it a packet is a packet
BROTLI, GZIP = 6, 6  # done once a page, not once a request
#: host and path of an address, as they were asked for
Key = tuple[str, str]


class Answer(NamedTuple):
    """What goes out: `status` as WSGI writes it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Kept:
    """An answer that holds as long as the website stands as it did and the clock has not passed `until` (None: for ever).

    Its ETag is of its bytes, so that every process gives the same one. It is weak, for a page goes out in several codings.
    """

    def __init__(
        self, body: bytes, content_type: str, *, headers: list[tuple[str, str]], mark: Mark | None = None,
        until: dt.datetime | None = None,
    ) -> None:  # fmt: skip
        self.mark, self.until = mark, until
        self.etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
        self.headers = [("Content-Type", content_type), ("ETag", self.etag), ("Vary", "Accept-Encoding"), *headers]
        self.bodies = {"": body}

    @property
    def size(self) -> int:
        """Bytes, of all codings that could come to be."""
        return 2 * len(self.bodies[""])

    def holds(self, mark: Mark | None, now: dt.datetime) -> bool:
        """Whether it is still what the website shows."""
        return mark == self.mark and (self.until is None or now < self.until)

    def answer(self, accepts: str, known: str) -> Answer:
        """The page, or 304 for whoever has it; `accepts` and `known` are Accept-Encoding and If-None-Match as they came."""
        if known and self._is_known(known):
            return Answer("304 NOT MODIFIED", self.headers[1:], b"")
        coding = _coding(accepts) if len(self.bodies[""]) >= SMALLEST else ""
        body = self.bodies.get(coding)
        if body is None:
            body = self.bodies[coding] = _compressed(self.bodies[""], coding)
        more = [("Content-Length", str(len(body)))]
        if coding:
            more.append(("Content-Encoding", coding))
        return Answer("200 OK", self.headers + more, body)

    def _is_known(self, known: str) -> bool:
        ours = self.etag.removeprefix("W/")
        return known.strip() == "*" or any(tag.strip().removeprefix("W/") == ours for tag in known.split(","))


class Shelf:
    """Pages by the address that they were asked for; at most `limit` bytes of them."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit, self.size = limit, 0
        self._pages: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Key) -> Kept | None:
        """The page at an address, which is used again."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Key, page: Kept) -> None:
        """Keep a page; the least used ones leave while there are too many bytes. One that is too large alone is not kept."""
        with self._lock:
            if before := self._pages.pop(key, None):
                self.size -= before.size
            if page.size > self.limit:
                return
            self._pages[key] = page
            self.size += page.size
            while self.size > self.limit:
                self.size -= self._pages.popitem(last=False)[1].size


def _coding(accepts: str) -> str:
    """The coding for a reader: brotli, gzip or none. A coding that is refused (`q=0`) is not taken."""
    offered = {}
    for part in accepts.split(","):
        name, _, weight = part.partition(";")
        offered[name.strip().lower()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return "br" if offered.get("br") else "gzip" if offered.get("gzip") else ""


def _compressed(body: bytes, coding: str) -> bytes:
    return brotli.compress(body, quality=BROTLI) if coding == "br" else gzip.compress(body, GZIP, mtime=0)
