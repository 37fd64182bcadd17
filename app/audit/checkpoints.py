"""Checkpoints: what a log begins with when its oldest part was removed because it had been kept long enough.

One is signed by a key that the database does not hold, names the last seal that went, and is announced by an event of the log
itself, which is sealed before anything goes: without the key nobody makes one, and none disappears unseen.
"""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg import Cursor

from app.audit.canonical import BEGINNING, Place, Query, Stream, written
from app.audit.findings import Expired, Fault, Kind, Report
from app.config import Settings
from app.extensions import current_settings
from app.ids import uuid7

VERSION = "umthi audit checkpoint 1"
TARGET = "audit_checkpoint"  # of the event `audit.expire` that announces one, in its log; its id is `named`
FOLDER, PUBLIC = "keys", "audit-*.pub"  # in UMTHI_HOME: public keys that checkpoints were signed with, 32 bytes in hex
_LOCKS = 0x60E5  # of advisory locks: who checks a log shares it, who removes from it has it alone
_SHARED = "SELECT pg_advisory_xact_lock_shared(%s, %s)"
_ALONE = "SELECT pg_try_advisory_xact_lock(%s, %s) AS is_ours"
_COLUMNS = "number, seal, until_xid, until_seq, until_at, head, events, digest, previous, hash, key, signature, at"
_ALL = Query(f"SELECT {_COLUMNS} FROM $checkpoints c WHERE $c_is_ours true ORDER BY number")  # noqa: S608  constants of ours
_LAST = Query(f"SELECT {_COLUMNS} FROM $checkpoints c WHERE $c_is_ours true ORDER BY number DESC LIMIT 1")  # noqa: S608  the same
_ADD = Query(
    f"""
INSERT INTO $checkpoints ($school id, {_COLUMNS}) VALUES ($given %(id)s, %(number)s, %(seal)s, %(until_xid)s, %(until_seq)s,
    %(until_at)s, %(head)s, %(events)s, %(digest)s, %(previous)s, %(hash)s, %(key)s, %(signature)s, %(at)s)
"""  # noqa: S608  constants of ours
)
_ANNOUNCED = Query("""
SELECT e.seq, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, e.target_id FROM $events e
WHERE $e_is_ours e.action = 'audit.expire' AND e.target_id LIKE %(like)s ORDER BY e.xid, e.seq
""")
_IS_SEALED = Query("""
SELECT FROM $events e WHERE $e_is_ours e.action = 'audit.expire' AND e.target_id = %(named)s AND (e.xid, e.seq) <
    (SELECT s.until_xid, s.until_seq FROM $seals s WHERE $s_is_ours true ORDER BY s.number DESC LIMIT 1)
""")


class Checkpoint(NamedTuple):
    """A checkpoint as it stands in its row; moments are written as they are signed."""

    number: int
    seal: int
    until: Place
    until_at: str
    head: bytes
    events: int
    digest: bytes
    at: str
    previous: bytes
    hash: bytes
    key: bytes
    signature: bytes

    def named(self, stream: Stream) -> str:
        """How the event that announces it calls it."""
        return f"{stream}/{self.number}/{self.hash.hex()}"

    @property
    def signed(self) -> list[Any]:
        """What is hashed and signed, after the name of the log; a sealed log carries it for whoever checks without Umthi."""
        return [
            self.number, self.seal, self.until, self.until_at, self.head.hex(), self.events, self.digest.hex(), self.at,
            self.previous.hex(),
        ]  # fmt: skip

    def text(self, stream: Stream) -> bytes:
        """What is hashed and signed, byte for byte."""
        return json.dumps([VERSION, str(stream), *self.signed], separators=(",", ":")).encode()


class Gone(NamedTuple):
    """What a new checkpoint lets go: the seal up to which, when that was made, how many events, and their digest."""

    seal: int
    until: Place
    until_at: dt.datetime
    head: bytes
    events: int
    digest: bytes


def last_of(cursor: Cursor[Any], stream: Stream) -> Checkpoint | None:
    """The newest checkpoint of a log, as it stands there; None where nothing was ever removed."""
    row = _LAST.run(cursor, stream).fetchone()
    return _read(row) if row else None


def add(cursor: Cursor[Any], stream: Stream, gone: Gone, *, before: Checkpoint | None, at: dt.datetime) -> Checkpoint:
    """Sign and store a checkpoint after the one `before`. Needs the platform's transaction, which also has to announce it.

    The database refuses one that does not stand at a seal, or at one of the last year.
    """
    settings = current_settings()
    private = _key(settings)
    key = private.public_key().public_bytes_raw()
    made = Checkpoint(
        (before.number if before else 0) + 1, gone.seal, gone.until, written(gone.until_at), gone.head,
        (before.events if before else 0) + gone.events, gone.digest, written(at), before.hash if before else BEGINNING,
        b"", key, b"",
    )  # fmt: skip
    text = made.text(stream)
    made = made._replace(hash=sha256(text).digest(), signature=private.sign(text))
    _keep_public(settings, key)
    _ADD.run(
        cursor, stream, id=uuid7(), number=made.number, seal=made.seal, until_xid=made.until.xid, until_seq=made.until.seq,
        until_at=gone.until_at, head=made.head, events=made.events, digest=made.digest, previous=made.previous, hash=made.hash,
        key=made.key, signature=made.signature, at=at,
    )  # fmt: skip
    return made


def is_announced(cursor: Cursor[Any], stream: Stream, checkpoint: Checkpoint) -> bool:
    """Whether the event that announces a checkpoint is sealed: only then may anything go."""
    return _IS_SEALED.run(cursor, stream, named=checkpoint.named(stream)).fetchone() is not None


def let_nothing_go(cursor: Cursor[Any], stream: Stream) -> None:
    """Keep whatever is removed from a log waiting until this transaction ends."""
    cursor.execute(_SHARED, (_LOCKS, stream.school_id or 0))


def may_remove(cursor: Cursor[Any], stream: Stream) -> bool:
    """Have a log to oneself until this transaction ends; False while somebody checks it, or takes it out."""
    row = cursor.execute(_ALONE, (_LOCKS, stream.school_id or 0)).fetchone()
    return row is not None and bool(row.is_ours)


def last_sound(cursor: Cursor[Any], report: Report) -> Checkpoint | None:
    """The checkpoint with which a log begins, told in the report; what is wrong with any is added to its faults.

    Each has to follow the one before, to be signed by a key of ours, and the last one to be announced by the log.
    """
    stream, known = report.stream, _known(current_settings())
    announced = {row.target_id.split("/")[1]: row for row in _ANNOUNCED.run(cursor, stream, like=f"{stream}/%/%").fetchall()}
    rows = [_read(row) for row in _ALL.run(cursor, stream).fetchall()]
    sound: Checkpoint | None = None
    before, hashed = 0, BEGINNING
    for one in rows:
        missing = range(before + 1, one.number)
        for number in missing:
            report.add(_removed(number, announced.pop(str(number), None)))
        event = announced.pop(str(one.number), None)
        is_told = (
            event.target_id == one.named(stream) if event else one is not rows[-1]
        )  # that of an older one may have gone itself
        if (missing or one.previous == hashed) and _is_signed(one, stream, known):
            sound = one
        if sound is not one or not is_told:
            report.add(Fault(Kind.CHECKPOINT_FORGED, one.seal, None, one.at, str(one.number)))
        before, hashed = one.number, one.hash
    for number, event in announced.items():
        report.add(_removed(int(number) if number.isdecimal() else 0, event))
    if sound:
        report.expired = Expired(sound.number, sound.until_at, sound.events)
    return sound


def public_key(settings: Settings) -> bytes:
    """The public half of the key that signs checkpoints: it is made of UMTHI_SECRET, and stored nowhere."""
    return _key(settings).public_key().public_bytes_raw()


def _removed(number: int, event: Any) -> Fault:
    """A checkpoint that is missing, at the event that announces it if that is there."""
    return Fault(Kind.CHECKPOINT_REMOVED, None, event.seq if event else None, event.at if event else None, str(number))


def _read(row: Any) -> Checkpoint:
    return Checkpoint(
        row.number, row.seal, Place(row.until_xid, row.until_seq), written(row.until_at), bytes(row.head), row.events,
        bytes(row.digest), written(row.at), bytes(row.previous), bytes(row.hash), bytes(row.key), bytes(row.signature),
    )  # fmt: skip


def _is_signed(one: Checkpoint, stream: Stream, known: set[bytes]) -> bool:
    text = one.text(stream)
    if one.key not in known or sha256(text).digest() != one.hash:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(one.key).verify(one.signature, text)
    except InvalidSignature:
        return False
    return True


def _key(settings: Settings) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), length=32, salt=None, info=b"umthi audit checkpoint").derive(settings.secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def _known(settings: Settings) -> set[bytes]:
    """Public keys that are ours: that of the secret of today, and those that were kept beside it under another one."""
    found = {public_key(settings)}
    for file in (settings.home / FOLDER).glob(PUBLIC):
        try:
            found.add(bytes.fromhex(file.read_text().strip()))
        except ValueError:
            continue
    return found


def _keep_public(settings: Settings, key: bytes) -> None:
    """Write the public key down, so that the checkpoint holds when UMTHI_SECRET has changed."""
    file: Path = settings.home / FOLDER / PUBLIC.replace("*", key.hex()[:12])
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(f"{key.hex()}\n")
