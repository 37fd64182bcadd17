"""Tokens for addresses that work without signing in: they name a row of a school, and carry the proof that we made them."""

from __future__ import annotations

import base64
import hmac
import struct
from uuid import UUID

from app.config import Settings

_PLACE = struct.Struct(">I16s")
_PROOF = 16  # bytes of HMAC-SHA256: 128 bits


def sealed(settings: Settings, purpose: str, school_id: int, row_id: UUID) -> str:
    """The token for a row of a school: URL-safe, always the same, and worth nothing for another `purpose`."""
    place = _PLACE.pack(school_id, row_id.bytes)
    return base64.urlsafe_b64encode(place + _proof(settings, purpose, place)).rstrip(b"=").decode()


def opened(settings: Settings, purpose: str, token: str) -> tuple[int, UUID] | None:
    """The school and the row that a token names; None for one that we did not make for this purpose."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    place, proof = raw[: _PLACE.size], raw[_PLACE.size :]
    if len(place) != _PLACE.size or not hmac.compare_digest(proof, _proof(settings, purpose, place)):
        return None
    school_id, row_id = _PLACE.unpack(place)
    return school_id, UUID(bytes=row_id)


def _proof(settings: Settings, purpose: str, place: bytes) -> bytes:
    return hmac.digest(settings.secret.encode(), purpose.encode() + b" " + place, "sha256")[:_PROOF]
