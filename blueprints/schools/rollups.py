"""What workers count of the schools themselves: how many are in each state, which the filter of the list shows."""

from __future__ import annotations

from app.domain.rollups import Rollup
from blueprints.schools.queries import COUNTED

#: a school counts one for its state; whoever changes that, also past our own deeds, is noticed at the next look
STATES = Rollup(
    tuple(COUNTED.values()),
    "SELECT id, 'schools.' || state, 1, created_at FROM school WHERE id = ANY (%(schools)s)",
    changed="""
    SELECT s.id FROM school s
    LEFT JOIN metric m ON m.school_id = s.id AND m.name = 'schools.' || s.state AND m.number = 1 WHERE m.id IS NULL
    """,
)
