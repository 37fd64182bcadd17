"""Proof of who sent a body over HTTP: `Webhook-Signature: t=…,v1=…`, as Stripe does it.

`v1` is the HMAC-SHA256 of `t.body` over the raw bytes, in hexadecimal. There may be several, while a secret is replaced.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

HEADER = "Webhook-Signature"
TOLERANCE = 300  # seconds that the two clocks may differ, either way
LONGEST, MOST = 2000, 10  # characters of a header, and signatures in it


class Fault(StrEnum):
    """What is wrong with a signature, for our own count of them. Only who knows a secret can have one that is old or early."""

    FORGED = "bad_signature"
    OLD = "too_old"
    EARLY = "too_early"


class BadSignature(ValueError):
    """Not signed with a secret of ours, or too long ago; which, nobody is told."""

    def __init__(self, fault: Fault = Fault.FORGED) -> None:
        super().__init__()
        self.fault = fault


def sign(body: bytes, *secrets: str, at: datetime) -> str:
    """The header for a body, signed with each of the secrets at a moment."""
    moment = str(int(at.timestamp()))
    return ",".join([f"t={moment}", *(f"v1={_signature(secret, moment, body)}" for secret in secrets)])


def verify(header: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> int:
    """Raise BadSignature unless one signature of the header is by one of the secrets, and its time within TOLERANCE of now.

    Takes the same time whichever fits, or none. Returns the place of the first secret that fits.
    """
    fields = [field.strip().partition("=") for field in header[:LONGEST].split(",")]
    times = [value for name, _, value in fields if name == "t"]
    given = [value.lower().encode() for name, _, value in fields if name == "v1"][:MOST]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        raise BadSignature
    ours = [_signature(secret, times[0], body).encode() for secret in secrets]
    fits = [any([hmac.compare_digest(mine, theirs) for theirs in given]) for mine in ours]  # noqa: C419  a list: each is compared
    if not any(fits):
        raise BadSignature
    if abs(apart := now.timestamp() - int(times[0])) > TOLERANCE:
        raise BadSignature(Fault.OLD if apart > 0 else Fault.EARLY)
    return fits.index(True)


def _signature(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, "sha256").hexdigest()
