"""Whether the words beside the events are those whose hashes the events keep. PostgreSQL computes; what is wrong comes out."""

from __future__ import annotations

from typing import Any

from psycopg import Cursor

from app.audit.canonical import Place, Query
from app.audit.findings import MOST, Fault, Kind, Report

_NOBODYS = "'audit.heads', 'audit.checked', 'audit.broken', 'audit.expire'"  # actions whose values are no person's
_LEAVES = "$.*.*"  # every hash in `changes`
_WHEN = """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at"""
_HASH = """e.changes #>> ARRAY[split_part(v.field, ':', 1),
        CASE strpos(v.field, ':') WHEN 0 THEN 'is' ELSE substr(v.field, strpos(v.field, ':') + 1) END]"""
# A value that is gone has a certificate that exists, and was one of the event's, and somebody's: what the log says of itself
# is nobody's. Of a lead the certificate is the event of its erasure, and only of values about that lead.
_WRONG = Query(
    f"""
SELECT e.seq, {_WHEN}, v.field, v.value IS NULL AS is_empty FROM $values v JOIN $events e ON $v_of_e e.id = v.event_id
WHERE $v_is_ours $e_is_ours (e.xid, e.seq) < (%(xid)s, %(seq)s) AND CASE WHEN v.value IS NULL
    THEN NOT EXISTS (SELECT FROM erasure_certificate c WHERE $certificate = v.erased_under) AND NOT EXISTS (
        SELECT FROM audit_event x WHERE $lead = v.erased_under AND x.action = 'leads.erase' AND x.target_id = e.target_id)
        OR {_HASH} IS NULL OR e.action IN ({_NOBODYS}) ELSE
    encode(sha256(convert_to(v.salt, 'UTF8') || decode('00', 'hex') || convert_to(v.field, 'UTF8') || decode('00', 'hex')
        || convert_to(v.value, 'UTF8')), 'hex')
    IS DISTINCT FROM {_HASH} END
ORDER BY e.xid, e.seq, v.field LIMIT %(most)s
"""  # noqa: S608  a constant of ours
)
_NUMBERS = Query("""
SELECT (SELECT coalesce(sum(jsonb_array_length(jsonb_path_query_array(e.changes, %(leaves)s::jsonpath))), 0) FROM $events e
    WHERE $e_is_ours (e.xid, e.seq) < (%(xid)s, %(seq)s)) AS hashes,
  (SELECT count(*) FROM $values v JOIN $events e ON $v_of_e e.id = v.event_id
    WHERE $v_is_ours $e_is_ours (e.xid, e.seq) < (%(xid)s, %(seq)s)) AS kept
""")
_GONE = Query(
    f"""
SELECT e.seq, {_WHEN}, f.key || CASE w.key WHEN 'is' THEN '' ELSE ':' || w.key END AS field
FROM $events e, jsonb_each(e.changes) f (key, parts), jsonb_object_keys(f.parts) w (key)
WHERE $e_is_ours (e.xid, e.seq) < (%(xid)s, %(seq)s) AND NOT EXISTS (SELECT FROM $values v WHERE $v_of_e v.event_id = e.id
    AND v.field = f.key || CASE w.key WHEN 'is' THEN '' ELSE ':' || w.key END)
ORDER BY e.xid, e.seq LIMIT %(most)s
"""  # noqa: S608  a constant of ours
)
_ERASED = Query("""
SELECT v.erased_under, count(*) FROM $values v WHERE $v_is_ours v.erased_under IS NOT NULL AND v.value IS NULL GROUP BY 1
""")


def check_values(cursor: Cursor[Any], report: Report, end: Place) -> None:
    """Add what is wrong with the values of a log's events before `end`, and how many were erased under which certificate."""
    stream = report.stream
    for row in _WRONG.run(cursor, stream, **end._asdict(), most=MOST):
        report.add(Fault(Kind.VALUE_EMPTIED if row.is_empty else Kind.VALUE_EDITED, None, row.seq, row.at, row.field))
    numbers = _NUMBERS.run(cursor, stream, **end._asdict(), leaves=_LEAVES).fetchone()
    if numbers is not None and numbers.hashes != numbers.kept:  # which ones is asked only then: it takes long
        for row in _GONE.run(cursor, stream, **end._asdict(), most=MOST):
            report.add(Fault(Kind.VALUE_REMOVED, None, row.seq, row.at, row.field))
    report.erased = {row.erased_under: row.count for row in _ERASED.run(cursor, stream)}
