"""The token of an enquiry form: when it was handed out, for which text of consent, and under which key its answer counts.

A form for strangers has no cookie, so that it works in frames and mail programs; the token stands in its place. It proves that
the form was fetched from us and when. Its key makes one lead of a form that is sent twice.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import secrets
import struct
from typing import NamedTuple

from app import clock
from app.config import Settings

HOLDS = dt.timedelta(hours=24)  # whoever is slower sends once more, and loses nothing
_SHAPE = struct.Struct(">IIQ16s")
_PROOF = 16  # bytes of HMAC-SHA256: 128 bits
_PURPOSE = b"lead form "


class Entry(NamedTuple):
    """What a token says. `version` is of the text of consent that was shown, 0 for none."""

    school_id: int
    version: int
    issued_at: dt.datetime
    key: str

    def age(self) -> dt.timedelta:
        """How long ago it was handed out."""
        return clock.now() - self.issued_at

    @property
    def is_old(self) -> bool:
        """Whether it holds no longer."""
        return self.age() > HOLDS


def new_entry(school_id: int, version: int) -> Entry:
    """What a form that is handed out now carries."""
    return Entry(school_id, version, clock.now(), secrets.token_hex(16))


def sealed(settings: Settings, entry: Entry) -> str:
    """Its token: URL-safe, 64 characters."""
    milliseconds = int(entry.issued_at.timestamp() * 1000)
    said = _SHAPE.pack(entry.school_id, entry.version, milliseconds, bytes.fromhex(entry.key))
    return base64.urlsafe_b64encode(said + _proof(settings, said)).rstrip(b"=").decode()


def opened(settings: Settings, school_id: int, token: str) -> Entry | None:
    """What a token says; None for one that we did not make for this school. One that is too old is opened all the same."""
    if len(token) > 100:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    said, proof = raw[: _SHAPE.size], raw[_SHAPE.size :]
    if len(said) != _SHAPE.size or not hmac.compare_digest(proof, _proof(settings, said)):
        return None
    school, version, milliseconds, key = _SHAPE.unpack(said)
    if school != school_id:
        return None
    return Entry(school, version, dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC), key.hex())


def _proof(settings: Settings, said: bytes) -> bytes:
    return hmac.digest(settings.secret.encode(), _PURPOSE + said, "sha256")[:_PROOF]
