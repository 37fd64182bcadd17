"""Beside every chain stands how far it had come when it was last sealed: a log that was cut, or is gone altogether, is missed.

The heads that are noted once a day say the same, and lie further away; a mark is as old as the last seal.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.canonical import Place, Stream
from app.audit.record import Target, record
from app.models.seal import AuditMark

log = logging.getLogger("umthi.audit")
BROKEN = "audit.broken"  # the event: the end of a chain was not what its mark says when the next seal was made


def highest(session: Session) -> int | None:
    """The transaction up to which any log was ever sealed; None before the first seal. Needs `across_schools`."""
    return session.scalar(select(func.max(AuditMark.until_xid)))


def marks(session: Session, stream: Stream | None = None) -> dict[Stream, tuple[int, str]]:
    """The number and the hash (hex) of the last seal, of one log or of all that were ever sealed. Needs `across_schools`."""
    kept = select(AuditMark.stream, AuditMark.number, AuditMark.hash)
    if stream is not None:
        kept = kept.where(AuditMark.stream == str(stream))
    return {Stream.read(row.stream): (row.number, row.hash.hex()) for row in session.execute(kept)}


def hold_to_mark(session: Session, stream: Stream, last: Any) -> None:
    """Write down for good, in the platform's log, what a chain had come to, where it does not end there any more.

    `last` is its last seal (number, hash), None without any. The chain goes on: what is recorded from now on has to be sealed.
    """
    mark = marks(session, stream).get(stream)
    if mark is None or (last is not None and (last.number, bytes(last.hash).hex()) == mark):
        return
    number, hashed = mark
    log.error("the chain of %s does not end at seal %s, as it did when that was made", stream, number)
    key = str(stream.school_id) if stream.school_id is not None else str(stream)
    record("audit.broken", Target("audit_log", str(stream)), label=str(stream), after={"heads": {key: [number, hashed]}})


def mark(session: Session, stream: Stream, number: int, until: Place, hashed: bytes) -> None:
    """Note the seal that was just made. Needs `across_schools`."""
    row = {"stream": str(stream), "number": number, "until_xid": until.xid, "hash": hashed}
    made = insert(AuditMark).values(**row)
    session.execute(made.on_conflict_do_update(index_elements=["stream"], set_={k: v for k, v in row.items() if k != "stream"}))
