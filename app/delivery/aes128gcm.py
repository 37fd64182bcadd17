"""Encryption for one device (RFC 8291) as one record of RFC 8188: only the browser that subscribed can read it."""

from __future__ import annotations

import base64

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

AUTH, POINT = 16, 65  # bytes of a subscription's secret and of an uncompressed point
_CURVE = ec.SECP256R1()


def encrypt(
    text: bytes, *, p256dh: str, auth: str, private: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The body of a push. `p256dh` and `auth` are the subscription's, base64url; `private` and `salt` are fresh unless given.

    Raises ValueError when the subscription's keys are not keys.
    """
    theirs, secret = unpadded(p256dh), unpadded(auth)
    if len(theirs) != POINT or len(secret) != AUTH:
        raise ValueError("not the keys of a subscription")
    private = private or ec.generate_private_key(_CURVE)
    return bytes(http_ece.encrypt(text, salt=salt, private_key=private, dh=theirs, auth_secret=secret))


def unpadded(text: str) -> bytes:
    """Base64url as browsers write it. Raises ValueError for what is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
