"""The events of a school's log that wait for their seal: they are not in the sealed file, and must not be missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg import Cursor

from app.audit.canonical import Query, Stream
from app.audit.verifying import EVENTS, rows_of

_LAST = Query("SELECT s.until_xid, s.until_seq FROM $seals s WHERE $s_is_ours true ORDER BY s.number DESC LIMIT 1")
_WAITING = Query("""
SELECT jsonb_build_object('event', $canonical::jsonb, 'values', (SELECT jsonb_agg(jsonb_build_array(v.field, v.value, v.salt)
    ORDER BY v.field) FROM $values v WHERE $v_of_e $v_is_ours v.event_id = e.id))::text AS text
FROM $events e WHERE $e_is_ours (e.xid, e.seq) >= (%(xid)s, %(seq)s) ORDER BY e.xid, e.seq
""")


def waiting_lines(cursor: Cursor[Any], stream: Stream) -> Iterator[bytes]:
    """An event and its values on each line."""
    last = _LAST.run(cursor, stream).fetchone()
    since = {"xid": last.until_xid, "seq": last.until_seq} if last else {"xid": 0, "seq": 0}
    for row in rows_of(cursor, _WAITING, stream, EVENTS, **since):
        yield f"{row.text}\n".encode()
