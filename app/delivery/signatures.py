"""Proof of who sent a body over HTTP: `Webhook-Signature: t=…,v1=…`, as Stripe does it.

`v1` is the HMAC-SHA256 of `t.body` over the raw bytes, in hexadecimal. There may be several, while a secret is replaced.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

HEADER = "Webhook-Signature"
TOLERANCE = 300  # seconds that the two clocks may differ, either way
LONGEST, MOST = 2000, 10  # characters of a header, and signatures in it


class BadSignature(ValueError):
    """Not signed with a secret of ours, or too long ago; which, nobody is told."""


def sign(body: bytes, *secrets: str, at: datetime) -> str:
    """The header for a body, signed with each of the secrets at a moment."""
    moment = str(int(at.timestamp()))
    return ",".join([f"t={moment}", *(f"v1={_signature(secret, moment, body)}" for secret in secrets)])


def verify(header: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> None:
    """Raise BadSignature unless one signature of the header is by one of the secrets, and its time within TOLERANCE of now.

    Takes the same time whichever fits, or none.
    """
    fields = [field.strip().partition("=") for field in header[:LONGEST].split(",")]
    times = [value for name, _, value in fields if name == "t"]
    given = [value.lower().encode() for name, _, value in fields if name == "v1"][:MOST]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        raise BadSignature
    ours = [_signature(secret, times[0], body).encode() for secret in secrets]
    fits = [hmac.compare_digest(mine, theirs) for mine in ours for theirs in given]
    if not any(fits) or abs(now.timestamp() - int(times[0])) > TOLERANCE:
        raise BadSignature


def _signature(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, "sha256").hexdigest()
