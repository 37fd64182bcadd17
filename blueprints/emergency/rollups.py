"""What workers count of emergencies for the health page of the platform."""

from __future__ import annotations

from app.domain.emergencies import IN_A_DAY
from app.domain.rollups import Rollup

# The moment is when the first of them was sent: a day later the school is counted anew.
SENT = Rollup(
    (IN_A_DAY,),
    f"""
    SELECT school_id, '{IN_A_DAY}', count(*), min(created_at) FROM emergency
    WHERE school_id = ANY (%(schools)s) AND created_at > now() - interval '24 hours' GROUP BY 1
    """,  # noqa: S608  a constant of ours
    changed=f"""
    SELECT school_id FROM metric WHERE name = '{IN_A_DAY}' AND number > 0 AND moment <= now() - interval '24 hours'
    """,  # noqa: S608
)
ROLLUPS = (SENT,)
