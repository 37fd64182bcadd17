"""What workers count of the gate for the operators' pages: when something was last scanned in a school."""

from __future__ import annotations

from app.domain.rollups import NEW, Rollup

#: scans are events of themselves and leave none in the audit, so they say which schools are to be counted anew
LAST = Rollup(
    ("gate.last",),
    """
    SELECT s.id, 'gate.last', 1, g.scanned_at FROM school s, LATERAL (
        SELECT scanned_at FROM gate_scan WHERE school_id = s.id ORDER BY scanned_at DESC LIMIT 1
    ) g WHERE s.id = ANY (%(schools)s)
    """,
    latest=True,
    changed=f"SELECT g.school_id FROM gate_scan g WHERE g.received_at >= %(since)s AND {NEW.format(row='g')}",  # noqa: S608
)
ROLLUPS = (LAST,)
