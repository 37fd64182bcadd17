"""The VAPID keys of an environment (RFC 8292): who we are to the push services.

Each key is a file in `UMTHI_HOME/keys`, outside the repository and outside every dump of the database. Browsers subscribe with
the newest; a subscription takes messages from the one key that it was made with, so the older ones stay.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key as load_pem
from py_vapid import Vapid02

from app import clock
from app.config import Settings

log = logging.getLogger("umthi.keys")
FOLDER = "keys"
NAMED, STAMP = "vapid-*.pem", "vapid-%Y%m%dT%H%M%S.%fZ.pem"  # in the order of the names, so a copied folder keeps its newest
SETTLED = 1_000_000_000  # nanoseconds: two changes within a tick of the clock leave one mtime, so a fresh one is not relied on
SHORT = 12  # characters of a fingerprint that name a key


@dataclass(frozen=True)
class Key:
    """One pair. `public` is what a browser takes as `applicationServerKey`: the uncompressed point in unpadded base64url."""

    id: str
    public: str
    made_at: datetime
    vapid: Vapid02


@dataclass(frozen=True)
class Ring:
    """What a folder holds: the keys by id, oldest first, and the names of files that are no keys."""

    keys: Mapping[str, Key]
    broken: tuple[str, ...] = ()


class NoKey(ValueError):
    """A file that holds no private key of the curve P-256."""


_rings: dict[Path, tuple[int, Ring]] = {}


def newest(settings: Settings) -> Key | None:
    """The key that browsers subscribe with; None before `flask --app wsgi keys vapid` has made the first."""
    return next(reversed(keys_of(settings).values()), None)


def keys_of(settings: Settings) -> dict[str, Key]:
    """Every key of this environment by its id, oldest first. Read anew when the folder changes."""
    return dict(ring(settings).keys)


def ring(settings: Settings) -> Ring:
    """The keys and what is wrong among them. Raises OSError for a folder that is there and may not be read."""
    folder = folder_of(settings)
    try:
        changed = folder.stat().st_mtime_ns
    except FileNotFoundError:
        return Ring({})
    kept = _rings.get(folder)
    if kept and kept[0] == changed:
        return kept[1]
    found = _read(folder)
    if time.time_ns() - changed > SETTLED:
        _rings[folder] = changed, found
    return found


def make(settings: Settings) -> Key:
    """Make a new key, which is the newest from now on. Raises OSError where the folder cannot be written."""
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    last = next(reversed(keys_of(settings).values()), None)
    made_at = clock.now()
    if last:  # also beside a key from a machine whose clock goes ahead
        made_at = max(made_at, last.made_at + timedelta(microseconds=1))
    file = folder / made_at.strftime(STAMP)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    making = file.with_suffix(".making")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    making.rename(file)  # never seen half written
    return read(file)


def read(file: Path) -> Key:
    """The key of a file. Raises NoKey, and OSError where it cannot be read."""
    try:
        made_at = datetime.strptime(file.name, STAMP).replace(tzinfo=UTC)
        private = load_pem(file.read_bytes(), password=None)
    except (ValueError, TypeError) as error:  # the second for a key with a password
        raise NoKey(file.name) from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise NoKey(file.name)
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    public = base64.urlsafe_b64encode(point).rstrip(b"=").decode("ascii")
    vapid = Vapid02(private, conf={"no-strict": True})  # else it has an opinion on how our own address looks
    return Key(hashlib.sha256(point).hexdigest()[:SHORT], public, made_at, vapid)


def folder_of(settings: Settings) -> Path:
    """Where the keys of an environment are."""
    return settings.home / FOLDER


def _read(folder: Path) -> Ring:
    keys, broken = {}, []
    for file in sorted(folder.glob(NAMED)):
        try:
            key = read(file)
        except (NoKey, OSError) as error:
            log.warning("%s holds no key that can be used: %s", file.name, type(error).__name__)
            broken.append(file.name)
        else:
            keys[key.id] = key
    return Ring(keys, tuple(broken))
