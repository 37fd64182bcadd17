"""A log as a file that can be checked without Umthi: JSON lines, a seal and then its events exactly as they were hashed.

deploy/verify_audit.py reads it. What is not sealed yet is not in it; one whose oldest part is gone begins with a checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app import clock
from app.audit import checkpoints
from app.audit.canonical import BEGINNING, Place, Query, Stream, written
from app.audit.verifying import EVENTS, SEALS, rows_of
from app.tenancy.reading import driving

BEFORE_ALL = Place(-(2**62), 0)
_LAST = Query("SELECT s.number, s.hash FROM $seals s WHERE $s_is_ours true ORDER BY s.number DESC LIMIT 1")
_SEALS = Query("""
SELECT s.number, s.from_xid, s.from_seq, s.until_xid, s.until_seq, s.at, s.events, s.seqs, s.digests, s.previous, s.hash
FROM $seals s WHERE $s_is_ours s.number > %(after)s AND s.number <= %(last)s ORDER BY s.number
""")
_EVENTS = Query("""
SELECT e.xid, e.seq, $canonical AS text, (SELECT json_agg(json_build_array(v.field, v.value, v.salt, v.erased_under)
    ORDER BY v.field) FROM $values v WHERE $v_of_e $v_is_ours v.event_id = e.id) AS beside
FROM $events e WHERE $e_is_ours (e.xid, e.seq) >= (%(xid)s, %(seq)s) ORDER BY e.xid, e.seq
""")


def sealed_lines(stream: Stream, name: str) -> Iterator[str]:
    """The lines of the file. Across schools of any log, inside a school of its own; `name` is what people call that."""
    with driving() as cursor:
        checkpoints.let_nothing_go(cursor, stream)
        last = _LAST.run(cursor, stream).fetchone()
        number, head = (last.number, bytes(last.hash)) if last else (0, BEGINNING)  # how far it goes: less of it was cut off
        made = {"stream": str(stream), "name": name, "made": written(clock.now()), "seals": number, "head": head.hex()}
        yield _line(made)
        if not last:
            return
        start = checkpoints.last_of(cursor, stream)
        if start is not None and not checkpoints.is_announced(cursor, stream, start):
            start = None  # so nothing has gone yet
        if start is not None:
            yield _line({"checkpoint": start.signed, "key": start.key.hex(), "signature": start.signature.hex()})
        events = rows_of(cursor, _EVENTS, stream, EVENTS, **(start.until if start else BEFORE_ALL)._asdict())
        event = next(events, None)
        for seal in rows_of(cursor, _SEALS, stream, SEALS, last=last.number, after=start.seal if start else 0):
            yield _line({"seal": _told(seal)})
            until = Place(seal.until_xid, seal.until_seq)
            while event is not None and (event.xid, event.seq) < until:
                yield f"{event.text}\n"
                yield from (_line({"value": value}) for value in event.beside or ())
                event = next(events, None)


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _told(seal: Any) -> dict[str, Any]:
    return {
        "number": seal.number, "from": [seal.from_xid, seal.from_seq], "until": [seal.until_xid, seal.until_seq],
        "at": written(seal.at), "events": seal.events, "previous": bytes(seal.previous).hex(), "hash": bytes(seal.hash).hex(),
        "seqs": seal.seqs, "digests": bytes(seal.digests).hex(),
    }  # fmt: skip
