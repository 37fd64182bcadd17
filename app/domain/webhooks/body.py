"""The body of an event, read more strictly than JSON asks: what two readers could understand differently is refused.

For bytes whose signature has been verified; a stranger's are never parsed.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import Any, NamedTuple, NoReturn

from app.domain.webhooks.refused import Refusal, Refused

LARGEST = 64 * 1024  # bytes
DEEPEST = 16
LONGEST_NUMBER = 20  # characters
ID = re.compile(r"[\x21-\x7e]{1,200}")  # of an event, a payment, a customer: printable ASCII without spaces
TYPE = re.compile(r"[a-z0-9_.]{1,100}")
EARLIEST = 946_684_800  # seconds: the year 2000
AHEAD = 300  # seconds that a provider's clock may be ahead: an event of next year would make all others old

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # never fails, so that it reads each byte once
_BRACKET = re.compile(rb"[\[\]{}]")


class Event(NamedTuple):
    """What every body has: `data` means something to those who know the type."""

    id: str
    type: str
    at: dt.datetime
    data: dict[str, Any]


def read(raw: bytes, *, now: dt.datetime) -> Event:
    """The event in a body. Raises Refused with its reason."""
    found = _json(raw)
    if not isinstance(found, dict):
        raise Refused(Refusal.NOT_AN_EVENT)
    id, type_, data = found.get("id"), found.get("type"), found.get("data")
    if not (isinstance(id, str) and ID.fullmatch(id) and isinstance(type_, str) and TYPE.fullmatch(type_)):
        raise Refused(Refusal.NOT_AN_EVENT)
    if not isinstance(data, dict):
        raise Refused(Refusal.NOT_AN_EVENT)
    return Event(id, type_, _moment(found.get("created"), now), data)


def _moment(created: object, now: dt.datetime) -> dt.datetime:
    """When it happened: whole seconds since 1970."""
    if type(created) is not int or not EARLIEST <= created <= now.timestamp() + AHEAD:
        raise Refused(Refusal.NOT_AN_EVENT)
    return dt.datetime.fromtimestamp(created, dt.UTC)


def _json(raw: bytes) -> object:
    if len(raw) > LARGEST:
        raise Refused(Refusal.TOO_LARGE)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(Refusal.NOT_UTF8) from None
    if _depth(raw) > DEEPEST:
        raise Refused(Refusal.TOO_DEEP)
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
        )  # fmt: skip
    except (ValueError, RecursionError):
        raise Refused(Refusal.NOT_JSON) from None


def _depth(raw: bytes) -> int:
    """How deeply brackets are nested; those inside of strings are text."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(Refusal.DUPLICATE_KEY)
    return found


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise Refused(Refusal.BAD_NUMBER)
    return int(text)


def _fraction(text: str) -> float:
    if len(text) > LONGEST_NUMBER or not math.isfinite(number := float(text)):
        raise Refused(Refusal.BAD_NUMBER)
    return number


def _constant(_: str) -> NoReturn:
    """NaN and Infinity, which are no JSON, and which Python reads all the same."""
    raise Refused(Refusal.BAD_NUMBER)
