"""What a browser says its push subscription is (`PushSubscription.toJSON()`), checked before anything is stored."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from app.config import Settings
from app.delivery import keys
from app.delivery.push import ForbiddenEndpoint, origin_of
from app.i18n.catalogue import N_

AUTH = 16  # bytes, RFC 8291


class Refused(Exception):
    """A subscription that is not taken; `message` says why."""

    message: str


class NotASubscription(Refused):
    """Something is missing, or is no key: no browser sends that."""

    message = N_("What your browser sent is not complete. Reload the page and try again.")


class UnknownService(Refused):
    """An endpoint at a host that is no push service we know."""

    message = N_("Umthi does not know the notification service of this browser. Use Chrome, Edge, Firefox or Safari.")


class OldKey(Refused):
    """Made with a key that this copy of Umthi does not have, or has no more."""

    message = N_("Your browser still has an old key. Reload the page and try again.")


class Subscription(NamedTuple):
    """A subscription that can be sent to; the key `key_id` made it."""

    endpoint: str
    p256dh: str
    auth: str
    key_id: str


def checked(said: object, settings: Settings) -> Subscription:
    """The subscription in a body of JSON; `key_id` beside it may name the key that it was made with, else the newest did.

    Raises Refused, of the kind that says why.
    """
    found = said if isinstance(said, Mapping) else {}
    held = found.get("keys")
    secrets = held if isinstance(held, Mapping) else {}
    endpoint, p256dh, auth = found.get("endpoint"), secrets.get("p256dh"), secrets.get("auth")
    if not (isinstance(endpoint, str) and isinstance(p256dh, str) and isinstance(auth, str)):
        raise NotASubscription
    try:
        origin_of(endpoint, test_origin=settings.push_test_origin)
    except ForbiddenEndpoint:
        raise UnknownService from None
    if not (_is_point(_bytes(p256dh)) and len(_bytes(auth)) == AUTH):
        raise NotASubscription
    return Subscription(endpoint, p256dh.rstrip("="), auth.rstrip("="), _key_id(found.get("key_id"), settings))


def _key_id(given: object, settings: Settings) -> str:
    """The id of one of our keys. Raises OldKey."""
    known = keys.keys_of(settings)
    wanted = given if given is not None else next(reversed(known), None)
    if not isinstance(wanted, str) or wanted not in known:
        raise OldKey
    return wanted


def _bytes(text: str) -> bytes:
    """Base64url as browsers write it, b"" for what is none."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _is_point(raw: bytes) -> bool:
    """Whether these are the bytes of a public key, uncompressed as RFC 8291 wants it, on the curve P-256."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return False
    return raw[:1] == b"\x04"
