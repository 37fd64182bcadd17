"""Secrets that a school entrusts to us, at rest: readable only with UMTHI_SECRET, and only as that school's."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.config import Settings


class CannotOpen(ValueError):
    """It was sealed under another UMTHI_SECRET, or for another school: it has to be entered again."""


def seal(settings: Settings, school_id: int, text: str) -> str:
    """What may stand in the database in place of `text`. Sealed twice, it is two different texts."""
    return _lock(settings.secret, school_id).encrypt(text.encode()).decode("ascii")


def unseal(settings: Settings, school_id: int, sealed: str) -> str:
    """The text itself. Raises CannotOpen."""
    try:
        return _lock(settings.secret, school_id).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen from None


@lru_cache(maxsize=256)
def _lock(secret: str, school_id: int) -> Fernet:
    """A school's own, so that a sealed text copied into another school's row opens nothing there."""
    derived = HKDF(SHA256(), length=32, salt=None, info=b"umthi sealing %d" % school_id).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
